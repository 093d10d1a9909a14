"""Planning a handover: customers split between heirs, and what each person would carry before and after."""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts import conditions, ownership
from accounts.embedding import Query
from accounts.lifecycle import is_current
from accounts.models import Customer, Handover, Status, User

SPLITS: Final = {"count": _("Evenly by customers"), "arr": _("Evenly by ARR"), "hand": _("Customer by customer")}
LOAD: Final = f"""
    SELECT count(*) FILTER (WHERE {is_current("c")}), coalesce(sum(c.arr), 0),
           count(*) FILTER (WHERE {{due}}), coalesce(sum(c.arr) FILTER (WHERE {{due}}), 0),
           count(*) FILTER (WHERE c.arr IS NULL),
           count(*) FILTER (WHERE c.status = 'churned'), count(*) FILTER (WHERE c.status = 'prospect'),
"""
HELD: Final = (
    LOAD
    + """ c.owner_id FROM accounts_customer c
    WHERE (c.owner_id = ANY(%(people)s) OR %(nobody)s AND c.owner_id IS NULL) AND c.merged_into_id IS NULL
    GROUP BY c.owner_id
"""
)
MOVING: Final = (
    LOAD
    + """ c.owner_id, asked.heir
    FROM accounts_customer c
    JOIN unnest(%(customers)s::bigint[], %(heirs)s::bigint[]) asked(customer, heir) ON asked.customer = c.id
    WHERE c.merged_into_id IS NULL AND c.owner_id IS DISTINCT FROM asked.heir
    GROUP BY c.owner_id, asked.heir
"""
)

Key = TypeVar("Key", int, int | None)


@dataclass
class Load:
    """What one person carries: current customers, their ARR a year, renewals due within 90 days, and items by part (tasks, cases).

    The ``churned`` ones and ``prospects`` have the same owner and move with it; they are counted apart. ``untold``: customers whose ARR cannot be told, since a currency has no rate; the sums leave them out.
    """

    customers: int = 0
    arr: Decimal = Decimal(0)
    due: int = 0
    due_arr: Decimal = Decimal(0)
    untold: int = 0
    items: dict[str, int] = field(default_factory=dict)
    churned: int = 0
    prospects: int = 0

    @property
    def everybody(self) -> int:
        """All that have this owner, whether they are customers now or not."""
        return self.customers + self.churned + self.prospects

    def plus(self, other: Load, sign: int = 1) -> Load:
        """Both together, or with ``sign`` −1 what is left."""
        keys = [*dict.fromkeys([*self.items, *other.items])]
        return Load(
            self.customers + sign * other.customers,
            self.arr + sign * other.arr,
            self.due + sign * other.due,
            self.due_arr + sign * other.due_arr,
            self.untold + sign * other.untold,
            {key: self.items.get(key, 0) + sign * other.items.get(key, 0) for key in keys},
            self.churned + sign * other.churned,
            self.prospects + sign * other.prospects,
        )


@dataclass(frozen=True)
class Share:
    """One person of a handover (None: nobody): the load before, what comes, what goes."""

    person: User | None
    before: Load
    comes: Load
    goes: Load

    @property
    def after(self) -> Load:
        return self.before.plus(self.comes).plus(self.goes, -1)


@dataclass(frozen=True)
class Preview:
    """What a plan would do: everybody concerned, givers first, and the sum of what moves."""

    shares: list[Share]
    moving: Load


def split(customers: Sequence[tuple[int, Decimal | None]], heirs: Sequence[int], how: str) -> dict[int, int | None]:
    """A plan that gives ``customers`` (number, ARR) to ``heirs``, evenly by ``"count"`` or by ``"arr"``.

    By count the largest are dealt out in turn; by ARR each goes, largest first, to who has got the least so far. Those
    without revenue (churned, prospects) come last and in turn, so that they weigh on neither. The same customers and heirs
    give the same plan.
    """
    ordered = sorted(customers, key=lambda one: (one[1] == 0, -(one[1] or 0), one[0]))
    plan: dict[int, int | None] = {pk: heirs[at % len(heirs)] for at, (pk, _arr) in enumerate(ordered)}
    if how == "count":
        return plan
    heap: list[tuple[Decimal, int, int]] = [(Decimal(0), 0, at) for at in range(len(heirs))]
    for pk, arr in ordered:
        if arr == 0:
            break
        sum_, count, at = heapq.heappop(heap)
        plan[pk] = heirs[at]
        heapq.heappush(heap, (sum_ + (arr or 0), count + 1, at))
    return plan


def digest(plan: ownership.Plan) -> str:
    """What names a plan between its preview and its press."""
    return hashlib.blake2b(repr(sorted(plan.items())).encode(), digest_size=16).hexdigest()


def loads(people: Sequence[Key], day: dt.date) -> dict[Key, Load]:
    """What each of ``people`` carries on ``day``, and for None the customers that nobody has. One statement and one a part."""
    held: dict[Key, Load] = dict.fromkeys(people, Load())
    known = [pk for pk in people if pk is not None]
    with connection.cursor() as cursor:
        due = _due(day)
        cursor.execute(HELD.format(due=due.sql), dict(due.params, people=known, nobody=None in held))
        held |= {row[7]: _load(row) for row in cursor.fetchall()}
    for part in ownership.PARTS.values():
        numbers = part.held(known, day)
        held = {pk: replace(load, items=load.items | {part.key: numbers.get(pk or 0, 0)}) for pk, load in held.items()}
    return held


def moved(handover: Handover) -> Load:
    """The customers of ``handover`` as they are now, its churned ones and prospects apart. One statement."""
    rows = Customer.objects.filter(handovers__handover=handover).values_list("status").annotate(n=Count("pk"))
    numbers = dict(rows)
    churned, prospects = numbers.pop(Status.CHURNED, 0), numbers.pop(Status.PROSPECT, 0)
    return Load(sum(numbers.values()), churned=churned, prospects=prospects)


def _load(row: Sequence[Any]) -> Load:
    return Load(row[0], row[1], row[2], row[3], row[4], churned=row[5], prospects=row[6])


def _due(day: dt.date) -> Query:
    """Whose next renewal is due within ``ownership.DUE_DAYS``, as the portfolio asks it."""
    return conditions.compile([ownership.renews_within(ownership.DUE_DAYS)], day, prefix="due")


def preview(plan: ownership.Plan, day: dt.date) -> Preview:
    """What ``plan`` would do on ``day``. Three statements and two a part, whatever the number of customers."""
    due = _due(day)
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"customers": list(plan), "heirs": list(plan.values())}
        cursor.execute(MOVING.format(due=due.sql), asked | due.params)
        moving = [(row[7], row[8], _load(row)) for row in cursor.fetchall()]
        people = list(dict.fromkeys([*(before for before, _h, _l in moving), *plan.values()]))
        cursor.execute("SELECT id, owner_id FROM accounts_customer WHERE id = ANY(%(customers)s)", asked)
        owners = dict(cursor.fetchall())
    known = [pk for pk in people if pk is not None]
    held = loads(known, day)
    comes, goes = {pk: Load() for pk in people}, {pk: Load() for pk in people}
    for before, heir, load in moving:
        comes[heir], goes[before] = comes[heir].plus(load), goes[before].plus(load)
    for part in ownership.PARTS.values():
        _count(part, plan, owners, comes, goes, day)
    names = User.objects.in_bulk(known)
    shares = [Share(names.get(pk) if pk else None, held[pk] if pk else Load(), comes[pk], goes[pk]) for pk in people]
    return Preview(shares, _sum(load for load in comes.values()))


def _count(
    part: ownership.Part,
    plan: ownership.Plan,
    owners: dict[int, int | None],
    comes: dict[int | None, Load],
    goes: dict[int | None, Load],
    day: dt.date,
) -> None:
    for customer, number in part.following(list(plan), day).items():
        before, heir = owners.get(customer), plan[customer]
        if before != heir:
            for side, pk in ((comes, heir), (goes, before)):
                side[pk].items[part.key] = side[pk].items.get(part.key, 0) + number


def _sum(loads: Iterable[Load]) -> Load:
    total = Load()
    for load in loads:
        total = total.plus(load)
    return total
