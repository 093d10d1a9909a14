"""Which calls count, the final likelihood and category, and which renewals need a decision."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DecimalField,
    F,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Abs, Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from accounts.models import Customer
from renewals.models import ForecastCategory, Leaving, Renewal, RenewalQuerySet, RenewalStage

MONEY: Final = DecimalField(max_digits=30, decimal_places=5)
# A category nobody set is derived from the final likelihood: from 90 % commit, from 75 % most likely, from 60 % best
# case, below at risk; without any likelihood at risk. After a notice it is at risk unless a category was set since;
# where the end is confirmed it is omitted. Omitted renewals expect nothing.
COMMIT_FROM: Final = Decimal("0.9")
LIKELY_FROM: Final = Decimal("0.75")
BEST_FROM: Final = Decimal("0.6")
# Swing: renewals that can still go either way, neither committed nor given up.
SWING_ABOVE: Final = Decimal("0.1")
# From 90 days out a gap of 15 points between CSM and model needs a decision.
DECIDE_DAYS: Final = 90
DECIDE_GAP: Final = Decimal("0.15")
USE_DAYS: Final = 28
# The CSM has made no call yet.
NO_CALL: Final = Q(csm_called_on=None)


def stands(said_on: str) -> Q:
    """Whether a call made on the day in column ``said_on`` counts: after a notice only from its day on."""
    return ~Q(leaving=Leaving.NOTICE) | Q((f"{said_on}__gte", F("contract__notice_given_on")))


def to_decide(day: dt.date) -> Q:
    """Undecided open renewals due within 90 days of ``day`` on which CSM and model differ by 15 points.

    Excludes renewals with notice given or a confirmed end: there the question is whether the customer stays.
    """
    apart = GreaterThanOrEqual(Abs(F("csm_likelihood") - F("model_likelihood")), DECIDE_GAP)
    undecided = Q(final_likelihood=None, final_category="", leaving="")
    return Q(apart) & undecided & ~Q(stage=RenewalStage.CLOSED) & Q(due_on__lte=day + dt.timedelta(days=DECIDE_DAYS))


def with_final(renewals: RenewalQuerySet) -> RenewalQuerySet:
    """Add the forecast's columns.

    ``csm_said`` and ``final_said``: the likelihoods that count. ``final``: the final likelihood, 0–1, None without any.
    ``said``: the effective category; ``is_derived``: whether nobody set it. ``expected``: the ARR that goes on ×
    ``final``; 0 for omitted renewals, None where the ARR is unknown.
    """
    confirmed = Q(leaving=Leaving.CONFIRMED)
    voices = {
        "csm_said": Case(When(stands("csm_called_on"), then=F("csm_likelihood"))),
        "final_said": Case(When(stands("final_on"), then=F("final_likelihood"))),
    }
    final = Case(
        When(confirmed, then=Value(Decimal(0))),
        default=Coalesce("final_said", "csm_said", "model_likelihood"),
        output_field=DecimalField(max_digits=4, decimal_places=3),
    )
    category = Case(
        When(confirmed, then=Value(ForecastCategory.OMITTED.value)),
        When(~Q(final_category="") & stands("final_on"), then=F("final_category")),
        When(~Q(category="") & stands("csm_called_on"), then=F("category")),
        When(leaving=Leaving.NOTICE, then=Value(ForecastCategory.AT_RISK.value)),
        When(final__gte=COMMIT_FROM, then=Value(ForecastCategory.COMMIT.value)),
        When(final__gte=LIKELY_FROM, then=Value(ForecastCategory.MOST_LIKELY.value)),
        When(final__gte=BEST_FROM, then=Value(ForecastCategory.BEST_CASE.value)),
        default=Value(ForecastCategory.AT_RISK.value),
        output_field=CharField(),
    )
    derived = Case(
        When(leaving="", category="", final_category="", then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    expected = Case(
        When(arr=None, then=None),
        When(said=ForecastCategory.OMITTED, then=Value(Decimal(0))),
        default=Coalesce("arr_going_on", "arr") * Coalesce(F("final"), Decimal(0)),
        output_field=MONEY,
    )
    return (
        renewals.annotate(**voices)
        .annotate(final=final)
        .annotate(said=category, is_derived=derived)
        .annotate(expected=expected)
    )


def due_between(customers: QuerySet[Customer], first: dt.date, until: dt.date) -> RenewalQuerySet:
    """Renewals of ``customers`` due on ``first`` or later and before ``until``."""
    return Renewal.objects.counted().filter(customer__in=customers, due_on__gte=first, due_on__lt=until)


def needs_decision(renewals: RenewalQuerySet, day: dt.date) -> RenewalQuerySet:
    """Those of ``renewals`` on which a manager must decide (``to_decide``)."""
    return renewals.filter(to_decide(day))


NOT_OMITTED: Final = ~Q(said=ForecastCategory.OMITTED)
SWINGS: Final = Q(final__gt=SWING_ABOVE, final__lt=COMMIT_FROM) & NOT_OMITTED


def swinging(with_final: Any) -> Any:
    """Renewals that can still go either way; they must have the columns of ``with_final``."""
    return with_final.filter(SWINGS)
