"""The portfolio as it stood at the end of a past day: the same filters, orders, sums and export as today's.

Owner, segment, touch model, status and stage come from the dated facts, the score and its band from the score
history, ARR from the contracts that ran, the last touch from the touchpoints known then, the next renewal from
those that were open. A customer of whom nothing was known on the day is left out. Who may see whom is asked as
of today: a past owner sees nothing more.

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
    CharField,
    Count,
    DateField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from accounts import book, facts, lifecycle, revenue
from accounts.book import EXPORTED, PAGE, Filters, Totals
from accounts.expressions import OnDay
from accounts.keyset import Order, Stretch, walk
from accounts.models import Customer, ExternalKey, Fact, Organisation, Segment, Touchpoint, User
from health.models import Score
from health.overriding import value_on
from health.portfolio import DELTA_DAYS, score_on, trend_to
from playbooks.models import Task
from renewals.models import Renewal

THEN: Final = book.Columns(
    owner="then_owner",
    status="then_status",
    stage="then_stage",
    segment="then_segment",
    touch_model="then_touch",
    score="then_score",
    band="then_band",
    arr="then_arr",
    next_renewal_on="then_renewal_on",
    last_touch_on="then_touch_on",
)
# What ``facts_of`` says of a customer, and the columns it stands in today and on a past day.
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
    name: Order(getattr(THEN, order.column, order.column), order.read, descending=order.descending)
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
    then = _then(Customer.objects.visible_to(user), day).filter(Q(then_status__isnull=False))
    for condition in book.conditions(filters, user, day, THEN):
        then = then.filter(condition)
    return then


def page(
    customers: QuerySet[Customer], sort: str, *, user: User, day: dt.date, after: str = "", before: str = ""
) -> Stretch:
    """Fifty ``Listed`` rows as of ``day`` in the order named (see ``ORDERS``). Raises BadKey."""
    rows = _decorated(customers, user, day).values_list(*LISTED, named=True)
    stretch = walk(rows, ORDERS[sort], after=after, before=before, size=PAGE)
    return replace(stretch, rows=[Listed(*row) for row in stretch.rows])


def totals(customers: QuerySet[Customer], day: dt.date) -> Totals:
    """How many, their ARR then, health by ARR, and what was to renew inside 90 days. Two statements."""
    return book.totals(customers, day, THEN)


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
    """What an operator holds against a source, one row a customer by name: its ids in other systems, then ``FACTS``.

    ``day`` None: as it stands; else as of that past day, customers known by then. Two statements.
    """
    customers = Customer.objects.filter(merged_into__isnull=True).order_by("name", "pk")
    if day is None:
        found = [(pk, dict(zip(FACTS, values, strict=True))) for pk, *values in customers.values_list("pk", *NOW)]
    else:
        then = _then(customers, day).filter(Q(then_status__isnull=False))
        named = then.annotate(**_names(), then_owner_email=_of_owner("email")).values_list("pk", *PAST)
        found = [(pk, dict(zip(FACTS, values, strict=True))) for pk, *values in named]
    ids: dict[int, list[str]] = {}
    for pk, external_id in ExternalKey.objects.order_by("external_id", "pk").values_list("customer_id", "external_id"):
        ids.setdefault(pk, []).append(external_id)
    return [{"external_ids": ids.get(pk, []), **row} for pk, row in found]


def _then(customers: QuerySet[Customer], day: dt.date) -> QuerySet[Customer]:
    scores = Score.objects.filter(customer=OuterRef("pk"), day__lte=day).order_by("-day")
    touches = Touchpoint.objects.two_way().filter(customer=OuterRef("pk"), happened_on__lte=day)
    return customers.annotate(
        then_owner=_number(facts.as_of(day, Fact.OWNER)),
        then_segment=_number(facts.as_of(day, Fact.SEGMENT)),
        then_touch=facts.as_of(day, Fact.TOUCH),
        then_status=facts.as_of(day, Fact.STATUS),
        then_stage=facts.as_of(day, Fact.STAGE),
        then_score=score_on(day),
        then_band=Coalesce(Subquery(scores.values("band")[:1]), Value(""), output_field=CharField()),
        then_arr=revenue.customer_arr(day),
        then_renewal_on=_next_renewal(day),
        then_leaves_on=OnDay(lifecycle.customer_leaves_on, day, DateField()),
        then_touch_on=Subquery(touches.order_by().values("customer").annotate(last=Max("happened_on")).values("last")),
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


def _number(text: Any) -> Cast:
    """A primary key kept as text; None for "none" and for "not known"."""
    return Cast(NullIf(text, Value("")), BigIntegerField())


def _names() -> dict[str, Any]:
    segments = Segment.objects.filter(pk=OuterRef("then_segment")).values("name")[:1]
    return {"then_owner_name": _of_owner("name"), "then_segment_name": Subquery(segments)}


def _of_owner(column: str) -> Subquery:
    return Subquery(User.objects.filter(pk=OuterRef("then_owner")).values(column)[:1])


def _next_renewal(day: dt.date) -> Subquery:
    """The first end of a term, after ``day``, of a contract that had begun and whose renewal was still open."""
    still_open = Q(closed_on__isnull=True) | Q(closed_on__gt=day)
    found = Renewal.objects.filter(still_open, customer=OuterRef("pk"), due_on__gt=day, contract__starts_on__lte=day)
    return Subquery(found.order_by().values("customer").annotate(first=Min("due_on")).values("first"))


def _open_tasks(day: dt.date) -> Coalesce:
    zone = ZoneInfo(Organisation.objects.values_list("time_zone", flat=True).first() or "UTC")
    over = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    not_done = Q(done_at__isnull=True) | Q(done_at__gte=over)
    tasks = Task.objects.filter(not_done, customer=OuterRef("pk"), created_at__lt=over).order_by().values("customer")
    return Coalesce(Subquery(tasks.annotate(n=Count("pk")).values("n")), 0)


__all__ = ["FACTS", "ORDERS", "Listed", "exported", "facts_of", "fields", "filtered", "page", "totals"]
