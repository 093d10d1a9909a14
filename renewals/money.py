"""The money sums of renewals, each with its name and one function: ARR a year in the organisation's currency.

For any renewals: ``available`` = ``kept`` + ``contracted`` + ``lost`` + ``open``, to the cent. ``at_notice`` and
``confirmed`` are parts of ``open``. A renewal whose ARR cannot be told is in none of them; ``untold`` counts those.
Void renewals are in nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, DecimalField, F, Q, Sum
from django.db.models.functions import Coalesce, Least

from renewals.models import Leaving, RenewalOutcome, RenewalQuerySet

ZERO: Final = Decimal(0)
MONEY: Final = DecimalField(max_digits=26, decimal_places=2)

COUNTED: Final = ~Q(outcome=RenewalOutcome.VOID)
IS_OPEN: Final = Q(outcome="")
IS_LOST: Final = Q(outcome=RenewalOutcome.CHURNED)
WENT_ON: Final = COUNTED & ~IS_OPEN & ~IS_LOST
# What went on can be told when both the old and the new ARR can.
TOLD: Final = COUNTED & Q(arr__isnull=False) & (IS_OPEN | IS_LOST | Q(closed_arr__isnull=False))
# Nobody closed it and no other contract follows: it went on by itself, with the same or with less money.
BY_ITSELF: Final = Q(outcome__in=[RenewalOutcome.AUTO, RenewalOutcome.ROLLED]) | Q(
    outcome=RenewalOutcome.CONTRACTED, successor=None, closed_by=None
)


def available(which: Q | None = None) -> Sum:
    """ARR of all renewals: what could be kept."""
    return _sum(F("arr"), Q(), which)


def kept(which: Q | None = None) -> Sum:
    """Of the closed ones that went on, the new ARR up to the old: expansion is no renewal's."""
    return _sum(Least("closed_arr", "arr"), WENT_ON, which)


def contracted(which: Q | None = None) -> Sum:
    """Of the closed ones that went on, what the new ARR is below the old."""
    return _sum(F("arr") - Least("closed_arr", "arr"), WENT_ON, which)


def lost(which: Q | None = None) -> Sum:
    """ARR of those that churned."""
    return _sum(F("arr"), IS_LOST, which)


def open_(which: Q | None = None) -> Sum:
    """ARR of those still open."""
    return _sum(F("arr"), IS_OPEN, which)


def at_notice(which: Q | None = None) -> Sum:
    """ARR of the open ones whose customer gave notice; the end is not confirmed."""
    return _sum(F("arr"), IS_OPEN & Q(leaving=Leaving.NOTICE), which)


def confirmed(which: Q | None = None) -> Sum:
    """ARR of the open ones whose end is confirmed: nothing of it is expected."""
    return _sum(F("arr"), IS_OPEN & Q(leaving=Leaving.CONFIRMED), which)


def ending(which: Q | None = None) -> Sum:
    """Of the open ones that go on, the ARR of lines that end with the term: a contraction already named."""
    return _sum(F("arr") - Coalesce("arr_going_on", "arr"), IS_OPEN & ~Q(leaving=Leaving.CONFIRMED), which)


def untold() -> Count:
    """How many renewals are left out of the sums because their ARR cannot be told."""
    return Count("pk", filter=COUNTED & ~TOLD)


def _sum(amount: Any, whose: Q, which: Q | None) -> Sum:
    return Sum(amount, filter=TOLD & whose & (which or Q()), default=ZERO, output_field=MONEY)


@dataclass(frozen=True)
class Sums:
    """The named sums of some renewals."""

    available: Decimal = ZERO
    kept: Decimal = ZERO
    contracted: Decimal = ZERO
    lost: Decimal = ZERO
    open: Decimal = ZERO
    at_notice: Decimal = ZERO
    confirmed: Decimal = ZERO
    ending: Decimal = ZERO
    untold: int = field(default=0)


SUMS: Final[dict[str, Any]] = {
    "available": available,
    "kept": kept,
    "contracted": contracted,
    "lost": lost,
    "open": open_,
    "at_notice": at_notice,
    "confirmed": confirmed,
    "ending": ending,
    "untold": untold,
}


def sums(renewals: RenewalQuerySet) -> Sums:
    """All sums of ``renewals``. One statement."""
    # The names would hide columns of the model, hence the prefix.
    found = renewals.order_by().aggregate(**{f"sum_{name}": function() for name, function in SUMS.items()})
    return Sums(**{name: found[f"sum_{name}"] for name in SUMS})
