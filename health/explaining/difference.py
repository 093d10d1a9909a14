"""Why a score changed between two days: parts that sum to the difference exactly.

The steps telescope. The score of the first day; then under the first card, with the data that was there first, the
last day's points (a measure's part is its change of points × its weight then); then the measures that came or
went, one after another (their weight goes from or to their siblings); then the last card's weights and rules; then what
ceilings take away, and the rounding to whole points. Each step is exact, so the sum is as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from django.db.models import Q

from accounts.models import Customer
from health.explaining.exact import End, apportioned, end_of, shares, total, under
from health.explaining.trend import scores_of
from health.models import Purpose
from health.models.scores import ScoreRow
from health.scorecards import Card
from health.scorecards.cards import cards_of

DIGITS: Final = 2


class Kind(StrEnum):
    """What a part of a difference comes from."""

    MEASURE = "measure"
    CAME = "came"
    WENT = "went"
    VERSION = "version"
    CEILING = "ceiling"
    ROUNDING = "rounding"


@dataclass(frozen=True)
class Piece:
    """A part of a difference: ``exact`` in points of the score, ``points`` the same to two decimals."""

    kind: Kind
    exact: Fraction
    measure: str = ""
    points: Decimal = Decimal(0)


@dataclass(frozen=True)
class Difference:
    """Two scores of a customer and the pieces of their difference. ``pieces`` is empty where an end has no score."""

    customer: Customer
    purpose: str
    first_day: dt.date
    last_day: dt.date
    first: ScoreRow | None
    last: ScoreRow | None
    pieces: Sequence[Piece] = ()

    @property
    def points(self) -> Decimal | None:
        """Last less first; None where an end has no score."""
        if self.first is None or self.last is None or self.first.value is None or self.last.value is None:
            return None
        return self.last.value - self.first.value

    @property
    def digits(self) -> int:
        """Decimals with which the parts are shown: one, unless a ceiling gave the difference itself two."""
        return 1 if self.points is None or self.points * 10 % 1 == 0 else DIGITS

    def shown(self) -> list[tuple[Piece, Decimal]]:
        """The pieces that are not zero, each with its rounded figure; these sum to the difference as well."""
        if self.points is None:
            return []
        figures = apportioned([piece.exact for piece in self.pieces], self.points, self.digits)
        return [pair for pair in zip(self.pieces, figures, strict=True) if pair[0].exact]


def score_on(customer: Customer, day: dt.date, purpose: str = Purpose.HEALTH) -> ScoreRow | None:
    """The score that held on ``day``: one look-up."""
    return scores_of(customer, purpose).filter(day__lte=day).order_by("-day").first()


def between(customer: Customer, first_day: dt.date, last_day: dt.date, purpose: str = Purpose.HEALTH) -> Difference:
    """The difference of the computed scores of two days, taken apart; overrides lie over them and change nothing.

    Seven statements, however long the history: one for both ends, six for both scorecards.
    """
    first, last = _ends(customer, first_day, last_day, purpose)
    difference = Difference(customer, purpose, first_day, last_day, first, last)
    if first is None or last is None:
        return difference
    first_end, last_end = (
        end_of(score, card, customer.tenure_days(score.day))
        for score, card in zip((first, last), cards_of([first.scorecard, last.scorecard]), strict=True)
    )
    return replace(difference, pieces=pieces(first_end, last_end)) if first_end and last_end else difference


def _ends(
    customer: Customer, first_day: dt.date, last_day: dt.date, purpose: str
) -> tuple[ScoreRow | None, ScoreRow | None]:
    """The scores that held on both days."""
    scores = scores_of(customer, purpose)
    first, last = (scores.filter(day__lte=day).order_by("-day").values("day")[:1] for day in (first_day, last_day))
    rows = list(scores.filter(Q(day=first) | Q(day=last)).order_by("day"))
    on_first = [row for row in rows if row.day <= first_day]
    on_last = [row for row in rows if row.day <= last_day]
    return on_first[-1] if on_first else None, on_last[-1] if on_last else None


def pieces(first: End, last: End) -> list[Piece]:
    """The pieces of the difference of two scores, exact and to two decimals; both sum to the difference."""
    parts = steps(first, last)
    rounding = Fraction(last.value - first.value) - sum((piece.exact for piece in parts), Fraction(0))
    parts.append(Piece(Kind.ROUNDING, rounding))
    figures = apportioned([piece.exact for piece in parts], last.value - first.value, DIGITS)
    return [replace(piece, points=points) for piece, points in zip(parts, figures, strict=True)]


def steps(first: End, last: End) -> list[Piece]:
    """All pieces but the rounding, in the order of the method."""
    last_points = {
        line.measure: under(first.card, last, line.measure, first.points.get(line.measure))
        for line in first.card.content.lines
    }
    first_points = {measure: points for measure, points in first.points.items() if points is not None}
    weights = shares(first.card, first_points)
    parts = [
        Piece(Kind.MEASURE, (last_points[measure] - first_points[measure]) * weight, measure)  # type: ignore[operator]
        for measure, weight in weights.items()
        if last_points[measure] is not None
    ]
    missing, after = _missing(first.card, first_points, last_points)
    parts += missing
    if first.card.pk != last.card.pk:
        parts.append(Piece(Kind.VERSION, total(last.card, last.points) - total(first.card, after)))
    if first.ceiling or last.ceiling:
        parts.append(Piece(Kind.CEILING, Fraction(last.ceiling - first.ceiling)))
    return parts


def _missing(
    card: Card, first_points: dict[str, int], last_points: dict[str, int | None]
) -> tuple[list[Piece], dict[str, int | None]]:
    """The pieces of the measures that came and went, in the card's order, and the points after the last of them.

    Measures that came go first, and the last measure with data stays, so that the score never loses all data. With
    another card the remainder is the version's.
    """
    points: dict[str, int | None] = {
        m: p if last_points.get(m) is None else last_points[m] for m, p in first_points.items()
    }
    came = [
        line.measure
        for line in card.content.lines
        if line.measure not in first_points and last_points[line.measure] is not None
    ]
    went = [
        line.measure
        for line in card.content.lines
        if line.measure in first_points and last_points[line.measure] is None
    ]
    parts = []
    for kind, measure in [*((Kind.CAME, m) for m in came), *((Kind.WENT, m) for m in went)]:
        before = total(card, points)
        if kind == Kind.WENT and len(points) == 1:
            break
        if kind == Kind.CAME:
            points[measure] = last_points[measure]
        else:
            del points[measure]
        parts.append(Piece(kind, total(card, points) - before, measure))
    return parts, points
