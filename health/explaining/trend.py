"""The scores of one customer over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet

from accounts.models import Customer
from health.models import Purpose, ScorecardMeasure
from health.models.scores import ScoreRow
from health.scorecards import history_of

TREND_DAYS: Final = 90

Reading = Callable[[ScoreRow], float | None]


def scores_of(customer: Customer, purpose: str = Purpose.HEALTH) -> QuerySet[Any]:
    """The history of one purpose, each row with its scorecard."""
    return history_of(purpose).rows.filter(customer=customer).select_related("scorecard")


def history(
    customer: Customer, day: dt.date, days: int = TREND_DAYS, purpose: str = Purpose.HEALTH
) -> Sequence[ScoreRow]:
    """The scores that held in the ``days`` up to ``day``, oldest first: the first held when they began. One
    statement.
    """
    first = day - dt.timedelta(days=days)
    rows = scores_of(customer, purpose)
    before = rows.filter(day__lte=first).order_by("-day").values("day")[:1]
    return list(rows.filter(Q(day__gt=first) | Q(day=before), day__lte=day).order_by("day"))


def whole(score: ScoreRow) -> float | None:
    """The score itself."""
    return None if score.value is None else float(score.value)


def by_day(scores: Sequence[ScoreRow], first: dt.date, last: dt.date, reading: Reading = whole) -> list[float | None]:
    """The ``reading`` of the score that held on each day from ``first`` to ``last``; None before the first score."""
    values: list[float | None] = []
    upcoming, value = list(scores), None
    for number in range((last - first).days + 1):
        while upcoming and upcoming[0].day <= first + dt.timedelta(days=number):
            value = reading(upcoming.pop(0))
        values.append(value)
    return values


def of_group(scores: Sequence[ScoreRow], group: str) -> Reading:
    """The reading of one group (by its key): its measures' points by their weights, 0–100; None without data in it.

    One statement for the groups of every scorecard that made the scores.
    """
    cards = {score.scorecard_id for score in scores}
    rules = ScorecardMeasure.objects.filter(group__scorecard__in=cards, group__key=group)
    keys = set(rules.values_list("group__scorecard", "measure"))

    def reading(score: ScoreRow) -> float | None:
        parts = [p for p in score.parts if p.points is not None and (score.scorecard_id, p.measure) in keys]
        weight = sum(part.weight for part in parts)
        return sum(part.contribution for part in parts) / weight if weight else None

    return reading
