"""What customers wanted, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run

# Title, measure, unit, baseline, target, value of one unit in USD, and in which period it brings that.
WANTED: Final = (
    ("Shorten approvals", "Days from request to approval", "days", 5, 2, 900, "year"),
    ("Free up planners", "Hours of planning saved a month", "hours", 0, 120, 45, "month"),
    ("Fewer lost orders", "Orders lost a month", "orders", 24, 8, 350, "month"),
    ("Faster month-end", "Days to close the month", "days", 9, 5, 1200, "month"),
    ("Answer customers sooner", "Hours to first answer", "hours", 20, 6, 60, "year"),
)
WANTED_JA: Final = (
    ("承認を早める", "申請から承認までの日数", "日"),
    ("計画担当の負荷を減らす", "月あたりの計画作業の削減時間", "時間"),
    ("受注の取りこぼしを減らす", "月あたりの失注件数", "件"),
    ("月次締めを早める", "月次締めにかかる日数", "日"),
    ("顧客への回答を早める", "初回回答までの時間", "時間"),
)

GOALS: Final = """
SELECT c.n, y, c.n * 8 + y AS id, c.japanese, w.i, pg_temp.t(c.left_on) AS left_t,
    c.paid_on + 20 + 365 * y + floor(pg_temp.u(pg_temp.pair(c.n, y), 140) * 30)::int AS agreed_on
FROM demo_company c
CROSS JOIN generate_series(0, 6) AS y
CROSS JOIN LATERAL (SELECT 1 + floor(pg_temp.u(pg_temp.pair(c.n, y), 141) * 5)::int AS i OFFSET 0) w
WHERE c.converts AND pg_temp.u(pg_temp.pair(c.n, y), 142) < (ARRAY[0.25, 0.6, 0.85])[c.size + 1]
"""
OBJECTIVES: Final = """
INSERT INTO accounts_objective (id, customer_id, title, agreed_on, due_on)
SELECT g.id, g.n, (CASE WHEN japanese THEN %(wanted_ja)s::text[] ELSE %(wanted_en)s::text[] END)[i], agreed_on, agreed_on + 180
FROM (:goals) g
WHERE agreed_on > %(since)s AND agreed_on <= %(until)s
  AND EXISTS (SELECT FROM demo_span s WHERE s.n = g.n AND pg_temp.t(agreed_on) >= s.from_t AND pg_temp.t(agreed_on) < s.stop_t)
""".replace(":goals", GOALS)
OUTCOMES: Final = """
INSERT INTO accounts_outcome (id, objective_id, measure, unit, baseline, target, measured, measured_on, state, unit_value, period, confirmed_on)
SELECT g.id, g.id, (CASE WHEN japanese THEN %(measures_ja)s::text[] ELSE %(measures_en)s::text[] END)[i],
    (CASE WHEN japanese THEN %(units_ja)s::text[] ELSE %(units_en)s::text[] END)[i],
    baseline, target,
    CASE WHEN known THEN round((baseline + (target - baseline) * reached)::numeric, 1) END,
    CASE WHEN known THEN g.agreed_on + 175 END,
    CASE WHEN NOT known THEN 'open' WHEN reached >= 0.95 THEN 'achieved' WHEN reached >= 0.4 THEN 'partial' ELSE 'missed' END,
    CASE WHEN pg_temp.u(g.id, 143) < 0.8 THEN (%(values)s::int[])[i] END, (%(periods)s::text[])[i],
    CASE WHEN known AND pg_temp.u(g.id, 143) < 0.5 THEN g.agreed_on + 175 END
FROM (
    SELECT g.*, agreed_on + 175 <= %(until)s AS known,
        (%(baselines)s::int[])[i] AS baseline, (%(targets)s::int[])[i] AS target,
        greatest(0, 0.75 + 0.3 * pg_temp.latent(g.n, pg_temp.t(agreed_on) + 175, left_t) + 0.25 * pg_temp.z(g.id, 144)) AS reached
    FROM (:goals) g
) g
JOIN accounts_objective o ON o.id = g.id
WHERE g.agreed_on + 175 > %(since)s AND g.agreed_on <= %(until)s
ON CONFLICT (id) DO UPDATE
SET measured = excluded.measured, measured_on = excluded.measured_on, state = excluded.state, confirmed_on = excluded.confirmed_on
WHERE accounts_outcome.state = 'open' AND excluded.state <> 'open'
""".replace(":goals", GOALS)


def parameters() -> dict[str, list[Any]]:
    """The lists that statements use."""
    titles, measures, units, baselines, targets, values, periods = (
        list(column) for column in zip(*WANTED, strict=True)
    )
    titles_ja, measures_ja, units_ja = (list(column) for column in zip(*WANTED_JA, strict=True))
    return {
        "wanted_en": titles,
        "wanted_ja": titles_ja,
        "measures_en": measures,
        "measures_ja": measures_ja,
        "units_en": units,
        "units_ja": units_ja,
        "baselines": baselines,
        "targets": targets,
        "values": values,
        "periods": periods,
    }


def write(parameters: Mapping[str, Any]) -> int:
    """Write objectives agreed and outcomes measured after ``since``."""
    return run(OBJECTIVES, parameters) + run(OUTCOMES, parameters)
