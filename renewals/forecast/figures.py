"""The parts of a forecast: slices, voices, closed renewals, and the whole."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from renewals import money


@dataclass(frozen=True)
class Slice:
    """A group of open renewals: how many, their ARR, and what of it to expect. Both sums exclude ``untold`` renewals,
    whose ARR is unknown.
    """

    key: Any
    label: str
    renewals: int
    arr: Decimal
    expected: Decimal
    untold: int = 0


@dataclass(frozen=True)
class Voice:
    """What one voice expects of the ``spoken`` open renewals it gave a likelihood, whose ARR is ``arr``.

    ``expected`` is None without any such renewal.
    """

    expected: Decimal | None
    spoken: int
    arr: Decimal
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def share(self) -> Decimal | None:
        """``expected`` as a fraction of ``arr``."""
        return self.expected / self.arr if self.expected is not None and self.arr else None


@dataclass(frozen=True)
class Closed:
    """Closed renewals of the period. ``passive`` ones renewed by themselves without any use in the 28 days before:
    their ARR is kept, but they are no active renewal (field guide item 84).
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
    """``sums``: the named sums of all renewals due in the period. ``expected``: the ARR kept of the closed ones plus
    the ARR expected of the open ones; nothing of ``unspoken`` open ones, to which no voice has given a likelihood.
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
