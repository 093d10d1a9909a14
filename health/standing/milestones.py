"""The four milestones of a customer's first 90 days, found in its data (field guide 33 and 34).

========== ======= ==========================================================================
milestone  due day reached on the first day on which
========== ======= ==========================================================================
activation 7       70 % of the seats were active on one day; without seats: any core work, or
                   any use where no feature is marked as core
habit      28      there was use on 3 different days within 7
value      56      an outcome was achieved at least in part, or core work (any use where no feature
                   is core) was done on the 10th different day
team       84      half of the seats (5 users without seats) were active on 5 of 7 days
========== ======= ==========================================================================

Days count from the start of unbroken paid revenue (``accounts.lifecycle``): a customer that comes back after a long
break has first 90 days again. Milestones are looked for up to 120 days after the start.

Unknown is not late. A milestone is late only where it could have been seen: use was reported for the week up to the due
day (any customer's; one without use is then late), and the customer was known by that day or had use reported up to
it. An overdue milestone that is neither reached nor found late is unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, transaction

from accounts.amounts import seats
from accounts.expressions import among
from accounts.lifecycle import is_current
from accounts.periods import known

DUE: Final = {"activation": 7, "habit": 28, "value": 56, "team": 84}
LOOKED_FOR: Final = 120
# Of so many days up to the due day use must have been reported, for a milestone that is not reached to be late.
WATCHED: Final = 7
# From so many changed rows on, the table is analysed, so that the next query is not planned with old statistics.
MANY: Final = 1_000

OPEN = f"""
    INSERT INTO health_milestone (customer_id, key, due_on)
    SELECT c.id, m.key, c.first_contract_on + m.due
    FROM accounts_customer c CROSS JOIN unnest(%(keys)s::text[], %(dues)s::int[]) m(key, due)
    WHERE {is_current("c")}
      AND c.first_contract_on BETWEEN %(day)s::date - %(span)s AND %(day)s AND {among("c.id")}
    ON CONFLICT (customer_id, key) DO NOTHING
"""  # noqa: S608 (made of constants)
# The start may be corrected later: open milestones follow it. A customer that comes back after a break begins anew:
# milestones due or reached before its new start are open again.
MOVE = f"""
    UPDATE health_milestone m SET due_on = c.first_contract_on + d.due, reached_on = NULL, missed_on = NULL
    FROM accounts_customer c, unnest(%(keys)s::text[], %(dues)s::int[]) d(key, due)
    WHERE m.customer_id = c.id AND m.key = d.key
      AND (m.reached_on IS NULL AND m.missed_on IS NULL
           OR least(m.due_on, m.reached_on) < c.first_contract_on
           AND c.first_contract_on BETWEEN %(day)s::date - %(span)s AND %(day)s)
      AND m.due_on <> c.first_contract_on + d.due AND {among("c.id")}
"""  # noqa: S608 (made of constants)
REACH = f"""
    WITH open AS MATERIALIZED (
        SELECT m.id, m.customer_id, m.key, c.first_contract_on AS since
        FROM health_milestone m JOIN accounts_customer c ON c.id = m.customer_id
        WHERE m.reached_on IS NULL AND c.first_contract_on BETWEEN %(day)s::date - %(span)s AND %(day)s
          AND {among("c.id")}
    ), core AS MATERIALIZED (
        SELECT count(*) > 0 AS known FROM health_feature WHERE is_core
    ), starters AS MATERIALIZED (
        SELECT s.customer_id, s.since, {seats("s.customer_id", "%(day)s::date")} AS seats
        FROM (SELECT DISTINCT customer_id, since FROM open) s
    ), days AS MATERIALIZED (
        SELECT s.customer_id, s.seats, u.day, u.active_users,
            CASE WHEN core.known THEN u.core_uses ELSE u.uses END > 0 AS work,
            count(*) OVER week AS days_in_week,
            count(*) FILTER (WHERE u.active_users >= coalesce(s.seats * 0.5, 5)) OVER week AS team_in_week,
            count(*) FILTER (WHERE CASE WHEN core.known THEN u.core_uses ELSE u.uses END > 0)
                OVER (PARTITION BY s.customer_id ORDER BY u.day) AS work_days
        FROM starters s CROSS JOIN core JOIN health_usageday u
          ON u.customer_id = s.customer_id AND u.day BETWEEN s.since AND %(day)s
         AND u.day BETWEEN %(day)s::date - %(span)s AND %(day)s AND u.uses > 0
        WINDOW week AS (PARTITION BY s.customer_id ORDER BY u.day RANGE BETWEEN '6 days' PRECEDING AND CURRENT ROW)
    ), found AS (
        SELECT customer_id, 'activation' AS key, min(day) AS on_day FROM days
        WHERE CASE WHEN seats > 0 THEN active_users >= seats * 0.7 ELSE work END GROUP BY customer_id
        UNION ALL
        SELECT customer_id, 'habit', min(day) FROM days WHERE days_in_week >= 3 GROUP BY customer_id
        UNION ALL
        SELECT customer_id, 'value', min(on_day) FROM (
            SELECT customer_id, day AS on_day FROM days WHERE work AND work_days >= 10
            UNION ALL
            SELECT s.customer_id, o.measured_on FROM starters s
            JOIN accounts_objective j ON j.customer_id = s.customer_id
            JOIN accounts_outcome o ON o.objective_id = j.id
            WHERE o.state IN ('achieved', 'partial') AND o.measured_on BETWEEN s.since AND %(day)s
        ) shown GROUP BY customer_id
        UNION ALL
        SELECT customer_id, 'team', min(day) FROM days WHERE team_in_week >= 5 GROUP BY customer_id
    )
    UPDATE health_milestone m SET reached_on = found.on_day
    FROM open JOIN found USING (customer_id, key) WHERE m.id = open.id
"""  # noqa: S608 (made of constants)
# The first day of which use was reported, as far back as any milestone looks; worked out once, where one is overdue.
REPORTED_SINCE: Final = """(
    SELECT CASE WHEN EXISTS (SELECT FROM health_usageday WHERE day <= %(day)s::date - %(span)s)
           THEN '-infinity'::date ELSE (SELECT min(day) FROM health_usageday WHERE day > %(day)s::date - %(span)s) END)"""
MISS = f"""
    UPDATE health_milestone m SET missed_on = %(day)s
    FROM accounts_customer c
    WHERE c.id = m.customer_id AND {is_current("c")}
      AND m.reached_on IS NULL AND m.missed_on IS NULL AND m.due_on < %(day)s AND {among("c.id")}
      AND c.first_contract_on BETWEEN %(day)s::date - %(span)s AND %(day)s
      AND {REPORTED_SINCE} <= m.due_on - {WATCHED}
      AND (coalesce((SELECT bool_or({known("k", "m.due_on")}) FROM accounts_contract k WHERE k.customer_id = c.id), true)
           OR EXISTS (SELECT FROM health_usageday u WHERE u.customer_id = c.id AND u.day <= m.due_on))
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Open, reach and miss milestones as of ``day``, of all customers or of ``ids``; returns how many rows changed.

    Four statements, after many changes one more. A milestone reached late keeps the day it was found late; use reported
    afterwards can make an unknown one late. Safe to run again; the next run makes up for a skipped day.
    """
    params: dict[str, Any] = {
        "day": day,
        "ids": None if ids is None else list(ids),
        "span": LOOKED_FOR,
        "keys": list(DUE),
        "dues": list(DUE.values()),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        changed = 0
        for statement in (OPEN, MOVE, REACH, MISS):
            cursor.execute(statement, params)
            changed += cursor.rowcount
        if changed >= MANY:
            cursor.execute("ANALYZE health_milestone")
        return changed
