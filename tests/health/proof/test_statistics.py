"""Figures worked by hand, and the same by scikit-learn and by brute force."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.proof import statistics
from health.proof.statistics import Cell


def drawn(n: int, seed: int) -> list[tuple[int, int]]:
    """Scores with ends: the higher, the likelier a good one."""
    dice = random.Random(seed)
    scores = [dice.randint(0, 100) for _ in range(n)]
    return [(score, int(dice.random() < 0.3 + 0.006 * score)) for score in scores]


def cells(cases: list[tuple[int, int]]) -> list[Cell]:
    return [Cell(score, good, 1 - good) for score, good in cases]


def rounded(figures, digits=4):
    return tuple(round(figure, digits) for figure in figures)


@pytest.mark.parametrize(
    ("good", "n", "expected"),
    [
        # p = 114/118 = 0.96610; z² = 3.84146; (p + z²/236) / (1 + z²/118) = 0.98238 / 1.03256 = 0.95141;
        # z / 1.03256 × √(p(1 − p)/118 + z²/(4 × 118²)) = 1.89818 × √(0.00027755 + 0.00006897) = 0.03533
        (114, 118, (0.9661, 0.9161, 0.9867)),
        (53, 61, (0.8689, 0.7620, 0.9320)),
        (17, 33, (0.5152, 0.3522, 0.6750)),
        # (z²/20) / (1 + z²/10) ± the same: 0 to z²/(10 + z²) = 3.84146/13.84146
        (0, 10, (0.0, 0.0, 0.2775)),
        (10, 10, (1.0, 0.7225, 1.0)),
    ],
)
def test_wilson_by_hand(good, n, expected):
    assert rounded(statistics.wilson(good, n)) == expected


def test_no_cases_no_share():
    assert statistics.wilson(0, 0) is None
    assert statistics.weighted_share(0, 0, 0) is None
    assert statistics.area([]) is None
    assert statistics.area([Cell(50, 3, 0)]) is None
    assert statistics.brier([]) is None
    assert statistics.base_brier(0, 0) is None
    assert statistics.bins([]) == []
    assert statistics.caught([Cell(5, 2, 0)], 0.1) is None


def test_money_counts_as_few_cases_as_it_lies_in():
    # ARR 900, 50, 50: effective n = 1000² / (810000 + 2500 + 2500) = 1.22699; share kept 0.9.
    found = statistics.weighted_share(900, 1000, 815_000)
    assert found == statistics.wilson(0.9 * 1_000_000 / 815_000, 1_000_000 / 815_000)
    assert found.low < 0.31
    # Equal amounts: as many cases as there are.
    assert statistics.weighted_share(300, 400, 40_000) == statistics.wilson(3, 4)


def test_area_by_hand():
    # Kept 80, 80, 60, 40; lost 60, 40. Pairs: 80 beats both, twice: 4; 60 ties 60 (½), beats 40: 1.5; 40 loses, ties: ½.
    # 6 of 8 = 0.75. Kept ones beat shares 1, 1, 0.75, 0.25: sample variance 0.125; lost ones are beaten by
    # 0.625 and 0.875: 0.03125. Variance 0.125/4 + 0.03125/2 = 0.046875, ± 1.96 × 0.216506 = 0.424345.
    found = statistics.area([Cell(80, 2, 0), Cell(60, 1, 1), Cell(40, 1, 1)])
    assert rounded(found, 6) == (0.75, 0.325655, 1.0)


def test_area_of_perfect_and_of_useless_scores():
    assert statistics.area([Cell(90, 9, 0), Cell(10, 0, 9)]) == (1.0, 1.0, 1.0)
    assert statistics.area([Cell(90, 0, 9), Cell(10, 9, 0)]) == (0.0, 0.0, 0.0)
    assert statistics.area([Cell(50, 9, 9)]) == (0.5, 0.5, 0.5)


def test_area_is_that_of_scikit_learn():
    from sklearn.metrics import roc_auc_score

    for seed in range(5):
        cases = drawn(300, seed)
        ours = statistics.area(cells(cases))
        assert ours.value == pytest.approx(roc_auc_score([g for _, g in cases], [s for s, _ in cases]), abs=1e-12)


def test_the_interval_holds_what_drawing_again_gives():
    """In 200 draws of 200 from one truth, about 95 % of the intervals hold the true area."""
    truth = statistics.area(cells(drawn(60_000, 99))).value
    held = 0
    for seed in range(200):
        found = statistics.area(cells(drawn(200, seed)))
        held += found.low <= truth <= found.high
    assert 180 <= held <= 198


def test_difference_of_the_same_score_is_nothing():
    joint = {(score, score): (float(good), float(1 - good)) for score, good in [(10, 0), (40, 1), (30, 0), (90, 1)]}
    assert statistics.difference(joint) == (0.0, 0.0, 0.0)


def test_difference_by_hand():
    # Kept K1, K2, lost L1, L2. First score: K 3, 2, L 1, 2; second: K 3, 2, L 1, 1.
    # First: K1 beats both, K2 beats L1 and ties L2: 3.5/4 = 0.875; second 4/4 = 1: change 0.125.
    # Kept components first (1, 0.75), second (1, 1): variance of the change among kept = var(0, 0.25) = 0.03125;
    # lost components first (1, 0.75), second (1, 1): the same. Variance 0.03125/2 + 0.03125/2 = 0.03125,
    # ± 1.959964 × 0.1767767 = 0.346476.
    joint = {(3, 3): (1.0, 0.0), (2, 2): (1.0, 0.0), (1, 1): (0.0, 1.0), (2, 1): (0.0, 1.0)}
    assert rounded(statistics.difference(joint), 6) == (0.125, -0.221476, 0.471476)


def test_difference_agrees_with_both_areas():
    dice = random.Random(4)
    joint: dict[tuple[int, int], tuple[float, float]] = {}
    one, other = [], []
    for score, good in drawn(500, 3):
        second = min(100, max(0, score + dice.randint(-15, 15)))
        before = joint.get((score, second), (0.0, 0.0))
        joint[score, second] = (before[0] + good, before[1] + 1 - good)
        one.append(Cell(score, good, 1 - good))
        other.append(Cell(second, good, 1 - good))
    found = statistics.difference(joint)
    assert found.value == pytest.approx(statistics.area(other).value - statistics.area(one).value, abs=1e-12)
    # Scores that go together differ less surely wrong than two that do not: narrower than either alone.
    assert found.high - found.low < statistics.area(one).high - statistics.area(one).low


def test_brier_by_hand_and_by_scikit_learn():
    # (1 − 0.9)² × 3 kept + 0.9² × 1 lost + (1 − 0.4)² × 1 + 0.4² × 1 = 0.03 + 0.81 + 0.36 + 0.16 = 1.36 over 6
    assert statistics.brier([(0.9, 3, 1), (0.4, 1, 1)]) == pytest.approx(1.36 / 6)
    # 28 lost of 212: 184/212 × 28/212 = 0.114632
    assert statistics.base_brier(184, 212) == pytest.approx(0.114632, abs=1e-6)
    from sklearn.metrics import brier_score_loss

    cases = drawn(200, 7)
    said = [(score / 100, good, 1 - good) for score, good in cases]
    assert statistics.brier(said) == pytest.approx(brier_score_loss([g for _, g in cases], [s / 100 for s, _ in cases]))


def test_the_curve_is_that_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    cases = drawn(800, 11)
    theirs = LogisticRegression(C=1e7, max_iter=1_000, tol=1e-8)
    theirs.fit([[score / 100] for score, _ in cases], [good for _, good in cases])
    ours = statistics.fit(cells(cases))
    assert ours.level == pytest.approx(theirs.intercept_[0], abs=0.01)
    assert ours.slope == pytest.approx(theirs.coef_[0][0], abs=0.01)


def test_the_curve_never_falls():
    upside_down = [Cell(10, 20, 2), Cell(90, 2, 20)]
    curve = statistics.fit(upside_down)
    assert curve.slope == 0
    # Half of 44 and half a case on both sides: 22.5 of 45.
    assert curve.at(10) == curve.at(90) == pytest.approx(0.5)


def test_the_curve_stays_finite_where_nothing_overlaps():
    curve = statistics.fit([Cell(20, 0, 30), Cell(80, 30, 0)])
    assert 0 < curve.at(0) < curve.at(50) < curve.at(100) < 1


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 40), st.integers(0, 40)), max_size=12))
def test_whatever_the_counts_every_figure_is_a_share(rows):
    given_cells = [Cell(*row) for row in rows]
    found = statistics.area(given_cells)
    assert found is None or 0 <= found.low <= found.value <= found.high <= 1
    if any(good + bad for _, good, bad in rows):
        curve = statistics.fit(given_cells)
        assert 0 < curve.at(0) <= curve.at(100) < 1
    for share in (0.1, 0.5, 1):
        part = statistics.caught(given_cells, share)
        assert part is None or -1e-9 <= part <= 1 + 1e-9


def test_nobody_is_judged_by_its_own_end():
    """One fold all lost, the others all kept: what is said of it comes from the others."""
    folds = {0: [Cell(50, 0, 10)], 1: [Cell(50, 10, 0)], 2: [Cell(50, 10, 0)]}
    said = {(score, bad): p for score, p, _good, bad in statistics.said_by_others(folds)}
    assert said[50, 10] > 0.97
    assert said[50, 0] == pytest.approx(0.5)


def test_bins_hold_about_the_same_expected_losses():
    said = [(0.2, 1, 4), (0.5, 4, 4), (0.9, 36, 4), (0.95, 76, 4)]
    found = statistics.bins(said, wanted=4)
    # Expected losses 4, 4, 4, 4: one bin each.
    assert [(round(one.said, 2), one.n) for one in found] == [(0.2, 5), (0.5, 8), (0.9, 40), (0.95, 80)]
    assert [round(one.happened.value, 2) for one in found] == [0.2, 0.5, 0.9, 0.95]


def test_lift_splits_ties_evenly():
    # Lowest tenth of 20 is 2 cases: all of the single lost one at 10 and 1 of 4 at 20, of whom 2 are lost: 1.5 of 4 lost.
    rows = [Cell(10, 0, 1), Cell(20, 2, 2), Cell(60, 14, 1)]
    assert statistics.caught(rows, 0.1) == pytest.approx(1.5 / 4)
    assert statistics.caught(rows, 1) == 1
