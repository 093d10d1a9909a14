"""The value of contracts and who pays, as SQL; ``accounts.revenue`` defines the figures.

Statements that use ``line_value`` have ``accounts_organisation o`` in their FROM.
"""

from __future__ import annotations

from accounts.ends import is_unsettled
from accounts.periods import entitled, known, line_runs, runs, stops_on

_COUNTS_UNSETTLED = "coalesce((SELECT counts_unsettled FROM accounts_organisation), true)"


def line_value(line: str, contract: str, day: str, *, known_on: str = "") -> str:
    """The annual value of a line at the rate of the day, in reporting currency; NULL where its currency has no rate.

    ``known_on``: only rates known on that day count.
    """
    known_day = f", {known_on}" if known_on else ""
    return f"""CASE WHEN {contract}.is_trial OR {line}.annual_amount = 0 THEN 0
        WHEN NOT o.counts_unsettled AND {is_unsettled(contract, day)} THEN 0
        WHEN {contract}.currency = o.currency THEN {line}.annual_amount
        ELSE reporting_rate({contract}.currency, {day}{known_day}) * {line}.annual_amount END"""


def whole_sum(value: str, where: str = "true") -> str:
    """The sum of ``value`` over the rows that meet ``where``, 0 without any; NULL where one of them cannot be told."""
    return f"""(CASE WHEN bool_or(({value}) IS NULL) FILTER (WHERE {where}) THEN NULL
        ELSE coalesce(sum({value}) FILTER (WHERE {where}), 0) END)::numeric(24, 2)"""


def contract_value(contract: str, day: str, rate_day: str = "") -> str:
    """ARR of the lines of a contract that count on the day, at the rate of ``rate_day`` (empty: of the day).

    A subquery; it does not check whether the contract runs.
    """
    return f"""(
        SELECT {whole_sum(line_value("l", contract, rate_day or day))}
        FROM accounts_organisation o
        JOIN accounts_contractline l ON l.contract_id = {contract}.id AND {line_runs("l", day)})"""  # noqa: S608 (made of constants)


def customer_value(customer: str, day: str) -> str:
    """ARR of the contracts of a customer that run on the day: a subquery."""
    return f"""(
        SELECT {whole_sum(line_value("l", "k", day))}
        FROM accounts_contract k
        JOIN accounts_contractline l ON l.contract_id = k.id AND {line_runs("l", day)}
        CROSS JOIN accounts_organisation o
        WHERE k.customer_id = {customer}.id AND {runs("k", day)})"""  # noqa: S608 (made of constants)


def is_paying(contract: str, day: str, *, known_on: str = "") -> str:
    """The contract runs on the day, is no trial, and a line that counts has an amount above 0.

    ``known_on``: only contracts and lines known on that day count.
    """
    and_known = f" AND {known(contract, known_on)}" if known_on else ""
    and_line_known = f" AND {known('paid', known_on)}" if known_on else ""
    return f"""({runs(contract, day)} AND NOT {contract}.is_trial{and_known}
        AND ({_COUNTS_UNSETTLED} OR NOT {is_unsettled(contract, day)})
        AND EXISTS (SELECT FROM accounts_contractline paid
                    WHERE paid.contract_id = {contract}.id AND paid.annual_amount > 0{and_line_known}
                      AND {line_runs("paid", day)}))"""


def seats(customer: str, day: str) -> str:
    """The seats that a customer (its id) has under contract on the day: a subquery, NULL where none are counted."""
    return f"""(
        SELECT sum(e.quantity) FROM accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id
        WHERE k.customer_id = {customer} AND e.kind = 'seats' AND {entitled("e", "k", day)})"""  # noqa: S608 (made of constants)


def paid_until(contract: str, day: str) -> str:
    """The first day after the revenue of a contract as seen on the day; NULL while none is known."""
    return f"""CASE WHEN NOT {_COUNTS_UNSETTLED} AND {is_unsettled(contract, day)} THEN {contract}.ends_on
        ELSE {stops_on(contract)} END"""
