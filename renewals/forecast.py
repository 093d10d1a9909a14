"""The manager's forecast: what is available to renew and what of it to expect, in three voices.

The final value of a renewal is the manager's decision, else the CSM's call, else the model's. Hard facts come first:
where the end is confirmed it is 0, and after a notice only what was said on its day or later counts (``stands``).
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
    BooleanField,
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
from django.db.models.functions import Abs, Coalesce, TruncMonth
from django.db.models.lookups import GreaterThanOrEqual

from accounts.models import Customer
from accounts.revenue import untold
from health.models import UsageDay
from renewals import money
from renewals.calibration import DEVIATIONS, refresh
from renewals.models import ForecastCategory, Leaving, Renewal, RenewalOutcome, RenewalQuerySet, RenewalStage
from renewals.rolling import rolling_mrr

__all__ = ["Summary", "refresh", "summary"]

MONEY: Final = DecimalField(max_digits=30, decimal_places=5)
# A category nobody set is derived from the likelihood that holds: from 90 % commit, from 75 % most likely, from 60 %
# best case, below at risk; without any likelihood at risk. Where notice was given it is at risk, unless a category was
# set since; where the end is confirmed it is omitted. Omitted ones expect nothing.
COMMIT_FROM: Final = Decimal("0.9")
LIKELY_FROM: Final = Decimal("0.75")
BEST_FROM: Final = Decimal("0.6")
# Swing: what can still go either way, neither committed nor given up.
SWING_ABOVE: Final = Decimal("0.1")
# From 90 days out a gap of 15 points between CSM and model wants a decision.
DECIDE_DAYS: Final = 90
DECIDE_GAP: Final = Decimal("0.15")
USE_DAYS: Final = 28


@dataclass(frozen=True)
class Slice:
    """Open renewals that have something in common: how many, their ARR, and what of it to expect; ``untold`` are in
    neither sum, their ARR cannot be told.
    """

    key: Any
    label: str
    renewals: int
    arr: Decimal
    expected: Decimal
    untold: int = 0


@dataclass(frozen=True)
class Voice:
    """What one voice expects of the open renewals it has spoken on: ``spoken`` of them, with this ``arr``.

    ``expected`` is None where it has not spoken at all.
    """

    expected: Decimal | None
    spoken: int
    arr: Decimal
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def share(self) -> Decimal | None:
        """Of the ARR it has spoken on, what it expects."""
        return self.expected / self.arr if self.expected is not None and self.arr else None


@dataclass(frozen=True)
class Closed:
    """Renewals of the period that are closed. ``passive`` ones renewed by themselves without use
    in the 28 days before: they are kept money, never an active renewal (field guide item 84).
    """

    kept: int
    lost: int
    contracted: int
    by_itself: int
    by_itself_arr: Decimal
    passive: int
    passive_arr: Decimal


@dataclass(frozen=True)
class Summary:
    """``sums``: the named sums of all renewals due in the period. ``expected``: what was kept of the closed ones
    and what is expected of the open ones; of ``unspoken`` open ones nothing, for no voice has given them a likelihood.
    """

    renewals: int
    sums: money.Sums
    expected: Decimal
    open: Slice
    closed: Closed
    by_category: list[Slice]
    by_month: list[Slice]
    by_owner: list[Slice]
    swing: Decimal
    swing_renewals: int
    swing_untold: int
    unspoken: int
    noticed: int
    leaving: int
    model: Voice
    csm: Voice
    final: Voice
    rolling: Decimal
    rolling_untold: int
    rolling_share: Decimal | None

    @property
    def available(self) -> Decimal:
        return self.sums.available

    @property
    def share(self) -> Decimal | None:
        return self.expected / self.available if self.available else None


# The voice that has made no call yet.
NO_CALL: Final = Q(csm_called_on=None)


def stands(said_on: str) -> Q:
    """Whether words of the day in the column ``said_on`` count: after a notice only those of its day or later."""
    return ~Q(leaving=Leaving.NOTICE) | Q((f"{said_on}__gte", F("contract__notice_given_on")))


def to_decide(day: dt.date) -> Q:
    """Open, due within 90 days of ``day``, and CSM and model differ by 15 points; nobody decided. Where notice was given
    or the end is confirmed the question is another: whether the customer stays.
    """
    apart = GreaterThanOrEqual(Abs(F("csm_likelihood") - F("model_likelihood")), DECIDE_GAP)
    undecided = Q(final_likelihood=None, final_category="", leaving="")
    return Q(apart) & undecided & ~Q(stage=RenewalStage.CLOSED) & Q(due_on__lte=day + dt.timedelta(days=DECIDE_DAYS))


def with_final(renewals: RenewalQuerySet) -> RenewalQuerySet:
    """Add ``csm_said`` and ``final_said`` (the likelihoods that stand), ``final`` (0–1, None where nobody has spoken), ``said`` (the category that holds), ``is_derived`` (whether
    nobody set it) and ``expected`` (the ARR that goes on × final; nothing for omitted ones, None where the ARR cannot
    be told).
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
    """Those of ``renewals`` on which a manager is to decide (``to_decide``)."""
    return renewals.filter(to_decide(day))


def summary(customers: QuerySet[Customer], first: dt.date, until: dt.date, day: dt.date) -> Summary:
    """The forecast of the renewals of ``customers`` due in the period, as it stands on ``day``.

    Ten statements, whatever the number of renewals.
    """
    due = due_between(customers, first, until)
    running = with_final(due.still_open())
    by_category = _in_order(_slices(running, "said"))
    everything = _together(by_category)
    sums, closed = money.sums(due), _closed(due)
    swing = _swing(running)
    model, csm, final = _voices(running)
    leaving = {row["leaving"]: row["n"] for row in running.order_by().values("leaving").annotate(n=Count("pk"))}
    rolling, all_mrr = rolling_mrr(day, customers)
    return Summary(
        renewals=everything.renewals + closed.kept + closed.lost,
        sums=sums,
        expected=everything.expected + sums.kept,
        open=everything,
        closed=closed,
        by_category=by_category,
        by_month=_months(running),
        by_owner=_owners(running),
        swing=swing["arr_sum"],
        swing_renewals=swing["n"],
        swing_untold=swing["left_out"],
        unspoken=swing["unspoken"],
        noticed=leaving.get(Leaving.NOTICE, 0),
        leaving=leaving.get(Leaving.CONFIRMED, 0),
        model=model,
        csm=csm,
        final=final,
        rolling=rolling.amount * 12,
        rolling_untold=rolling.untold,
        rolling_share=rolling.amount / all_mrr.amount if all_mrr.amount else None,
    )


def _slices(renewals: RenewalQuerySet, *by: str) -> list[dict[str, Any]]:
    sums = {
        "n": Count("pk"),
        "sum_arr": Sum("arr", default=Decimal(0)),
        "sum_expected": Sum("expected", default=Decimal(0), output_field=MONEY),
        "untold": untold(),
    }
    return list(renewals.order_by().values(*by).annotate(**sums).order_by(*by))


def _slice(row: dict[str, Any], key: Any, label: str) -> Slice:
    return Slice(key, label, row["n"], row["sum_arr"], row["sum_expected"], row["untold"])


def _in_order(rows: list[dict[str, Any]]) -> list[Slice]:
    found = {row["said"]: row for row in rows}
    empty = {"n": 0, "sum_arr": Decimal(0), "sum_expected": Decimal(0), "untold": 0}
    return [_slice(found.get(key, empty), key, str(label)) for key, label in ForecastCategory.choices]


def _together(slices: Iterable[Slice]) -> Slice:
    slices = list(slices)
    return Slice(
        None,
        "",
        sum(one.renewals for one in slices),
        sum((one.arr for one in slices), Decimal(0)),
        sum((one.expected for one in slices), Decimal(0)),
        sum(one.untold for one in slices),
    )


def _months(running: RenewalQuerySet) -> list[Slice]:
    rows = _slices(running.annotate(month=TruncMonth("due_on")), "month")
    return [_slice(row, row["month"], f"{row['month']:%Y-%m}") for row in rows]


def _owners(running: RenewalQuerySet) -> list[Slice]:
    rows = _slices(running, "customer__owner", "customer__owner__name")
    slices = [_slice(row, row["customer__owner"], row["customer__owner__name"] or "") for row in rows]
    return sorted(slices, key=lambda one: (-one.arr, one.label))


NOT_OMITTED: Final = ~Q(said=ForecastCategory.OMITTED)
SWINGS: Final = Q(final__gt=SWING_ABOVE, final__lt=COMMIT_FROM) & NOT_OMITTED


def swinging(with_final: Any) -> Any:
    """Of renewals with their ``final``: those that can still go either way."""
    return with_final.filter(SWINGS)


def _swing(running: RenewalQuerySet) -> dict[str, Any]:
    """ARR and number of those that swing, how many of them cannot be told, and how many nobody, not even the model, gave a
    likelihood.
    """
    return running.aggregate(
        arr_sum=Sum("arr", filter=SWINGS, default=Decimal(0)),
        n=Count("pk", filter=SWINGS),
        left_out=untold(SWINGS),
        unspoken=Count("pk", filter=Q(final=None) & NOT_OMITTED),
    )


def _voices(running: Any) -> tuple[Voice, Voice, Voice]:
    """Model, CSM and manager, each over the open renewals it has spoken on; omitted ones are left out.

    The model's 80 % interval adds two doubts: that of each outcome at the rate given (a coin a
    renewal), and that of the model itself, which all renewals share.
    """
    amount = Coalesce("arr_going_on", "arr")
    cells: list[dict[str, Any]] = list(
        running.exclude(said=ForecastCategory.OMITTED)
        .exclude(arr=None)
        .order_by()
        .values("model_likelihood", "model_low", "model_high")
        .annotate(
            total=Sum(amount),
            squares=Sum(amount * amount, output_field=DecimalField(max_digits=52, decimal_places=4)),
            n=Count("pk"),
            **_spoken("csm", amount),
            **_spoken("final", amount),
        )
    )
    spoken = [cell for cell in cells if cell["model_likelihood"] is not None]
    mean = sum((cell["total"] * cell["model_likelihood"] for cell in spoken), Decimal(0))
    coins = sum(float(cell["squares"] * cell["model_likelihood"] * (1 - cell["model_likelihood"])) for cell in spoken)
    shared = sum(float(cell["total"]) * _doubt(cell) for cell in spoken)
    reach = Decimal(str(round(DEVIATIONS * sqrt(coins + shared**2), 2)))
    most = sum((cell["total"] for cell in spoken), Decimal(0))
    low, high = max(mean - reach, Decimal(0)), min(mean + reach, most)
    number = sum(cell["n"] for cell in spoken)
    model = Voice(mean, number, most, low, high) if number else Voice(None, 0, Decimal(0))
    return model, _voice(cells, "csm"), _voice(cells, "final")


def _spoken(voice: str, amount: Any) -> dict[str, Any]:
    """How many renewals a voice gave a likelihood, their ARR, and the two multiplied."""
    said = {f"{voice}_said__isnull": False}
    return {
        f"{voice}_n": Count("pk", filter=Q(**said)),
        f"{voice}_arr": Sum(amount, filter=Q(**said), default=Decimal(0)),
        f"{voice}_expected": Sum(amount * F(f"{voice}_said"), default=Decimal(0), output_field=MONEY),
    }


def _voice(cells: list[dict[str, Any]], voice: str) -> Voice:
    number = sum(cell[f"{voice}_n"] for cell in cells)
    expected, arr = (sum((cell[f"{voice}_{part}"] for cell in cells), Decimal(0)) for part in ("expected", "arr"))
    return Voice(expected if number else None, number, arr)


def _doubt(cell: dict[str, Any]) -> float:
    """The standard deviation of a likelihood, from its interval."""
    return float((cell["model_high"] or 0) - (cell["model_low"] or 0)) / (2 * DEVIATIONS)


def _closed(due: RenewalQuerySet) -> Closed:
    use = UsageDay.objects.filter(
        customer=OuterRef("customer"),
        day__lt=OuterRef("due_on"),
        day__gte=OuterRef("due_on") - dt.timedelta(days=USE_DAYS),
        active_users__gt=0,
    )
    by_itself = money.BY_ITSELF
    passive = by_itself & Q(used=False)
    found = due.annotate(used=Case(When(by_itself, then=Exists(use)), default=Value(True))).aggregate(
        n_kept=Count("pk", filter=money.WENT_ON),
        n_lost=Count("pk", filter=money.IS_LOST),
        n_contracted=Count("pk", filter=Q(outcome=RenewalOutcome.CONTRACTED)),
        n_alone=Count("pk", filter=by_itself),
        alone_arr=money.kept(by_itself),
        n_passive=Count("pk", filter=passive),
        passive_arr=money.kept(passive),
    )
    return Closed(*found.values())
