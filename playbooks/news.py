"""News of a set of customers since yesterday, and their dates of the week ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BooleanField, Case, Count, F, OuterRef, Q, QuerySet, Subquery, When

from accounts import written
from accounts.ends import is_certain
from accounts.expressions import OnDay
from accounts.models import Contact, ContactState, Customer, User
from health.models import Score
from playbooks import shortlist
from playbooks.models import Enrolment
from renewals.models import Qbr, Renewal

SHOWN: Final = 5
# Dates of the week ahead, of all kinds together.
DATES: Final = 10
WEEK: Final = dt.timedelta(days=7)
AHEAD: Final = dt.timedelta(days=90)


@dataclass(frozen=True)
class News:
    """The newest five of each kind since the day before; ``entered`` counts plays started by playbook."""

    bands: list[Score]
    closed: list[Renewal]
    gone: list[Contact]
    entered: list[Any]

    def __bool__(self) -> bool:
        return bool(self.bands or self.closed or self.gone or self.entered)


@dataclass(frozen=True)
class Date:
    """A date of a customer: a QBR, a notice date, the end of a term."""

    day: dt.date
    kind: str
    customer: Customer
    pk: int


def since_yesterday(user: User, scope: str, day: dt.date) -> News:
    """What changed for the customers of the scope on ``day`` and the day before. Four statements."""
    return News(*(list(written.ask(build, user, day, scope)) for build in (_band_changes, _closed, _gone, _entered)))


def week_ahead(user: User, scope: str, day: dt.date) -> list[Date]:
    """The first ten QBRs due, notice dates and ends of terms within seven days, by day. Two statements."""
    until = day + WEEK
    dates = [Date(qbr.due_on, "qbr", qbr.customer, qbr.pk) for qbr in written.ask(_qbrs, user, day, scope)]
    for renewal in written.ask(_ends, user, day, scope):
        if renewal.first_on < renewal.due_on:
            dates.append(Date(renewal.first_on, "notice", renewal.customer, renewal.pk))
        if renewal.due_on <= until:
            dates.append(Date(renewal.due_on, "ends", renewal.customer, renewal.pk))
    return sorted(dates, key=lambda date: (date.day, date.kind, date.pk))[:DATES]


def leaving(user: User, scope: str, day: dt.date) -> list[Customer]:
    """Current customers with a confirmed end within ninety days, the next first. One statement."""
    return list(written.ask(_leaving, user, day, scope))


def _leaving(user: User, day: dt.date, scope: str) -> QuerySet[Customer]:
    certain = OnDay(lambda customer, _day: is_certain(customer), day, BooleanField())
    going = shortlist.customers(user, scope).current().filter(certain, leaves_on__range=(day, day + AHEAD))
    return going.order_by("leaves_on", "pk").only("name", "arr", "leaves_on")[:DATES]


def _band_changes(user: User, day: dt.date, scope: str) -> QuerySet[Score]:
    """Scores of the two days in another band than the score before; largest ARR first."""
    since, ids = day - dt.timedelta(days=1), shortlist.customers(user, scope).values("pk")
    earlier = Score.objects.filter(customer=OuterRef("customer"), day__lt=OuterRef("day")).order_by("-day")
    began = Score.objects.filter(customer__in=ids, day__range=(since, day)).exclude(band="")
    known = began.annotate(
        band_before=Subquery(earlier.values("band")[:1]), value_before=Subquery(earlier.values("value")[:1])
    )
    changed = known.exclude(band_before="").exclude(band_before=None).exclude(band_before=F("band"))
    largest = changed.select_related("customer").order_by(F("customer__arr").desc(nulls_last=True), "-day")
    return largest.only("band", "value", "customer__name", "customer__arr")[:SHOWN]


def _closed(user: User, day: dt.date, scope: str) -> QuerySet[Renewal]:
    since, ids = day - dt.timedelta(days=1), shortlist.customers(user, scope).values("pk")
    closed = Renewal.objects.counted().filter(customer__in=ids, closed_on__range=(since, day))
    largest = closed.select_related("customer").order_by(F("arr").desc(nulls_last=True), "pk")
    return largest.only("outcome", "arr", "customer__name")[:SHOWN]


def _gone(user: User, day: dt.date, scope: str) -> QuerySet[Contact]:
    since, ids = day - dt.timedelta(days=1), shortlist.customers(user, scope).values("pk")
    gone = Contact.objects.filter(customer__in=ids, state_on__range=(since, day), state=ContactState.LEFT)
    largest = gone.select_related("customer").order_by(F("customer__arr").desc(nulls_last=True), "pk")
    return largest.only("name", "state", "customer__name", "customer__arr")[:SHOWN]


def _entered(user: User, day: dt.date, scope: str) -> QuerySet[Any]:
    since, ids = day - dt.timedelta(days=1), shortlist.customers(user, scope).values("pk")
    entered = Enrolment.objects.filter(customer__in=ids, enrolled_on__range=(since, day))
    named = entered.values(name=F("playbook__name"), playbook_pk=F("playbook"))
    return named.annotate(n=Count("pk")).order_by("-n")[:SHOWN]


def _qbrs(user: User, day: dt.date, scope: str) -> QuerySet[Qbr]:
    due = Qbr.objects.filter(
        customer__in=shortlist.customers(user, scope).values("pk"), held_on=None, due_on__range=(day, day + WEEK)
    )
    return due.select_related("customer").order_by("due_on", "pk").only("due_on", "customer__name")[:DATES]


def _ends(user: User, day: dt.date, scope: str) -> QuerySet[Renewal]:
    """Open renewals by their first date of the week (``first_on``): a notice that can still be given, or the end."""
    week = (day, day + WEEK)
    to_notice = Q(notice_on__range=week, leaving="")
    rows = Renewal.objects.still_open().filter(customer__in=shortlist.customers(user, scope).values("pk"))
    near = rows.filter(to_notice | Q(due_on__range=week))
    dated = near.annotate(first_on=Case(When(to_notice, then=F("notice_on")), default=F("due_on")))
    soonest = dated.select_related("customer").order_by("first_on", "pk")
    return soonest.only("due_on", "customer__name")[:DATES]
