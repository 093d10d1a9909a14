"""The named money sums of renewals, one function each: ARR a year in the organisation's currency.

For any renewals ``available`` = ``kept`` + ``contracted`` + ``lost`` + ``open``, to the cent. ``at_notice`` and
``confirmed`` are parts of ``open``. Every sum excludes void renewals and those with unknown ARR; ``untold`` counts
the latter.
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
# A renewal that went on is known when both its old and its new ARR are.
TOLD: Final = COUNTED & Q(arr__isnull=False) & (IS_OPEN | IS_LOST | Q(closed_arr__isnull=False))
# Nobody closed it and no other contract follows: it went on by itself, with the same or less ARR.
BY_ITSELF: Final = Q(outcome__in=[RenewalOutcome.AUTO, RenewalOutcome.ROLLED]) | Q(
    outcome=RenewalOutcome.CONTRACTED, successor=None, closed_by=None
)


def available(which: Q | None = None) -> Sum:
    """ARR of all renewals: what could be kept."""
    return _sum(F("arr"), Q(), which)


def kept(which: Q | None = None) -> Sum:
    """New ARR of closed renewals that went on, at most the old ARR: expansion is not counted as renewal."""
    return _sum(Least("closed_arr", "arr"), WENT_ON, which)


def contracted(which: Q | None = None) -> Sum:
    """By how much the new ARR of closed renewals that went on is below the old."""
    return _sum(F("arr") - Least("closed_arr", "arr"), WENT_ON, which)


def lost(which: Q | None = None) -> Sum:
    """ARR of churned renewals."""
    return _sum(F("arr"), IS_LOST, which)


def open_(which: Q | None = None) -> Sum:
    """ARR of open renewals."""
    return _sum(F("arr"), IS_OPEN, which)


def at_notice(which: Q | None = None) -> Sum:
    """ARR of open renewals with notice given and the end not confirmed."""
    return _sum(F("arr"), IS_OPEN & Q(leaving=Leaving.NOTICE), which)


def confirmed(which: Q | None = None) -> Sum:
    """ARR of open renewals whose end is confirmed: nothing of it is expected."""
    return _sum(F("arr"), IS_OPEN & Q(leaving=Leaving.CONFIRMED), which)


def ending(which: Q | None = None) -> Sum:
    """ARR of lines that end with the term, of open renewals whose end is not confirmed: a known contraction."""
    return _sum(F("arr") - Coalesce("arr_going_on", "arr"), IS_OPEN & ~Q(leaving=Leaving.CONFIRMED), which)


def untold() -> Count:
    """How many renewals the sums exclude because their ARR is unknown."""
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
    # Without the prefix the names would shadow columns of the model.
    totals = renewals.order_by().aggregate(**{f"sum_{name}": function() for name, function in SUMS.items()})
    return Sums(**{name: totals[f"sum_{name}"] for name in SUMS})
