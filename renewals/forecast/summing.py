"""The forecast of a period, summed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from math import sqrt
from typing import Any

from django.db.models import (
    Case,
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
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Customer
from accounts.revenue import untold
from health.models import UsageDay
from renewals import money
from renewals.calibration import DEVIATIONS
from renewals.forecast.deciding import MONEY, NOT_OMITTED, SWINGS, USE_DAYS, due_between, with_final
from renewals.forecast.figures import Closed, Slice, Summary, Voice
from renewals.models import ForecastCategory, Leaving, RenewalOutcome, RenewalQuerySet
from renewals.rolling import rolling_mrr


def summary(customers: QuerySet[Customer], first: dt.date, until: dt.date, day: dt.date) -> Summary:
    """The forecast on ``day`` of the renewals of ``customers`` due in the period.

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
    by_category = {row["said"]: row for row in rows}
    empty = {"n": 0, "sum_arr": Decimal(0), "sum_expected": Decimal(0), "untold": 0}
    return [_slice(by_category.get(key, empty), key, str(label)) for key, label in ForecastCategory.choices]


def _together(slices: Iterable[Slice]) -> Slice:
    slices = list(slices)
    return Slice(
        None,
        "",
        sum(part.renewals for part in slices),
        sum((part.arr for part in slices), Decimal(0)),
        sum((part.expected for part in slices), Decimal(0)),
        sum(part.untold for part in slices),
    )


def _months(running: RenewalQuerySet) -> list[Slice]:
    rows = _slices(running.annotate(month=TruncMonth("due_on")), "month")
    return [_slice(row, row["month"], f"{row['month']:%Y-%m}") for row in rows]


def _owners(running: RenewalQuerySet) -> list[Slice]:
    rows = _slices(running, "customer__owner", "customer__owner__name")
    slices = [_slice(row, row["customer__owner"], row["customer__owner__name"] or "") for row in rows]
    return sorted(slices, key=lambda part: (-part.arr, part.label))


def _swing(running: RenewalQuerySet) -> dict[str, Any]:
    """ARR and number of the swinging renewals, how many of them have unknown ARR, and how many renewals have no
    likelihood from any voice.
    """
    return running.aggregate(
        arr_sum=Sum("arr", filter=SWINGS, default=Decimal(0)),
        n=Count("pk", filter=SWINGS),
        left_out=untold(SWINGS),
        unspoken=Count("pk", filter=Q(final=None) & NOT_OMITTED),
    )


def _voices(running: Any) -> tuple[Voice, Voice, Voice]:
    """Model, CSM and manager, each over the open renewals it gave a likelihood; excludes omitted renewals.

    The model's 80 % interval adds two uncertainties: that of each outcome at the given rate (one Bernoulli trial a
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
    modelled = [cell for cell in cells if cell["model_likelihood"] is not None]
    mean = sum((cell["total"] * cell["model_likelihood"] for cell in modelled), Decimal(0))
    outcome_variance = sum(
        float(cell["squares"] * cell["model_likelihood"] * (1 - cell["model_likelihood"])) for cell in modelled
    )
    model_doubt = sum(float(cell["total"]) * _doubt(cell) for cell in modelled)
    reach = Decimal(str(round(DEVIATIONS * sqrt(outcome_variance + model_doubt**2), 2)))
    modelled_arr = sum((cell["total"] for cell in modelled), Decimal(0))
    low, high = max(mean - reach, Decimal(0)), min(mean + reach, modelled_arr)
    count = sum(cell["n"] for cell in modelled)
    model = Voice(mean, count, modelled_arr, low, high) if count else Voice(None, 0, Decimal(0))
    return model, _voice(cells, "csm"), _voice(cells, "final")


def _spoken(voice: str, amount: Any) -> dict[str, Any]:
    """How many renewals a voice gave a likelihood, their ARR, and the two multiplied."""
    has_call = {f"{voice}_said__isnull": False}
    return {
        f"{voice}_n": Count("pk", filter=Q(**has_call)),
        f"{voice}_arr": Sum(amount, filter=Q(**has_call), default=Decimal(0)),
        f"{voice}_expected": Sum(amount * F(f"{voice}_said"), default=Decimal(0), output_field=MONEY),
    }


def _voice(cells: list[dict[str, Any]], voice: str) -> Voice:
    count = sum(cell[f"{voice}_n"] for cell in cells)
    expected, arr = (sum((cell[f"{voice}_{part}"] for cell in cells), Decimal(0)) for part in ("expected", "arr"))
    return Voice(expected if count else None, count, arr)


def _doubt(cell: dict[str, Any]) -> float:
    """The standard deviation of a likelihood, from its interval."""
    return float((cell["model_high"] or 0) - (cell["model_low"] or 0)) / (2 * DEVIATIONS)


def _closed(due: RenewalQuerySet) -> Closed:
    usage = UsageDay.objects.filter(
        customer=OuterRef("customer"),
        day__lt=OuterRef("due_on"),
        day__gte=OuterRef("due_on") - dt.timedelta(days=USE_DAYS),
        active_users__gt=0,
    )
    by_itself = money.BY_ITSELF
    passive = by_itself & Q(used=False)
    counts = due.annotate(used=Case(When(by_itself, then=Exists(usage)), default=Value(True))).aggregate(
        n_kept=Count("pk", filter=money.WENT_ON),
        n_lost=Count("pk", filter=money.IS_LOST),
        n_contracted=Count("pk", filter=Q(outcome=RenewalOutcome.CONTRACTED)),
        n_alone=Count("pk", filter=by_itself),
        alone_arr=money.kept(by_itself),
        n_passive=Count("pk", filter=passive),
        passive_arr=money.kept(passive),
    )
    return Closed(*counts.values())
