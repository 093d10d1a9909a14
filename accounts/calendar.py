"""Business days of the organisation's calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import holidays

WEEKEND: Final = (5, 6)


def business_day(start: dt.date, days: int, country: str) -> dt.date:
    """The day ``days`` business days after ``start``; 0 is ``start``, or the next business day.

    Weekends and the public holidays of ``country`` (ISO 3166 alpha-2; empty: none) are left out.
    """
    day = _next_open(start, country)
    for _ in range(days):
        day = _next_open(day + dt.timedelta(days=1), country)
    return day


def due_dates(start: dt.date, days: Iterable[int], country: str) -> dict[int, dt.date]:
    """For each number of business days, the day it ends on."""
    return {number: business_day(start, number, country) for number in set(days)}


def is_open(day: dt.date, country: str) -> bool:
    """Whether ``day`` is a business day."""
    return day.weekday() not in WEEKEND and day not in public_holidays(country, day.year)


def known_countries() -> list[str]:
    """Codes of the countries whose public holidays are known."""
    return sorted(holidays.list_supported_countries())


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """Public holidays of a country in a year; none for an empty or unknown code."""
    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


def _next_open(day: dt.date, country: str) -> dt.date:
    while not is_open(day, country):
        day += dt.timedelta(days=1)
    return day
