"""The figures of renewals that an operator can compare with a source."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from accounts import revenue
from accounts.models import Contract, ContractLine
from accounts.terms import SHORTEST_MONTHS
from renewals import money
from renewals.models import Renewal, RenewalOutcome
from renewals.rolling import rolling_mrr


def figures(day: dt.date) -> dict[str, Any]:
    """Figures of ``day``, after its sweep. ARR a year in the organisation's currency; all exclude void renewals.
    ``due_within_60`` and ``_90`` exclude renewals whose end is confirmed.

    ``terms_passed`` counts terms that ended with the contract going on, ``ended_inside_a_term``
    contracts that stopped before or at their term's end without a successor, ``zero_length`` paid
    contracts that ended on their first day and opened nothing; ``rolling_share`` is the share of
    MRR on contracts without a term of six months, ``rolling_share_untold`` contracts are left out of it: their
    currency has no rate. ``sums`` are the named sums of all renewals: available = kept + contracted + lost + open. Six
    statements.
    """
    rolling, everything = rolling_mrr(day)
    return _counts() | {
        "due_within_60": _due(day, 60),
        "due_within_90": _due(day, 90),
        "zero_length": _zero_length(),
        "sums": asdict(money.sums(Renewal.objects.all())),
        "rolling_share": float(rolling.amount / everything.amount) if everything.amount else 0.0,
        "rolling_share_untold": everything.untold,
    }


def _counts() -> dict[str, int]:
    rolled = Q(outcome=RenewalOutcome.ROLLED) | (
        money.BY_ITSELF & Q(outcome=RenewalOutcome.CONTRACTED, contract__auto_renews=False)
    )
    return Renewal.objects.aggregate(
        open=Count("pk", filter=Q(outcome="")),
        terms_passed=Count("pk", filter=money.BY_ITSELF),
        terms_passed_without_auto_renewal=Count("pk", filter=rolled),
        ended_inside_a_term=Count("pk", filter=Q(outcome=RenewalOutcome.CHURNED)),
    )


def _due(day: dt.date, days: int) -> dict[str, Any]:
    due = Renewal.objects.to_come().filter(due_on__lte=day + dt.timedelta(days=days))
    totals = due.aggregate(
        renewals=Count("pk"),
        customers=Count("customer", distinct=True),
        total=Sum("arr", default=0),
        untold=revenue.untold(),
    )
    return totals | {"arr": float(totals.pop("total"))}


def _zero_length() -> int:
    paid = ContractLine.objects.filter(contract=OuterRef("pk"), annual_amount__gt=0)
    contracts = Contract.objects.never_ran().paid().filter(Exists(paid))
    return contracts.filter(term_months__gte=SHORTEST_MONTHS).count()
