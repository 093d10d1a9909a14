"""Customers: who they are, how large, when they came, and the keys they have elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from accounts.models import Attribute
from config.demo.statements import run, table

# Everything about a customer that never changes. size: 0 small, 1 middle, 2 large. starts_on is
# the first day of the trial or, without one, of the first contract, which is paid_on.
COMPANY: Final = """
SELECT e.*,
    greatest(5, round(e.employees * (0.06 + 0.34 * pg_temp.u(n, 11)) * (ARRAY[1.3, 0.7, 0.35])[size + 1]))::int AS seats,
    12 * ((ARRAY[45, 40, 30])[size + 1] + floor(pg_temp.u(n, 12) * 18))::int AS price,
    CASE WHEN has_trial THEN starts_on + 30 ELSE starts_on END AS paid_on,
    pg_temp.t(starts_on) AS start_t,
    starts_on + 60 + CASE WHEN pg_temp.u(n, 13) < 0.32 THEN floor(pg_temp.u(n, 14) * 1400)::int END AS left_on
FROM (
    SELECT b.*,
        CASE size WHEN 2 THEN least(60000, greatest(2000, exp(8.3 + 0.6 * pg_temp.z(n, 5))))
                  WHEN 1 THEN least(1999, greatest(250, exp(6.4 + 0.5 * pg_temp.z(n, 5))))
                  ELSE least(249, greatest(12, exp(4.1 + 0.7 * pg_temp.z(n, 5)))) END::int AS employees,
        pg_temp.u(n, 6) < (ARRAY[0.22, 0.05, 0])[size + 1] AS monthly,
        CASE WHEN pg_temp.u(n, 7) < 0.80 THEN 12 WHEN pg_temp.u(n, 7) < 0.89 THEN 24
             WHEN pg_temp.u(n, 7) < 0.94 THEN 36 ELSE 6 END AS months,
        pg_temp.u(n, 8) < 0.55 AS auto_renews,
        (ARRAY[30, 60, 90])[size + 1] AS notice_days,
        pg_temp.u(n, 9) < 0.30 AS has_trial,
        pg_temp.u(n, 9) > 0.02 AS converts,
        pg_temp.u(n, 10) < 0.04 AS logs_in_only,
        0.5 * pg_temp.z(n, 16) AS habit,
        floor(pg_temp.u(n, 15) * 10)::int AS industry
    FROM (
        SELECT n,
            pg_temp.u(n, 1) < 0.34 AS japanese,
            CASE WHEN pg_temp.u(n, 2) < %(large)s THEN 2
                 WHEN pg_temp.u(n, 2) < %(middle)s THEN 1 ELSE 0 END AS size,
            CASE WHEN n <= %(customers)s
                 THEN %(began_on)s::date - %(before)s + floor(pg_temp.u(n, 3) * %(spread)s)::int
                 ELSE %(span_end)s::date + ceil((n - %(customers)s) * %(spread)s::float8 / %(customers)s)::int
            END AS starts_on
        FROM generate_series(%(lo)s::bigint, %(hi)s::bigint) AS n
    ) b
) e
WHERE starts_on <= %(until)s
"""

# Names are unique: (second word, place in all combinations, city) never repeats.
CUSTOMERS: Final = """
INSERT INTO accounts_customer (id, name, reading, domain, industry, use_case, employees, country, owner_id,
    tags, attributes, status, stage, touch_model, pin_reason, first_contract_on, arr, band, created_at)
SELECT n,
    CASE WHEN japanese
         THEN replace((%(forms_ja)s::text[])[form], '{}', first_ja || second_ja) || coalesce(' ' || city_ja, '')
         ELSE replace((%(forms_en)s::text[])[form], '{}', first_en || ' ' || second_en) || coalesce(' ' || city_en, '') END,
    CASE WHEN japanese
         THEN replace((%(forms_kana)s::text[])[form], '{}', first_kana || second_kana) || coalesce(' ' || city_kana, '') ELSE '' END,
    CASE WHEN japanese THEN first_roman || '-' || second_roman || coalesce('-' || city_roman, '')
         ELSE lower(first_en || '-' || second_en || coalesce('-' || city_en, '')) END || form_word || '.example',
    (%(industries)s::text[])[industry + 1],
    pg_temp.pick(%(use_cases)s::text[], pg_temp.u(n, 20)),
    employees,
    CASE WHEN japanese THEN 'JP' ELSE pg_temp.pick(%(countries)s::text[], pg_temp.u(n, 21)) END,
    CASE WHEN pg_temp.u(n, 22) < 0.01 THEN NULL ELSE owners[1 + floor(pg_temp.u(n, 23) * cardinality(owners))::int] END,
    CASE WHEN pg_temp.u(n, 24) < 0.06 THEN ARRAY['reference'] WHEN pg_temp.u(n, 24) < 0.10 THEN ARRAY['beta']
         WHEN pg_temp.u(n, 24) < 0.13 THEN ARRAY['strategic'] ELSE ARRAY[]::text[] END,
    jsonb_build_object('Hosting', (%(hosting)s::text[])[1 + floor(pg_temp.u(n, 191) * 3)::int],
        'Kick-off', (starts_on + floor(pg_temp.u(n, 192) * 15)::int)::text)
        || CASE WHEN pg_temp.u(n, 193) < 0.85
                THEN jsonb_build_object('Security review', CASE WHEN pg_temp.u(n, 194) < 0.7 THEN 'yes' ELSE 'no' END)
                ELSE '{}' END,
    'prospect', 'onboarding', 'high', '', NULL, 0, '',
    starts_on::timestamp AT TIME ZONE %(zone)s
FROM (
    SELECT c.*,
        (%(first_en)s::text[])[1 + mod(place, 100)] AS first_en,
        (%(first_ja)s::text[])[1 + mod(place, 50)] AS first_ja,
        (%(first_kana)s::text[])[1 + mod(place, 50)] AS first_kana,
        (%(first_roman)s::text[])[1 + mod(place, 50)] AS first_roman,
        (%(second_en)s::text[])[1 + industry * 4 + mod(place / 100, 4)] AS second_en,
        (%(second_ja)s::text[])[1 + industry * 4 + mod(place / 50, 4)] AS second_ja,
        (%(second_kana)s::text[])[1 + industry * 4 + mod(place / 50, 4)] AS second_kana,
        (%(second_roman)s::text[])[1 + industry * 4 + mod(place / 50, 4)] AS second_roman,
        1 + place / CASE WHEN japanese THEN 200 ELSE 400 END AS form,
        coalesce(nullif('-' || (place / CASE WHEN japanese THEN 200 ELSE 400 END), '-0'), '') AS form_word,
        CASE WHEN round > 0 THEN (%(cities_en)s::text[])[1 + mod(round - 1, 40)] END
            || CASE WHEN round > 40 THEN ' ' || (round - 1) / 40 + 1 ELSE '' END AS city_en,
        CASE WHEN round > 0 THEN (%(cities_ja)s::text[])[1 + mod(round - 1, 40)] END
            || CASE WHEN round > 40 THEN ' ' || (round - 1) / 40 + 1 ELSE '' END AS city_ja,
        CASE WHEN round > 0 THEN (%(cities_kana)s::text[])[1 + mod(round - 1, 40)] END
            || CASE WHEN round > 40 THEN ' ' || (round - 1) / 40 + 1 ELSE '' END AS city_kana,
        CASE WHEN round > 0 THEN (%(cities_roman)s::text[])[1 + mod(round - 1, 40)] END
            || CASE WHEN round > 40 THEN ' ' || (round - 1) / 40 + 1 ELSE '' END AS city_roman,
        CASE WHEN size = 2 AND japanese THEN %(owners_large_ja)s::bigint[] WHEN size = 2 THEN %(owners_large_en)s::bigint[]
             WHEN size = 1 AND japanese THEN %(owners_middle_ja)s::bigint[] WHEN size = 1 THEN %(owners_middle_en)s::bigint[]
             WHEN japanese THEN %(owners_small_ja)s::bigint[] ELSE %(owners_small_en)s::bigint[] END AS owners
    FROM (
        SELECT c.*, mod(n * 7919, combinations)::int AS place, (n / combinations)::int AS round
        FROM (SELECT *, CASE WHEN japanese THEN 1200 ELSE 2000 END AS combinations FROM demo_company) c
    ) c
) c
WHERE starts_on > %(since)s
"""

KEYS: Final = """
INSERT INTO accounts_externalkey (customer_id, source, external_id)
SELECT n, 'crm', 'ACC-' || lpad(n::text, 6, '0') FROM demo_company WHERE starts_on > %(since)s
"""

# One in twenty belongs to a larger company that was there before; a parent has the lower number
# or came earlier, so no circle can arise.
PARENTS: Final = """
UPDATE accounts_customer c SET parent_id = p.id
FROM accounts_customer p
WHERE c.id BETWEEN %(lo)s AND %(hi)s AND c.created_at > %(since_instant)s AND pg_temp.u(c.id, 25) < 0.25
  AND p.id = 1 + floor(pg_temp.u(c.id, 26) * (c.id - 1))::bigint
  AND p.created_at < c.created_at AND p.employees >= 2 * c.employees AND p.employees >= 250
"""


# What this company says of its customers beside the rest, in the order in which pages show it.
HOSTING: Final = ["Cloud", "Private cloud", "On premises"]
ATTRIBUTES: Final[tuple[tuple[str, str, list[str]], ...]] = (
    ("Hosting", "choice", HOSTING),
    ("Kick-off", "day", []),
    ("Security review", "flag", []),
)


def define() -> None:
    """Define the attributes that the customers have, where they are missing."""
    rows = [
        Attribute(key=key, label=key, kind=kind, choices=choices, position=position)
        for position, (key, kind, choices) in enumerate(ATTRIBUTES, 1)
    ]
    Attribute.objects.bulk_create(rows, ignore_conflicts=True)


def choose(parameters: Mapping[str, Any]) -> int:
    """Settle the customers of this chunk that have come by the end, in ``demo_company``."""
    return table("demo_company", COMPANY, parameters)


def write(parameters: Mapping[str, Any]) -> int:
    """Write the customers that came after ``since``, with their keys."""
    written = run(CUSTOMERS, {**parameters, "hosting": HOSTING})
    run(KEYS, parameters)
    return written


def adopt(parameters: Mapping[str, Any]) -> int:
    """Give some customers their parent; after all customers are written."""
    return run(PARENTS, parameters)
