"""Exchange rates: entered by a person, a file or the API, one act for all.

A rate says how many units of the reporting currency one unit of another is worth in a fiscal year. Nothing is
overwritten: another rate is one more row, known since the day it was entered. Only the first rates of a currency count
as always known, so that past days can be converted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F

from accounts import changes, lifecycle, revenue
from accounts.models import Contract, Customer, ExchangeRate
from config import days

FIRST_YEAR: Final = days.EARLIEST.year
LAST_YEAR: Final = 2100
MOST: Final = 1_000_000

ENTER: Final = """
    INSERT INTO accounts_exchangerate (currency, fiscal_year, rate, known_on)
    SELECT given.currency, given.fiscal_year, given.rate, coalesce(given.known_on, CASE
        WHEN EXISTS (SELECT 1 FROM accounts_exchangerate r WHERE r.currency = given.currency) THEN %(day)s END)
    FROM unnest(%(currencies)s::text[], %(years)s::int[], %(rates)s::numeric[], %(known)s::date[])
        AS given(currency, fiscal_year, rate, known_on)
    LEFT JOIN LATERAL (
        SELECT r.rate FROM accounts_exchangerate r
        WHERE (r.currency, r.fiscal_year) = (given.currency, given.fiscal_year)
          AND (r.known_on <= given.known_on) IS NOT FALSE
        ORDER BY r.known_on DESC NULLS LAST LIMIT 1
    ) newest ON true
    WHERE newest.rate IS DISTINCT FROM given.rate
    ON CONFLICT (currency, fiscal_year, known_on) DO UPDATE SET rate = excluded.rate
    WHERE accounts_exchangerate.rate IS DISTINCT FROM excluded.rate
    RETURNING currency, fiscal_year, known_on, xmax = 0
"""

Known = tuple[str, int, dt.date | None]


@dataclass(frozen=True)
class Rate:
    """Reporting-currency units for one unit of ``currency`` in a fiscal year, named by the year it starts in.

    ``known_on`` is the day it became known, where a source says it.
    """

    currency: str
    fiscal_year: int
    rate: Decimal
    known_on: dt.date | None = None


@transaction.atomic
def enter(rates: Iterable[Rate], *, day: dt.date) -> dict[Known, bool]:
    """Enter the rates that differ from those known: (currency, fiscal year, day known since) → whether it is a new row.

    ARR and status of the customers with contracts in these currencies follow at once, the rest within seconds: they are
    marked as changed. At most one rate a currency, year and day it became known. A fixed number of statements; safe to repeat.
    """
    new_rates = list(rates)
    params: dict[str, Any] = {
        "day": day,
        "currencies": [rate.currency for rate in new_rates],
        "years": [rate.fiscal_year for rate in new_rates],
        "rates": [rate.rate for rate in new_rates],
        "known": [rate.known_on for rate in new_rates],
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTER, params)
        entered = {(currency, year, known_on): new for currency, year, known_on, new in cursor.fetchall()}
    if entered:
        refresh({currency for currency, _year, _known_on in entered}, day)
    return entered


def refresh(currencies: set[str], day: dt.date) -> None:
    """Bring ARR and status of customers with contracts in ``currencies`` up to date and mark them as changed."""
    touched = Contract.objects.filter(currency__in=currencies).order_by().values("customer")
    customers = Customer.objects.filter(pk__in=touched)
    lifecycle.sweep(day, list(customers.values_list("pk", flat=True)))
    changes.mark(customers)


def newest() -> list[ExchangeRate]:
    """The rate in use of each currency and fiscal year, by currency, the latest year first."""
    rows = ExchangeRate.objects.order_by("currency", "-fiscal_year", F("known_on").desc(nulls_last=True))
    return list(rows.distinct("currency", "fiscal_year"))


def history(currency: str, fiscal_year: int) -> list[ExchangeRate]:
    """Every rate that was entered for a currency and fiscal year, the one in use first."""
    rows = ExchangeRate.objects.filter(currency=currency, fiscal_year=fiscal_year)
    return list(rows.order_by(F("known_on").desc(nulls_last=True)))


def missing() -> list[str]:
    """Currencies of contracts for which no rate is known, so that revenue in them cannot be told.

    One look-up in an index where everything can be told, else one statement more.
    """
    if not Customer.objects.filter(arr__isnull=True).exists():
        return []
    return revenue.currencies_without_rate()
