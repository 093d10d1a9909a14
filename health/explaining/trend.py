"""The scores of one customer over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db.models import Q

from accounts.models import Customer
from health.models import Score

TREND_DAYS: Final = 90


def history(customer: Customer, day: dt.date, days: int = TREND_DAYS) -> list[Score]:
    """The scores that held in the ``days`` up to ``day``, oldest first: the first held when they began. One
    statement.
    """
    first = day - dt.timedelta(days=days)
    before = Score.objects.filter(customer=customer, day__lte=first).order_by("-day").values("day")[:1]
    found = Score.objects.filter(customer=customer, day__lte=day).select_related("scorecard")
    return list(found.filter(Q(day__gt=first) | Q(day=before)).order_by("day"))


def by_day(scores: Sequence[Score], first: dt.date, last: dt.date) -> list[float | None]:
    """The value that held on each day from ``first`` to ``last``; None before the first score."""
    values: list[float | None] = []
    left, held = list(scores), None
    for number in range((last - first).days + 1):
        while left and left[0].day <= first + dt.timedelta(days=number):
            held = left.pop(0)
        values.append(float(held.value) if held and held.value is not None else None)
    return values
