"""Dated facts of the past: owner, status and stage since when, as the daily sweeps would have found them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run

FACTS: Final = """
WITH said AS (
    SELECT n, 'owner' AS fact, starts_on AS day, 1 AS rank, coalesce(a.owner_id::text, '') AS value
    FROM demo_company c JOIN accounts_customer a ON a.id = c.n
    UNION ALL
    SELECT n, 'stage', starts_on, 1, 'onboarding' FROM demo_company
    UNION ALL
    SELECT n, 'stage', p.first_on + s.days, 1, s.stage
    FROM (SELECT n, min(starts_on) AS first_on FROM demo_contract WHERE NOT is_trial GROUP BY n) p
    CROSS JOIN (VALUES (91, 'growth'), (365, 'mature')) AS s(days, stage)
    UNION ALL
    SELECT n, 'status', starts_on, 1, 'prospect' FROM demo_contract WHERE is_trial
    UNION ALL
    SELECT n, 'status', stops_on, 2, 'churned' FROM demo_contract WHERE NOT is_trial AND leaves_on IS NOT NULL
    UNION ALL
    SELECT n, 'status', starts_on, 3, 'live' FROM demo_contract WHERE NOT is_trial
    UNION ALL
    SELECT n, 'status', notice_on, 4, 'notice' FROM demo_contract WHERE notice_on < stops_on
)
INSERT INTO accounts_datedfact (customer_id, fact, from_day, value)
SELECT n, fact, day, value
FROM (
    SELECT *, lag(value) OVER (PARTITION BY n, fact ORDER BY day) AS before
    FROM (SELECT DISTINCT ON (n, fact, day) * FROM said WHERE day <= %(until)s ORDER BY n, fact, day, rank DESC) f
) f
WHERE value IS DISTINCT FROM before AND day > %(since)s
ON CONFLICT (customer_id, fact, from_day) DO NOTHING
"""


def write(parameters: Mapping[str, Any]) -> int:
    """Write the facts that began after ``since``."""
    return run(FACTS, parameters)
