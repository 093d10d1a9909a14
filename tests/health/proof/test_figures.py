"""What a histogram comes to: rates, verdict, what is still needed, three ends."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from health.proof import figures
from health.proof.figures import Verdict
from health.proof.rows import Tallied, Terms
from health.proof.statistics import Interval
from tests.factories import DAY

TERMS = Terms("", (), DAY, 90)


def cell(score, kept, n, *, grew=False, fold=0, segment=None, recent=0, source="shown"):
    band = "" if score is None else "green" if score >= 70 else "yellow" if score >= 45 else "red"
    arr = Decimal(100 * n)
    return Tallied(
        score, band, kept, grew, fold, segment, source, n, recent, 0, arr, arr if kept else Decimal(0),
        10_000.0 * n, dt.date(2025, 1, 31), dt.date(2026, 10, 31),
    )  # fmt: skip


def company():
    """212 renewals, 28 churned: the figures of the design's picture."""
    kept = [cell(score, True, n, fold=fold) for score, both in ((90, (57, 57)), (60, (26, 27)), (20, (9, 8)))
            for fold, n in enumerate(both)]  # fmt: skip
    lost = [cell(score, False, n, fold=fold) for score, n in ((90, 2), (60, 4), (20, 8)) for fold in (0, 1)]
    return [*kept, *lost, cell(None, True, 7, source="")]


def test_the_figures_of_the_picture():
    made = figures.proof(company(), TERMS)
    assert (made.n, made.churns, made.unscored, made.replayed) == (212, 28, 7, 0)
    assert [(band.band, band.n, band.kept) for band in made.bands] == [
        ("green", 118, 114), ("yellow", 61, 53), ("red", 33, 17),
    ]  # fmt: skip
    assert [tuple(round(figure, 3) for figure in band.rate) for band in made.bands] == [
        (0.966, 0.916, 0.987), (0.869, 0.762, 0.932), (0.515, 0.352, 0.675),
    ]  # fmt: skip
    # Equal ARR each: as sure by money as by count.
    assert [band.arr_rate.low for band in made.bands] == pytest.approx([band.rate.low for band in made.bands])
    # (114 × (8 + 16) + 53 × 16 + (114 × 4 + 53 × 8 + 17 × 16) / 2) / (184 × 28) = (2736 + 848 + 576) / 5152
    assert made.auc.value == pytest.approx(4160 / 5152)
    assert made.base_brier == pytest.approx(184 / 212 * 28 / 212)
    assert made.brier < made.base_brier
    assert (made.missed, made.alarms) == (4, 17)
    # Lowest tenth: 21.2 of the 33 at 20, of whom 16 churned: 16 × 21.2 / 33 of 28.
    assert made.caught[0] == (0.1, pytest.approx(16 * 21.2 / 33 / 28))
    # Lowest fifth: 42.4, the 33 at 20 and 9.4 of the 61 at 60, of whom 8 churned.
    assert made.caught[1] == (0.2, pytest.approx((16 + 8 * 9.4 / 61) / 28))
    assert made.verdict == Verdict.VALIDATED
    assert made.needed == figures.Needed(0, 0, DAY)
    assert (made.first_on, made.last_on) == (dt.date(2025, 1, 31), dt.date(2026, 10, 31))


@pytest.mark.parametrize(
    ("n", "churns", "auc", "expected"),
    [
        (50, 10, Interval(0.7, 0.51, 0.9), Verdict.VALIDATED),
        (50, 10, Interval(0.7, 0.5, 0.9), Verdict.UNPROVEN),
        (49, 10, Interval(0.9, 0.8, 1.0), Verdict.TOO_FEW),
        (50, 9, Interval(0.9, 0.8, 1.0), Verdict.TOO_FEW),
        (0, 0, None, Verdict.TOO_FEW),
    ],
)
def test_the_rule_of_the_verdict(n, churns, auc, expected):
    assert figures.verdict(n, churns, auc) == expected


def test_what_is_needed_and_when():
    # 17 closed, 2 churned, all in the past year: 33 more at 17 a year are 709 days; 8 churns at 2 a year 1460.
    rows = [cell(80, True, 15, recent=15), cell(30, False, 2, recent=2)]
    assert figures.needed(rows, DAY) == figures.Needed(33, 8, DAY + dt.timedelta(days=1460))
    # Nobody churned in the past year: at that pace they never come.
    rows = [cell(80, True, 60, recent=30), cell(30, False, 2)]
    assert figures.needed(rows, DAY) == figures.Needed(0, 8, None)


def test_nothing_is_empty_not_wrong():
    made = figures.proof([], TERMS)
    assert (made.n, made.auc, made.brier, made.base_brier, made.bins, made.first_on) == (0, None, None, None, [], None)
    assert all(band.rate is None and band.arr_rate is None for band in made.bands)
    assert figures.classes([]).right is None
    only_kept = figures.proof([cell(80, True, 60)], TERMS)
    assert (only_kept.auc, only_kept.brier, only_kept.verdict) == (None, None, Verdict.TOO_FEW)


def test_segments_apart_largest_first():
    rows = [
        cell(80, True, 3, segment=1),
        cell(30, False, 5, segment=2),
        cell(30, False, 1),
        cell(None, True, 9, segment=1),
    ]
    parts = [(part.segment_id, part.n, part.churns, part.verdict) for part in figures.by_segment(rows)]
    assert parts == [(2, 5, 5, Verdict.TOO_FEW), (1, 3, 0, Verdict.TOO_FEW), (None, 1, 1, Verdict.TOO_FEW)]


def test_three_ends():
    rows = [
        cell(90, True, 6, grew=True), cell(90, True, 3), cell(90, False, 1),
        cell(50, True, 1, grew=True), cell(50, True, 4), cell(10, True, 1), cell(10, False, 4),
    ]  # fmt: skip
    made = figures.classes(rows)
    assert made.matrix == {"green": (6, 3, 1), "yellow": (1, 4, 0), "red": (0, 1, 4)}
    assert made.right.value == 14 / 20
    assert made.usual == 8 / 20  # flat
    # Grown 90 × 6, 50 × 1; flat 90 × 3, 50 × 4, 10 × 1: 6 × (3/2 + 5) + 1 × (4/2 + 1) = 42 of 7 × 8.
    assert made.grows.value == 42 / 56
