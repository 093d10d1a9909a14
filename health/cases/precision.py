"""How right case rules were: fired, acted on, judged, and how long before a churn they fired.

A case belongs to the rule that opened it and to the period it was opened in. A case is judged when a person closed
it, unless as a duplicate; a judged case is valid unless it was closed as "not valid"; precision = valid / judged.
Churns are those of ``accounts.churns``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from accounts.churns import churns as ended_revenue
from accounts.embedding import embedded
from accounts.models import Customer
from health.intervals import wilson
from health.models import Case, CaseRule, Resolution

PERIOD: Final = 180
ACT_WITHIN: Final = dt.timedelta(days=14)
WARNED_DAYS: Final = 60
LOOK_BACK: Final = 365

JUDGED: Final = Q(closed_by__isnull=False) & ~Q(resolution=Resolution.DUPLICATE)
ACTED: Final = Q(acted_on__lte=F("opened_on") + ACT_WITHIN) | Q(
    closed_by__isnull=False, closed_on__lte=F("opened_on") + ACT_WITHIN
)


@dataclass(frozen=True)
class Figures:
    """Cases of one rule in a period; ``interval`` is Wilson's at 95 %, None where nothing was judged."""

    fired: int = 0
    acted: int = 0
    judged: int = 0
    not_valid: int = 0

    @property
    def valid(self) -> int:
        return self.judged - self.not_valid

    @property
    def precision(self) -> float | None:
        return self.valid / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.valid, self.judged)

    def enough(self, rule: CaseRule) -> bool:
        """Whether enough cases were judged to report the rule's precision."""
        return self.judged >= rule.least_judged


@dataclass(frozen=True)
class Lead:
    """Churns before which a rule opened a risk, the median days from risk to churn, and those cases."""

    churns: int
    median_days: float
    cases: list[int]

    @property
    def days(self) -> int:
        """The median in whole days."""
        return round(self.median_days)


@dataclass(frozen=True)
class Surprises:
    """Churns of a period and those of them without an open risk 60 days before (field guide 38).

    ``unjudged`` are the churns before cases had been kept for 60 days: nobody could have been warned, they count
    nowhere else. The ARR of ``untold`` churns, ``surprising_untold`` of them surprising, is unknown: not in the sums.
    """

    churns: int
    arr: Decimal
    surprising: int
    surprising_arr: Decimal
    unjudged: int = 0
    untold: int = 0
    surprising_untold: int = 0

    @property
    def rate(self) -> float | None:
        """Share of the churned ARR that came as a surprise; of customers where no ARR was lost."""
        if self.arr:
            return float(self.surprising_arr / self.arr)
        return self.surprising / self.churns if self.churns else None


LEADS: Final = """
    WITH gone AS ({churns}), first AS (
        SELECT DISTINCT ON (h.rule_id, g.customer_id, g.churned_on) h.id, h.rule_id, g.churned_on, h.opened_on
        FROM gone g JOIN health_case h ON h.customer_id = g.customer_id
        WHERE h.kind = 'risk' AND h.rule_id IS NOT NULL
          AND h.opened_on <= g.churned_on AND h.opened_on > g.churned_on - %(look_back)s::int
        ORDER BY h.rule_id, g.customer_id, g.churned_on, h.opened_on, h.id
    )
    SELECT rule_id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY churned_on - opened_on), array_agg(id)
    FROM first GROUP BY rule_id
"""
# Warned: a risk was open 60 days before the churn, or had been closed by then with the resolution "lost".
WARNED: Final = """
    EXISTS (
        SELECT FROM health_case h
        WHERE h.customer_id = g.customer_id AND h.kind = 'risk' AND h.opened_on <= g.churned_on - %(warned)s::int
          AND (h.closed_on IS NULL OR h.closed_on > g.churned_on - %(warned)s::int OR h.resolution = 'lost'))
"""
GONE: Final = f"""
    SELECT g.customer_id, g.churned_on, g.arr, {WARNED} AS warned,
        coalesce(g.churned_on >= kept.since + %(warned)s::int, false) AS judged, (
        SELECT min(h.opened_on) FROM health_case h
        WHERE h.customer_id = g.customer_id AND h.kind = 'risk'
          AND h.opened_on <= g.churned_on AND h.opened_on > g.churned_on - %(look_back)s::int) AS risk_on
    FROM ({{churns}}) g CROSS JOIN (SELECT min(opened_on) AS since FROM health_case) kept
"""
SURPRISES: Final = f"""
    SELECT count(*) FILTER (WHERE judged), coalesce(sum(arr) FILTER (WHERE judged), 0),
           count(*) FILTER (WHERE judged AND NOT warned), coalesce(sum(arr) FILTER (WHERE judged AND NOT warned), 0),
           count(*) FILTER (WHERE NOT judged), count(*) FILTER (WHERE judged AND arr IS NULL),
           count(*) FILTER (WHERE judged AND NOT warned AND arr IS NULL)
    FROM ({GONE}) every
"""
PAGE: Final = f"""
    SELECT customer_id, churned_on, arr, warned, judged, risk_on FROM ({GONE}) every
    WHERE %(before)s::date IS NULL OR (churned_on, customer_id) < (%(before)s::date, %(below)s::bigint)
    ORDER BY churned_on DESC, customer_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Churn:
    """One churn: the ARR lost (None: unknown), whether a risk warned in time, and the first risk of the year before it.

    Not ``judged``: cases had not been kept for 60 days.
    """

    customer: Customer
    churned_on: dt.date
    arr: Decimal | None
    warned: bool
    judged: bool
    risk_on: dt.date | None

    @property
    def lead_days(self) -> int | None:
        return (self.churned_on - self.risk_on).days if self.risk_on else None


def in_period(cases: QuerySet[Case], day: dt.date, days: int = PERIOD) -> QuerySet[Case]:
    """Those of ``cases`` that a rule opened in the ``days`` up to and with ``day``."""
    since = day - dt.timedelta(days=days)
    return cases.filter(rule__isnull=False, opened_on__gt=since, opened_on__lte=day)


def figures(cases: QuerySet[Case], day: dt.date, days: int = PERIOD) -> dict[int, Figures]:
    """Figures by rule over ``cases`` (those a user sees) opened in the period. One statement."""
    rows = (
        in_period(cases, day, days)
        .order_by()
        .values_list("rule")
        .annotate(
            fired=Count("pk"),
            acted=Count("pk", filter=ACTED),
            judged=Count("pk", filter=JUDGED),
            not_valid=Count("pk", filter=JUDGED & Q(resolution=Resolution.NOT_VALID)),
        )
    )
    return {rule: Figures(*counts) for rule, *counts in rows if rule}


def leads(customers: QuerySet[Customer], day: dt.date, days: int = PERIOD) -> dict[int, Lead]:
    """By rule: the churns of ``customers`` in the period before which it had opened a risk, and how long before.

    Of several cases of one rule the first in the year before the churn counts. One statement.
    """
    rows = _asked(LEADS, customers, day, days)
    return {rule: Lead(churns, float(median), cases) for rule, churns, median, cases in rows}


def surprises(customers: QuerySet[Customer], day: dt.date, days: int = PERIOD) -> Surprises:
    """The churns of ``customers`` in the period, and those of them that came as a surprise. One statement."""
    (row,) = _asked(SURPRISES, customers, day, days)
    return Surprises(*row)


def churns(
    customers: QuerySet[Customer],
    day: dt.date,
    days: int = PERIOD,
    *,
    before: tuple[dt.date, int] | None = None,
    limit: int = 50,
) -> list[Churn]:
    """The rows behind ``surprises``, newest first, after the key (day, customer) given. Two statements."""
    key_day, key_customer = before or (None, None)
    rows = _asked(PAGE, customers, day, days, before=key_day, below=key_customer, limit=limit)
    customers_by_pk = Customer.objects.select_related("owner").in_bulk([row[0] for row in rows])
    return [Churn(customers_by_pk[row[0]], *row[1:]) for row in rows]


def _asked(sql: str, customers: QuerySet[Customer], day: dt.date, days: int, **more: Any) -> list[tuple[Any, ...]]:
    visible = embedded(customers.values_list("pk", flat=True), "seen")
    params: dict[str, Any] = {"day": day, "days": days, "look_back": LOOK_BACK, "warned": WARNED_DAYS} | more
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{churns}", _churns(visible.sql)), params | visible.params)
        return cursor.fetchall()


def _churns(visible_sql: str) -> str:
    return ended_revenue("%(day)s::date - %(days)s::int", "%(day)s::date", f"k.customer_id IN ({visible_sql})")
