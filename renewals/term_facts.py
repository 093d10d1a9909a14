"""What a contract is worth at the end of a term."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from accounts.amounts import contract_value
from accounts.models import Contract

# A follower that begins up to so many days after a term's end renews that term: a file may name the last day, and a weekend may lie between.
LATE_DAYS: Final = 7


def stop_in(contract: str, term: str, stop: str, followed: str) -> str:
    """One row (has_term, is_last), to join LATERAL: whether the contract still had the term, and whether it stopped with or in it.

    ``stop`` is the day it stopped, ``followed`` the one on which its follower begins, or NULL. Of a replaced contract one term is the last:
    the one that a person closed with the follower, else the one up to ``LATE_DAYS`` after which the follower begins, else the one in which
    the contract stopped.
    """
    k = contract
    return f"""
        SELECT CASE WHEN by_hand.number IS NOT NULL THEN {term}.number <= by_hand.number
                    ELSE coalesce({stop} > {term}.starts_on, true)
                        AND ({term}.number = 1 OR coalesce({followed} > {term}.starts_on + {LATE_DAYS}, true)) END AS has_term,
            CASE WHEN by_hand.number IS NOT NULL THEN {term}.number = by_hand.number
                 ELSE coalesce({stop} <= {term}.due_on, false) OR coalesce({followed} <= {term}.due_on + {LATE_DAYS}, false) END AS is_last
        FROM (SELECT min(closed.term_number) AS number FROM renewals_renewal closed
              WHERE {k}.replaced_by_id IS NOT NULL AND closed.contract_id = {k}.id
                AND closed.successor_id = {k}.replaced_by_id AND closed.closed_by_id IS NOT NULL) by_hand
    """  # noqa: S608 (made of constants)


def brought(successor: str) -> str:
    """SQL: ARR on its first day of the contract with this id and those beside it; NULL where any part is unknown."""
    return f"""(
        SELECT CASE WHEN bool_and(one.value IS NOT NULL) THEN sum(one.value) END
        FROM accounts_contract n
        JOIN accounts_contract b ON b.id = n.id OR b.beside_id = n.id
        CROSS JOIN LATERAL (SELECT {contract_value("b", "b.starts_on", "n.starts_on")} AS value) one
        WHERE n.id = {successor})"""  # noqa: S608 (made of constants)


def contracts_of(customers: Sequence[int]) -> list[int]:
    return list(Contract.objects.filter(customer__in=customers).order_by("pk").values_list("pk", flat=True))


def anything_to_look_at(day: dt.date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT FROM renewals_termcheck WHERE from_day <= %(day)s)
                OR EXISTS (SELECT FROM renewals_renewal
                           WHERE stage <> 'closed' AND due_on <= %(day)s AND leaving <> 'notice')
            """,
            {"day": day},
        )
        return bool(cursor.fetchone()[0])


def brings(successor: int) -> Decimal | None:
    """ARR on its first day of a contract and those beside it; None where any part is unknown."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {brought('%s')}", [successor])
        value: Decimal | None = cursor.fetchone()[0]
    return value


def arr_at(contract: int, day: dt.date, rate_day: dt.date) -> Decimal | None:
    """ARR of a contract's lines that run on ``day``, at the rate of ``rate_day``; None without a rate."""
    parameters: dict[str, Any] = {"contract": contract, "day": day, "rate_day": rate_day}
    amount = contract_value("c", "%(day)s::date", "%(rate_day)s::date")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {amount} FROM accounts_contract c WHERE c.id = %(contract)s", parameters)  # noqa: S608 (made of constants)
        row = cursor.fetchone()
    return row[0] if row else Decimal(0)
