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
    """Two scores of a customer and what lies between. ``pieces`` is empty where an end has no score: then there is
    no difference to take apart.
    """

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
        """The pieces with the figure to show; these sum to the difference as well. Without those that are nothing."""
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
    found = Difference(customer, purpose, first_day, last_day, first, last)
    if first is None or last is None:
        return found
    begun, ended = (
        end_of(score, one, customer.tenure_days(score.day))
        for score, one in zip((first, last), cards_of([first.scorecard, last.scorecard]), strict=True)
    )
    return replace(found, pieces=pieces(begun, ended)) if begun and ended else found


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
    """What lies between two scores, exactly and to two decimals; both sum to the difference."""
    found = steps(first, last)
    rounding = Fraction(last.value - first.value) - sum((piece.exact for piece in found), Fraction(0))
    found.append(Piece(Kind.ROUNDING, rounding))
    figures = apportioned([piece.exact for piece in found], last.value - first.value, DIGITS)
    return [replace(piece, points=points) for piece, points in zip(found, figures, strict=True)]


def steps(first: End, last: End) -> list[Piece]:
    """All but the rounding, in the order of the method."""
    then = {
        line.measure: under(first.card, last, line.measure, first.points.get(line.measure))
        for line in first.card.content.lines
    }
    there = {measure: points for measure, points in first.points.items() if points is not None}
    weights = shares(first.card, there)
    found = [
        Piece(Kind.MEASURE, (then[measure] - there[measure]) * weight, measure)  # type: ignore[operator]
        for measure, weight in weights.items()
        if then[measure] is not None
    ]
    moved, after = _missing(first.card, there, then)
    found += moved
    if first.card.pk != last.card.pk:
        found.append(Piece(Kind.VERSION, total(last.card, last.points) - total(first.card, after)))
    if first.ceiling or last.ceiling:
        found.append(Piece(Kind.CEILING, Fraction(last.ceiling - first.ceiling)))
    return found


def _missing(on: Card, there: dict[str, int], then: dict[str, int | None]) -> tuple[list[Piece], dict[str, int | None]]:
    """The pieces of what came and what went, one after another in the card's order, and the points at the end.

    What came is taken first, and the last measure with data stays: a score is never left with nothing. On another
    card the rest is the version's.
    """
    now: dict[str, int | None] = {m: p if then.get(m) is None else then[m] for m, p in there.items()}
    came = [line.measure for line in on.content.lines if line.measure not in there and then[line.measure] is not None]
    went = [line.measure for line in on.content.lines if line.measure in there and then[line.measure] is None]
    found = []
    for kind, measure in [*((Kind.CAME, m) for m in came), *((Kind.WENT, m) for m in went)]:
        before = total(on, now)
        if kind == Kind.WENT and len(now) == 1:
            break
        if kind == Kind.CAME:
            now[measure] = then[measure]
        else:
            del now[measure]
        found.append(Piece(kind, total(on, now) - before, measure))
    return found, now
