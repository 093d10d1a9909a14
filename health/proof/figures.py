"""Does a score predict? All figures of the proof page and of ``manage.py prove``, computed from one histogram."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from health.proof import statistics
from health.proof.rows import Tallied, Terms
from health.proof.statistics import Bin, Cell, Interval

LEAST_RENEWALS: Final = 50
LEAST_CHURNS: Final = 10
BANDS: Final = ("green", "yellow", "red")
LOWEST: Final = (0.1, 0.2)
YEAR: Final = 365


class Verdict(StrEnum):
    """``VALIDATED``: enough closed renewals and the whole interval of the AUC above 0.5. ``UNPROVEN``: enough,
    but the score may be no better than a coin. ``TOO_FEW``: no verdict yet.
    """

    VALIDATED = "validated"
    UNPROVEN = "unproven"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class BandRate:
    """Renewals in one band on the day asked: how many were kept, and what share of their ARR. The ARR of ``untold`` is
    unknown: they count, their money does not.
    """

    band: str
    n: int
    kept: int
    rate: Interval | None
    arr: Decimal
    arr_rate: Interval | None
    untold: int = 0


@dataclass(frozen=True)
class Needed:
    """What a verdict still needs; ``by`` estimates when it has it, at the pace of the past year (None: without one)."""

    renewals: int
    churns: int
    by: dt.date | None


@dataclass(frozen=True)
class Proof:
    """How well the scores ``days`` before predicted which renewals would be kept.

    ``n`` renewals had a score, ``churns`` of them were lost; ``unscored`` had none. Rates are fractions with 95 %
    intervals. ``missed``: green, yet lost. ``alarms``: red, yet kept. ``caught`` pairs a share of the
    lowest scores with the share of churns in it.
    """

    day: dt.date
    days: int
    n: int
    churns: int
    unscored: int
    replayed: int
    first_on: dt.date | None
    last_on: dt.date | None
    bands: Sequence[BandRate]
    auc: Interval | None
    brier: float | None
    base_brier: float | None
    bins: Sequence[Bin]
    caught: Sequence[tuple[float, float | None]]
    missed: int
    alarms: int
    verdict: Verdict
    needed: Needed

    @property
    def shown(self) -> int:
        """How many scores were really shown on the day asked."""
        return self.n - self.replayed

    @property
    def renewals_share(self) -> float:
        """The share of the renewals that a verdict needs, at most 1."""
        return min(1.0, self.n / LEAST_RENEWALS)

    @property
    def churns_share(self) -> float:
        return min(1.0, self.churns / LEAST_CHURNS)


def proof(rows: Sequence[Tallied], terms: Terms) -> Proof:
    """The figures of the histogram ``rows``; without a scored renewal they are empty, not wrong."""
    scored_rows = [row for row in rows if row.score is not None]
    n, churns = _count(scored_rows), sum(row.n for row in scored_rows if not row.kept)
    auc = statistics.area(_cells(scored_rows))
    predictions = statistics.said_by_others(_by_fold(scored_rows)) if 0 < churns < n else []
    plain = [(p, good, bad) for _score, p, good, bad in predictions]
    return Proof(
        day=terms.day,
        days=terms.days,
        n=n,
        churns=churns,
        unscored=_count(rows) - n,
        replayed=sum(row.n for row in scored_rows if row.source == "replayed"),
        first_on=min((row.first_on for row in scored_rows), default=None),
        last_on=max((row.last_on for row in scored_rows), default=None),
        bands=[_band(band, [row for row in scored_rows if row.band == band]) for band in BANDS],
        auc=auc,
        brier=statistics.brier(plain),
        base_brier=statistics.base_brier(n - churns, n),
        bins=statistics.bins(plain),
        caught=[(share, statistics.caught(_cells(scored_rows), share)) for share in LOWEST],
        missed=sum(row.n for row in scored_rows if row.band == "green" and not row.kept),
        alarms=sum(row.n for row in scored_rows if row.band == "red" and row.kept),
        verdict=verdict(n, churns, auc),
        needed=needed(scored_rows, terms.day),
    )


def verdict(n: int, churns: int, auc: Interval | None) -> Verdict:
    """Validated only from 50 renewals and 10 churns on, with the AUC's lower bound above 0.5."""
    if n < LEAST_RENEWALS or churns < LEAST_CHURNS or auc is None:
        return Verdict.TOO_FEW
    return Verdict.VALIDATED if auc.low > 1 / 2 else Verdict.UNPROVEN


def needed(scored_rows: Sequence[Tallied], day: dt.date) -> Needed:
    """What is short of a verdict, and when both minima are reached if the next months go as the past year did."""
    renewals = max(0, LEAST_RENEWALS - _count(scored_rows))
    churns = max(0, LEAST_CHURNS - sum(row.n for row in scored_rows if not row.kept))
    pace = sum(row.recent for row in scored_rows)
    churn_pace = sum(row.recent for row in scored_rows if not row.kept)
    waits = [(renewals, pace), (churns, churn_pace)]
    if any(short and not yearly for short, yearly in waits):
        return Needed(renewals, churns, None)
    longest = max((short * YEAR / yearly for short, yearly in waits if short), default=0)
    return Needed(renewals, churns, day + dt.timedelta(days=round(longest)))


@dataclass(frozen=True)
class Part:
    """A segment's share: how many renewals had a score, how many of them were lost, and the verdict."""

    segment_id: int | None
    n: int
    churns: int
    auc: Interval | None
    verdict: Verdict


def by_segment(rows: Sequence[Tallied]) -> list[Part]:
    """The segments of a split histogram, the largest first; None is an unknown segment on the day asked."""
    split: dict[int | None, list[Tallied]] = defaultdict(list)
    for row in rows:
        if row.score is not None:
            split[row.segment_id].append(row)
    parts = []
    for segment, segment_rows in split.items():
        n, churns, auc = (
            _count(segment_rows),
            sum(row.n for row in segment_rows if not row.kept),
            statistics.area(_cells(segment_rows)),
        )
        parts.append(Part(segment, n, churns, auc, verdict(n, churns, auc)))
    return sorted(parts, key=lambda part: (-part.n, part.segment_id or 0))


@dataclass(frozen=True)
class Classes:
    """Three outcomes (field guide item 97): grow (over 10 % more ARR), flat, churn. ``matrix`` counts them by band;
    ``right`` is the share for which green meant grow, yellow flat and red churn, ``usual`` that of always naming the
    commonest outcome; ``grows`` is the AUC of grow against flat among those kept.
    """

    matrix: dict[str, tuple[int, int, int]]
    right: Interval | None
    usual: float | None
    grows: Interval | None


def classes(rows: Sequence[Tallied]) -> Classes:
    scored_rows = [row for row in rows if row.score is not None]
    matrix = {band: _ends([row for row in scored_rows if row.band == band]) for band in BANDS}
    n = _count(scored_rows)
    hits = sum(matrix[band][place] for place, band in enumerate(BANDS))
    totals = [sum(ends[place] for ends in matrix.values()) for place in range(3)]
    kept = [Cell(row.score or 0, row.n * row.grew, row.n * (not row.grew)) for row in scored_rows if row.kept]
    return Classes(matrix, statistics.wilson(hits, n), max(totals) / n if n else None, statistics.area(kept))


def _ends(rows: Sequence[Tallied]) -> tuple[int, int, int]:
    grew = sum(row.n for row in rows if row.grew)
    kept = sum(row.n for row in rows if row.kept)
    return grew, kept - grew, _count(rows) - kept


def _band(band: str, rows: Sequence[Tallied]) -> BandRate:
    n, kept = _count(rows), sum(row.n for row in rows if row.kept)
    arr = sum((row.arr for row in rows), Decimal(0))
    kept_arr = float(sum((row.kept_arr for row in rows), Decimal(0)))
    squares = sum(row.squares for row in rows)
    rate = statistics.weighted_share(kept_arr, float(arr), squares)
    return BandRate(band, n, kept, statistics.wilson(kept, n), arr, rate, sum(row.untold for row in rows))


def _count(rows: Sequence[Tallied]) -> int:
    return sum(row.n for row in rows)


def _cells(rows: Sequence[Tallied]) -> list[Cell]:
    return [Cell(row.score or 0, row.n * row.kept, row.n * (not row.kept)) for row in rows]


def _by_fold(rows: Sequence[Tallied]) -> dict[int, list[Cell]]:
    folds: dict[int, list[Tallied]] = defaultdict(list)
    for row in rows:
        folds[row.fold].append(row)
    return {fold: _cells(fold_rows) for fold, fold_rows in folds.items()}
