"""The rows of the record that a part of a score was computed from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.utils.translation import gettext_lazy as _

from accounts import roles
from accounts.models import Contact, Contract, Customer, DatedAttribute, Entitlement, Invoice, Outcome, Touchpoint
from health.explaining.people import people_known, standing
from health.measures import Measure
from health.models import Feature, FeatureDay, SurveyKind, SurveyResponse, Ticket, UsageDay
from health.scoring.writing import organisation_zone

# No day of a person is kept so long.
EVER: Final = 36_500
Rows = QuerySet[Any]
Finder = Callable[[Measure, Customer, dt.date], Rows]
# Headings, each with what of a row stands under it: a text, a day, None; the first names the row.
Columns = Sequence[tuple[Any, Callable[[Any], object]]]
COLUMNS: Final[dict[str, Columns]] = {
    "people": (
        (_("Person"), lambda person: person.name),
        (_("Roles"), lambda person: ", ".join(person.contact.role_words) if person.is_there else None),
        (_("First use"), lambda person: person.began_on),
        (_("Last use"), lambda person: person.came_on),
        (_("Days of 28"), lambda person: person.came),
        (_("Core work since"), lambda person: person.core_since),
    )
}
# The contact of a row, by the sources of which a role is read.
WHOSE: Final[Mapping[str, Callable[[Any], Contact | None]]] = {
    "contacts": lambda contact: contact,
    "people": lambda person: person.known_as,
    "voices": lambda answer: answer.contact,
}
SURVEY_OF: Final[Mapping[str, SurveyKind]] = {
    "nps": SurveyKind.NPS,
    "nps_weighted": SurveyKind.NPS,
    "renewal_intent": SurveyKind.INTENT,
    "survey_csat": SurveyKind.CSAT,
    "ces": SurveyKind.CES,
}


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which ``day`` is over in the organisation's zone."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), organisation_zone())


def rows_behind(measure: Measure, customer: Customer, day: dt.date, *, is_over: bool = False) -> Rows:
    """The rows that ``measure`` was computed from, newest first, up to ``day``: days of use by day, others by number.

    None where the source has no rows of its own. ``is_over``: contacts that belong to another customer since are those of this one.
    One statement, and one more for touchpoints (who took part).
    """
    if is_over and measure.behind in THEN:
        return THEN[measure.behind](customer, day, roles.contacts_at(customer, end_of(day))).filter(**measure.filters)
    query = ROWS.get(measure.behind)
    return query(measure, customer, day).filter(**measure.filters) if query else UsageDay.objects.none()


def with_roles_then(source: str, rows: Iterable[Any], day: dt.date) -> None:
    """Give the contacts of ``rows`` the roles that they had at the end of the past ``day``. Two statements, none without contacts.

    Those that went to another customer since are as they were on the day: who sees the old one need not see what they are there.
    """
    contacts = list(filter(None, map(WHOSE[source], rows))) if source in WHOSE else []
    if contacts:
        then = roles.told_then({contact.pk for contact in contacts}, end_of(day))
        for contact in contacts:
            told = then.get(contact.pk)
            contact.roles_then = told and told.roles  # type: ignore[attr-defined]
            if told and told.customer_id != contact.customer_id:
                contact.customer_id, contact.name = told.customer_id, told.name
                contact.state, contact.state_on = told.state, told.state_on


@dataclass(frozen=True)
class Table:
    headings: Sequence[Any]
    rows: Sequence[Sequence[object]]


def table(source: str, rows: Iterable[Any]) -> Table | None:
    """``rows`` under the headings that their source names; None where a template of its own draws them."""
    columns = COLUMNS.get(source)
    if columns is None:
        return None
    return Table([heading for heading, _cell in columns], [[cell(row) for _heading, cell in columns] for row in rows])


def _usage(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    return UsageDay.objects.filter(customer=customer, day__lte=day).order_by("-day")


def _people(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    return _people_of(customer, day)


def _people_of(customer: Customer, day: dt.date, contacts: QuerySet[Contact] | None = None) -> Rows:
    """People, not agents, whom the product knew on the day, with the day they ``came_on`` last and how many days of 28 they ``came``.

    How they stand is that of now, or by the ``contacts`` of a past day (``standing``).
    """
    there = None if contacts is None else roles.contacts_at(customer, end_of(day), present_on=day)
    people = standing(people_known(Q(customer=customer), day, back=EVER), day, contacts, there)
    return people.select_related("contact").order_by("-pk")


def _tickets(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    return Ticket.objects.filter(customer=customer, opened_at__lt=end_of(day)).order_by("-pk")


def _surveys(measure: Measure, customer: Customer, day: dt.date) -> Rows:
    answers = SurveyResponse.objects.filter(customer=customer, answered_on__lte=day)
    if measure.key in SURVEY_OF:
        answers = answers.filter(kind=SURVEY_OF[measure.key])
    return answers.select_related("contact").order_by("-pk")


def _contacts(_measure: Measure, customer: Customer, _day: dt.date) -> Rows:
    return customer.contacts.order_by("-pk")


def _touches(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    touches = Touchpoint.objects.two_way().filter(customer=customer, happened_on__lte=day)
    return touches.prefetch_related("contacts").order_by("-pk")


def _outcomes(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    outcomes = Outcome.objects.filter(objective__customer=customer, measured_on__lte=day)
    return outcomes.filter(state__in=["achieved", "partial", "missed"]).select_related("objective").order_by("-pk")


def _allowed(customer: Customer, day: dt.date) -> QuerySet[Entitlement]:
    running = Contract.objects.filter(customer=customer).running_on(day)
    return Entitlement.objects.in_force_on(day).filter(contract__in=running)


def _uses(measure: Measure, customer: Customer, day: dt.date, **feature: Any) -> QuerySet[FeatureDay, Any]:
    first = day - dt.timedelta(days=measure.window - 1)
    days = FeatureDay.objects.filter(customer=customer, day__range=(first, day), **feature)
    return days.order_by().values("customer")


def _features(measure: Measure, customer: Customer, day: dt.date) -> Rows:
    """Every feature with ``is_open``, and ``uses`` and ``used_on`` in the measure's window."""
    modules = _allowed(customer, day).filter(kind="module", name=OuterRef("module"))
    uses = _uses(measure, customer, day, feature=OuterRef("pk"))
    return Feature.objects.annotate(
        is_open=Q(module="") | Exists(modules),
        uses=Subquery(uses.annotate(n=Sum("uses")).values("n")),
        used_on=Subquery(uses.annotate(last=Max("day")).values("last")),
    ).order_by("-pk")


def _attributes(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    return DatedAttribute.objects.filter(customer=customer, from_day__lte=day).order_by("-pk")


def _limits(measure: Measure, customer: Customer, day: dt.date) -> Rows:
    """Seats and limits of running contracts with what was ``used`` of each in the measure's window."""
    first = day - dt.timedelta(days=measure.window - 1)
    users = UsageDay.objects.filter(customer=customer, day__range=(first, day)).order_by().values("customer")
    uses = _uses(measure, customer, day, feature__key=OuterRef("name"))
    use = Case(
        When(kind="seats", then=Subquery(users.annotate(n=Max("active_users")).values("n"))),
        default=Subquery(uses.annotate(n=Sum("uses")).values("n")),
        output_field=IntegerField(),
    )
    limited = _allowed(customer, day).filter(kind__in=["seats", "limit"])
    return limited.select_related("contract").annotate(used=use).order_by("-pk")


def _milestones(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    known = Q(reached_on__lte=day) | Q(missed_on__isnull=False)
    return customer.milestones.filter(known, due_on__lte=day).order_by("-pk")


def _integrations(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    return customer.integrations.filter(connected_on__lte=day).order_by("-pk")


def _invoices(_measure: Measure, customer: Customer, day: dt.date) -> Rows:
    """Invoices whose payment is known; ``was_paid_on`` is None where one was paid or credited only after the day."""
    paid_day = Case(When(paid_on__lte=day, then=F("paid_on")), When(credited_on__lte=day, then=F("credited_on")))
    invoices = customer.invoices.filter(issued_on__lte=day, amount__gte=0).exclude(payment=Invoice.Payment.UNKNOWN)
    return invoices.annotate(was_paid_on=paid_day).order_by("-pk")


ROWS: Final[dict[str, Finder]] = {
    "usage": _usage,
    "people": _people,
    "tickets": _tickets,
    "surveys": _surveys,
    "voices": _surveys,
    "contacts": _contacts,
    "touches": _touches,
    "outcomes": _outcomes,
    "features": _features,
    "attributes": _attributes,
    "limits": _limits,
    "milestones": _milestones,
    "integrations": _integrations,
    "invoices": _invoices,
}
# Where whose contact somebody was on a past day tells whose rows there are, or which.
THEN: Final[Mapping[str, Callable[[Customer, dt.date, QuerySet[Contact]], Rows]]] = {
    "contacts": lambda _customer, _day, contacts: contacts.order_by("-pk"),
    "people": _people_of,
}
