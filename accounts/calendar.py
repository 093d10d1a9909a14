"""The organisation's working days: its country's weekends and public holidays, and its own closing days.

Arithmetic and national calendars are the ``holidays`` library's: Friday and Saturday are the weekend in Egypt,
Saturday and Sunday in Japan and where no country is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import holidays
from holidays import BANK, PUBLIC, HolidayBase

from accounts.models import ClosingDay, Organisation


def of_country(country: str, *, banks: bool = False, closed: Iterable[dt.date] = ()) -> HolidayBase:
    """Working days of a country (ISO 3166 alpha-2; empty or unknown: Monday to Friday) without the days ``closed``.

    ``banks`` takes out bank holidays too, where the country has any beside the public ones (Japan: the
    days around New Year).
    """
    if country in holidays.list_supported_countries():
        public_calendar = holidays.country_holidays(country)
        categories = (PUBLIC, BANK) if banks and BANK in public_calendar.supported_categories else None
        calendar = holidays.country_holidays(country, categories=categories)
    else:
        calendar = HolidayBase()
    for day in closed:
        calendar[day] = "closed"
    return calendar


def working_days() -> HolidayBase:
    """The organisation's working days as it has configured them. Two statements."""
    company = Organisation.objects.values_list("holiday_country", "bank_holidays").first() or ("", False)
    closed = ClosingDay.objects.values_list("day", flat=True)
    return of_country(company[0], banks=company[1], closed=closed)


def business_day(start: dt.date, days: int, calendar: HolidayBase) -> dt.date:
    """The day ``days`` working days after ``start``; 0 is ``start``, or the next working day."""
    due_day: dt.date = calendar.get_nth_working_day(start, days)
    return due_day


def due_dates(start: dt.date, days: Iterable[int], calendar: HolidayBase) -> dict[int, dt.date]:
    """For each number of working days, the day it ends on."""
    return {number: business_day(start, number, calendar) for number in set(days)}


def open_days(first: dt.date, last: dt.date, calendar: HolidayBase) -> list[dt.date]:
    """The working days from ``first`` to ``last``, both included."""
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if calendar.is_working_day(day)]


def known_countries() -> list[str]:
    """Codes of the countries whose public holidays are known."""
    return sorted(holidays.list_supported_countries())
