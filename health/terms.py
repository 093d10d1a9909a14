"""The terms that customers are in, from their running paid contracts: what retention state, ladder and journey rest on.

Terms are counted as the renewals are: the first to the agreed end, later ones ``term_months`` each from it, and all
from the start where no end was agreed. A contract of less than six months has no term worth the name: the last
twelve months stand for it, and it counts as renewed on each anniversary.
"""

from __future__ import annotations

from typing import Final

# A day that asks for one customer, some or all of them (ids None), named %(ids)s.
AMONG: Final = "(%(ids)s::bigint[] IS NULL OR {column} = ANY(%(ids)s))"
WHO: Final = (
    "c.status IN ('live', 'notice') AND c.merged_into_id IS NULL AND c.first_contract_on <= %(day)s::date AND "
    + AMONG.format(column="c.id")
)

BASE: Final = "coalesce(k.ends_on, (k.starts_on + make_interval(months => k.term_months))::date)"
MONTHS_IN: Final = (
    f"(extract(year FROM age(%(day)s::date, {BASE})) * 12 + extract(month FROM age(%(day)s::date, {BASE})))::int"
)
YEARS_IN: Final = "extract(year FROM age(%(day)s::date, k.starts_on))::int"

# One row a running paid contract: when its term began, and how it came to that.
TERM: Final = f"""
    SELECT k.customer_id, k.id AS contract_id, k.auto_renews, k.term_months > 12 AS multi_year,
        CASE WHEN k.term_months < 6 THEN %(day)s::date - 365
             WHEN %(day)s::date < {BASE} THEN k.starts_on
             ELSE ({BASE} + make_interval(months => {MONTHS_IN} / k.term_months * k.term_months))::date
        END AS began_on,
        CASE WHEN k.term_months < 6 AND {YEARS_IN} > 0 THEN (k.starts_on + make_interval(years => {YEARS_IN}))::date
             WHEN k.term_months >= 6 AND %(day)s::date >= {BASE}
                 THEN ({BASE} + make_interval(months => {MONTHS_IN} / k.term_months * k.term_months))::date
             WHEN before.id IS NOT NULL THEN k.starts_on
        END AS renewed_on,
        before.ends_on > k.starts_on AS early,
        k.ends_on
    FROM accounts_contract k
    LEFT JOIN LATERAL (
        SELECT o.id, o.ends_on FROM accounts_contract o
        WHERE o.replaced_by_id = k.id AND NOT o.is_trial ORDER BY o.ends_on DESC NULLS LAST LIMIT 1
    ) before ON true
    WHERE NOT k.is_trial AND k.starts_on <= %(day)s AND (k.ended_on IS NULL OR k.ended_on > %(day)s)
      AND {AMONG.format(column="k.customer_id")}
"""  # noqa: S608 (made of constants)
