"""What a forecast consists of: slices, voices, what has closed, and all of it together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from renewals import money


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
