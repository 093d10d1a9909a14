"""The rows of the record that a part of a score was computed from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from accounts.models import Customer
from health.measures import Measure
from health.models import SurveyResponse, Ticket, UsageDay
from health.scoring.writing import organisation_zone


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which ``day`` is over in the organisation's zone."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), organisation_zone())


def rows_behind(measure: Measure, customer: Customer, day: dt.date) -> QuerySet[Any]:
    """The rows that ``measure`` was computed from, newest first, up to ``day``."""
    source = measure.behind
    if source == "usage":
        return UsageDay.objects.filter(customer=customer, day__lte=day).order_by("-day")
    if source == "tickets":
        return Ticket.objects.filter(customer=customer, opened_at__lt=end_of(day)).order_by("-pk")
    if source == "surveys":
        kind = "nps" if measure.key == "nps" else "intent"
        return SurveyResponse.objects.filter(customer=customer, kind=kind, answered_on__lte=day).order_by("-pk")
    if source == "contacts":
        return customer.contacts.order_by("-pk")
    if source == "touches":
        return customer.touchpoints.filter(happened_on__lte=day).exclude(kind="one_to_many").order_by("-pk")
    return customer.objectives.order_by("-pk")
