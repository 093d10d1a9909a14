"""The portfolio as it was at the end of a past day: the same filters, orders, sums and export as today's.

Columns and filters are the fields of conditions (``accounts.conditions``) with their values of an earlier day: owner,
segment, touch model, status and stage from the dated facts, the score and its band from the score history, ARR from
the contracts that ran, the last touch from the touchpoints known then, the next renewal from those that were open.
Customers of whom nothing was known on the day are left out. Access is that of today: a past owner sees nothing more.

Like ``accounts.book`` this module looks up at the other apps. Every column is a subquery on the customer, so that
a page evaluates those it filters and sorts by for everybody, the others for its fifty rows alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    Count,
    DateField,
    Exists,
    Field,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Greatest

from accounts import book, conditions, facts, ownership, revenue
from accounts.book import EXPORTED, PAGE, Filters, Totals
from accounts.expressions import OnDay
from accounts.keyset import Order, Stretch, walk
from accounts.models import Contract, Customer, ExternalKey, Fact, Organisation, Segment, User
from accounts.periods import known
from health.models import Score
from health.scoring.columns import DELTA_DAYS, score_on, trend_to
from health.scoring.overriding import value_on
from playbooks.models import Task

# Whatever today is, a past day lies before it.
LATER: Final = dt.date.max
# The columns of a past day by the names they have today.
THEN: Final = {
    "score": "then_score", "arr": "then_arr", "next_renewal_on": "then_renewal_on", "last_touch_on": "then_touch_on",
}  # fmt: skip
# The facts that ``facts_of`` gives of a customer, and their columns today and on a past day.
FACTS: Final = (
    "name", "status", "stage", "segment", "owner", "arr", "score", "band", "next_renewal_on", "leaves_on",
)  # fmt: skip
NOW: Final = (
    "name", "status", "stage", "segment__name", "owner__email", "arr", "score", "band", "next_renewal_on", "leaves_on",
)  # fmt: skip
PAST: Final = (
    "name", "then_status", "then_stage", "then_segment_name", "then_owner_email", "then_arr", "then_score", "then_band",
    "then_renewal_on", "then_leaves_on",
)  # fmt: skip
ORDERS: Final = {
    name: Order(THEN.get(order.column, order.column), order.read, descending=order.descending)
    for name, order in book.ORDERS.items()
}


@dataclass(frozen=True)
class Listed:
    """A line of the list, named as ``accounts.book`` names its own, with the values of the day."""

    pk: int
    name: str
    score: Decimal | None
    band: str
    arr: Decimal | None
    next_renewal_on: dt.date | None
    last_touch_on: dt.date | None
    touch_model: str | None
    owner_id: int | None
    owner_name: str | None
    segment_name: str | None
    parent_name: str | None
    score_before: Decimal | None
    score_trend: list[Decimal | None]
    open_tasks: int
    currency: str
    override: int | None
    leaves_on: dt.date | None


LISTED: Final = (
    "pk", "name", "then_score", "then_band", "then_arr", "then_renewal_on", "then_touch_on", "then_touch",
    "then_owner", "then_owner_name", "then_segment_name", "parent_name", "score_before", "score_trend", "then_tasks",
    "currency", "override", "then_leaves_on",
)  # fmt: skip


def filtered(user: User, filters: Filters, day: dt.date) -> QuerySet[Customer]:
    """The customers ``user`` may see that passed every filter on ``day``; nothing is fetched yet."""
    return matching(user, book.tree(filters, user), day)


def matching(user: User, stored: conditions.Stored, day: dt.date) -> QuerySet[Customer]:
    """The customers ``user`` may see that matched the condition on ``day``."""
    condition = conditions.Holds(stored, day, LATER)
    return _then(Customer.objects.visible_to(user), day).filter(condition, Q(then_status__isnull=False))


def page(
    customers: QuerySet[Customer], sort: str, *, user: User, day: dt.date, after: str = "", before: str = ""
) -> Stretch:
    """Fifty ``Listed`` rows as of ``day`` in the order named (see ``ORDERS``). Raises BadKey."""
    rows = _decorated(customers, user, day).values_list(*LISTED, named=True)
    stretch = walk(rows, ORDERS[sort], after=after, before=before, size=PAGE)
    return replace(stretch, rows=[Listed(*row) for row in stretch.rows])


def totals(customers: QuerySet[Customer], day: dt.date) -> Totals:
    """The number of customers, their ARR then, health by ARR, and the renewals due within 90 days. Two statements."""
    due = conditions.Holds([ownership.renews_within(ownership.DUE_DAYS)], day, LATER)
    return book.summed(customers, due, arr="then_arr", score="then_score")


def exported(customers: QuerySet[Customer]) -> Iterator[tuple[Any, ...]]:
    """The columns of ``accounts.book.EXPORTED`` with the values of the day, by name, in one statement."""
    paths = {
        "owner": "then_owner_name", "segment": "then_segment_name", "touch_model": "then_touch",
        "status": "then_status", "stage": "then_stage", "score": "then_score", "band": "then_band", "arr": "then_arr",
        "next_renewal_on": "then_renewal_on", "last_touch_on": "then_touch_on",
        "leaves_on": "then_leaves_on",
    }  # fmt: skip
    columns = [paths.get(name, name) for name in EXPORTED]
    named = customers.annotate(**_names())
    return named.order_by("name", "pk").values_list(*columns).iterator(chunk_size=2000)


def fields(customers: QuerySet[Customer]) -> QuerySet[Any]:
    """Rows of the columns that change with the day, as dictionaries, for the API; by name."""
    named = customers.annotate(**_names(), then_owner_email=_of_owner("email"))
    return named.order_by("name", "pk").values(
        "id", "name", "then_owner_email", "then_segment_name", "then_touch", "then_status", "then_stage",
        "then_score", "then_band", "then_arr", "then_renewal_on", "then_touch_on",
        "then_leaves_on",
    )  # fmt: skip


def facts_of(day: dt.date | None) -> list[dict[str, Any]]:
    """The rows that an operator compares with a source, one a customer by name: ids in other systems, then ``FACTS``.

    ``day`` None: the present values; else those of that past day, for customers of whom anything was known by then. A
    customer that had a contract before the first of its dated facts has the ARR and the day it leaves on that contracts tell;
    the rest is None. Two statements.
    """
    customers = Customer.objects.filter(merged_into__isnull=True).order_by("name", "pk")
    if day is None:
        rows: Any = customers.values_list("pk", *NOW)
    else:
        agreed = Contract.objects.ran().filter(OnDay(_known_and_begun, day, BooleanField()), customer=OuterRef("pk"))
        then = _then(customers, day).filter(Q(then_status__isnull=False) | Exists(agreed))
        rows = then.annotate(**_names(), then_owner_email=_of_owner("email")).values_list("pk", *PAST)
    ids: dict[int, list[str]] = {}
    for pk, external_id in ExternalKey.objects.order_by("external_id", "pk").values_list("customer_id", "external_id"):
        ids.setdefault(pk, []).append(external_id)
    return [{"external_ids": ids.get(pk, []), **_said(values)} for pk, *values in rows]


def _said(values: list[Any]) -> dict[str, Any]:
    row = dict(zip(FACTS, values, strict=True))
    row["band"] = row["band"] or None
    if row["status"] is None:
        row["next_renewal_on"] = None  # the renewals that are here were opened later
    return row


def first_known() -> dt.date | None:
    """The first day for which ``facts_of`` has a row; None where there is none."""
    contracts = Contract.objects.ran().aggregate(day=Min(Greatest("starts_on", Coalesce("known_on", "starts_on"))))[
        "day"
    ]
    return min((day for day in (contracts, facts.first_day(Fact.STATUS)) if day), default=None)


def _known_and_begun(contract: str, day: str) -> str:
    return f"({contract}.starts_on <= {day} AND {known(contract, day)})"


def _then(customers: QuerySet[Customer], day: dt.date) -> QuerySet[Customer]:
    """The values that conditions compare on that day, each under a name of its own."""

    def value(key: str, output_field: Field[Any, Any] | None = None) -> conditions.ValueOf:
        return conditions.ValueOf(key, day, output_field or CharField(), LATER)

    return customers.annotate(
        then_owner=Cast(value("owner"), BigIntegerField()),
        then_segment=Cast(value("segment"), BigIntegerField()),
        then_touch=value("touch_model"),
        then_status=value("status"),
        then_stage=value("stage"),
        then_score=value("score", Score._meta.get_field("value")),
        then_band=Coalesce(value("band"), Value("")),
        then_arr=value("arr", revenue.MONEY),
        then_renewal_on=value("next_renewal", DateField()),
        then_leaves_on=value("leaves_on", DateField()),
        then_touch_on=value("last_touch", DateField()),
    )


def _decorated(customers: QuerySet[Customer], user: User, day: dt.date) -> QuerySet[Customer]:
    return customers.annotate(
        **_names(),
        parent_name=book.parent_name(user),
        score_before=score_on(day - dt.timedelta(days=DELTA_DAYS)),
        score_trend=trend_to(day),
        then_tasks=_open_tasks(day),
        currency=book.currency_of_all(),
        override=value_on(day),
    )


def _names() -> dict[str, Any]:
    segments = Segment.objects.filter(pk=OuterRef("then_segment")).values("name")[:1]
    return {"then_owner_name": _of_owner("name"), "then_segment_name": Subquery(segments)}


def _of_owner(column: str) -> Subquery:
    return Subquery(User.objects.filter(pk=OuterRef("then_owner")).values(column)[:1])


def _open_tasks(day: dt.date) -> Coalesce:
    zone = ZoneInfo(Organisation.objects.values_list("time_zone", flat=True).first() or "UTC")
    over = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    not_done = Q(done_at__isnull=True) | Q(done_at__gte=over)
    tasks = Task.objects.filter(not_done, customer=OuterRef("pk"), created_at__lt=over).order_by().values("customer")
    return Coalesce(Subquery(tasks.annotate(n=Count("pk")).values("n")), 0)


__all__ = ["FACTS", "ORDERS", "Listed", "exported", "facts_of", "fields", "filtered", "first_known", "page", "totals"]
