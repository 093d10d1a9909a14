"""Storing the states of customers: a history that grows on change only, and one current row a customer and kind."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, transaction

from accounts.models import Customer
from config import locks

# One writer at a time: two that place the same customer would both insert its row.
LOCK: Final = "health.standing"
# The type of a JSON column, which the driver gives as text.
JSONB: Final = 3802

# A customer with a current row that the query no longer returns (churned, merged away) has no state from today on.
# Skip customers whose rows are already correct in both tables. A full join is never nested, however little the planner
# knows of a table that was just filled.
PLACE: Final = """
    CREATE TEMP TABLE stood ON COMMIT DROP AS
    WITH found AS MATERIALIZED (SELECT customer_id, state, facts FROM ({query}) q), everybody AS (
        SELECT coalesce(f.customer_id, s.customer_id) AS customer_id, coalesce(f.state, '') AS state,
            coalesce(f.facts, '{{}}'::jsonb) AS facts, s.state AS stands, s.since AS stands_since, s.facts AS stands_on
        FROM found f FULL JOIN (
            SELECT customer_id, state, since, facts FROM health_standing
            WHERE kind = %(kind)s AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))
        ) s ON s.customer_id = f.customer_id
    ), placed AS (
        SELECT n.*, coalesce(before.state, '') AS before,
            CASE WHEN n.state = coalesce(before.state, '') THEN before.from_day ELSE %(day)s::date END AS since
        FROM everybody n
        LEFT JOIN LATERAL (
            SELECT h.state, h.from_day FROM health_standingchange h
            WHERE h.customer_id = n.customer_id AND h.kind = %(kind)s AND h.from_day < %(day)s
            ORDER BY h.from_day DESC LIMIT 1
        ) before ON true
    )
    SELECT n.customer_id, n.state, n.facts, n.before, n.since
    FROM placed n
    LEFT JOIN LATERAL (
        SELECT h.state, h.facts FROM health_standingchange h
        WHERE h.customer_id = n.customer_id AND h.kind = %(kind)s AND h.from_day = %(day)s LIMIT 1
    ) told ON true
    WHERE (n.stands, n.stands_since, n.stands_on) IS DISTINCT FROM (n.state, n.since, n.facts)
       OR CASE WHEN n.state = n.before THEN told.state IS NOT NULL
               ELSE (told.state, told.facts) IS DISTINCT FROM (n.state, n.facts) END
"""
# The row of the day has the result of the day's last run; it is deleted where that is the state from before the day.
REMEMBER: Final = """
    MERGE INTO health_standingchange h USING stood n
    ON h.customer_id = n.customer_id AND h.kind = %(kind)s AND h.from_day = %(day)s
    WHEN MATCHED AND n.state = n.before THEN DELETE
    WHEN MATCHED AND (h.state, h.facts) IS DISTINCT FROM (n.state, n.facts) THEN
        UPDATE SET state = n.state, facts = n.facts
    WHEN NOT MATCHED AND n.state <> n.before THEN
        INSERT (customer_id, kind, from_day, state, facts) VALUES (n.customer_id, %(kind)s, %(day)s, n.state, n.facts)
"""
STAND: Final = """
    MERGE INTO health_standing s USING stood n
    ON s.customer_id = n.customer_id AND s.kind = %(kind)s
    WHEN MATCHED AND n.state = '' THEN DELETE
    WHEN MATCHED AND (s.state, s.since, s.facts) IS DISTINCT FROM (n.state, n.since, n.facts) THEN
        UPDATE SET state = n.state, since = n.since, facts = n.facts
    WHEN NOT MATCHED AND n.state <> '' THEN
        INSERT (customer_id, kind, state, since, facts) VALUES (n.customer_id, %(kind)s, n.state, n.since, n.facts)
"""


def keep(kind: str, query: str, day: dt.date, ids: Sequence[int] | None = None, **params: Any) -> int:
    """Store the states that ``query`` returns as of ``day``; returns how many customers changed state.

    ``query`` gives customer_id, state and facts, one row a current customer, and may name %(day)s, %(ids)s (None:
    everybody) and ``params``. Four statements and a lock whatever the number of customers, in one transaction: an
    interruption changes nothing. Safe to run again: the row of a day has the result of its last run.
    """
    params |= {"kind": kind, "day": day, "ids": None if ids is None else list(ids)}
    with transaction.atomic(), connection.cursor() as cursor:
        locks.lock(LOCK)
        cursor.execute(PLACE.format(query=query), params)
        cursor.execute(REMEMBER, params)
        count = cursor.rowcount
        cursor.execute(STAND, params)
        cursor.execute("DROP TABLE stood")
        return count


def one(query: str, customer: Customer, day: dt.date) -> dict[str, Any] | None:
    """The row of ``query`` for one customer now, by column; None where it is no current customer. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(query, {"day": day, "ids": [customer.pk]})
        row = cursor.fetchone()
        columns = cursor.description or ()
    if row is None:
        return None
    return {
        column.name: json.loads(value) if column.type_code == JSONB else value
        for column, value in zip(columns, row, strict=True)
    }
