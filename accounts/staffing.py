"""The load of each person: one row a person, from every app's data on customers and work.

Shared by the team's pages and the API; above all domains, as ``accounts.book`` is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q

from accounts import capacity, covering, handing_over, workload
from accounts.capacity import HOUR
from accounts.handing_over import Load
from accounts.models import Cover, Customer, Role, Segment, User
from accounts.workload import Hours
from config.ui import loads
from health.standing import coverage
from health.standing.coverage import Touched
from playbooks.models import Task

# An absence that begins within so many days is shown.
SOON_DAYS: Final = 28
COVERED_WELL: Final = 0.75


@dataclass(frozen=True)
class Fill:
    """How many customers of a segment a person has, and their ``share`` of the segment's limit for one CSM."""

    segment: Segment
    customers: int

    @property
    def share(self) -> float:
        return self.customers / self.segment.customers_per_csm


@dataclass(frozen=True)
class Row:
    """The load and the time of one person (None: nobody). ``room`` are the available minutes of each week; None for
    nobody.
    """

    person: User | None
    load: Load
    fills: Sequence[Fill]
    hours: Hours
    room: Sequence[int] | None
    late: int
    covered: Touched
    absence: Cover | None = None
    for_others: Sequence[tuple[str, int]] = field(default_factory=tuple)

    @property
    def weighted(self) -> float:
        """A full book is 1."""
        return float(self.load.weighted)

    @property
    def shares(self) -> list[float]:
        return [fill.share for fill in self.fills]

    @property
    def minutes_there(self) -> int:
        return sum(self.room or [])

    @property
    def share(self) -> float | None:
        """Planned hours as a fraction of the available ones; None without available hours."""
        return share_of(self.hours.minutes, self.minutes_there)

    @property
    def short(self) -> int:
        """The planned minutes beyond the available ones."""
        return max(0, self.hours.minutes - self.minutes_there) if self.room is not None else 0

    @property
    def weeks(self) -> list[tuple[int, int, float | None]]:
        """For each week the planned minutes, the available ones, and the share."""
        room = self.room or [0] * workload.WEEKS
        return [
            (planned, available, share_of(planned, available))
            for planned, available in zip(self.hours.weeks, room, strict=True)
        ]

    @property
    def is_listed(self) -> bool:
        """Whether the team's page has the row: a CSM's, with or without any load, and that of whoever else has some."""
        is_csm = self.person is not None and self.person.role == Role.CSM
        return bool(is_csm or self.load.everybody or self.hours.minutes or any(self.load.items.values()))

    @property
    def tone(self) -> str:
        return loads.tone(self.share)

    @property
    def weighted_tone(self) -> str:
        return loads.tone(self.weighted)

    @property
    def covered_tone(self) -> str:
        """The tone of the share of customers touched in their cadence."""
        share = self.covered.cadence_share
        return "calm" if share is None or share >= COVERED_WELL else "risk"


def share_of(minutes: int, available: int) -> float | None:
    """The planned part of the available minutes; None without any."""
    return minutes / available if available else None


def rows(people: Sequence[User], day: dt.date, *, nobody: bool = False) -> list[Row]:
    """A row for each of ``people`` in their order, with ``nobody`` one more for customers and work without an owner.

    The number of statements depends on neither people nor customers.
    """
    keys = [person.pk for person in people]
    everybody: list[int | None] = [*keys, *([None] if nobody else [])]
    owned = Q(owner__in=keys) | Q(owner__isnull=True) if nobody else Q(owner__in=keys)
    customers = Customer.objects.filter(owned, merged_into__isnull=True)
    takes = {key: planned.minutes for key, planned in workload.planned(day).items()}
    hours: dict[int | None, Hours] = dict(workload.hours(keys, day, takes=takes).items())
    carried = handing_over.loads(everybody, day)
    fills = _fills(everybody)
    room = capacity.capacities(people, day)
    late = dict(
        Task.objects.in_state("late", day).filter(assignee__in=keys).values_list("assignee").annotate(n=Count("pk"))
    )
    covered = {line.key: line for line in coverage.by_owner(customers, day)}
    absences = _absences(keys, day)
    names = {person.pk: person.name for person in people}
    names |= {cover.owner_id: cover.owner.name for cover in absences.values()}
    by_key = {person.pk: person for person in people}
    return [
        Row(
            by_key[key] if key is not None else None,
            carried[key],
            fills.get(key, []),
            hours.get(key, Hours()),
            room.get(key) if key is not None else None,
            late.get(key or 0, 0),
            covered.get(key, coverage.NOBODY),
            absences.get(key) if key is not None else None,
            [(names.get(owner, "?"), minutes) for owner, minutes in hours.get(key, Hours()).for_others.items()],
        )
        for key in everybody
    ]


def _fills(keys: Sequence[int | None]) -> dict[int | None, list[Fill]]:
    """By person the current customers in each segment in use, in the segments' order. Two statements."""
    segments_by_pk = {segment.pk: segment for segment in Segment.objects.order_by("position")}
    owned = Q(owner__in=[key for key in keys if key is not None])
    if None in keys:
        owned |= Q(owner__isnull=True)
    counted = Customer.objects.current().filter(owned, segment__isnull=False)
    fills: dict[int | None, list[Fill]] = {}
    numbers = counted.order_by().values_list("owner", "segment").annotate(n=Count("pk"))
    for owner, segment, n in sorted(numbers, key=lambda row: segments_by_pk[row[1]].position):
        fills.setdefault(owner, []).append(Fill(segments_by_pk[segment], n))
    return fills


def _absences(keys: Sequence[int], day: dt.date) -> dict[int, Cover]:
    """The first absence of each person that runs or begins soon. One statement."""
    soon = day + dt.timedelta(days=SOON_DAYS)
    ahead = covering.ahead(day).filter(owner__in=keys, starts_on__lte=soon).order_by("-starts_on")
    return {cover.owner_id: cover for cover in ahead}


@dataclass(frozen=True)
class Team:
    """The sum of all rows, those of other pages included."""

    load: Load
    minutes: int
    there: int
    late: int
    covered: Touched


def together(team: Sequence[Row]) -> Team:
    """The sum of the rows; planned and available minutes leave out work that nobody has."""
    people_rows = [row for row in team if row.room is not None]
    return Team(
        handing_over.total(row.load for row in team),
        sum(row.hours.minutes for row in people_rows),
        sum(row.minutes_there for row in people_rows),
        sum(row.late for row in team),
        coverage.together(row.covered for row in team),
    )


EXPORTED: Final = (
    "person", "name", "customers", "weighted", "arr", "weighted_arr", "renewals_90_days", "renewals_90_days_arr",
    "weighted_renewals_90_days", "open_cases", "open_tasks", "late_tasks", "planned_hours", "there_hours", "week_1",
    "week_2", "week_3", "week_4", "in_cadence", "in_cadence_share", "in_cadence_arr_share", "away_from", "away_until",
    "covered_by",
)  # fmt: skip


def flat(row: Row) -> tuple[Any, ...]:
    """The columns ``EXPORTED`` of a person's row; hours with two decimals, shares as fractions, nothing where there is none."""
    person, load, covered, absence = row.person, row.load, row.covered, row.absence
    return (
        person.email if person else None,
        person.name if person else None,
        load.customers,
        _rounded(row.weighted),
        load.arr,
        _rounded(load.weighted_arr),
        load.due,
        load.due_arr,
        _rounded(load.weighted_due),
        load.items.get("cases", 0),
        load.items.get("tasks", 0),
        row.late,
        _hours(row.hours.minutes),
        _hours(row.minutes_there),
        *(_hours(minutes) for minutes in row.hours.weeks),
        covered.in_cadence,
        _rounded(covered.cadence_share),
        _rounded(covered.arr_share),
        absence.starts_on if absence else None,
        absence.ends_on if absence else None,
        absence.by.email if absence and absence.by else None,
    )


def _hours(minutes: int) -> float:
    return round(minutes / HOUR, 2)


def _rounded(share: float | Decimal | None) -> float | None:
    return None if share is None else round(float(share), 4)
