"""The manager's forecast: what is available to renew and what of it to expect, in three voices.

The final value of a renewal is the manager's decision, else the CSM's call, else the model's.
Amounts are ARR in the organisation's currency.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Abs, Coalesce, Least, TruncMonth

from accounts.models import Customer
from health.models import UsageDay
from renewals.calibration import refresh
from renewals.models import ForecastCategory, Renewal, RenewalOutcome, RenewalQuerySet
from renewals.rolling import rolling_mrr

__all__ = ["Summary", "refresh", "summary"]

MONEY: Final = DecimalField(max_digits=18, decimal_places=4)
# A category nobody set follows from the final likelihood: from 90 % commit, from 75 % most likely,
# from 50 % best case, below at risk. "Omitted" is only ever set by hand and expects nothing.
COMMIT_FROM: Final = Decimal("0.9")
LIKELY_FROM: Final = Decimal("0.75")
BEST_FROM: Final = Decimal("0.5")
# Swing: what can still go either way, neither committed nor given up.
SWING_ABOVE: Final = Decimal("0.1")
# From 90 days out a gap of 15 points between CSM and model wants a decision.
DECIDE_DAYS: Final = 90
DECIDE_GAP: Final = Decimal("0.15")
# 80 % of a normal distribution lies within so many deviations of its mean.
DEVIATIONS: Final = 1.2816
USE_DAYS: Final = 28


@dataclass(frozen=True)
class Slice:
    """Open renewals that have something in common: how many, their ARR, and what of it to expect."""

    key: Any
    label: str
    renewals: int
    arr: Decimal
    expected: Decimal


@dataclass(frozen=True)
class Voice:
    """What one voice expects of the open renewals; the model stands in where it has not spoken."""

    expected: Decimal
    spoken: int
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Closed:
    """Renewals of the period that are closed; what was kept counts up to the old ARR, expansion is
    not a renewal's. ``passive`` ones renewed by themselves without use
    in the 28 days before: they are kept money, never an active renewal (field guide item 84).
    """

    kept: int
    kept_arr: Decimal
    lost: int
    lost_arr: Decimal
    by_itself: int
    by_itself_arr: Decimal
    passive: int
    passive_arr: Decimal


@dataclass(frozen=True)
class Summary:
    """``available``: ARR of all renewals due in the period, closed ones among them. ``expected``:
    what was kept of the closed ones + ARR × final likelihood of the open ones.
    """

    renewals: int
    available: Decimal
    expected: Decimal
    open: Slice
    closed: Closed
    by_category: list[Slice]
    by_month: list[Slice]
    by_owner: list[Slice]
    swing: Decimal
    swing_renewals: int
    model: Voice
    csm: Voice
    final: Voice
    rolling: Decimal
    rolling_share: Decimal | None

    @property
    def share(self) -> Decimal | None:
        return self.expected / self.available if self.available else None


def with_final(renewals: RenewalQuerySet) -> RenewalQuerySet:
    """Add ``final`` (0–1, None before the model has spoken), ``said`` (the category that holds) and
    ``expected`` (ARR × final; nothing for omitted ones).
    """
    final = Coalesce("final_likelihood", "csm_likelihood", "model_likelihood")
    category = Case(
        When(~Q(category=""), then=F("category")),
        When(final__gte=COMMIT_FROM, then=Value(ForecastCategory.COMMIT.value)),
        When(final__gte=LIKELY_FROM, then=Value(ForecastCategory.MOST_LIKELY.value)),
        When(final__gte=BEST_FROM, then=Value(ForecastCategory.BEST_CASE.value)),
        default=Value(ForecastCategory.AT_RISK.value),
        output_field=CharField(),
    )
    omitted = When(category=ForecastCategory.OMITTED, then=Value(Decimal(0)))
    expected = Case(omitted, default=F("arr") * Coalesce(F("final"), Decimal(0)), output_field=MONEY)
    return renewals.annotate(final=final).annotate(said=category, expected=expected)


def due_between(customers: QuerySet[Customer], first: dt.date, until: dt.date) -> RenewalQuerySet:
    """Renewals of ``customers`` due on ``first`` or later and before ``until``."""
    return Renewal.objects.filter(customer__in=customers, due_on__gte=first, due_on__lt=until)


def needs_decision(renewals: RenewalQuerySet, day: dt.date) -> RenewalQuerySet:
    """Open ones due within 90 days on which CSM and model differ by 15 points and nobody decided."""
    near = renewals.still_open().filter(due_on__lte=day + dt.timedelta(days=DECIDE_DAYS), final_likelihood=None)
    gap = Abs(F("csm_likelihood") - F("model_likelihood"))
    return near.annotate(gap=gap).filter(gap__gte=DECIDE_GAP)


def summary(customers: QuerySet[Customer], first: dt.date, until: dt.date, day: dt.date) -> Summary:
    """The forecast of the renewals of ``customers`` due in the period, as it stands on ``day``.

    Eight statements, whatever the number of renewals.
    """
    due = due_between(customers, first, until)
    running = with_final(due.still_open())
    categories = _slices(running, "said")
    by_category = _in_order(categories)
    everything = _together(by_category)
    closed = _closed(due)
    swing, swing_renewals = _swing(running)
    model, csm = _voices(running)
    rolling, all_mrr = rolling_mrr(day, customers)
    return Summary(
        renewals=everything.renewals + closed.kept + closed.lost,
        available=everything.arr + closed.kept_arr + closed.lost_arr,
        expected=everything.expected + closed.kept_arr,
        open=everything,
        closed=closed,
        by_category=by_category,
        by_month=_months(running),
        by_owner=_owners(running),
        swing=swing,
        swing_renewals=swing_renewals,
        model=model,
        csm=csm,
        final=Voice(everything.expected, everything.renewals),
        rolling=rolling * 12,
        rolling_share=rolling / all_mrr if all_mrr else None,
    )


def _slices(renewals: RenewalQuerySet, *by: str) -> list[dict[str, Any]]:
    sums = {"n": Count("pk"), "sum_arr": Sum("arr"), "sum_expected": Sum("expected", output_field=MONEY)}
    return list(renewals.order_by().values(*by).annotate(**sums).order_by(*by))


def _slice(row: dict[str, Any], key: Any, label: str) -> Slice:
    return Slice(key, label, row["n"], row["sum_arr"], row["sum_expected"])


def _in_order(rows: list[dict[str, Any]]) -> list[Slice]:
    found = {row["said"]: row for row in rows}
    empty = {"n": 0, "sum_arr": Decimal(0), "sum_expected": Decimal(0)}
    return [_slice(found.get(key, empty), key, str(label)) for key, label in ForecastCategory.choices]


def _together(slices: Iterable[Slice]) -> Slice:
    slices = list(slices)
    return Slice(
        None,
        "",
        sum(one.renewals for one in slices),
        sum((one.arr for one in slices), Decimal(0)),
        sum((one.expected for one in slices), Decimal(0)),
    )


def _months(running: RenewalQuerySet) -> list[Slice]:
    rows = _slices(running.annotate(month=TruncMonth("due_on")), "month")
    return [_slice(row, row["month"], f"{row['month']:%Y-%m}") for row in rows]


def _owners(running: RenewalQuerySet) -> list[Slice]:
    rows = _slices(running, "customer__owner", "customer__owner__name")
    slices = [_slice(row, row["customer__owner"], row["customer__owner__name"] or "") for row in rows]
    return sorted(slices, key=lambda one: (-one.arr, one.label))


def swinging(with_final: Any) -> Any:
    """Of renewals with their ``final``: those that can still go either way."""
    either = with_final.filter(final__gt=SWING_ABOVE, final__lt=COMMIT_FROM)
    return either.exclude(category=ForecastCategory.OMITTED)


def _swing(running: RenewalQuerySet) -> tuple[Decimal, int]:
    found = swinging(running).aggregate(arr_sum=Sum("arr", default=Decimal(0)), n=Count("pk"))
    return found["arr_sum"], found["n"]


def _voices(running: RenewalQuerySet) -> tuple[Voice, Voice]:
    """Model and CSM over the open renewals, omitted ones left out.

    The model's 80 % interval adds two doubts: that of each outcome at the rate given (a coin a
    renewal), and that of the rate itself, which all renewals of a cell share.
    """
    square = F("arr") * F("arr")
    said = Coalesce("csm_likelihood", "model_likelihood", Value(Decimal(0)))
    cells: list[dict[str, Any]] = list(
        running.exclude(category=ForecastCategory.OMITTED)
        .order_by()
        .values("model_likelihood", "model_low", "model_high")
        .annotate(
            total=Sum("arr"),
            squares=Sum(square, output_field=DecimalField(max_digits=32, decimal_places=4)),
            n=Count("pk"),
            called=Count("csm_likelihood"),
            csm=Sum(F("arr") * said, output_field=MONEY),
        )  # type: ignore[arg-type]  # rows of known columns, read by name
    )
    spoken = [cell for cell in cells if cell["model_likelihood"] is not None]
    mean = sum((cell["total"] * cell["model_likelihood"] for cell in spoken), Decimal(0))
    reach = Decimal(str(round(DEVIATIONS * sqrt(sum(_variance(cell) for cell in spoken)), 2)))
    most = sum((cell["total"] for cell in spoken), Decimal(0))
    model = Voice(mean, sum(cell["n"] for cell in spoken), max(mean - reach, Decimal(0)), min(mean + reach, most))
    csm = sum((cell["csm"] for cell in cells), Decimal(0))
    return model, Voice(csm, sum(cell["called"] for cell in cells))


def _variance(cell: dict[str, Any]) -> float:
    p, total = float(cell["model_likelihood"]), float(cell["total"])
    shared = float((cell["model_high"] or 0) - (cell["model_low"] or 0)) / (2 * DEVIATIONS)
    return float(cell["squares"]) * p * (1 - p) + (total * shared) ** 2


def _closed(due: RenewalQuerySet) -> Closed:
    lost = Q(outcome=RenewalOutcome.CHURNED)
    alone = Q(outcome__in=[RenewalOutcome.AUTO, RenewalOutcome.ROLLED])
    use = UsageDay.objects.filter(
        customer=OuterRef("customer"),
        day__lt=OuterRef("due_on"),
        day__gte=OuterRef("due_on") - dt.timedelta(days=USE_DAYS),
        active_users__gt=0,
    )
    money = Least("closed_arr", "arr")
    found = (
        due.exclude(outcome="")
        .annotate(used=Case(When(alone, then=Exists(use)), default=Value(True)))
        .aggregate(
            n_kept=Count("pk", filter=~lost),
            kept_arr=Sum(money, filter=~lost, default=Decimal(0)),
            n_lost=Count("pk", filter=lost),
            lost_arr=Sum("arr", filter=lost, default=Decimal(0)),
            n_alone=Count("pk", filter=alone),
            alone_arr=Sum(money, filter=alone, default=Decimal(0)),
            n_passive=Count("pk", filter=alone & Q(used=False)),
            passive_arr=Sum(money, filter=alone & Q(used=False), default=Decimal(0)),
        )
    )
    return Closed(*found.values())
