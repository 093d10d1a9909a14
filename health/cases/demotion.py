"""Rules below their precision floor move to the digest by themselves; only a person puts them back to alerting."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection

from health.cases.precision import PERIOD

DEMOTE: Final = """
    WITH judged AS (
        SELECT r.id, r.judged_from, count(*) AS n, count(*) FILTER (WHERE h.resolution <> 'not_valid') AS valid
        FROM health_caserule r JOIN health_case h ON h.rule_id = r.id
        WHERE r.mode = 'alert' AND r.is_active
          AND h.opened_on > %(day)s::date - %(days)s::int AND h.opened_on <= %(day)s
          AND h.closed_by_id IS NOT NULL AND h.resolution <> 'duplicate' AND h.closed_on <= %(day)s
          AND (r.judged_from IS NULL OR h.closed_on >= r.judged_from)
        GROUP BY r.id
    ), demoted AS (
        UPDATE health_caserule r SET mode = 'digest', demoted_on = %(day)s
        FROM judged j
        WHERE r.id = j.id AND r.mode = 'alert' AND j.n >= r.least_judged AND j.valid::numeric / j.n < r.precision_floor
        RETURNING r.id, j.n, j.valid
    )
    INSERT INTO health_caserulechange (rule_id, at, by_id, fields)
    SELECT id, now(), NULL, jsonb_build_object('mode', jsonb_build_array('alert', 'digest'), 'because',
        jsonb_build_array(valid, n))
    FROM demoted
"""


def sweep(day: dt.date) -> int:
    """Demote the alerting rules whose precision over the period lies below their floor; returns how many.

    Counts all customers' cases, not one reader's. Needs ``least_judged`` judged cases that were closed since a person
    last put the rule back. Never promotes. The log entry names no person and has the numbers of valid and judged
    cases. One statement, safe to run again.
    """
    with connection.cursor() as cursor:
        cursor.execute(DEMOTE, {"day": day, "days": PERIOD})
        return cursor.rowcount
