"""What each person carries, and would carry before and after a handover."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import Count

from accounts import capacity, conditions, ownership, workload
from accounts.embedding import Query
from accounts.lifecycle import is_current
from accounts.models import Customer, Handover, Status, User

LOAD: Final = f"""
    SELECT count(*) FILTER (WHERE {is_current("c")}), coalesce(sum(c.arr), 0),
           count(*) FILTER (WHERE {{due}}), coalesce(sum(c.arr) FILTER (WHERE {{due}}), 0),
           count(*) FILTER (WHERE c.arr IS NULL),
           count(*) FILTER (WHERE c.status = 'churned'), count(*) FILTER (WHERE c.status = 'prospect'),
           coalesce(sum(1.0 / s.customers_per_csm) FILTER (WHERE {is_current("c")}), 0),
           sum(coalesce(c.arr, 0) / s.arr_per_csm) FILTER (WHERE {is_current("c")}),
           sum(CASE WHEN {{due}} THEN 1.0 ELSE 0 END / s.renewals_per_csm) FILTER (WHERE {is_current("c")}),
"""
HELD: Final = (
    LOAD
    + """ c.owner_id FROM accounts_customer c LEFT JOIN accounts_segment s ON s.id = c.segment_id
    WHERE (c.owner_id = ANY(%(people)s) OR %(nobody)s AND c.owner_id IS NULL) AND c.merged_into_id IS NULL
    GROUP BY c.owner_id
"""
)
MOVING: Final = (
    LOAD
    + """ c.owner_id, asked.heir
    FROM accounts_customer c
    LEFT JOIN accounts_segment s ON s.id = c.segment_id
    JOIN unnest(%(customers)s::bigint[], %(heirs)s::bigint[]) asked(customer, heir) ON asked.customer = c.id
    WHERE c.merged_into_id IS NULL AND c.owner_id IS DISTINCT FROM asked.heir
    GROUP BY c.owner_id, asked.heir
"""
)

Key = TypeVar("Key", int, int | None)


@dataclass
class Load:
    """The load of one person: current customers, their ARR a year, renewals due within 90 days, items by part
    (tasks, cases).

    ``churned`` customers and ``prospects`` have the same owner and move with it; they are counted apart. ``untold``
    counts customers whose ARR cannot be told, because a currency has no rate; the sums leave them out. ``weighted``
    counts each customer as a fraction of a full book, by the limit of its segment: 1 is a full book; ``weighted_arr``
    and ``weighted_due`` count ARR and due renewals so, and are None where no customer's segment limits them.
    """

    customers: int = 0
    arr: Decimal = Decimal(0)
    due: int = 0
    due_arr: Decimal = Decimal(0)
    untold: int = 0
    items: dict[str, int] = field(default_factory=dict)
    churned: int = 0
    prospects: int = 0
    weighted: Decimal = Decimal(0)
    weighted_arr: Decimal | None = None
    weighted_due: Decimal | None = None

    @property
    def everybody(self) -> int:
        """All that have this owner, whether they are customers now or not."""
        return self.customers + self.churned + self.prospects

    def plus(self, other: Load, sign: int = 1) -> Load:
        """The sum of both, or with ``sign`` −1 the difference."""
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
            self.weighted + sign * other.weighted,
            _sum(self.weighted_arr, other.weighted_arr, sign),
            _sum(self.weighted_due, other.weighted_due, sign),
        )


def _sum(share: Decimal | None, added: Decimal | None, sign: int) -> Decimal | None:
    return share if added is None else (share or 0) + sign * added


@dataclass(frozen=True)
class Share:
    """One person of a handover (None: nobody): the load before, what comes, what goes; the minutes of work of the next four weeks
    before and after, and how many there are (``room``).
    """

    person: User | None
    before: Load
    comes: Load
    goes: Load
    minutes: int
    minutes_after: int
    room: int

    @property
    def asked(self) -> float | None:
        """Planned time before as a fraction of the available time; None without available time."""
        return self.minutes / self.room if self.room else None

    @property
    def asked_after(self) -> float | None:
        return self.minutes_after / self.room if self.room else None

    @property
    def asked_more(self) -> float | None:
        """The fraction of the available time that is added; None without available time."""
        return (self.minutes_after - self.minutes) / self.room if self.room else None

    @property
    def after(self) -> Load:
        return self.before.plus(self.comes).plus(self.goes, -1)


@dataclass(frozen=True)
class Preview:
    """The effects of a plan: the share of everybody concerned, givers first, and the sum of the moves."""

    shares: list[Share]
    moving: Load


def digest(plan: ownership.Plan) -> str:
    """A digest by which the press of a plan refers to its preview."""
    return hashlib.blake2b(repr(sorted(plan.items())).encode(), digest_size=16).hexdigest()


def loads(people: Sequence[Key], day: dt.date) -> dict[Key, Load]:
    """The load of each of ``people`` on ``day``, under None that of customers without owner. One statement, one a
    part.
    """
    load_by_person: dict[Key, Load] = dict.fromkeys(people, Load())
    pks = [pk for pk in people if pk is not None]
    with connection.cursor() as cursor:
        due = _due(day)
        cursor.execute(HELD.format(due=due.sql), dict(due.params, people=pks, nobody=None in load_by_person))
        load_by_person |= {row[-1]: _load(row[:-1]) for row in cursor.fetchall()}
    for part in ownership.PARTS.values():
        numbers = part.held(pks, day)
        load_by_person = {
            pk: replace(load, items=load.items | {part.key: numbers.get(pk or 0, 0)})
            for pk, load in load_by_person.items()
        }
    return load_by_person


def moved(handover: Handover) -> Load:
    """The customers of ``handover`` as they are now, its churned ones and prospects apart. One statement."""
    rows = Customer.objects.filter(handovers__handover=handover).values_list("status").annotate(n=Count("pk"))
    numbers = dict(rows)
    churned, prospects = numbers.pop(Status.CHURNED, 0), numbers.pop(Status.PROSPECT, 0)
    return Load(sum(numbers.values()), churned=churned, prospects=prospects)


def _load(figures: Sequence[Any]) -> Load:
    """The load of the columns of ``LOAD``."""
    customers, arr, due, due_arr, untold, churned, prospects, weighted, weighted_arr, weighted_due = figures
    return Load(
        customers, arr, due, due_arr, untold, churned=churned, prospects=prospects, weighted=weighted,
        weighted_arr=weighted_arr, weighted_due=weighted_due,
    )  # fmt: skip


def _due(day: dt.date) -> Query:
    """The portfolio's condition for a next renewal due within ``ownership.DUE_DAYS``."""
    return conditions.compile([ownership.renews_within(ownership.DUE_DAYS)], day, prefix="due")


def preview(plan: ownership.Plan, day: dt.date) -> Preview:
    """The effects of ``plan`` on ``day``. Twelve statements and two a part, whatever the number of customers."""
    due = _due(day)
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"customers": list(plan), "heirs": list(plan.values())}
        cursor.execute(MOVING.format(due=due.sql), params | due.params)
        moving = [(*row[-2:], _load(row[:-2])) for row in cursor.fetchall()]
        people = list(dict.fromkeys([*(before for before, _h, _l in moving), *plan.values()]))
        cursor.execute("SELECT id, owner_id FROM accounts_customer WHERE id = ANY(%(customers)s)", params)
        owners = dict(cursor.fetchall())
    pks = [pk for pk in people if pk is not None]
    loads_before = loads(pks, day)
    comes, goes = {pk: Load() for pk in people}, {pk: Load() for pk in people}
    for before, heir, load in moving:
        comes[heir], goes[before] = comes[heir].plus(load), goes[before].plus(load)
    for part in ownership.PARTS.values():
        _count(part, plan, owners, comes, goes, day)
    names = User.objects.in_bulk(pks)
    takes = {key: planned.minutes for key, planned in workload.planned(day).items()}
    minutes = workload.hours(pks, day, takes=takes)
    after = workload.hours(pks, day, plan=plan, takes=takes)
    room = capacity.capacities(list(names.values()), day)
    shares = [
        Share(
            names.get(pk) if pk else None,
            loads_before[pk] if pk else Load(),
            comes[pk],
            goes[pk],
            minutes[pk].minutes if pk else 0,
            after[pk].minutes if pk else 0,
            sum(room.get(pk or 0, [])),
        )
        for pk in people
    ]
    return Preview(shares, total(comes.values()))


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


def total(loads: Iterable[Load]) -> Load:
    """The sum of the loads."""
    return functools.reduce(Load.plus, loads, Load())
