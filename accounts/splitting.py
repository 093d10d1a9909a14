"""Splits customers between people: evenly, or by least load."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts import capacity, workload
from accounts.models import User

SPLITS: Final = {
    "load": _("By least load"),
    "count": _("Evenly by customers"),
    "arr": _("Evenly by ARR"),
    "hand": _("Customer by customer"),
}


def split(customers: Sequence[tuple[int, Decimal | None]], heirs: Sequence[int], how: str) -> dict[int, int | None]:
    """A plan that gives ``customers`` (number, ARR) to ``heirs``, evenly by ``"count"`` or by ``"arr"``.

    By count the largest are dealt out in turn; by ARR each goes, largest first, to who has got the least so far. Those
    without revenue (churned, prospects) come last and in turn, so that they weigh on neither. The same customers and heirs
    give the same plan.
    """
    ordered = sorted(customers, key=lambda row: (row[1] == 0, -(row[1] or 0), row[0]))
    plan: dict[int, int | None] = {pk: heirs[index % len(heirs)] for index, (pk, _arr) in enumerate(ordered)}
    if how == "count":
        return plan
    with_revenue = [(pk, arr) for pk, arr in ordered if arr != 0]
    return plan | least_revenue(with_revenue, heirs, dict.fromkeys(heirs, Decimal(0)))


def least_revenue(
    customers: Iterable[tuple[int, Decimal | None]], people: Sequence[int], carried: dict[int, Decimal]
) -> dict[int, int]:
    """Each of ``customers`` (id, ARR) in turn goes to whoever carries the least ARR, of two alike to who has got fewer, then
    to the first. Adds the given ARR to ``carried``, which is by person.
    """
    heap = [(carried[person], 0, place) for place, person in enumerate(people)]
    heapq.heapify(heap)
    plan = {}
    for pk, arr in customers:
        worth, count, place = heapq.heappop(heap)
        plan[pk] = people[place]
        carried[people[place]] = worth + (arr or 0)
        heapq.heappush(heap, (carried[people[place]], count + 1, place))
    return plan


def propose(
    customers: Sequence[tuple[int, Decimal | None]], heirs: Sequence[int], how: str, day: dt.date
) -> dict[int, int | None]:
    """As ``split``, and ``"load"``: each customer goes, most work first, to the heir whose planned hours are the smallest part of the
    hours there are. Customers without planned work are dealt out in turn. Nine statements for that.
    """
    if how != "load":
        return split(customers, heirs, how)
    takes = {key: planned.minutes for key, planned in workload.planned(day).items()}
    work = workload.of_customers([pk for pk, _arr in customers], day, takes)
    carried = workload.hours(heirs, day, takes=takes)
    people = list(User.objects.filter(pk__in=heirs))
    room = {pk: sum(weeks) for pk, weeks in capacity.capacities(people, day).items()}
    return by_load(customers, heirs, work, {pk: carried[pk].minutes for pk in heirs}, room)


def by_load(
    customers: Sequence[tuple[int, Decimal | None]],
    heirs: Sequence[int],
    work: Mapping[int, int],
    carried: Mapping[int, int],
    room: Mapping[int, int],
) -> dict[int, int | None]:
    """A plan by least load of so many minutes: ``work`` of customers, ``carried`` by heirs, who have ``room``."""
    idle = [row for row in customers if not work.get(row[0])]
    busy = sorted((pk for pk, _arr in customers if work.get(pk)), key=lambda pk: (-work[pk], pk))
    return split(idle, takers(heirs, room), "count") | least_loaded(busy, heirs, work, dict(carried), room)


def takers(people: Sequence[int], room: Mapping[int, int]) -> list[int]:
    """Those of ``people`` who have ``room``; all of them where nobody has."""
    return [pk for pk in people if room.get(pk)] or list(people)


def least_loaded(
    customers: Iterable[int],
    people: Sequence[int],
    work: Mapping[int, int],
    carried: dict[int, int],
    room: Mapping[int, int],
) -> dict[int, int]:
    """Give each customer, in order, to the person whose minutes ``carried`` are the smallest part of the ``room``.

    ``carried`` grows with each customer by the minutes of its ``work``. A customer without planned work counts as one
    minute: at equal load the next goes to somebody else. Who has no room gets customers only where nobody has some.
    """

    def load(place: int, person: int) -> tuple[float, int, int, int]:
        return carried[person] / (room.get(person) or 1), carried[person], place, person

    plan: dict[int, int] = {}
    heap = [load(place, person) for place, person in enumerate(takers(people, room))]
    heapq.heapify(heap)
    for customer in customers:
        _share, _minutes, place, person = heap[0]
        plan[customer] = person
        carried[person] += max(work.get(customer, 0), 1)
        heapq.heapreplace(heap, load(place, person))
    return plan
