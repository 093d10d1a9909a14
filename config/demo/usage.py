"""Daily usage: a row a customer-day with any use, and a row a feature used on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run, table
from health.models import Feature

# Key, name, core, module: the four core ones first, then four that all use, then those that some do.
FEATURES: Final = (
    ("work_orders", "Work orders", True, ""),
    ("approvals", "Approvals", True, ""),
    ("schedules", "Schedules", True, ""),
    ("records", "Records", True, ""),
    ("dashboards", "Dashboards", False, ""),
    ("comments", "Comments", False, ""),
    ("files", "Files", False, ""),
    ("search", "Search", False, ""),
    ("analytics", "Analytics", False, "analytics"),
    ("automation", "Automation", False, "automation"),
    ("integrations", "Integrations", False, "integrations"),
    ("mobile", "Mobile app", False, ""),
)
# For each set of the last four, as bits: the places (1 to 4) of those in it, in order.
PLACES: Final = "".join(
    "".join(str(place + 1) for place in range(4) if mask >> place & 1).ljust(4, "0") for mask in range(16)
)

CORE: Final = 4
COMMON: Final = 4

# Stretches of equal seats, as day numbers, stop exclusive.
SPANS: Final = """
SELECT t.n, t.seats, pg_temp.t(t.starts_on) AS from_t, c.start_t, c.habit, c.logs_in_only, c.size, pg_temp.t(c.left_on) AS left_t,
    pg_temp.t(least(coalesce(t.leaves_on, t.ends_on, %(until)s::date + 1), %(until)s::date + 1)) AS stop_t
FROM demo_term t JOIN demo_company c USING (n)
"""
GRID: Final = """
SELECT n, k, h, lead(h) OVER (PARTITION BY n ORDER BY k) AS next_h
FROM (SELECT n, k, pg_temp.grid(n, k) AS h
      FROM demo_company, generate_series(pg_temp.t(%(signals_from)s) / 30, pg_temp.t(%(until)s) / 30 + 1) AS k) g
"""

# From which day each of the last four features is open to a customer (the mobile app to half of them), and which of
# the modules people would like to use without it, as bits.
WISHES: Final = """
SELECT c.n, since, (pg_temp.u(c.n, 162) < 0.4)::int + 2 * (pg_temp.u(c.n, 163) < 0.4)::int
    + 4 * (pg_temp.u(c.n, 164) < 0.4)::int AS wants
FROM demo_company c CROSS JOIN LATERAL (
    SELECT array_agg(CASE WHEN added_on = c.paid_on OR pg_temp.latent(c.n, pg_temp.t(added_on), pg_temp.t(c.left_on)) > 0
                          THEN pg_temp.t(added_on) ELSE 1000000 END ORDER BY j)
        || CASE WHEN pg_temp.u(c.n, 165) < 0.5 THEN 0 ELSE 1000000 END AS since
    FROM (
        SELECT j, CASE WHEN pg_temp.u(c.n, 70 + j) < 0.25 THEN c.paid_on
                       WHEN pg_temp.u(c.n, 70 + j) < 0.60 THEN c.paid_on + 90 + floor(pg_temp.u(c.n, 74 + j) * 1200)::int
                  END AS added_on
        FROM generate_series(1, 3) AS j OFFSET 0
    ) m
) o
"""
# Whether feature j of the last four is used on a day: often by whom it is open to; where it is not, by those who would
# like to and do well, in some fortnights.
USED: Final = """(CASE WHEN t >= since[:j] THEN (r2 >> :shift & 65535) / 65536.0::float8 < 0.15 + 0.55 * share
    WHEN h > 0.3 AND wants & :bit <> 0 AND (r2 >> :shift & 65535) < 32768
    THEN pg_temp.u(pg_temp.pair(n * 4 + :j - 1, t / 14), 167) < 0.35 ELSE false END)::int * :bit"""


def used(j: int) -> str:
    return USED.replace(":j", str(j)).replace(":shift", str(16 * (j - 1))).replace(":bit", str(1 << (j - 1)))


# r is one hash a customer-day, cut into four chances of 16 bits. Core uses fall on at most four
# core features, the others on at most eight; each feature used has one use at least. A customer that
# does badly falls silent for whole fortnights. r2 is another hash, for the last four features (``more``, as bits).
USAGE: Final = """
WITH made AS MATERIALIZED (
    SELECT *, bit_count(more::bit(4))::int AS f_more
    FROM (SELECT *, CASE WHEN uses - core - f_other >= 4 THEN wish ELSE 0 END AS more FROM (
    SELECT n, t, users, sessions, uses, core, seconds, errors, wish,
        least(core, 4, 1 + floor(share * 2 + c4 * 0.9)::int) AS f_core,
        least(uses - core, 4, greatest(1, floor(share * 3.6 + c3 * 1.2))::int) AS f_other
    FROM (
        SELECT *, floor(uses * core_share + c1)::int AS core, floor(uses * 0.012 * exp(-0.8 * h) * (0.5 + c4) + c2)::int AS errors
        FROM (
            SELECT *, floor(sessions * (2.5 + 4 * share) + c4)::int AS uses,
                floor(users * (900 + 2400 * share) * (0.7 + 0.6 * c3))::int AS seconds
            FROM (
                SELECT *, floor(users * (1.2 + 1.3 * share) + c3)::int AS sessions
                FROM (
                    SELECT *, floor(least(seats * 1.05::float8, seats * share * weekday * ramp * (0.82 + 0.36 * c1)) + c2)::int AS users,
                        CASE WHEN logs_in_only THEN 0.008 ELSE 0.16 + 0.42 * pg_temp.logistic(h + habit) END AS core_share,
                        :wish AS wish
                    FROM (
                        SELECT n, t, seats, h, habit, logs_in_only, since, wants,
                            pg_temp.bits(pg_temp.pair(n, t), 166) AS r2,
                            0.03 + 0.87 * pg_temp.logistic(0.05 + 1.45 * h + habit) AS share,
                            (CASE mod(t, 7) WHEN 0 THEN 0.10::float8 WHEN 1 THEN 0.07::float8 WHEN 6 THEN 0.88::float8 ELSE 1 END) AS weekday,
                            (1 - 0.85 * exp((start_t - t) / (3 + 14 * pg_temp.logistic(-1.2 * h))))
                                * CASE WHEN t - start_t BETWEEN 3 AND 6 THEN 1.35::float8 ELSE 1 END AS ramp,
                            (r & 65535) / 65536.0::float8 AS c1, (r >> 16 & 65535) / 65536.0::float8 AS c2,
                            (r >> 32 & 65535) / 65536.0::float8 AS c3, (r >> 48 & 65535) / 65536.0::float8 AS c4
                        FROM (
                            SELECT s.n, t, s.seats, s.start_t, s.habit, s.logs_in_only, w.since, w.wants,
                                g.h + (g.next_h - g.h) * (mod(t, 30) / 30.0::float8) + pg_temp.shock(t, s.left_t) AS h,
                                pg_temp.bits(pg_temp.pair(s.n, t), 85) AS r
                            FROM demo_span s
                            JOIN demo_wish w ON w.n = s.n
                            JOIN demo_grid g ON g.n = s.n AND g.k BETWEEN s.from_t / 30 AND (s.stop_t - 1) / 30
                            CROSS JOIN LATERAL generate_series(
                                greatest(s.from_t, g.k * 30, pg_temp.t(%(usage_from)s)),
                                least(s.stop_t - 1, g.k * 30 + 29, pg_temp.t(%(until)s))) AS t
                            OFFSET 0
                        ) a WHERE pg_temp.u(pg_temp.pair(n, t / 14), 86) >= pg_temp.silent(h) OFFSET 0
                    ) b OFFSET 0
                ) c WHERE users > 0 OFFSET 0
            ) d OFFSET 0
        ) e OFFSET 0
    ) f OFFSET 0) g OFFSET 0) m
), days AS (
    INSERT INTO health_usageday (customer_id, day, active_users, sessions, uses, core_uses, features, seconds, errors, feature_bits)
    SELECT n, pg_temp.day(t), users, sessions, uses, core, f_core + f_other + f_more, seconds, errors,
        ((1::bigint << f_core) - 1) * %(core_bit)s + ((1::bigint << f_other) - 1) * %(other_bit)s + more::bigint * %(more_bit)s
    FROM made
)
INSERT INTO health_featureday (customer_id, day, feature_id, users, uses)
SELECT n, pg_temp.day(t), (%(features)s::bigint[])[CASE WHEN f <= f_core THEN f WHEN f <= f_core + f_other THEN 4 + f - f_core
        ELSE 8 + substr(%(places)s, more * 4 + f - f_core - f_other, 1)::int END],
    least(of_it, greatest(1, floor(users * (1 - 0.75::float8 * (place - 1) / places))))::int, of_it
FROM (
    SELECT *, 1 + floor(rest * place * (1.6::float8 - 0.6::float8 * place / places) / places)::int
        - floor(rest * (place - 1) * (1.6::float8 - 0.6::float8 * (place - 1) / places) / places)::int AS of_it
    FROM (
        SELECT n, t, users, f, f_core, f_other, more,
            CASE WHEN f <= f_core THEN f ELSE f - f_core END AS place,
            CASE WHEN f <= f_core THEN f_core ELSE f_other + f_more END AS places,
            CASE WHEN f <= f_core THEN core - f_core ELSE uses - core - f_other - f_more END AS rest
        FROM made CROSS JOIN LATERAL generate_series(1, f_core + f_other + f_more) AS f
        WHERE t >= pg_temp.t(%(features_from)s)
        OFFSET 0
    ) p OFFSET 0
) p
""".replace(":wish", " + ".join(used(j) for j in range(1, 5)))


def name_features() -> list[int]:
    """Write the product's features where they are missing; their ids in the order of ``FEATURES``."""
    Feature.objects.bulk_create(
        [Feature(key=key, name=name, is_core=core, module=module) for key, name, core, module in FEATURES],
        ignore_conflicts=True,
    )
    ids = dict(Feature.objects.values_list("key", "pk"))
    return [ids[key] for key, *_rest in FEATURES]


def settle(parameters: Mapping[str, Any]) -> None:
    """Lay out when each customer had how many seats, and how well it did month by month."""
    first = min(parameters["usage_from"], parameters["feedback_from"])
    table("demo_span", SPANS, parameters)
    table("demo_wish", WISHES, parameters)
    table("demo_grid", GRID, {**parameters, "signals_from": first})


def write(parameters: Mapping[str, Any]) -> int:
    """Write the usage of the days after ``since`` that this size of portfolio holds."""
    return run(USAGE, {**parameters, "places": PLACES})
