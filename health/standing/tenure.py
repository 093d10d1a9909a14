"""The terms that customers are in, and how they began: the basis of retention state, ladder and journey.

Terms are those of ``accounts.terms``. A contract of less than six months has no term of its own: the last twelve months
count instead, and it counts as renewed on each anniversary.
"""

from __future__ import annotations

from typing import Final

from accounts.amounts import is_paying
from accounts.ends import leaves_on
from accounts.expressions import among
from accounts.lifecycle import is_current
from accounts.terms import SHORTEST_MONTHS, current_term

DAY: Final = "%(day)s::date"
WHO: Final = f"{is_current('c')} AND c.first_contract_on <= {DAY} AND {among('c.id')}"
YEARS_IN: Final = f"extract(year FROM age({DAY}, k.starts_on))::int"

# One row a running paid contract: when its term began, and whether by a renewal.
TERM: Final = f"""
    SELECT k.customer_id, k.id AS contract_id, k.auto_renews AND {leaves_on("k", DAY)} IS NULL AS auto_renews, k.term_months > 12 AS multi_year,
        CASE WHEN k.term_months < {SHORTEST_MONTHS} THEN {DAY} - 365 ELSE term.starts_on END AS began_on,
        CASE WHEN k.term_months < {SHORTEST_MONTHS} AND {YEARS_IN} > 0
                 THEN (k.starts_on + make_interval(years => {YEARS_IN}))::date
             WHEN k.term_months >= {SHORTEST_MONTHS} AND term.number > 1 THEN term.starts_on
             WHEN before.id IS NOT NULL THEN k.starts_on
        END AS renewed_on,
        before.ends_on > k.starts_on AS early,
        k.ends_on
    FROM accounts_contract k
    CROSS JOIN LATERAL ({current_term("k", DAY)}) term
    LEFT JOIN LATERAL (
        SELECT o.id, o.ends_on FROM accounts_contract o
        WHERE o.replaced_by_id = k.id AND NOT o.is_trial ORDER BY o.ends_on DESC NULLS LAST LIMIT 1
    ) before ON true
    WHERE {is_paying("k", DAY)} AND {among("k.customer_id")}
"""  # noqa: S608 (made of constants)
