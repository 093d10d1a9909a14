"""Invoices, integrations, community and advocacy: what passes between customers and us beside contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run

# A bill a month, half year or year in advance, due after 30 days. Who does badly pays late, some after months.
INVOICES: Final = """
INSERT INTO accounts_invoice (customer_id, source, external_id, issued_on, due_on, paid_on, amount, currency)
SELECT n, 'demo', 'I-' || id || '-' || to_char(issued_on, 'YYMM'), issued_on, issued_on + 30,
    CASE WHEN issued_on + wait <= %(until)s THEN issued_on + wait END, amount, 'USD'
FROM (
    SELECT b.*, least(180, CASE
        WHEN pg_temp.u(key, 170) < pg_temp.logistic(-1.8 - 1.5 * h)
        THEN 33 - 45 * exp(-0.35 * h) * ln(greatest(0.001, pg_temp.u(key, 171)))
        ELSE 12 + 18 * pg_temp.u(key, 171) END)::int AS wait
    FROM (
        SELECT k.n, k.id, i.issued_on, t.seats * t.price * every / 12.0 AS amount,
            pg_temp.pair(k.id, pg_temp.t(i.issued_on)) AS key,
            pg_temp.latent(k.n, pg_temp.t(i.issued_on) + 30, pg_temp.t(k.left_on)) AS h
        FROM demo_contract k JOIN demo_term t USING (n, contract)
        CROSS JOIN LATERAL (SELECT CASE WHEN t.monthly THEN 1 WHEN t.months = 6 THEN 6 ELSE 12 END AS every) e
        CROSS JOIN LATERAL generate_series(0, CASE WHEN t.monthly THEN 70 ELSE t.months / every - 1 END) AS m
        CROSS JOIN LATERAL (SELECT pg_temp.later(t.starts_on, m * every) AS issued_on) i
        WHERE NOT t.is_trial AND i.issued_on < coalesce(t.leaves_on, t.ends_on, %(until)s::date + 1)
          AND i.issued_on BETWEEN %(invoices_from)s AND %(until)s
        OFFSET 0
    ) b
) b
ON CONFLICT (source, external_id) DO UPDATE SET paid_on = excluded.paid_on
WHERE accounts_invoice.paid_on IS NULL AND excluded.paid_on IS NOT NULL
"""

# One to five, more the larger the customer; each half year a bad state may cost one, and leaving costs all.
INTEGRATIONS: Final = """
INSERT INTO accounts_integration (customer_id, name, connected_on, disconnected_on, source, external_id)
SELECT n, (%(systems)s::text[])[1 + mod(n + j, 7)], connected_on,
    CASE WHEN gone_on <= %(until)s THEN gone_on END, 'demo', 'G-' || n || '-' || j
FROM (
    SELECT c.n, j, w.connected_on, least(
        (SELECT min(day) FROM unnest(l.leaves) AS day WHERE day > w.connected_on),
        (SELECT w.connected_on + 180 * q + floor(pg_temp.u(pg_temp.pair(c.n * 8 + j, q), 175) * 180)::int
         FROM generate_series(1, (%(until)s::date - w.connected_on) / 180) AS q
         WHERE pg_temp.u(pg_temp.pair(c.n * 8 + j, q), 174)
            < pg_temp.logistic(-2.9 - 1.3 * pg_temp.grid(c.n, (pg_temp.t(w.connected_on) + 180 * q) / 30))
         ORDER BY q LIMIT 1)) AS gone_on
    FROM demo_company c
    LEFT JOIN (SELECT n, array_agg(leaves_on) AS leaves FROM demo_term WHERE NOT is_trial GROUP BY n) l USING (n)
    CROSS JOIN LATERAL generate_series(1, least(5, 1 + c.size + floor(pg_temp.u(c.n, 172) * 3)::int)) AS j
    CROSS JOIN LATERAL (
        SELECT c.paid_on + 45 * j - 35 + floor(pg_temp.u(pg_temp.pair(c.n, j), 173) * 120)::int AS connected_on
    ) w
    WHERE c.converts AND w.connected_on <= %(until)s
      AND EXISTS (SELECT FROM demo_span s WHERE s.n = c.n AND pg_temp.t(w.connected_on) >= s.from_t
          AND pg_temp.t(w.connected_on) < s.stop_t)
    OFFSET 0
) g
ON CONFLICT (source, external_id) WHERE NOT external_id = '' DO UPDATE SET disconnected_on = excluded.disconnected_on
WHERE accounts_integration.disconnected_on IS NULL AND excluded.disconnected_on IS NOT NULL
"""

# Up to :slots acts a month of customers that do better than :above, the more the better they do.
ACTS: Final = """
SELECT x.n, x.key, pg_temp.day(x.t) AS day, x.kind, p.id AS contact_id, x.japanese
FROM (
    SELECT s.n, a.key, a.t, c.japanese, (:kinds)[1 + floor(pg_temp.u(a.key, :salt + 2) * :many)::int] AS kind,
        (ARRAY[0, 1, 3, 4])[1 + floor(pg_temp.u(a.key, :salt + 3) * 4)::int] AS place,
        g.h + (g.next_h - g.h) * (mod(a.t, 30) / 30.0::float8) + pg_temp.shock(a.t, s.left_t) AS h
    FROM demo_span s
    JOIN demo_company c USING (n)
    JOIN demo_grid g ON g.n = s.n AND g.k BETWEEN s.from_t / 30 AND (s.stop_t - 1) / 30
    CROSS JOIN generate_series(0, :slots - 1) AS j
    CROSS JOIN LATERAL (
        SELECT pg_temp.pair(s.n * 4 + j, g.k) AS key,
            g.k * 30 + floor(pg_temp.u(pg_temp.pair(s.n * 4 + j, g.k), :salt) * 30)::int AS t
    ) a
    WHERE a.t >= s.from_t AND a.t < s.stop_t
      AND a.t BETWEEN pg_temp.t(%(feedback_from)s) AND pg_temp.t(%(until)s)
    OFFSET 0
) x
LEFT JOIN demo_contact p ON p.n = x.n AND p.place = x.place
    AND pg_temp.day(x.t) >= p.from_on AND (p.gone_on IS NULL OR pg_temp.day(x.t) < p.gone_on)
WHERE x.h > :above AND pg_temp.u(x.key, :salt + 1) < :chance * x.h
"""


def acts(*, salt: int, slots: int, above: float, chance: float, kinds: list[str]) -> str:
    words = {"salt": salt, "slots": slots, "above": above, "chance": chance, "many": len(kinds)}
    text = ACTS.replace(":kinds", f"ARRAY[{', '.join(repr(kind) for kind in kinds)}]")
    for name, value in words.items():
        text = text.replace(f":{name}", str(value))
    return text


COMMUNITY: Final = """
INSERT INTO accounts_communityactivity (customer_id, contact_id, kind, happened_on, source, external_id)
SELECT n, contact_id, kind, day, 'demo', 'Y-' || key FROM (:acts) a
ON CONFLICT (source, external_id) WHERE NOT external_id = '' DO NOTHING
""".replace(":acts", acts(salt=180, slots=3, above=0.5, chance=0.2, kinds=["question", "answer", "post", "event"]))
ADVOCACY: Final = """
INSERT INTO accounts_advocacyact (customer_id, contact_id, kind, happened_on, note, source, external_id)
SELECT n, contact_id, kind, day,
    CASE WHEN japanese THEN (%(acts_ja)s::jsonb)->>kind ELSE (%(acts_en)s::jsonb)->>kind END, 'demo', 'V-' || key
FROM (:acts) a
ON CONFLICT (source, external_id) WHERE NOT external_id = '' DO NOTHING
""".replace(
    ":acts",
    acts(
        salt=185,
        slots=1,
        above=0.8,
        chance=0.06,
        kinds=["referral", "referral", "review", "review", "reference", "case_study"],
    ),
)
TEXTS: Final = {
    "systems": ["CRM", "ERP", "Accounting", "Team chat", "Single sign-on", "Data warehouse", "Payroll"],
    "acts_en": (
        '{"referral": "Named us to a partner company.", "review": "Wrote a review in public.", '
        '"reference": "Spoke with a prospect on the phone.", "case_study": "Told their story for a case study."}'
    ),
    "acts_ja": (
        '{"referral": "取引先に紹介してくれた。", "review": "公開の場にレビューを書いてくれた。", '
        '"reference": "見込み客との電話に応じてくれた。", "case_study": "導入事例の取材に応じてくれた。"}'
    ),
}


def write(parameters: Mapping[str, Any]) -> int:
    """Write what happened after ``since``, bills paid and integrations cut since then among it."""
    return sum(run(statement, parameters) for statement in (INVOICES, INTEGRATIONS, COMMUNITY, ADVOCACY))
