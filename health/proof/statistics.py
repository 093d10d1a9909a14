"""The certainty of shares, rankings and probabilities: plain functions of counts, without a database.

Scores are whole, so everything is computed from a histogram: what counts is how many good and bad cases had each
score, never their order. That keeps 50,000 renewals as quick as 50.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final, NamedTuple

from health import intervals
from health.intervals import Z_95

# Slope and level are found to this; a little pull towards a flat line keeps them finite where nothing overlaps.
CLOSE: Final = 1e-9
PULL: Final = 1e-3
ROUNDS: Final = 60


class Interval(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class Cell(NamedTuple):
    """How many cases with one score (0–100) ended well and how many badly."""

    score: int
    good: float
    bad: float


def wilson(good: float, n: float) -> Interval | None:
    """A share with its score interval (Wilson, 1927); None without cases. 114 of 118: 96.6 %, 91.6 to 98.7."""
    interval = intervals.wilson(good, n)
    return None if interval is None else Interval(good / n, *interval)


def weighted_share(good: float, whole: float, squares: float) -> Interval | None:
    """A share of money: Wilson's interval at the effective number of cases, whole² / sum of squares (Kish, 1965)."""
    if whole <= 0 or squares <= 0:
        return None
    n = whole * whole / squares
    return wilson(good / whole * n, n)


def area(cells: Sequence[Cell]) -> Interval | None:
    """AUC: how often a case that ended well had a higher score than one that did not, ties counting half.

    With the interval of DeLong, DeLong and Clarke-Pearson (1988), cut at 0 and 1. None without both kinds.
    """
    ranked = _ranked({cell.score: (cell.good, cell.bad) for cell in _merged(cells)})
    components = _components([(good, bad, (above, below)) for good, bad, above, below in ranked.values()])
    if components is None:
        return None
    (value, _same), variance = components
    return _around(value, variance[0][0])


def difference(joint: Mapping[tuple[int, int], tuple[float, float]]) -> Interval | None:
    """AUC of the second score less that of the first on the same cases, with its paired interval (DeLong, 1988).

    ``joint`` has, for each pair of scores, how many cases ended well and how many badly. None without both kinds.
    """
    first = _ranked(_margin(joint, 0))
    second = _ranked(_margin(joint, 1))
    rows = [
        (good, bad, (first[a][2], first[a][3]), (second[b][2], second[b][3])) for (a, b), (good, bad) in joint.items()
    ]
    components = _components([(good, bad, one, other) for good, bad, one, other in rows])
    if components is None:
        return None
    (one, other), ((v11, v12), (_v21, v22)) = components
    reach = Z_95 * sqrt(max(0.0, v11 + v22 - 2 * v12))
    change = other - one
    return Interval(change, max(-1.0, change - reach), min(1.0, change + reach))


def brier(predictions: Sequence[tuple[float, float, float]]) -> float | None:
    """Mean squared distance of the predicted probability from the outcome; ``predictions``: probability, good, bad."""
    n = sum(good + bad for _p, good, bad in predictions)
    return sum(good * (1 - p) ** 2 + bad * p * p for p, good, bad in predictions) / n if n else None


def base_brier(good: float, n: float) -> float | None:
    """Brier score of predicting the base rate every time: rate × (1 − rate)."""
    return good / n * (1 - good / n) if n else None


class Curve(NamedTuple):
    """A probability that never falls as the score rises: logistic of level + slope × score / 100."""

    level: float
    slope: float

    def at(self, score: float) -> float:
        return 1 / (1 + exp(-max(-30.0, min(30.0, self.level + self.slope * score / 100))))


def fit(cells: Sequence[Cell]) -> Curve:
    """The logistic curve that fits the cells best (Platt, 1999), its slope never below 0; ROUNDS steps of Newton.

    Where a higher score went with worse outcomes the slope is 0: the base rate every time.
    """
    good = sum(cell.good for cell in cells)
    bad = sum(cell.bad for cell in cells)
    flat = Curve(log((good + 0.5) / (bad + 0.5)), 0.0)
    level, slope = flat
    for _step in range(ROUNDS):
        d_level, d_slope = _newton(cells, level, slope)
        level, slope = level + d_level, slope + d_slope
        if abs(d_level) + abs(d_slope) < CLOSE:
            break
    return Curve(level, slope) if slope > 0 else flat


def _newton(cells: Sequence[Cell], level: float, slope: float) -> tuple[float, float]:
    curve = Curve(level, slope)
    g0 = g1 = h00 = h01 = h11 = 0.0
    for score, good, bad in cells:
        x, p, n = score / 100, curve.at(score), good + bad
        g0 += good - n * p
        g1 += (good - n * p) * x
        w = n * p * (1 - p)
        h00 += w
        h01 += w * x
        h11 += w * x * x
    g1 -= PULL * slope
    h11 += PULL
    h00 += PULL
    determinant = h00 * h11 - h01 * h01
    step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant)
    longest = max(abs(step[0]), abs(step[1]), 1.0) / 5  # a long step overshoots where the curve is steep
    return (step[0] / longest, step[1] / longest) if longest > 1 else step


def said_by_others(folds: Mapping[int, Sequence[Cell]]) -> list[tuple[int, float, float, float]]:
    """Score, probability, good and bad of each fold's cells, the probability fitted on the other folds only.

    So no outcome of a customer has gone into the probabilities of that customer.
    """
    predictions = []
    for number, cells in sorted(folds.items()):
        other_cells = _merged([cell for other, others in folds.items() if other != number for cell in others])
        curve = fit(other_cells)
        predictions += [(cell.score, curve.at(cell.score), cell.good, cell.bad) for cell in cells]
    return predictions


@dataclass(frozen=True)
class Bin:
    """Cases with about the same prediction; ``said`` is the mean probability."""

    said: float
    happened: Interval
    n: int


def bins(predictions: Sequence[tuple[float, float, float]], wanted: int = 6) -> list[Bin]:
    """Calibration: predictions compared with outcomes, lowest first, in up to ``wanted`` bins.

    Each has about the same expected number of bad outcomes, so that the interesting low side is not one bin.
    """
    ordered = sorted(predictions)
    expected_bad = sum((1 - p) * (good + bad) for p, good, bad in ordered)
    if expected_bad <= 0:
        return []
    groups: list[list[tuple[float, float, float]]] = [[] for _ in range(wanted)]
    cumulative = 0.0
    for p, good, bad in ordered:
        share = (1 - p) * (good + bad)
        place = (cumulative + share / 2) / expected_bad
        groups[min(wanted - 1, int(place * wanted))].append((p, good, bad))
        cumulative += share
    return [filled for group in groups if (filled := _bin(group))]


def _bin(group: Sequence[tuple[float, float, float]]) -> Bin | None:
    n = sum(good + bad for _p, good, bad in group)
    happened = wilson(sum(good for _p, good, _bad in group), n)
    if happened is None:
        return None
    return Bin(sum(p * (good + bad) for p, good, bad in group) / n, happened, round(n))


def caught(cells: Sequence[Cell], share: float) -> float | None:
    """The part of all bad outcomes among the ``share`` of cases with the lowest scores; ties are split evenly."""
    ordered = sorted(_merged(cells))
    n, bad = sum(c.good + c.bad for c in ordered), sum(c.bad for c in ordered)
    if not bad:
        return None
    room, caught_bad = share * n, 0.0
    for cell in ordered:
        cell_cases = cell.good + cell.bad
        cases = min(cell_cases, room)
        if cell_cases:
            caught_bad += cell.bad * cases / cell_cases
        room -= cases
    return caught_bad / bad


def _around(value: float, variance: float) -> Interval:
    reach = Z_95 * sqrt(max(0.0, variance))
    return Interval(value, max(0.0, value - reach), min(1.0, value + reach))


def _merged(cells: Sequence[Cell]) -> list[Cell]:
    sums: dict[int, tuple[float, float]] = {}
    for score, good, bad in cells:
        before = sums.get(score, (0.0, 0.0))
        sums[score] = (before[0] + good, before[1] + bad)
    return [Cell(score, *both) for score, both in sums.items()]


def _margin(joint: Mapping[tuple[int, int], tuple[float, float]], side: int) -> dict[int, tuple[float, float]]:
    cells = _merged([Cell(pair[side], good, bad) for pair, (good, bad) in joint.items()])
    return {cell.score: (cell.good, cell.bad) for cell in cells}


def _ranked(cells: Mapping[int, tuple[float, float]]) -> dict[int, tuple[float, float, float, float]]:
    """By score: good, bad, the share of bad ones that a good one here beats, of good ones that beat a bad one here."""
    all_good = sum(good for good, _bad in cells.values())
    all_bad = sum(bad for _good, bad in cells.values())
    ranked, good_below, bad_below = {}, 0.0, 0.0
    for score in sorted(cells):
        good, bad = cells[score]
        beats = (bad_below + bad / 2) / all_bad if all_bad else 0.0
        beaten = (all_good - good_below - good / 2) / all_good if all_good else 0.0
        ranked[score] = (good, bad, beats, beaten)
        good_below += good
        bad_below += bad
    return ranked


Pair = tuple[float, float]


def _components(
    rows: Sequence[tuple[float, float, Pair] | tuple[float, float, Pair, Pair]],
) -> tuple[Pair, tuple[Pair, Pair]] | None:
    """Both areas and their covariances from the structural components of good and bad cases."""
    good = sum(row[0] for row in rows)
    bad = sum(row[1] for row in rows)
    if not good or not bad:
        return None
    pairs = [(row[0], row[1], row[2], row[-1]) for row in rows]
    first_area = sum(g * a[0] for g, _b, a, _c in pairs) / good
    second_area = sum(g * c[0] for g, _b, _a, c in pairs) / good

    def covariance(left: int, right: int) -> float:
        means = (first_area, second_area)
        among_good = sum(
            g * ((a, c)[left][0] - means[left]) * ((a, c)[right][0] - means[right]) for g, _b, a, c in pairs
        )
        among_bad = sum(
            b * ((a, c)[left][1] - means[left]) * ((a, c)[right][1] - means[right]) for _g, b, a, c in pairs
        )
        return among_good / max(good - 1, 1) / good + among_bad / max(bad - 1, 1) / bad

    return (first_area, second_area), ((covariance(0, 0), covariance(0, 1)), (covariance(0, 1), covariance(1, 1)))
