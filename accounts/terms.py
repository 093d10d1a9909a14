"""Terms of contracts: when each begins and ends, as plain functions and as SQL that agree.

The first term of a contract with an agreed end runs to that end, without one ``term_months``; later terms run
``term_months`` each. Ends are exclusive and counted from one day, never from a day that was clamped: 31 Jan + 1 month
is 28 or 29 Feb, + 2 months 31 Mar. That day is the contract's start, unless the agreed end lies no whole number of
months after it: then it is the agreed end. So a contract from 31 Aug with six months agreed to 28 Feb ends its second
term on 31 Aug.

A term opens a renewal when it is paid and six months or longer (design, section 5). A term ends early where the
contract ended or its follower began (``accounts.periods.stops_on``): ``current_term`` says so, ``terms`` gives the
agreed ends, on which renewals are due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dateutil.relativedelta import relativedelta

from accounts.periods import stops_on

SHORTEST_MONTHS: Final = 6
# Terms of a contract that runs further than this end here: later days exist in the database only.
LAST_DAY: Final = dt.date(9999, 12, 31)


@dataclass(frozen=True)
class Agreement:
    """The dates of a contract that decide its terms."""

    starts_on: dt.date
    ends_on: dt.date | None
    term_months: int


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later, or the last of that month where it has no such day; at most ``LAST_DAY``."""
    if (LAST_DAY.year - day.year) * 12 + LAST_DAY.month - day.month < months:
        return LAST_DAY
    return day + relativedelta(months=months)


def term_end(agreement: Agreement, number: int) -> dt.date:
    """First day after term ``number`` (counted from 1)."""
    anchor, months = _anchored(agreement)
    return months_after(anchor, months + agreement.term_months * (number - 1))


def term_start(agreement: Agreement, number: int) -> dt.date:
    """First day of term ``number``."""
    return agreement.starts_on if number == 1 else term_end(agreement, number - 1)


def is_long(agreement: Agreement, number: int) -> bool:
    """Whether term ``number`` is six months or longer."""
    if number == 1 and agreement.ends_on is not None:
        return agreement.ends_on >= months_after(agreement.starts_on, SHORTEST_MONTHS)
    return agreement.term_months >= SHORTEST_MONTHS


def terms_begun(agreement: Agreement, day: dt.date) -> Iterator[tuple[int, dt.date, dt.date]]:
    """(number, start, end) of each term of six months or more: the first, and those begun by ``day``."""
    number = 1
    while number == 1 or term_start(agreement, number) <= day:
        if is_long(agreement, number):
            yield number, term_start(agreement, number), term_end(agreement, number)
        elif agreement.term_months < SHORTEST_MONTHS:
            return
        number += 1


def term_on(agreement: Agreement, day: dt.date) -> tuple[int, dt.date, dt.date] | None:
    """(number, start, end) of the term that includes ``day``, whatever its length; None before the first."""
    if day < agreement.starts_on:
        return None
    anchor, months = _anchored(agreement)
    ahead = _months_between(anchor, day) - months
    number = 1 + max(0, ahead + agreement.term_months - 1) // agreement.term_months
    if term_end(agreement, number) <= day:
        number += 1
    return number, term_start(agreement, number), term_end(agreement, number)


def _anchored(agreement: Agreement) -> tuple[dt.date, int]:
    """The day that ends are counted from, and how many months later the first of them comes."""
    starts_on, ends_on = agreement.starts_on, agreement.ends_on
    if ends_on is None:
        return starts_on, agreement.term_months
    months = _months_between(starts_on, ends_on)
    return (starts_on, months) if months_after(starts_on, months) == ends_on else (ends_on, 0)


def _months_between(first: dt.date, last: dt.date) -> int:
    """Calendar months from one day's month to the other's."""
    return (last.year - first.year) * 12 + last.month - first.month


def months_within(first: dt.date, end: dt.date) -> Decimal:
    """The months from ``first`` to the day before ``end``: whole ones, and of a month begun the share of its days; 0 where nothing
    lies between.
    """
    if end <= first:
        return Decimal(0)
    whole = _months_between(first, end)
    whole -= months_after(first, whole) > end
    begun, over = months_after(first, whole), months_after(first, whole + 1)
    return whole + Decimal((end - begun).days) / ((over - begun).days or 1)


def _months_between_sql(first: str, last: str) -> str:
    return (
        f"((extract(year FROM {last})::int - extract(year FROM {first})::int) * 12"
        f" + extract(month FROM {last})::int - extract(month FROM {first})::int)"
    )


def _later_sql(day: str, months: str) -> str:
    return f"least(({day} + make_interval(months => {months}))::date, DATE '{LAST_DAY}')"


def _counted_sql(contract: str) -> str:
    """One row: the days that the terms of ``contract`` are counted from, as ``_anchored`` says."""
    k = contract
    months = _months_between_sql(f"{k}.starts_on", f"{k}.ends_on")
    whole = f"{_later_sql(f'{k}.starts_on', months)} = {k}.ends_on"
    return f"""
        SELECT {k}.starts_on AS first_on, {k}.ends_on AS agreed_on, {k}.term_months::int AS every,
            CASE WHEN {k}.ends_on IS NULL OR {whole} THEN {k}.starts_on ELSE {k}.ends_on END AS anchor,
            CASE WHEN {k}.ends_on IS NULL THEN {k}.term_months::int WHEN {whole} THEN {months} ELSE 0 END AS months
    """


def _numbered_sql(number: str) -> str:
    """Start and end of term ``number`` of a row of ``_counted_sql`` named ``a``."""
    start = _later_sql("a.anchor", f"a.months + a.every * ({number} - 2)")
    end = _later_sql("a.anchor", f"a.months + a.every * ({number} - 1)")
    return f"CASE WHEN {number} = 1 THEN a.first_on ELSE {start} END AS starts_on, {end} AS due_on"


def first_due_on(contract: str) -> str:
    """The end of the contract's first term, as SQL: the agreed one, else ``term_months`` after its start."""
    k = contract
    return f"coalesce({k}.ends_on, {_later_sql(f'{k}.starts_on', f'{k}.term_months::int')})"


def terms(contract: str, begun: str) -> str:
    """Rows (number, starts_on, due_on), to join LATERAL: what ``terms_begun`` says of ``contract`` for the day ``begun``."""
    ahead = f"({_months_between_sql('a.anchor', begun)} - a.months) / a.every"
    return f"""
        SELECT t.number, t.starts_on, t.due_on
        FROM (
            SELECT a.first_on, a.agreed_on, a.every, n.number, {_numbered_sql("n.number")}
            FROM ({_counted_sql(contract)}) a
            CROSS JOIN LATERAL generate_series(
                1, CASE WHEN a.every < {SHORTEST_MONTHS} THEN 1 ELSE 3 + greatest(0, {ahead}) END) AS n(number)
        ) t
        WHERE (t.number = 1 OR t.starts_on <= {begun})
          AND CASE WHEN t.number = 1 AND t.agreed_on IS NOT NULL
                   THEN t.agreed_on >= {_later_sql("t.first_on", str(SHORTEST_MONTHS))}
                   ELSE t.every >= {SHORTEST_MONTHS} END
    """  # noqa: S608 (made of constants)


def current_term(contract: str, day: str) -> str:
    """One row (number, starts_on, due_on, ends_on), to join LATERAL: the term of ``contract`` that includes ``day``.

    ``due_on`` is its agreed end, ``ends_on`` the earlier of that and the end of the contract or its follower's start.
    Terms of any length; no row before the contract begins.
    """
    ahead = f"{_months_between_sql('a.anchor', day)} - a.months"
    return f"""
        SELECT t.number, t.starts_on, t.due_on, least(t.due_on, {stops_on(contract)}) AS ends_on
        FROM ({_counted_sql(contract)}) a
        CROSS JOIN LATERAL (
            SELECT 1 + greatest(0, {ahead} + a.every - 1) / a.every AS number
        ) least_number
        CROSS JOIN LATERAL (
            SELECT n.number, {_numbered_sql("n.number")}
            FROM generate_series(least_number.number, least_number.number + 1) AS n(number)
        ) t
        WHERE a.first_on <= {day} AND t.due_on > {day}
        ORDER BY t.number LIMIT 1
    """  # noqa: S608 (made of constants)


# The terms of contract ``c`` begun by the day named %(begun)s.
TERMS: Final = terms("c", "%(begun)s::date")
