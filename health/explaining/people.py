"""The people who use the product for a customer: how many, by role and by how often they come; agents apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import BooleanField, Case, DateField, F, Field, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable, RawSQL

from accounts.models import Contact, ContactRole, Customer
from accounts.periods import present
from health.measures import SHIPPED, reading
from health.measures.people import REGULAR_DAYS
from health.measures.sources import Moment
from health.models import Person
from health.signals.linking import is_own, names, who
from health.signals.people import LONGEST

WINDOW: Final = 28
FIGURES: Final = ("people_daily", "people_weekly", "people_monthly", "stickiness", "people_activated")
# Groups of people beside the roles: contacts without a role, people who are no contact, agents.
NO_ROLE: Final = "no_role"
UNKNOWN: Final = "unknown"
AGENTS: Final = "agents"
# Who left has no role any more, as for the measures of people.
THERE: Final = present("c", "{day}")
OF_PERSON: Final = (
    f"EXISTS (SELECT FROM accounts_contact c WHERE c.id = health_person.contact_id AND {present('c', '%s')})"
)
OWN: Final = f"EXISTS (SELECT FROM accounts_contact c WHERE {is_own('c', 'health_person')})"
# One row a person: the first of the names that were there on the day.
FIRST: Final = """NOT EXISTS (
    SELECT FROM health_person f WHERE f.who = health_person.who AND f.customer_id = health_person.customer_id
      AND f.first_on <= %s AND f.id < health_person.id)"""
NAMES: Final = names("health_person")
# Of all names of a person.
DAYS: Final = (
    f"(SELECT {{figure}} FROM health_personday d WHERE d.person_id = ANY({NAMES}) AND d.day <= %s AND d.day > %s)"  # noqa: S608 (made of constants)
)
FIRST_DAY: Final = f"(SELECT min(n.{{column}}) FROM health_person n WHERE n.id = ANY({NAMES}))"  # noqa: S608 (made of constants)
GROUPS: Final = (*ContactRole.values, NO_ROLE, UNKNOWN, AGENTS)

BY_GROUP: Final = f"""
    SELECT g.name, count(DISTINCT who), count(DISTINCT who) FILTER (WHERE days > 0),
        count(DISTINCT who) FILTER (WHERE days >= {REGULAR_DAYS}), max(last_on)
    FROM (
        SELECT h.is_agent, {who()} AS who, c.id, CASE WHEN {THERE} THEN c.roles ELSE ARRAY[]::varchar[] END AS roles, z.days, z.last_on
        FROM health_person h LEFT JOIN accounts_contact c ON {is_own("c")}
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT d.day) FILTER (WHERE d.day > {{day}} - {WINDOW}) AS days, max(d.day) AS last_on
            FROM health_personday d
            WHERE d.person_id = ANY({names()}) AND d.day <= {{day}} AND d.day > {{day}} - {LONGEST}) z
        WHERE h.customer_id = {{customer}} AND h.first_on <= {{day}}
    ) p CROSS JOIN LATERAL unnest(
        CASE WHEN p.is_agent THEN ARRAY['{AGENTS}'] WHEN p.id IS NULL THEN ARRAY['{UNKNOWN}']
             WHEN p.roles = ARRAY[]::varchar[] THEN ARRAY['{NO_ROLE}'] ELSE p.roles::text[] END) AS g(name)
    GROUP BY g.name
"""  # noqa: S608 (made of constants)
BOTH: Final = """
    SELECT f.*, (SELECT json_agg(json_build_array(name, known, came, regular, last_on))
                 FROM ({groups}) g(name, known, came, regular, last_on))
    FROM ({figures}) f
"""


@dataclass(frozen=True)
class GroupUse:
    """People of one of ``GROUPS``: how many the product knows, how many ``came`` in 28 days, how many on four days or more.

    ``last_on`` is the last day of any of them, None where none came for three months. A person of two roles is in both, one of several
    names counts once.
    """

    name: str
    known: int
    came: int
    regular: int
    last_on: dt.date | None


def people_use(customer: Customer, day: dt.date, zone: ZoneInfo) -> tuple[Mapping[str, float | None], list[GroupUse]]:
    """The measures ``FIGURES`` of the customer on the day of the organisation's ``zone``, and its people by group. One statement."""
    moment = Moment(day, zone)
    picks = [reading.amount(key, SHIPPED[key], SHIPPED[key].window) for key in FIGURES]
    who = f"SELECT id FROM accounts_customer WHERE id = {int(customer.pk)}"  # noqa: S608 (a number)
    groups = BY_GROUP.format(day=moment.words()["day"], customer=int(customer.pk))
    with connection.cursor() as cursor:
        cursor.execute(BOTH.format(groups=groups, figures=reading.query(who, "id", picks, moment)))
        _customer, *amounts, rows = cursor.fetchone()
    found = {
        name: GroupUse(name, known, came, regular, dt.date.fromisoformat(last_on) if last_on else None)
        for name, known, came, regular, last_on in rows or []
    }
    return dict(zip(FIGURES, amounts, strict=True)), [found[name] for name in GROUPS if name in found]


def people_of(customer: Customer, day: dt.date, group: str = "") -> QuerySet[Person, Any]:
    """People of the customer and the group (``people_where``), who came last first. One statement."""
    people = people_where(Q(customer=customer), day, group)
    return people.order_by(F("came_on").desc(nulls_last=True), "-pk")


def people_where(whose: Q, day: dt.date, group: str = "") -> QuerySet[Person, Any]:
    """People of the group (empty: all people, without agents) among those of ``whose``, a row a person.

    Each as ``people_known`` says, with its ``uses`` of the last 28 days, and how it stands (``standing``).
    """
    people = standing(people_known(whose, day, is_agent=group == AGENTS), day)
    if group == UNKNOWN:
        people = people.filter(is_known=False)
    elif group == NO_ROLE:
        people = people.filter(is_known=True).filter(Q(contact__roles=[]) | Q(is_there=False))
    elif group in ContactRole.values:
        people = people.filter(is_there=True, contact__roles__contains=[group])
    people = people.annotate(uses=_of_days("coalesce(sum(d.uses), 0)", day, WINDOW, IntegerField()))
    return people.select_related("contact")


def people_known(whose: Q, day: dt.date, *, is_agent: bool = False, back: int = LONGEST) -> QuerySet[Any]:
    """The people of ``whose`` that the product knew on the day, a row a person: the first of its names.

    Each with the days of all its names: on how many of the 28 up to ``day`` they ``came``, when last (``came_on``, None where they
    did not for ``back`` days), and since when they use it (``began_on``) and do core work (``core_since``).
    """
    people = Person.objects.filter(whose, RawSQL(FIRST, [day], BooleanField()), first_on__lte=day, is_agent=is_agent)  # noqa: S611 (made of constants)
    return people.annotate(
        came=_of_days("count(DISTINCT d.day)", day, WINDOW, IntegerField()),
        came_on=_of_days("max(d.day)", day, back, DateField()),
        began_on=RawSQL(FIRST_DAY.format(column="first_on"), [], DateField()),  # noqa: S611 (made of constants)
        core_since=RawSQL(FIRST_DAY.format(column="core_on"), [], DateField()),  # noqa: S611 (made of constants)
    )


def _of_days(figure: str, day: dt.date, window: int, output: Field[Any, Any]) -> RawSQL:
    """The figure over a person's days in the window: of the rows that are shown alone, since those of a large customer are a million."""
    return RawSQL(DAYS.format(figure=figure), [day, day - dt.timedelta(days=window)], output)  # noqa: S611 (made of constants)


def standing(
    people: QuerySet[Person],
    day: dt.date,
    contacts: QuerySet[Contact] | None = None,
    there: QuerySet[Contact] | None = None,
) -> QuerySet[Any]:
    """The people with ``is_known``, as a contact of their customer, and ``is_there``, as one who had not left by the ``day``.

    Who left has no role any more. ``contacts``: those of the customers on a past day, ``there``: those of them who had not left.
    """
    known: Combinable = RawSQL(OWN, [], BooleanField())  # noqa: S611 (made of constants)
    is_present: Combinable = RawSQL(OF_PERSON, [day], BooleanField())  # noqa: S611 (made of constants)
    if contacts is not None and there is not None:
        known, is_present = (_if(Q(contact__in=found), Value(value=True)) for found in (contacts, there))
    return people.annotate(is_known=known).annotate(is_there=_if(Q(is_known=True), is_present))


def _if(condition: Q, then: Combinable) -> Case:
    return Case(When(condition, then=then), default=Value(value=False), output_field=BooleanField())
