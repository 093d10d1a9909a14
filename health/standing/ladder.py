"""The ladder retention, loyalty, advocacy: the highest rung a customer has shown lately (field guide item 6).

========== ============================================================== ==========================
rung       shown by                                                       holds for
========== ============================================================== ==========================
advocacy   a referral, reference, case study or public review             365 days
loyalty    NPS 9–10, satisfaction 4–5 or renewal intent 8–10, unless a    180 days
           newer answer of that kind says NPS 0–6, satisfaction 1–2 or
           intent 0–5
retention  it has renewed                                                 while a contract runs
========== ============================================================== ==========================
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.expressions import among
from accounts.models import Customer
from accounts.revenue import untold
from health import standing
from health.models import Rung, StandingChange, StandingKind
from health.standing.tenure import TERM, WHO

ADVOCACY_DAYS: Final = 365
LOYALTY_DAYS: Final = 180

QUERY: Final = f"""
    WITH per_contract AS MATERIALIZED ({TERM}), renewed AS (
        SELECT customer_id, max(renewed_on) AS on_day FROM per_contract GROUP BY customer_id
    ), spoke AS (
        SELECT DISTINCT ON (a.customer_id) a.customer_id, a.kind, a.happened_on AS on_day
        FROM accounts_advocacyact a
        WHERE a.happened_on <= %(day)s::date AND a.happened_on > %(day)s::date - {ADVOCACY_DAYS}
          AND {among("a.customer_id")}
        ORDER BY a.customer_id, a.happened_on DESC, a.id DESC
    ), answers AS (
        SELECT s.customer_id, s.kind, s.answer, s.answered_on, s.id,
            CASE s.kind WHEN 'nps' THEN s.answer >= 9 WHEN 'csat' THEN s.answer >= 4 ELSE s.answer >= 8 END AS pleased,
            max(s.answered_on) FILTER (
                WHERE CASE s.kind WHEN 'nps' THEN s.answer <= 6 WHEN 'csat' THEN s.answer <= 2 ELSE s.answer <= 5 END
            ) OVER (PARTITION BY s.customer_id, s.kind) AS displeased_on
        FROM health_surveyresponse s
        WHERE s.kind IN ('nps', 'csat', 'intent') AND s.answered_on <= %(day)s::date
          AND s.answered_on > %(day)s::date - {LOYALTY_DAYS} AND {among("s.customer_id")}
    ), said AS (
        SELECT DISTINCT ON (customer_id) customer_id, kind, answer, answered_on AS on_day FROM answers
        WHERE pleased AND (displeased_on IS NULL OR displeased_on < answered_on)
        ORDER BY customer_id, answered_on DESC, id DESC
    )
    SELECT c.id AS customer_id,
        CASE WHEN spoke.kind IS NOT NULL THEN 'advocacy' WHEN said.kind IS NOT NULL THEN 'loyalty'
             WHEN renewed.on_day IS NOT NULL THEN 'retention' ELSE 'none' END AS state,
        CASE WHEN spoke.kind IS NOT NULL THEN jsonb_build_object('kind', spoke.kind, 'on', spoke.on_day)
             WHEN said.kind IS NOT NULL
                 THEN jsonb_build_object('kind', said.kind, 'on', said.on_day, 'answer', said.answer)
             WHEN renewed.on_day IS NOT NULL THEN jsonb_build_object('kind', 'renewed', 'on', renewed.on_day)
             ELSE '{{}}'::jsonb END AS facts
    FROM accounts_customer c
    LEFT JOIN renewed ON renewed.customer_id = c.id LEFT JOIN spoke ON spoke.customer_id = c.id
    LEFT JOIN said ON said.customer_id = c.id
    WHERE {WHO}
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """The rung of every current customer as of ``day`` with its evidence; how many moved.

    A fixed number of statements; safe to run again; killed, the next run reaches the same rows.
    """
    return standing.keep(StandingKind.LADDER, QUERY, day, ids)


def shares(customers: QuerySet[Customer]) -> list[dict[str, Any]]:
    """How many of ``customers`` and how much of their ARR is on each rung, the highest first. One statement.

    ``share`` is of the ARR of all that are on a rung or on none yet (0–1), None where there is no ARR. ``untold`` of
    them have an unknown ARR and are in no sum.
    """
    rows = (
        customers.filter(standings__kind=StandingKind.LADDER)
        .order_by()
        .values("standings__state")
        .annotate(customers=Count("pk"), total=Sum("arr", default=Decimal(0)), untold=untold())
        .values_list("standings__state", "customers", "total", "untold")
    )
    by_rung = {rung: tuple(figures) for rung, *figures in rows}
    total_arr = sum((total for _count, total, _untold in by_rung.values()), Decimal(0))
    lines = []
    for rung in reversed(Rung):
        count, arr, left_out = by_rung.get(rung.value, (0, Decimal(0), 0))
        share = arr / total_arr if total_arr else None
        lines.append({"rung": rung, "customers": count, "arr": arr, "untold": left_out, "share": share})
    return lines


def moves(customers: QuerySet[Customer]) -> QuerySet[StandingChange]:
    """Moves of ``customers`` on the ladder with customer and ``before``, the rung left (empty for a new customer).

    Excludes new customers that have shown nothing: they have not moved.
    """
    ladder_changes = StandingChange.objects.filter(kind=StandingKind.LADDER)
    before = ladder_changes.filter(customer=OuterRef("customer"), from_day__lt=OuterRef("from_day")).order_by(
        "-from_day"
    )
    rows = ladder_changes.filter(customer__in=customers.order_by().values("pk")).select_related("customer")
    rows = rows.annotate(before=Coalesce(Subquery(before.values("state")[:1]), Value("")))
    return rows.exclude(state=Rung.NONE, before="")
