"""Recurring revenue of contracts and customers, in the organisation's currency.

ARR is the sum of the annual amounts of the lines that run on a day; MRR = ARR / 12, rounded only
where it is shown. Trials carry none. Other currencies convert at the rate of the day's fiscal year
(design, section 3); a currency without any rate counts as nothing and ``currencies_without_rate``
names it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    DecimalField,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Contract, ContractLine, ExchangeRate, Organisation

MONEY: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=2)

# For statements written by hand: the value in reporting currency of line ``l`` of contract ``c``
# in an organisation ``o``, on the day named %(day)s.
LINE_VALUE_SQL = """
    CASE WHEN c.is_trial THEN 0
         WHEN c.currency = o.currency THEN l.annual_amount
         ELSE coalesce(reporting_rate(c.currency, %(day)s::date), 0) * l.annual_amount END
"""
LINE_RUNS_SQL = """
    l.starts_on <= %(day)s::date AND (l.ends_on IS NULL OR l.ends_on > %(day)s::date)
"""
CONTRACT_RUNS_SQL = """
    c.starts_on <= %(day)s::date AND (c.ended_on IS NULL OR c.ended_on > %(day)s::date)
"""


def contract_arr(day: dt.date | Any) -> Coalesce:
    """ARR of a Contract queryset's lines that run on ``day``; 0 for trials. One subquery.

    ``day`` is a date or an expression on the contract (wrap a field in ``OuterRef``).
    """
    lines = ContractLine.objects.filter(contract=OuterRef("pk"))
    return _total(_running(lines, day), day)


def customer_arr(day: dt.date) -> Coalesce:
    """ARR of a Customer queryset over the contracts that run on ``day``. One subquery."""
    lines = ContractLine.objects.filter(
        Q(contract__ended_on__isnull=True) | Q(contract__ended_on__gt=day),
        contract__customer=OuterRef("pk"),
        contract__starts_on__lte=day,
    )
    return _total(_running(lines, day), day)


def currencies_without_rate() -> list[str]:
    """Currencies that stand in contracts, are not the organisation's and have no rate."""
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


def _running(lines: Any, day: dt.date | Any) -> Any:
    return lines.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), starts_on__lte=day)


def _total(lines: Any, day: dt.date | Any) -> Coalesce:
    rate = Case(
        When(contract__is_trial=True, then=Value(Decimal(0))),
        When(
            contract__currency=Subquery(Organisation.objects.values("currency")[:1]),
            then=Value(Decimal(1)),
        ),
        default=Func(
            F("contract__currency"),
            day if hasattr(day, "resolve_expression") else Value(day),
            function="reporting_rate",
        ),
        output_field=DecimalField(max_digits=18, decimal_places=8),
    )
    total = (
        lines.order_by()
        .values(one=Value(1))
        .annotate(total=Sum(F("annual_amount") * rate, output_field=MONEY))
        .values("total")
    )
    return Coalesce(Subquery(total, output_field=MONEY), Decimal(0), output_field=MONEY)
