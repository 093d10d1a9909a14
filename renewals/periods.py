"""Fiscal quarters."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts import company
from accounts.terms import months_after

MONTHS = 3


class Quarter(NamedTuple):
    """One fiscal quarter; ``until`` is the first day after it. Q1 starts the fiscal year.

    The fiscal year is named after the calendar year in which it starts, as for exchange rates.
    """

    first: dt.date
    until: dt.date
    number: int
    fiscal_year: int

    @property
    def key(self) -> str:
        """Its name in addresses: 2027-01 is the quarter that begins with January 2027."""
        return f"{self.first:%Y-%m}"

    @property
    def words(self) -> str:
        return _("Q%(number)s %(year)s") % {"number": self.number, "year": self.fiscal_year}

    @property
    def last(self) -> dt.date:
        return self.until - dt.timedelta(days=1)


def quarter_of(day: dt.date, year_starts_in: int) -> Quarter:
    """The fiscal quarter that contains ``day`` when fiscal years start in month ``year_starts_in``."""
    number = (day.month - year_starts_in) % 12 // MONTHS + 1
    months_into = (day.month - year_starts_in) % MONTHS
    first = months_after(day.replace(day=1), -months_into)
    start = months_after(first, -MONTHS * (number - 1))
    return Quarter(first, months_after(first, MONTHS), number, start.year)


def present(day: dt.date) -> Quarter:
    """The organisation's fiscal quarter of ``day``."""
    return quarter_of(day, company.fiscal_year_starts_in())


def quarters_from(day: dt.date, year_starts_in: int, count: int) -> list[Quarter]:
    """The quarter of ``day`` and those after it."""
    quarters = [quarter_of(day, year_starts_in)]
    while len(quarters) < count:
        quarters.append(quarter_of(quarters[-1].until, year_starts_in))
    return quarters
