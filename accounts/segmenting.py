"""Which segment a customer belongs to, and with it how it is served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts import facts, rules
from accounts.models import Customer, Organisation, Segment, Status, TouchModel

# Health moves a segment only after so many days in the band, or scorecard and segment would
# chase each other (design, section 3): where any rule asks about health, a customer whose band is
# younger than this keeps the segment it has.
HEALTH_FIELDS: Final = {"band", "score"}
STEADY_DAYS: Final = 14


@dataclass(frozen=True)
class Move:
    """One customer that a change of rules would move, for a dry run."""

    customer: Customer
    before: Segment | None
    after: Segment | None


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Put every customer, or those of ``ids``, in its segment and touch model as of ``day``; returns how many moved.

    Three statements where nobody moves, five where somebody does, whatever the number of customers
    or segments. Safe to run again.
    """
    return len(move_all(day, ids))


def move_all(day: dt.date, ids: Sequence[int] | None = None) -> list[int]:
    """As ``sweep``; the ids of those who moved."""
    with transaction.atomic():
        customers = Customer.objects.filter(merged_into__isnull=True)
        moved = _assign(customers if ids is None else customers.filter(pk__in=ids), day)
        if moved:
            facts.record(day, moved)
    return moved


def place(customers: QuerySet[Customer], day: dt.date) -> int:
    """As ``sweep`` for the customers given (new ones, or after a pin)."""
    with transaction.atomic():
        ids = list(customers.values_list("pk", flat=True))
        moved = _assign(Customer.objects.filter(pk__in=ids), day)
        facts.record(day, ids)
    return len(moved)


def dry_run(
    segments: list[Segment], day: dt.date, *, among: QuerySet[Customer], limit: int = 50
) -> tuple[int, list[Move]]:
    """How many of ``among`` would move if ``segments`` (unsaved changes included) were the rules,
    and the first ``limit`` of them by ARR. Two statements; nothing is written.
    """
    known = {segment.pk: segment for segment in segments}
    movers = (
        _steady(among.filter(merged_into__isnull=True), segments, day)
        .annotate(next_segment=_segment_case(segments, day))
        .exclude(Q(next_segment=F("segment")) | Q(next_segment__isnull=True, segment__isnull=True))
        .select_related("segment")
    )
    rows = [
        Move(customer, customer.segment, known.get(customer.next_segment))
        for customer in movers.order_by("-arr", "pk")[:limit]
    ]
    return movers.count(), rows


def in_order() -> list[Segment]:
    """The segments in use, in the order in which they are asked."""
    return list(Segment.objects.filter(is_active=True).order_by("position"))


def with_sizes() -> QuerySet[Segment]:
    """Every segment in order with ``size``, how many customers it has. One statement."""
    size = Count("customers", filter=Q(customers__merged_into__isnull=True))
    return Segment.objects.annotate(size=size).order_by("position")


def next_position() -> int:
    """The position after the last."""
    return (Segment.objects.aggregate(last=Max("position"))["last"] or 0) + 1


@transaction.atomic
def move(segment: Segment, *, up: bool) -> None:
    """Change places with the segment before (``up``) or after; the first and last stay."""
    others = Segment.objects.select_for_update()
    other = (
        others.filter(position__lt=segment.position).order_by("-position").first()
        if up
        else others.filter(position__gt=segment.position).order_by("position").first()
    )
    if other is None:
        return
    segment.position, other.position = other.position, segment.position
    Segment.objects.bulk_update([segment, other], ["position"])


def _assign(customers: QuerySet[Customer], day: dt.date) -> list[int]:
    segments = in_order()
    placed = (
        _steady(customers, segments, day)
        .annotate(
            next_segment=_segment_case(segments, day),
            next_touch=_touch_case(segments, day),
        )
        .filter(~Q(next_touch=F("touch_model")) | _differs("segment", "next_segment"))
    )
    moved = list(placed.values_list("pk", flat=True))
    if not moved:
        return []
    chosen = placed.filter(pk=OuterRef("pk"))
    Customer.objects.filter(pk__in=moved).update(
        segment_id=Subquery(chosen.values("next_segment")[:1]),
        touch_model=Subquery(chosen.values("next_touch")[:1]),
    )
    return moved


def _differs(column: str, other: str) -> Q:
    return (
        ~Q(**{column: F(other)})
        | Q(**{f"{column}__isnull": True, f"{other}__isnull": False})
        | Q(**{f"{column}__isnull": False, f"{other}__isnull": True})
    )


def _segment_case(segments: list[Segment], day: dt.date) -> Any:
    """The pinned segment, else the first whose rule holds, else none."""
    whens = [When(_holds(segment, day), then=Value(segment.pk)) for segment in segments]
    ruled = Case(*whens, default=None) if whens else Value(None)
    return Coalesce(F("pinned_segment_id"), ruled)


def _touch_case(segments: list[Segment], day: dt.date) -> Any:
    """High touch while a new customer is onboarded, then its segment's touch model."""
    days = Organisation.objects.values_list("onboarding_days", flat=True).first()
    since = day - dt.timedelta(days=90 if days is None else days)
    fresh = Q(status__in=[Status.PROSPECT, Status.LIVE, Status.NOTICE]) & (
        Q(first_contract_on__isnull=True) | Q(first_contract_on__gt=since)
    )
    whens = [
        When(
            Q(pinned_segment=segment.pk) | (Q(pinned_segment__isnull=True) & _holds(segment, day)),
            then=Value(segment.touch_model),
        )
        for segment in segments
    ]
    return Case(
        When(fresh, then=Value(TouchModel.HIGH)),
        *whens,
        default=Value(TouchModel.TECH),
        output_field=CharField(),
    )


def _steady(customers: QuerySet[Customer], segments: list[Segment], day: dt.date) -> QuerySet[Customer]:
    """Without those whose health is too young to move them."""
    if not any(one["field"] in HEALTH_FIELDS for segment in segments for one in segment.rule):
        return customers
    young = Q(band_since__gt=day - dt.timedelta(days=STEADY_DAYS), segment__isnull=False)
    return customers.exclude(young, pinned_segment__isnull=True)


def _holds(segment: Segment, day: dt.date) -> Q:
    # An empty condition cannot stand in CASE WHEN: everybody has a primary key.
    return rules.as_q(segment.rule, day) or Q(pk__isnull=False)
