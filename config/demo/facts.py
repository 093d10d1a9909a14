"""Dated facts of the past: owner, status and stage since when, as the daily sweeps would have found them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from accounts.lifecycle import GROWTH_DAYS, ONBOARDING_DAYS, UNBROKEN_GAP_DAYS
from config.demo.statements import run

FACTS: Final = f"""
WITH said AS (
    SELECT n, 'owner' AS fact, starts_on AS day, 1 AS rank, coalesce(a.owner_id::text, '') AS value
    FROM demo_company c JOIN accounts_customer a ON a.id = c.n
    UNION ALL
    SELECT n, 'stage', starts_on, 1, 'onboarding' FROM demo_company
    UNION ALL
    SELECT n, 'stage', p.since + s.days, 2, s.stage
    FROM (
        SELECT n, since, lead(since) OVER (PARTITION BY n ORDER BY since) AS anew_on
        FROM (
            SELECT n, starts_on AS since, (
                starts_on > lag(stops_on) OVER (PARTITION BY n ORDER BY starts_on) + {UNBROKEN_GAP_DAYS}
            ) IS NOT FALSE AS begins
            FROM demo_contract WHERE NOT is_trial
        ) k
        WHERE begins
    ) p
    CROSS JOIN (VALUES (0, 'onboarding'), ({ONBOARDING_DAYS + 1}, 'growth'), ({GROWTH_DAYS}, 'mature')) AS s(days, stage)
    WHERE p.anew_on IS NULL OR p.since + s.days < p.anew_on
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
"""  # noqa: S608 (made of constants)


def write(parameters: Mapping[str, Any]) -> int:
    """Write the facts that began after ``since``."""
    return run(FACTS, parameters)
