"""Recurring revenue of contracts and customers, in the organisation's currency.

ARR is the sum of the annual amounts of the lines that run on a day; MRR = ARR / 12, rounded only where it is shown.
Trials carry none. Other currencies convert at the rate of the day's fiscal year (design, section 3). Revenue in a
currency without any rate cannot be told: it is NULL, and so is every sum of a contract or customer it is part of;
``currencies_without_rate`` names the currencies. A free plan is worth 0 and nobody pays for it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, Exists, OuterRef, Q, Subquery, Sum

from accounts.amounts import contract_value, customer_value, is_paying, line_value, paid_until, whole_sum
from accounts.expressions import OnDay
from accounts.models import Contract, Customer, ExchangeRate, Organisation
from accounts.models.customers import CustomerQuerySet

MONEY: DecimalField[Any, Any] = DecimalField(max_digits=24, decimal_places=2)


def contract_arr(day: dt.date | Any) -> OnDay:
    """ARR of a Contract queryset's lines that run on ``day``; 0 for trials, None where it cannot be told. One subquery.

    ``day`` is a date or an expression on the contract (wrap a field in ``OuterRef``).
    """
    return OnDay(contract_value, day, MONEY)


def customer_arr(day: dt.date) -> OnDay:
    """ARR of a Customer queryset over the contracts that run on ``day``; None where it cannot be told. One subquery."""
    return OnDay(customer_value, day, MONEY)


def untold(which: Q | None = None, arr: str = "arr") -> Count:
    """How many rows a sum of ``arr`` over ``which`` leaves out because their ARR cannot be told; shown with every
    sum.
    """
    return Count("pk", filter=Q((f"{arr}__isnull", True)) & (which or Q()))


@dataclass(frozen=True)
class Totals:
    """Of the customers who pay: how many, the ARR a year of those whose ARR can be told, and how many others."""

    customers: int
    arr: Decimal
    untold: int


def totals(customers: CustomerQuerySet) -> Totals:
    """Who of ``customers`` pays today, as the last sweep left them. One statement."""
    found = customers.current().aggregate(n=Count("pk"), total=Sum("arr", default=Decimal(0)), untold=untold())
    return Totals(found["n"], found["total"], found["untold"])


def paying_on(day: dt.date) -> CustomerQuerySet:
    """Customers who pay on ``day``, also where what they pay cannot be told: of today those of ``totals``."""
    paid = Contract.objects.paying_on(day).filter(customer=OuterRef("pk"))
    return Customer.objects.filter(Exists(paid), merged_into=None)


def currencies_without_rate() -> list[str]:
    """Currencies of contracts that are not the organisation's and have no rate."""
    reporting = Organisation.objects.values("currency")[:1]
    return list(
        Contract.objects.exclude(currency=Subquery(reporting))
        .exclude(currency__in=ExchangeRate.objects.values("currency"))
        .values_list("currency", flat=True)
        .distinct()
        .order_by("currency")
    )


def mrr(arr: Decimal) -> Decimal:
    """Monthly recurring revenue, unrounded."""
    return arr / 12


__all__ = [
    "MONEY", "contract_arr", "contract_value", "currencies_without_rate", "customer_arr", "customer_value", "is_paying",
    "line_value", "mrr", "paid_until", "untold", "whole_sum",
]  # fmt: skip
