"""Rolling revenue: paid contracts whose running term is shorter than six months open no renewal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, DateField, F, Func, Q, QuerySet, Sum, Value, When
from django.db.models.fields import BooleanField

from accounts.models import Contract, Customer
from accounts.revenue import contract_arr, mrr, untold
from accounts.terms import SHORTEST_MONTHS


def rolling_contracts(day: dt.date) -> QuerySet[Contract]:
    """Paid contracts running on ``day`` whose current term is shorter than six months."""
    half_year_on = Func(
        F("starts_on"),
        template=f"(%(expressions)s + interval '{SHORTEST_MONTHS} months')::date",
        output_field=DateField(),
    )
    short = Case(
        When(Q(ends_on__gt=day), then=Q(ends_on__lt=half_year_on)),
        default=Q(term_months__lt=SHORTEST_MONTHS),
        output_field=BooleanField(),
    )
    return Contract.objects.running_on(day).paid().alias(short=short).filter(short=Value(True))


class Mrr(NamedTuple):
    """Monthly recurring revenue of some contracts, without ``untold`` of them whose currency has no rate."""

    amount: Decimal
    untold: int


def rolling_mrr(day: dt.date, customers: QuerySet[Customer] | None = None) -> tuple[Mrr, Mrr]:
    """(rolling, all) monthly recurring revenue on ``day``, of ``customers`` or everybody. Two statements."""
    running: QuerySet[Contract] = Contract.objects.running_on(day).paid()
    rolling = rolling_contracts(day)
    if customers is not None:
        running, rolling = (rows.filter(customer__in=customers) for rows in (running, rolling))
    return _total(rolling, day), _total(running, day)


def _total(contracts: QuerySet[Contract], day: dt.date) -> Mrr:
    valued = contracts.annotate(arr=contract_arr(day))
    totals = valued.aggregate(total=Sum("arr", default=Decimal(0)), left_out=untold())
    return Mrr(mrr(totals["total"]), totals["left_out"])
