"""Contracts: terms that follow one another by the planted truth, their lines, what they allow, why they end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run, table

# What a term of term-row ``s`` of company ``c`` comes to. Keys are (customer, term number).
VERDICT: Final = """
    SELECT s.*, d.h, d.chance,
        CASE WHEN pg_temp.u(d.key, 64) < 0.012
             THEN s.starts_on + 40 + floor(pg_temp.u(d.key, 65) * (s.ends_on - s.starts_on - 60))::int
             WHEN pg_temp.u(d.key, 60) >= d.chance THEN s.ends_on END AS leaves_on,
        CASE WHEN d.h > 0.2 AND pg_temp.u(d.key, 61) < 0.45 THEN 1.08 + 0.35 * pg_temp.u(d.key, 62)
             WHEN d.h < -0.3 AND pg_temp.u(d.key, 61) < 0.40 THEN 0.95 - 0.30 * pg_temp.u(d.key, 62)
             ELSE 1 END AS factor,
        s.auto_renews AND pg_temp.u(d.key, 63) < 0.7 OR pg_temp.u(d.key, 63) < 0.04 AS goes_on,
        CASE WHEN pg_temp.u(d.key, 66) < 0.05 THEN 150 + floor(pg_temp.u(d.key, 67) * 250)::int END AS returns_after
    FROM (:source) s
    CROSS JOIN LATERAL (
        SELECT h, key, pg_temp.renews(h, s.size, s.number) AS chance
        FROM (SELECT pg_temp.latent(s.n, pg_temp.t(s.ends_on) - 75, pg_temp.t(s.left_on)) AS h,
                     pg_temp.pair(s.n, s.number) AS key OFFSET 0) x OFFSET 0
    ) d
"""
FIRST: Final = """
    SELECT n, size, months, auto_renews, left_on, price, seats, 1 AS number, 1 AS contract, paid_on AS contract_on,
           1 AS within, paid_on AS starts_on, pg_temp.later(paid_on, months) AS ends_on, false AS follows
    FROM demo_company WHERE NOT monthly AND converts AND paid_on <= %(until)s
"""
# A term follows at the end of a renewed one, in the same contract or a new one; or after a while
# when a customer that left comes back.
NEXT: Final = """
    SELECT n, size, months, auto_renews, left_on, price,
           greatest(3, round(seats * factor))::int AS seats, number + 1 AS number,
           contract + CASE WHEN stays THEN 0 ELSE 1 END AS contract,
           CASE WHEN stays THEN contract_on ELSE next_on END AS contract_on,
           CASE WHEN stays THEN within + 1 ELSE 1 END AS within, next_on AS starts_on,
           CASE WHEN stays THEN pg_temp.later(contract_on, months * (within + 1))
                ELSE pg_temp.later(next_on, months) END AS ends_on,
           leaves_on IS NULL AND NOT stays AS follows
    FROM (
        SELECT *, leaves_on IS NULL AND goes_on AS stays, coalesce(leaves_on + returns_after, ends_on) AS next_on
        FROM term WHERE (leaves_on IS NULL OR returns_after IS NOT NULL)
    ) t
    WHERE next_on <= %(until)s
"""
# Yearly and longer terms, monthly contracts, trials: one row each with the day it stops.
TERMS: Final = """
WITH RECURSIVE term AS (:first UNION ALL :next)
SELECT n, contract, number, within, starts_on, ends_on, leaves_on, h, chance, months, seats, price,
       auto_renews, follows, false AS is_trial, false AS monthly,
       CASE WHEN leaves_on IS NULL AND NOT goes_on THEN ends_on ELSE leaves_on END AS stops_on
FROM term
UNION ALL
SELECT n, 1, 1, 1, paid_on, NULL, gone.leaves_on, gone.h, NULL, 1, seats, price, true, false, false, true, gone.leaves_on
FROM demo_company c
LEFT JOIN LATERAL (
    SELECT pg_temp.later(c.paid_on, m) AS leaves_on, h
    FROM generate_series(1, 70) AS m
    CROSS JOIN LATERAL (
        SELECT pg_temp.latent(c.n, pg_temp.t(c.paid_on) + 30 * m - 20, pg_temp.t(c.left_on)) AS h OFFSET 0
    ) x
    WHERE pg_temp.u(pg_temp.pair(c.n, m), 68) > pg_temp.stays(h)
    ORDER BY m LIMIT 1
) gone ON true
WHERE c.monthly AND c.converts AND c.paid_on <= %(until)s
UNION ALL
SELECT n, 0, 0, 1, starts_on, starts_on + 30, NULL, NULL, NULL, 1, greatest(3, seats / 4), price, false, false, true, false,
       starts_on + 30
FROM demo_company WHERE has_trial
""".replace(":first", VERDICT.replace(":source", FIRST)).replace(":next", VERDICT.replace(":source", NEXT))

# stops_on: when the contract really ends, known or not; notice_on: when the customer said so.
CONTRACTS: Final = """
SELECT n, contract, n * 32 + contract AS id, starts_on, ends_on, stops_on, months, is_trial, monthly,
    auto_renews, churn_number, churn_h,
    CASE WHEN is_trial AND converts THEN n * 32 + 1
         WHEN NOT is_trial AND leaves_on IS NULL AND followed THEN n * 32 + contract + 1 END AS successor,
    CASE WHEN leaves_on IS NOT NULL AND NOT is_trial
         THEN greatest(starts_on + 5, leaves_on - CASE WHEN monthly THEN 14
              ELSE notice_days + floor(pg_temp.u(n * 32 + contract, 70) * 25)::int END) END AS notice_on,
    leaves_on, notice_days, first_seats, last_seats, price, size, japanese, left_on
FROM (
    SELECT t.n, t.contract, c.converts, c.notice_days, c.size, c.japanese, c.left_on, t.is_trial, t.monthly, t.auto_renews,
        t.months, t.price,
        min(t.starts_on) AS starts_on,
        min(t.ends_on) AS ends_on,
        (array_agg(t.stops_on ORDER BY t.number DESC))[1] AS stops_on,
        (array_agg(t.leaves_on ORDER BY t.number DESC))[1] AS leaves_on,
        (array_agg(t.number ORDER BY t.number DESC))[1] AS churn_number,
        (array_agg(t.h ORDER BY t.number DESC))[1] AS churn_h,
        (array_agg(t.seats ORDER BY t.number))[1] AS first_seats,
        (array_agg(t.seats ORDER BY t.number DESC))[1] AS last_seats,
        (array_agg(t.stops_on ORDER BY t.number DESC))[1] <= %(until)s AS followed
    FROM demo_term t JOIN demo_company c USING (n)
    GROUP BY t.n, t.contract, c.converts, c.notice_days, c.size, c.japanese, c.left_on, t.is_trial, t.monthly,
        t.auto_renews, t.months, t.price
) k
"""

# Customers whose contracts people have taken in hand (closed, replaced, written anew) are left to them.
TAKEN: Final = """
DELETE FROM demo_contract WHERE n IN (
    SELECT a.customer_id FROM accounts_contract a LEFT JOIN demo_contract d ON d.id = a.id
    WHERE a.customer_id BETWEEN %(lo)s AND %(hi)s
      AND (d.id IS NULL OR a.ended_on <> coalesce(d.stops_on, 'infinity')))
"""
WRITE: Final = """
INSERT INTO accounts_contract (id, customer_id, source, external_id, starts_on, ends_on, ended_on, term_months, notice_days,
    notice_given_on, auto_renews, is_trial, currency, replaced_by_id)
SELECT id, n, 'demo', 'C-' || lpad(n::text, 6, '0') || '-' || contract, starts_on, ends_on,
    CASE WHEN stops_on <= %(until)s THEN stops_on END,
    months, CASE WHEN is_trial THEN 0 WHEN monthly THEN 14 ELSE notice_days END,
    CASE WHEN notice_on <= %(until)s THEN notice_on END,
    auto_renews, is_trial, 'USD', CASE WHEN stops_on <= %(until)s THEN successor END
FROM demo_contract
ON CONFLICT (id) DO UPDATE
SET ended_on = excluded.ended_on, notice_given_on = excluded.notice_given_on, replaced_by_id = excluded.replaced_by_id
WHERE (accounts_contract.ended_on, accounts_contract.notice_given_on, accounts_contract.replaced_by_id)
    IS DISTINCT FROM (excluded.ended_on, excluded.notice_given_on, excluded.replaced_by_id)
"""

# A stretch of equal seats of one contract.
STRETCHES: Final = """
SELECT contract_id, within, starts_on, seats, price, size,
    lead(starts_on) OVER (PARTITION BY contract_id ORDER BY starts_on) AS ends_on
FROM (
    SELECT k.id AS contract_id, t.within, t.starts_on, t.seats, t.price, k.size,
        t.seats IS DISTINCT FROM lag(t.seats) OVER (PARTITION BY k.id ORDER BY t.number) AS is_new
    FROM demo_term t JOIN demo_contract k USING (n, contract)
) s
WHERE is_new
"""
# A line a stretch of equal seats, and one a module from the day it was added.
LINES: Final = """
INSERT INTO accounts_contractline (contract_id, product, starts_on, ends_on, quantity, annual_amount, discount_percent)
SELECT contract_id, 'Platform seats', starts_on, ends_on, seats, seats * price, 5 * size FROM (:stretches) s
UNION ALL
SELECT id, module, greatest(starts_on, added_on), NULL, 1,
    greatest(600, round(0.13 * first_seats * price, -2)), 0
FROM demo_module
ON CONFLICT (contract_id, product, starts_on, coalesce(source_starts_on, starts_on)) DO UPDATE SET ends_on = excluded.ends_on
WHERE accounts_contractline.ends_on IS DISTINCT FROM excluded.ends_on
""".replace(":stretches", STRETCHES)
MODULES: Final = """
SELECT k.id, k.starts_on, k.first_seats, k.price, m.module, m.key, a.added_on
FROM demo_contract k JOIN demo_company c USING (n)
CROSS JOIN (VALUES (1, 'Analytics', 'analytics'), (2, 'Automation', 'automation'), (3, 'Integrations', 'integrations'))
    AS m(j, module, key)
CROSS JOIN LATERAL (
    SELECT CASE WHEN pg_temp.u(c.n, 70 + m.j) < 0.25 THEN c.paid_on
                WHEN pg_temp.u(c.n, 70 + m.j) < 0.60 THEN c.paid_on + 90 + floor(pg_temp.u(c.n, 74 + m.j) * 1200)::int
           END AS added_on
) a
WHERE NOT k.is_trial AND a.added_on <= %(until)s AND (k.stops_on IS NULL OR a.added_on < k.stops_on)
  AND (a.added_on = c.paid_on OR pg_temp.latent(c.n, pg_temp.t(a.added_on), pg_temp.t(c.left_on)) > 0)
"""
# Seats by stretch, modules from the day they were added; half of the contracts limit one feature.
ENTITLEMENTS: Final = """
INSERT INTO accounts_entitlement (contract_id, kind, name, quantity, starts_on, ends_on)
SELECT contract_id, 'seats', '', seats, CASE WHEN within > 1 THEN starts_on END, ends_on FROM (:stretches) s
UNION ALL
SELECT id, 'module', key, NULL, CASE WHEN added_on > starts_on THEN added_on END, NULL FROM demo_module
UNION ALL
SELECT id, 'limit', CASE WHEN pg_temp.u(n, 160) < 0.35 THEN 'work_orders' ELSE 'dashboards' END,
    (10 * ceil(first_seats * (2 + 4 * pg_temp.u(n, 161)) * CASE WHEN pg_temp.u(n, 160) < 0.35 THEN 1 ELSE 1.4 END))::int, NULL, NULL
FROM demo_contract WHERE NOT is_trial AND pg_temp.u(n, 160) < 0.5
ON CONFLICT (contract_id, kind, name, starts_on) DO UPDATE SET quantity = excluded.quantity, ends_on = excluded.ends_on
WHERE (accounts_entitlement.quantity, accounts_entitlement.ends_on) IS DISTINCT FROM (excluded.quantity, excluded.ends_on)
""".replace(":stretches", STRETCHES)

CANCELLATIONS: Final = """
INSERT INTO accounts_cancellation (customer_id, contract_id, "on", stated_reason, root_cause, controllable, alternative,
    note, source, external_id)
SELECT n, id, notice_on, stated, cause, cause NOT IN ('merger', 'closed', 'payment'),
    CASE WHEN cause = 'competitor' THEN 'direct' WHEN cause IN ('merger', 'closed') THEN 'nothing'
         WHEN cause = 'in_house' THEN 'in_house'
         ELSE (ARRAY['direct', 'adjacent', 'manual', 'nothing', 'unknown'])[1 + floor(pg_temp.u(id, 83) * 5)::int] END,
    '', 'demo', 'X-' || id
FROM (
    SELECT *, CASE WHEN pg_temp.u(id, 82) < 0.45 THEN 'price' ELSE cause END AS stated
    FROM (
        SELECT *, CASE
            WHEN leaves_on <> ends_on AND NOT monthly
                THEN (ARRAY['merger', 'closed', 'payment'])[1 + floor(pg_temp.u(id, 80) * 3)::int]
            WHEN notice_on >= left_on AND notice_on < left_on + 300 THEN 'champion'
            WHEN churn_number = 1 AND pg_temp.u(id, 80) < 0.35 THEN 'onboarding'
            WHEN churn_h < -0.5 AND pg_temp.u(id, 80) < 0.7 THEN 'value'
            ELSE (ARRAY['service', 'price', 'competitor', 'product_gap', 'in_house', 'consolidation', 'no_sponsor',
                        'not_fit', 'competitor', 'price'])[1 + floor(pg_temp.u(id, 81) * 10)::int] END AS cause
        FROM demo_contract WHERE notice_on <= %(until)s
    ) k
) k
ON CONFLICT (source, external_id) WHERE NOT external_id = '' DO NOTHING
"""


def settle(parameters: Mapping[str, Any]) -> None:
    """Follow this chunk's customers from contract to contract up to the end, in temporary tables."""
    table("demo_term", TERMS, parameters)
    table("demo_contract", CONTRACTS, parameters)


def write(parameters: Mapping[str, Any]) -> int:
    """Write contracts with lines, entitlements and cancellations as they stand at the end."""
    run(TAKEN, parameters)
    written = run(WRITE, parameters)
    table("demo_module", MODULES, parameters)
    written += run(LINES, parameters) + run(ENTITLEMENTS, parameters)
    return written + run(CANCELLATIONS, parameters)
