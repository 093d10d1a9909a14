"""What changed for a set of customers since yesterday, and what the week ahead holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, F, OuterRef, QuerySet, Subquery

from accounts.models import Band, Contact, ContactState, Customer
from health.models import Score
from playbooks.models import Enrolment
from renewals.models import Qbr, Renewal

SHOWN: Final = 5
WEEK: Final = dt.timedelta(days=7)
ORDER: Final = {Band.RED.value: 0, Band.YELLOW.value: 1, Band.GREEN.value: 2}


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
    """Something of a customer that falls on a day: a QBR, a notice date, the end of a term."""

    day: dt.date
    kind: str
    customer: Customer
    pk: int


def since_yesterday(customers: QuerySet[Customer], day: dt.date) -> News:
    """What changed on ``day`` and the day before. Four statements."""
    since = day - dt.timedelta(days=1)
    ids = customers.values("pk")
    closed = Renewal.objects.counted().filter(customer__in=ids, closed_on__range=(since, day))
    gone = Contact.objects.filter(customer__in=ids, state_on__range=(since, day)).exclude(state=ContactState.ACTIVE)
    entered = Enrolment.objects.filter(customer__in=ids, enrolled_on__range=(since, day))
    return News(
        list(_band_changes(ids, since, day)[:SHOWN]),
        list(closed.select_related("customer").order_by("-arr", "pk")[:SHOWN]),
        list(gone.select_related("customer").order_by("-customer__arr", "pk")[:SHOWN]),
        list(
            entered.values(name=F("playbook__name"), playbook_pk=F("playbook"))
            .annotate(n=Count("pk"))
            .order_by("-n")[:SHOWN]
        ),
    )


def week_ahead(customers: QuerySet[Customer], day: dt.date) -> list[Date]:
    """QBRs due, notice dates and ends of terms within seven days, by day. Two statements."""
    until, ids = day + WEEK, customers.values("pk")
    qbrs = Qbr.objects.filter(customer__in=ids, held_on=None, due_on__range=(day, until)).select_related("customer")
    open_ = Renewal.objects.filter(customer__in=ids).exclude(stage="closed").select_related("customer")
    near = open_.filter(due_on__range=(day, until)) | open_.filter(notice_on__range=(day, until))
    found = [Date(q.due_on, "qbr", q.customer, q.pk) for q in qbrs.order_by("due_on", "pk")[:SHOWN]]
    for one in near.order_by("due_on", "pk")[: 2 * SHOWN]:
        if one.notice_on and day <= one.notice_on <= until:
            found.append(Date(one.notice_on, "notice", one.customer, one.pk))
        if one.due_on <= until:
            found.append(Date(one.due_on, "ends", one.customer, one.pk))
    return sorted(found, key=lambda date: (date.day, date.kind, date.pk))[: 2 * SHOWN]


def _band_changes(ids: Any, since: dt.date, day: dt.date) -> QuerySet[Score]:
    """Scores that began in the days and stand in another band than the one before; largest ARR first."""
    earlier = Score.objects.filter(customer=OuterRef("customer"), day__lt=OuterRef("day")).order_by("-day")
    began = Score.objects.filter(customer__in=ids, day__range=(since, day)).exclude(band="")
    known = began.annotate(
        band_before=Subquery(earlier.values("band")[:1]), value_before=Subquery(earlier.values("value")[:1])
    )
    changed = known.exclude(band_before="").exclude(band_before=None).exclude(band_before=F("band"))
    return changed.select_related("customer").order_by("-customer__arr", "-day")
