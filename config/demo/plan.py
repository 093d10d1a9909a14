"""What is to be made: how many customers, from which seed, over which days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from config import days

HISTORY_DAYS: Final = 3 * 365 + 1
# Customers won before the history began: their contracts are told from the start.
BEFORE_DAYS: Final = 900
FULL_HISTORY_AT_MOST: Final = 5_000
SHORT_USAGE_DAYS: Final = 90
CHUNK: Final = 5_000
SHORT_FEATURE_DAYS: Final = 28
PEOPLE_DAYS: Final = 56
SHORT_FEEDBACK_DAYS: Final = 182
TICKET_OPEN_AT_MOST: Final = 60
SHORT_INVOICE_DAYS: Final = 400
INVOICE_OPEN_AT_MOST: Final = 200
TOKYO: Final = ZoneInfo("Asia/Tokyo")
NEVER: Final = days.EARLIEST


@dataclass(frozen=True)
class Plan:
    """A portfolio of ``customers`` on the last day of its first three years.

    ``since`` is the last day already held (``NEVER`` for a fresh portfolio): what happened up to
    it is not made again. Days are those of ``zone``.
    """

    customers: int
    seed: int
    began_on: dt.date
    until: dt.date
    since: dt.date = NEVER
    zone: ZoneInfo = TOKYO

    @property
    def span_end(self) -> dt.date:
        """The day by which the first ``customers`` have all arrived; more arrive after it."""
        return self.began_on + dt.timedelta(days=HISTORY_DAYS)

    @property
    def last_number(self) -> int:
        """The number of the customer that arrived last."""
        after = max(0, (self.until - self.span_end).days)
        return self.customers + after * self.customers // (HISTORY_DAYS + BEFORE_DAYS)

    @property
    def is_short(self) -> bool:
        """Whether daily signals are held for the last days only."""
        return self.customers > FULL_HISTORY_AT_MOST

    @property
    def chunk(self) -> int:
        """How many customers are made at a time: about as many rows of usage, some seconds' work."""
        return CHUNK if self.is_short else CHUNK * SHORT_USAGE_DAYS // HISTORY_DAYS

    def signals_from(self, days: int) -> dt.date:
        """The first day of signals that a portfolio of this size holds for ``days`` days."""
        first = self.span_end - dt.timedelta(days=days - 1) if self.is_short else self.began_on
        return max(first, self.since + dt.timedelta(days=1))

    @property
    def tickets_from(self) -> dt.date:
        """The first day of tickets to look at: those still open on ``since`` may be settled now."""
        first = self.span_end - dt.timedelta(days=SHORT_FEEDBACK_DAYS) if self.is_short else self.began_on
        return max(first, self.since - dt.timedelta(days=TICKET_OPEN_AT_MOST))

    @property
    def invoices_from(self) -> dt.date:
        """The first day of invoices to look at: those still open on ``since`` may be paid now."""
        first = self.span_end - dt.timedelta(days=SHORT_INVOICE_DAYS - 1) if self.is_short else self.began_on
        return max(first, self.since - dt.timedelta(days=INVOICE_OPEN_AT_MOST))

    def parameters(self) -> dict[str, Any]:
        """The values that every statement of the generator may name."""
        start_of_day = dt.datetime.combine(self.until, dt.time(), self.zone)
        before = dt.datetime.combine(self.since, dt.time(), self.zone)
        return {
            "customers": self.customers,
            "last_number": self.last_number,
            "began_on": self.began_on,
            "span_end": self.span_end,
            "spread": HISTORY_DAYS + BEFORE_DAYS,
            "before": BEFORE_DAYS,
            "until": self.until,
            "since": self.since,
            "instant": start_of_day,
            "since_instant": before,
            "zone": self.zone.key,
            "large": 0.02 if self.is_short else 0.10,
            "middle": 0.10 if self.is_short else 0.38,
            "usage_from": self.signals_from(SHORT_USAGE_DAYS),
            "people_from": max(self.span_end - dt.timedelta(days=PEOPLE_DAYS - 1), self.since + dt.timedelta(days=1)),
            "features_from": self.signals_from(SHORT_FEATURE_DAYS),
            "tickets_from": self.tickets_from,
            "invoices_from": self.invoices_from,
            "feedback_from": self.signals_from(SHORT_FEEDBACK_DAYS),
        }


def three_years(customers: int, seed: int, until: dt.date) -> Plan:
    """A fresh portfolio whose three years of history end on ``until``."""
    return Plan(customers, seed, until - dt.timedelta(days=HISTORY_DAYS), until)
