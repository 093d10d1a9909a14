"""The planned hours of people's work with customers in the weeks ahead, and the duration of each piece of it.

Each app joins with the work that it knows of as a ``Source`` when it loads: a query of items, one row a piece of work, that says whose it
is and when it is due. They are put together here in one statement, whatever the number of people, customers and sources.

A week is seven days from today on; what is late is due today. What falls into days on which somebody is covered is
the work of who covers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction
from django.utils.functional import Promise

from accounts.models import Effort, Organisation

WEEKS: Final = 4
DAYS: Final = 7 * WEEKS
LOGGED_DAYS: Final = 90
LEAST_LOGGED: Final = 20

# Whose items are read: those of everybody whose work may become that of ``people``, and of the customers of a plan.
Among = Callable[[str], str]


@dataclass(frozen=True)
class Kind:
    """A kind of work and the shipped ``minutes`` of a piece of it; ``once`` says how often it counts."""

    key: str
    words: str | Promise
    minutes: int
    once: str | Promise


@dataclass(frozen=True)
class Source:
    """Work that an app knows of.

    ``items`` takes a condition (a function of the SQL of the person that an item names, ``"NULL"`` for none) and gives SQL for rows
    (kind, customer_id, whose, person_id, day) over a customer ``c``: ``whose`` is ``owner``, ``manager`` (the owner's) or
    ``person``, and only then ``person_id`` counts. Parameters: %(day)s and %(until)s, the day after the last week.
    ``logged`` is SQL for rows (kind, how many, minutes) of what was logged after %(since)s up to %(day)s.
    """

    kinds: tuple[Kind, ...]
    items: Callable[[Among], str]
    logged: str = ""


SOURCES: Final[dict[str, Source]] = {}


def join(source: Source) -> None:
    """Add ``source`` to the planned work."""
    SOURCES[source.kinds[0].key] = source


def kinds() -> list[Kind]:
    """Every kind of work, in the order in which the apps joined."""
    return [kind for source in SOURCES.values() for kind in source.kinds]


@dataclass(frozen=True)
class Planned:
    """The duration of a piece of ``kind``: the ``default``, and the mean of ``n`` durations logged in the last 90
    days (None: none). The mean replaces the default once ``least`` were logged.
    """

    kind: Kind
    default: int
    n: int
    mean: int | None
    least: int

    @property
    def is_logged(self) -> bool:
        """Whether the mean is in use."""
        return self.mean is not None and self.n >= self.least

    @property
    def minutes(self) -> int:
        return self.mean if self.mean is not None and self.is_logged else self.default


def planned(day: dt.date) -> dict[str, Planned]:
    """The planned duration of each kind of work on ``day``. Three statements."""
    set_minutes = dict(Effort.objects.values_list("kind", "minutes"))
    least = Organisation.objects.values_list("least_logged", flat=True).first() or LEAST_LOGGED
    logged = " UNION ALL ".join(source.logged for source in SOURCES.values() if source.logged)
    with connection.cursor() as cursor:
        cursor.execute(logged, {"day": day, "since": day - dt.timedelta(days=LOGGED_DAYS)})
        means = {kind: (n, minutes) for kind, n, minutes in cursor.fetchall()}
    planned_kinds = {}
    for kind in kinds():
        n, minutes = means.get(kind.key, (0, 0))
        mean = round(minutes / n) if n else None
        planned_kinds[kind.key] = Planned(kind, set_minutes.get(kind.key, kind.minutes), n, mean, least)
    return planned_kinds


@transaction.atomic
def settle(company: Organisation, durations: Mapping[str, int]) -> None:
    """Plan with the minutes by kind of ``durations`` from now on; its ``least_logged`` goes to ``company``.
    A statement a kind that changes.
    """
    if company.least_logged != durations["least_logged"]:
        company.least_logged = durations["least_logged"]
        company.save(update_fields=["least_logged"])
    before = dict(Effort.objects.values_list("kind", "minutes"))
    for kind in kinds():
        minutes = durations[kind.key]
        if minutes != before.get(kind.key, kind.minutes):
            Effort.objects.update_or_create(kind=kind.key, defaults={"minutes": minutes})


# The customers of a plan have the heirs that it names, all others the owner that they have.
DONE: Final = """
    WITH away(id) AS MATERIALIZED (
        SELECT unnest(%(people)s::bigint[])
        UNION
        SELECT v.owner_id FROM accounts_cover v
        WHERE v.by_id = ANY(%(people)s) AND v.starts_on < %(until)s AND v.ends_on > %(day)s
    ), concerned(id) AS MATERIALIZED (
        SELECT u.id FROM accounts_user u
        WHERE u.id IN (SELECT id FROM away) OR u.manager_id IN (SELECT id FROM away)
    ), asked(customer, heir) AS MATERIALIZED (
        SELECT * FROM unnest(%(customers)s::bigint[], %(heirs)s::bigint[])
    ), effort(kind, minutes) AS (
        SELECT * FROM unnest(%(kinds)s::text[], %(minutes)s::int[])
    ), done AS (
        SELECT i.kind, i.customer_id, i.whose, e.minutes, greatest(i.day, %(day)s::date) AS day,
               CASE i.whose WHEN 'person' THEN i.person_id WHEN 'manager' THEN coalesce(o.manager_id, o.id) ELSE o.id END AS person
        FROM ({items}) i(kind, customer_id, whose, person_id, day)
        JOIN effort e ON e.kind = i.kind
        JOIN accounts_customer c ON c.id = i.customer_id
        LEFT JOIN asked a ON a.customer = c.id
        LEFT JOIN accounts_user o ON o.id = CASE WHEN a.customer IS NULL THEN c.owner_id ELSE a.heir END
        WHERE i.day < %(until)s::date AND e.minutes > 0
    )
"""
BY_PERSON: Final = """
    SELECT coalesce(v.by_id, d.person), (d.day - %(day)s::date) / 7, d.kind, v.owner_id, count(*), sum(d.minutes)
    FROM done d
    LEFT JOIN accounts_cover v ON v.owner_id = d.person AND v.starts_on <= d.day AND v.ends_on > d.day AND v.by_id IS NOT NULL
    GROUP BY 1, 2, 3, 4
"""
BY_CUSTOMER: Final = """
    SELECT customer_id, sum(minutes) FROM done WHERE whose = 'owner' AND customer_id = ANY(%(customers)s) GROUP BY customer_id
"""


@dataclass
class Hours:
    """Minutes of work of one person (or of nobody) in each of the weeks, and by kind how many pieces; ``for_others`` are those minutes
    of them that the person does for somebody who is away, by whom.
    """

    weeks: list[int] = field(default_factory=lambda: [0] * WEEKS)
    pieces: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, int] = field(default_factory=dict)
    for_others: dict[int, int] = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        return sum(self.weeks)

    def add(self, week: int, kind: str, owner: int | None, pieces: int, minutes: int) -> None:
        self.weeks[week] += minutes
        self.pieces[kind] = self.pieces.get(kind, 0) + pieces
        self.by_kind[kind] = self.by_kind.get(kind, 0) + minutes
        if owner is not None:
            self.for_others[owner] = self.for_others.get(owner, 0) + minutes


def hours(
    people: Sequence[int] | None,
    day: dt.date,
    *,
    plan: Mapping[int, int | None] | None = None,
    takes: Mapping[str, int] | None = None,
) -> dict[int | None, Hours]:
    """The work of each of ``people`` from ``day`` on, as it would be if the customers of ``plan`` had their heirs already.

    ``people`` None: of everybody, and under None what is nobody's. ``takes`` says how many minutes each kind takes, as
    ``planned`` does where it is left out. One statement, and three for the durations.
    """
    hours_by_person: dict[int | None, Hours] = {}
    for person, week, kind, owner, pieces, minutes in _asked(BY_PERSON, people, day, plan or {}, takes):
        if people is None or person in people:
            hours_by_person.setdefault(person, Hours()).add(week, kind, owner, pieces, minutes)
    return {pk: hours_by_person.get(pk, Hours()) for pk in people} if people is not None else hours_by_person


def of_customers(customers: Sequence[int], day: dt.date, takes: Mapping[str, int] | None = None) -> dict[int, int]:
    """The minutes of each of ``customers`` that go with its owner; those without any are left out."""
    return dict(_asked(BY_CUSTOMER, [], day, dict.fromkeys(customers), takes))


def _asked(
    select: str,
    people: Sequence[int] | None,
    day: dt.date,
    plan: Mapping[int, int | None],
    takes: Mapping[str, int] | None,
) -> list[Any]:
    minutes = takes if takes is not None else {key: kind_plan.minutes for key, kind_plan in planned(day).items()}

    def among(person: str) -> str:
        if people is None:
            return "true"
        theirs = f"c.owner_id IN (SELECT id FROM concerned) OR {person} IN (SELECT id FROM away)"  # noqa: S608 (constants)
        return f"({theirs} OR c.id IN (SELECT customer FROM asked))"  # noqa: S608 (constants)

    items = " UNION ALL ".join(source.items(among) for source in SOURCES.values())
    params: dict[str, Any] = {
        "day": day,
        "until": day + dt.timedelta(days=DAYS),
        "people": list(people or []),
        "customers": list(plan),
        "heirs": list(plan.values()),
        "kinds": list(minutes),
        "minutes": list(minutes.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(DONE.format(items=items) + select, params)
        return cursor.fetchall()


def total(all_hours: Iterable[Hours]) -> int:
    """The sum of the minutes."""
    return sum(person_hours.minutes for person_hours in all_hours)
