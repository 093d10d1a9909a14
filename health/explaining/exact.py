"""A score's arithmetic in exact fractions, from the scorecard's own weights.

The formula is that of ``health.scoring.formula``: a measure without data is left out, its weight goes to the
others of its group in proportion, a whole group's to the other groups. The stored weights are four-byte
figures; what must sum to the decimal is computed from the card instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

from health.models.scores import ScoreRow
from health.scorecards import Card
from health.scoring.points import points_of

Points = Mapping[str, int | None]


@dataclass(frozen=True)
class End:
    """A score as of one day with the card that made it. ``value`` 0–100; ``ceiling`` is the points that a ceiling
    took away, 0 or less; ``tenure`` in days as of ``day``.
    """

    card: Card
    day: dt.date
    value: Decimal
    points: Points
    amounts: Mapping[str, float | None]
    inputs_on: Mapping[str, dt.date | None]
    ceiling: Decimal = Decimal(0)
    tenure: int | None = None


def end_of(score: ScoreRow, card: Card, tenure: int | None) -> End | None:
    """``score`` as an end of a difference; None where it has no value."""
    if score.value is None:
        return None
    measures = score.scorecard.measures
    ceiling = Decimal(0)
    if score.ceiling and score.raw is not None:
        ceiling = score.value - score.raw.quantize(Decimal(1), ROUND_HALF_UP)
    return End(
        card=card,
        day=score.day,
        value=score.value,
        points=dict(zip(measures, score.points, strict=True)),
        amounts=dict(zip(measures, score.amounts, strict=False)),
        inputs_on=dict(zip(measures, score.inputs_on, strict=False)),
        ceiling=ceiling,
        tenure=tenure,
    )


def shares(card: Card, points: Points) -> dict[str, Fraction]:
    """Each measure's share of the whole (they sum to 1) when those without points are left out."""
    return card.content.shares_of({measure for measure, earned in points.items() if earned is not None})


def total(card: Card, points: Points) -> Fraction:
    """The sum of points × weights, before rounding and ceilings; 0 when nothing has points."""
    weights = shares(card, points)
    return sum((weights[measure] * (points[measure] or 0) for measure in weights), Fraction(0))


def under(card: Card, last: End, measure: str, fallback: int | None) -> int | None:
    """The points that ``measure`` of the last day would have under ``card``.

    The stored points where the last card counts the measure in the same way; points computed from the stored amount
    where it has other thresholds or another shelf life; ``fallback`` where it has another window or is missing on one
    of the cards: the difference is then the version's.
    """
    line, last_line = card.content.line(measure), last.card.content.line(measure)
    if line is None or last_line is None or line.window != last_line.window:
        return fallback
    if card.pk == last.card.pk or line.counts_like(last_line):
        return last.points.get(measure)
    amount, newest = last.amounts.get(measure), last.inputs_on.get(measure)
    if amount is None or newest is None or (last.day - newest).days > line.shelf_life:
        return None
    return points_of(amount, line, last.tenure)


def apportioned(parts: Sequence[Fraction], whole: Decimal, digits: int) -> list[Decimal]:
    """``parts``, which sum to ``whole``, rounded to ``digits`` so that they still do: the largest remainders go up.

    ``whole`` must have no more decimals than ``digits``. Each figure is less than one last digit from its part.
    """
    unit = 10**digits
    floors = [floor(part * unit) for part in parts]
    remainder = int(whole * unit) - sum(floors)
    order = sorted(range(len(parts)), key=lambda index: (floors[index] - parts[index] * unit, index))
    for index in order[:remainder]:
        floors[index] += 1
    return [Decimal(count).scaleb(-digits) for count in floors]
