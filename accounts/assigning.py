"""Assigns new customers an owner in the way of their segment: from its pool by least load, by least ARR or in turn.

A customer is new if it never had an owner. People who are away on the day, deactivated or viewers get no customers;
with nobody left in the pool the customers stay without an owner, and the team page reports them. Each assignment is
a handover of the door ``auto`` that stores segment and way, so that the customer's page can show it and an admin
can undo it; after an undo the customer is not assigned again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import capacity, covering, ownership, splitting, workload
from accounts.handing_over import loads
from accounts.models import Customer, HandoverMove, Segment, Status, User
from accounts.models.segments import Assigning
from config import locks

NEW: Final = (Status.PROSPECT, Status.LIVE, Status.NOTICE)
# Stores the segment and the way of each move.
TOLD: Final = """
    UPDATE accounts_handovermove m SET segment_id = told.segment, how = told.how
    FROM unnest(%(customers)s::bigint[], %(segments)s::bigint[], %(ways)s::text[]) told(customer, segment, how)
    WHERE m.handover_id = %(handover)s AND m.customer_id = told.customer
"""


@dataclass
class Carried:
    """The load of the people of all pools; it grows with each customer that one of them gets."""

    minutes: dict[int, int] = field(default_factory=dict)
    room: dict[int, int] = field(default_factory=dict)
    arr: dict[int, Decimal] = field(default_factory=dict)


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Assign an owner to every new customer, or to those of ``ids``, whose segment assigns; returns how many got one.

    Two statements where there is nobody to assign; otherwise their number grows with the segments that assign, not with customers
    or people. Safe to run again; two at once wait for one another.
    """
    with locks.alone("assigning"):
        waiting = _waiting(ids)
        if not waiting:
            return 0
        segments = list(Segment.objects.filter(pk__in={row.segment_id for row in waiting}).order_by("position"))
        pools = {segment.pk: _there(segment, day) for segment in segments}
        carried = _carried({person.pk: person for pool in pools.values() for person in pool}, segments, day)
        work = _work(waiting, segments, day)
        plan: dict[int, int | None] = {}
        for segment in segments:
            new_customers = [row for row in waiting if row.segment_id == segment.pk]
            plan |= _dealt(segment, new_customers, [person.pk for person in pools[segment.pk]], carried, work)
        return _assign(
            plan,
            {row.pk: row.segment_id for row in waiting},
            {assigner.pk: assigner.assigning for assigner in segments},
            day,
        )


def new() -> QuerySet[Customer]:
    """Customers without an owner that never had one."""
    moved = HandoverMove.objects.filter(customer=OuterRef("pk"))
    return Customer.objects.filter(~Exists(moved), owner=None, merged_into=None, status__in=NEW)


def told_of(customer: Customer) -> HandoverMove | None:
    """The assignment that gave ``customer`` its present owner; None where a person did. One statement."""
    moves = (
        HandoverMove.objects.filter(customer=customer).select_related("handover", "segment").order_by("-handover_id")
    )
    newest = moves.first()
    is_current = newest is not None and newest.how and newest.after_id == customer.owner_id
    return newest if is_current else None


def _waiting(ids: Sequence[int] | None) -> list[Customer]:
    """The customers to assign, oldest first."""
    rows = new().filter(segment__is_active=True).exclude(segment__assigning=Assigning.HAND)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return list(rows.only("pk", "segment_id", "arr", "owner_id").order_by("pk"))


def _there(segment: Segment, day: dt.date) -> list[User]:
    """The people of the segment's pool who may get customers and are not away, by name."""
    away = covering.running(day).values("owner")
    candidates = segment.pool.may_own().exclude(pk__in=away)
    return list(candidates.order_by("name", "pk"))


def _carried(people: dict[int, User], segments: Sequence[Segment], day: dt.date) -> Carried:
    """The load of ``people``, as far as the ways of ``segments`` use it."""
    carried, ways = Carried(), {segment.assigning for segment in segments}
    if Assigning.LOAD in ways:
        carried.minutes = {
            pk: hours.minutes for pk, hours in workload.hours(list(people), day).items() if pk is not None
        }
        carried.room = {pk: sum(weeks) for pk, weeks in capacity.capacities(list(people.values()), day).items()}
    if Assigning.ARR in ways:
        carried.arr = {pk: load.arr for pk, load in loads(list(people), day).items()}
    return carried


def _work(waiting: Sequence[Customer], segments: Sequence[Segment], day: dt.date) -> dict[int, int]:
    by_load = {segment.pk for segment in segments if segment.assigning == Assigning.LOAD}
    customers = [row.pk for row in waiting if row.segment_id in by_load]
    return workload.of_customers(customers, day) if customers else {}


def _dealt(
    segment: Segment, customers: Sequence[Customer], pool: Sequence[int], carried: Carried, work: dict[int, int]
) -> dict[int, int]:
    """Customer → owner; nobody where the pool is empty."""
    if not pool:
        return {}
    if segment.assigning == Assigning.TURN:
        start = _after(segment, pool)
        return {row.pk: pool[(start + index) % len(pool)] for index, row in enumerate(customers)}
    if segment.assigning == Assigning.LOAD:
        return splitting.least_loaded([row.pk for row in customers], pool, work, carried.minutes, carried.room)
    return splitting.least_revenue([(row.pk, row.arr) for row in customers], pool, carried.arr)


def _after(segment: Segment, pool: Sequence[int]) -> int:
    """The place in the pool after whoever got the last customer of the segment in turn."""
    turns = HandoverMove.objects.filter(segment=segment, how=Assigning.TURN, after__in=pool).order_by("-pk")
    person = turns.values_list("after", flat=True).first()
    return pool.index(person) + 1 if person in pool else 0


@transaction.atomic
def _assign(plan: dict[int, int | None], segments: dict[int, int | None], ways: dict[int, str], day: dt.date) -> int:
    if not plan:
        return 0
    # A customer that got an owner meanwhile keeps it.
    handed = ownership.move(plan, day=day, door=ownership.Door.AUTO, givers=dict.fromkeys(plan))
    if handed.handover is None:
        return 0
    params: dict[str, Any] = {
        "handover": handed.handover.pk,
        "customers": list(plan),
        "segments": [segments[pk] for pk in plan],
        "ways": [ways[segments[pk] or 0] for pk in plan],
    }
    with connection.cursor() as cursor:
        cursor.execute(TOLD, params)
    return handed.customers
