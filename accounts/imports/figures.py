"""The figures of every source as the page, the API and the command show them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from accounts.imports import hearing, reconciling


def of_sources(now: dt.datetime, zone: ZoneInfo, day: dt.date) -> list[dict[str, Any]]:
    """One row a source by name; lags are whole seconds. Three statements."""
    comparisons = reconciling.by_source()
    return [
        {
            "name": row.name,
            "last_at": row.last_at,
            "rows": row.rows,
            "refused": row.refused,
            "lag_seconds": seconds(row.lag),
            "median_lag_seconds": seconds(row.usual_lag),
            "silent_after_days": row.limit,
            "silent_since": row.silent_since(day),
            "silent_days": row.silent_days(day),
            "disagreements": row.disagreements,
            "comparisons": [
                {
                    "target": each.row.target,
                    "rows": each.row.rows,
                    "same": each.row.same,
                    "day": each.row.day,
                    "problem": each.row.problem,
                    "differences": {reason: count for reason, _label, count in each.reasons},
                }
                for each in comparisons.get(row.name, [])
            ],
        }
        for row in hearing.sources(now, zone)
    ]


def seconds(lag: dt.timedelta | None) -> int | None:
    return None if lag is None else int(lag.total_seconds())
