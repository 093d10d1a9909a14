"""Status, stage, ARR, "customer since" and "leaves on", derived from contracts every day."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction

from accounts import facts
from accounts.amounts import line_value, paid_until, whole_sum
from accounts.ends import leaves_on
from accounts.expressions import among
from accounts.models import Customer, Stage
from accounts.periods import known, line_runs, runs, stops_on, within

# Field guide 1.3: early to day 90, growth to twelve months, mature after.
ONBOARDING_DAYS: Final = 90
GROWTH_DAYS: Final = 365
STAGE_BEGINS: Final = {Stage.ONBOARDING: 0, Stage.GROWTH: ONBOARDING_DAYS + 1, Stage.MATURE: GROWTH_DAYS}
# A gap in paid revenue of at most so many days does not end a customer's tenure; after a longer one it starts anew.
UNBROKEN_GAP_DAYS: Final = 30


def is_current(customer: str) -> str:
    """The customer pays, or has given notice and still pays; it is not merged into another."""
    return f"({customer}.status IN ('live', 'notice') AND {customer}.merged_into_id IS NULL)"


def stage_on(since: str, day: str) -> str:
    """The lifecycle stage on the day of a customer whose unbroken paid revenue began on ``since``."""
    return f"""CASE WHEN {since} IS NULL OR {day} - {since} <= {ONBOARDING_DAYS} THEN 'onboarding'
        WHEN {day} - {since} < {GROWTH_DAYS} THEN 'growth' ELSE 'mature' END"""


def stage_since(customer: Customer) -> dt.date | None:
    """The first day of the stage that the customer is in; None where no paid revenue has begun."""
    if customer.first_contract_on is None:
        return None
    return customer.first_contract_on + dt.timedelta(days=STAGE_BEGINS[Stage(customer.stage)])


def paid_lines(day: str, where: str = "true") -> str:
    """Rows of every line with an amount of contracts ``k`` that are no trials: customer_id, contract_id, value,
    gives_way_on (the day its contract leaves or is replaced), is_paid, starts_on and ends_on (infinity: open), and
    whether it begins a stretch of paid revenue.

    ``value`` is the revenue on the day, 0 outside the line's life, NULL where it cannot be told. A gap of at most
    ``UNBROKEN_GAP_DAYS`` does not end a stretch. Future days count as agreed today.
    """
    return f"""
        SELECT p.*, p.is_paid AND (p.starts_on > max(p.ends_on) FILTER (WHERE p.is_paid) OVER (
                PARTITION BY p.customer_id ORDER BY p.starts_on, p.ends_on
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) + {UNBROKEN_GAP_DAYS}) IS NOT FALSE AS begins
        FROM (
            SELECT k.customer_id, k.id AS contract_id, l.annual_amount > 0 AS is_paid,
                CASE WHEN {runs("k", day)} AND {line_runs("l", day)} THEN {line_value("l", "k", day)} ELSE 0 END AS value,
                CASE WHEN k.replaced_by_id IS NULL THEN {leaves_on("k", day)} ELSE {stops_on("k")} END AS gives_way_on,
                greatest(k.starts_on, l.starts_on) AS starts_on,
                coalesce(least(l.ends_on, {paid_until("k", day)}), 'infinity') AS ends_on
            FROM accounts_contract k
            JOIN accounts_contractline l ON l.contract_id = k.id AND l.annual_amount <> 0
            CROSS JOIN accounts_organisation o
            WHERE NOT k.is_trial AND {where}
            OFFSET 0
        ) p
        WHERE p.starts_on < p.ends_on
    """  # noqa: S608 (made of constants)


def since_on(customer: str, day: str, *, known_on: str = "") -> str:
    """The first day of the stretch of paid revenue that had begun by the day, as SQL about a customer; NULL: none had.

    ``known_on``: as far as contracts and lines were known on that day.
    """
    where, copy_applies = f"k.customer_id = {customer}.id", f"{customer}.first_contract_on <= {day}"
    if known_on:
        # The copy on the customer has present knowledge: it applies where no row became known since.
        copy_applies += f""" AND NOT EXISTS (
            SELECT FROM accounts_contract k LEFT JOIN accounts_contractline l ON l.contract_id = k.id
            WHERE {where} AND NOT ({known("k", known_on)} AND (l.id IS NULL OR {known("l", known_on)})))"""
        where += f" AND {known('k', known_on)} AND {known('l', known_on)}"
    return f"""CASE WHEN {copy_applies} THEN {customer}.first_contract_on ELSE (
        SELECT max(line.starts_on) FROM ({paid_lines(day, where)}) line WHERE line.begins AND line.starts_on <= {day}
    ) END"""  # noqa: S608 (made of constants)


def paying(day: str) -> str:
    """Over the ``paid_lines`` of a customer: revenue is paid on the day."""
    return f"bool_or(is_paid AND {within('starts_on', 'ends_on', day)})"


def goes_on(day: str) -> str:
    """Over the ``paid_lines`` of a customer: something that pays after the day has no end."""
    return f"coalesce(bool_or(is_paid AND ends_on > {day} AND gives_way_on IS NULL), false)"


def last_gives_way(day: str) -> str:
    """Over the ``paid_lines`` of a customer: the last day on which something that pays after the day gives way."""
    return f"max(gives_way_on) FILTER (WHERE is_paid AND ends_on > {day})"


def customer_leaves_on(customer: str, day: str) -> str:
    """The first day without revenue of the customer of an alias, as seen on the day; NULL where it goes on."""
    return f"""(SELECT CASE WHEN {paying(day)} AND NOT {goes_on(day)} THEN {last_gives_way(day)} END
        FROM ({paid_lines(day, f"k.customer_id = {customer}.id")}) lines)"""  # noqa: S608 (made of constants)


# Live: revenue is paid. Notice: every contract that pays, now or later, has an end. Churned: revenue was paid and none
# is. Prospect: none was ever paid, or not yet. ``since`` is the first day of the last stretch begun, else of the first
# to come.
_DAY: Final = "%(day)s::date"
DERIVED: Final = f"""
    SELECT cu.id, coalesce(p.arr, CASE WHEN p.customer_id IS NULL THEN 0 END) AS arr, p.since,
        CASE WHEN p.paying AND NOT p.goes_on THEN 'notice'
             WHEN p.paying THEN 'live'
             WHEN p.since <= {_DAY} THEN 'churned'
             ELSE 'prospect' END AS status,
        {stage_on("p.since", _DAY)} AS stage,
        CASE WHEN p.paying AND NOT p.goes_on THEN p.leaves_on END AS leaves_on
    FROM accounts_customer cu
    LEFT JOIN (
        SELECT customer_id, {whole_sum("value")} AS arr,
            coalesce(max(starts_on) FILTER (WHERE begins AND starts_on <= {_DAY}), min(starts_on)) AS since,
            {paying(_DAY)} AS paying, {goes_on(_DAY)} AS goes_on, {last_gives_way(_DAY)} AS leaves_on
        FROM ({paid_lines(_DAY, among("k.customer_id"))}) lines
        GROUP BY customer_id
    ) p ON p.customer_id = cu.id
    WHERE {among("cu.id")} AND cu.merged_into_id IS NULL
"""  # noqa: S608 (made of constants)

UPDATE: Final = f"""
    UPDATE accounts_customer c
    SET arr = d.arr, status = d.status, stage = d.stage, first_contract_on = d.since, leaves_on = d.leaves_on
    FROM ({DERIVED}) d
    WHERE d.id = c.id
      AND (c.arr, c.status, c.stage, c.first_contract_on, c.leaves_on)
          IS DISTINCT FROM (d.arr, d.status, d.stage, d.since, d.leaves_on)
    RETURNING c.id
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, customers: list[int] | None = None) -> int:
    """Bring the copies of ARR, status, stage, "customer since" and "leaves on" up to ``day``; returns how many
    customers changed. All of them, or the ids given, in at most two statements; only changed rows are
    written. Safe to run again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UPDATE, {"day": day, "ids": customers})
        changed = [row[0] for row in cursor.fetchall()]
        if changed:
            facts.record(day, changed)
    return len(changed)
