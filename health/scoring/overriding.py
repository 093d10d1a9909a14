"""Overrides: one person's word over the computed score, with a reason and an end."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import Band, Customer, User
from config import days
from health.models import Override, Score, Scorecard
from health.models.overrides import LONGEST_DAYS

USUAL_GREEN: Final = Decimal(70)
USUAL_YELLOW: Final = Decimal(45)


@transaction.atomic
def put(
    customer: Customer,
    value: int,
    *,
    author: User,
    day: dt.date,
    until: dt.date,
    reason: str,
    begins: dt.date | None = None,
) -> Override:
    """Override the score with ``value`` from ``begins`` (``day`` unless given) until ``until``, a day on which it no
    longer holds. Its band follows the thresholds of the customer's scorecard.

    Raises ValidationError naming the field: at most 180 days, never in the past, one at a time. Three statements.
    """
    begins = begins or day
    Customer.objects.select_for_update().get(pk=customer.pk)
    _check(customer, day, begins, until)
    score = Score.objects.filter(customer=customer, day__lte=day).select_related("scorecard").order_by("-day").first()
    return Override.objects.create(
        customer=customer,
        value=value,
        band=band_of(value, score.scorecard if score else None),
        from_day=begins,
        until_day=until,
        author=author,
        reason=reason,
        computed=score.value if score else None,
        computed_band=score.band if score else "",
    )


def withdraw(override: Override, *, by: User, day: dt.date) -> bool:
    """End the override on ``day``: from then on the computed score counts. False where it had ended already."""
    rows = Override.objects.filter(pk=override.pk, withdrawn_on__isnull=True, until_day__gt=day)
    return bool(rows.update(withdrawn_on=day, withdrawn_by=by))


def history(customer: Customer) -> QuerySet[Override]:
    """All overrides of a customer, newest first."""
    overrides = Override.objects.filter(customer=customer).select_related("author", "withdrawn_by")
    return overrides.order_by("-from_day", "-pk")


def value_on(day: dt.date) -> Subquery:
    """For a Customer queryset: the override's value on ``day``; None where none holds. One look-up a row."""
    overrides = Override.objects.filter(customer=OuterRef("pk")).holding(day)
    return Subquery(overrides.values("value")[:1], output_field=IntegerField())


def band_of(value: int, card: Scorecard | None) -> str:
    """The band of ``value`` by the card's thresholds; by 70 and 45 for a customer that no card scored."""
    green, yellow = (card.green_from, card.yellow_from) if card else (USUAL_GREEN, USUAL_YELLOW)
    if value >= green:
        return Band.GREEN
    return Band.YELLOW if value >= yellow else Band.RED


def _check(customer: Customer, day: dt.date, begins: dt.date, until: dt.date) -> None:
    if begins < day:
        raise ValidationError({"begins": _("An override never begins in the past.")})
    if until <= begins:
        raise ValidationError({"until": _("The end lies after the beginning.")})
    if until > begins + dt.timedelta(days=LONGEST_DAYS):
        message = _("At most %(days)s days; say it again then if it still holds.")
        raise ValidationError({"until": message % {"days": LONGEST_DAYS}})
    for other in Override.objects.filter(customer=customer, until_day__gt=begins, from_day__lt=until):
        if max(other.from_day, begins) < other.ended_on:
            message = _("Another override holds until %(day)s; withdraw it first.")
            raise ValidationError({"value": message % {"day": days.worded(other.ended_on, day)}})
