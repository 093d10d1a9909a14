"""The portfolio's figures of one day, to compare with a source."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.db.models import Avg, Count, F, QuerySet, Sum

from accounts import revenue
from accounts.models import (
    AdvocacyAct,
    Cancellation,
    CommunityActivity,
    Contact,
    Contract,
    ContractLine,
    Customer,
    Entitlement,
    Integration,
    Invoice,
    Objective,
    Outcome,
    Segment,
    Touchpoint,
    User,
)
from health.models import (
    Feature,
    FeatureDay,
    Milestone,
    Score,
    Scorecard,
    SurveyResponse,
    Ticket,
    UsageDay,
    UsageRecord,
)
from playbooks.models import Enrolment, Playbook, Task
from renewals import figures as renewals
from renewals.models import Qbr, Renewal

TABLES: Final[dict[str, type[models.Model]]] = {
    "users": User,
    "segments": Segment,
    "customers": Customer,
    "contacts": Contact,
    "contracts": Contract,
    "contract_lines": ContractLine,
    "entitlements": Entitlement,
    "cancellations": Cancellation,
    "objectives": Objective,
    "outcomes": Outcome,
    "touchpoints": Touchpoint,
    "invoices": Invoice,
    "integrations": Integration,
    "community_activities": CommunityActivity,
    "advocacy_acts": AdvocacyAct,
    "features": Feature,
    "usage_records": UsageRecord,
    "usage_days": UsageDay,
    "feature_days": FeatureDay,
    "tickets": Ticket,
    "surveys": SurveyResponse,
    "milestones": Milestone,
    "scorecards": Scorecard,
    "scores": Score,
    "renewals": Renewal,
    "qbrs": Qbr,
    "playbooks": Playbook,
    "enrolments": Enrolment,
    "tasks": Task,
}
NO_BAND: Final = "none"


def figures(day: dt.date) -> dict[str, Any]:
    """Everything ``manage.py figures`` prints, in plain numbers; the keys never change meaning.

    Money is a year's (``arr``) or a month's (``mrr``) in the organisation's currency. Revenue and contracts are as of
    ``day``; rows, bands, tasks and renewals are the tables' present content, which is of ``day`` once its daily cycle
    has run. A mean without any row is None.
    """
    return {
        "as_of": day.isoformat(),
        "rows": {name: model._default_manager.count() for name, model in TABLES.items()},
        **money(day),
        **renewal_figures(day),
        "customers_per_band": bands(),
        "open_tasks": Task.objects.filter(done_at=None).count(),
        **support(),
        "usage_sum": UsageRecord.objects.aggregate(n=Sum("uses", default=0))["n"],
    }


def money(day: dt.date) -> dict[str, Any]:
    """Revenue of the customers who pay on ``day``, as the pages' sums have it: without ``untold_customers``, of whose
    contracts one or more have an unknown revenue (``untold_contracts`` of all that run).
    """
    running = Contract.objects.running_on(day)
    untold = running.annotate(arr=revenue.contract_arr(day)).aggregate(n=revenue.untold())["n"]
    paying = revenue.paying_on(day).annotate(value=revenue.customer_arr(day))
    customers = paying.aggregate(
        n=Count("pk"), total=Sum("value", default=Decimal(0)), untold=revenue.untold(arr="value")
    )
    arr = customers["total"]
    return {
        "mrr": plain(revenue.mrr(arr)),
        "arr": plain(arr),
        "untold_contracts": untold,
        "active_contracts": running.count(),
        "active_trials": running.filter(is_trial=True).count(),
        "trials": Contract.objects.filter(is_trial=True).count(),
        "paying_customers": customers["n"],
        "untold_customers": customers["untold"],
    }


def renewal_figures(day: dt.date) -> dict[str, Any]:
    totals = renewals.figures(day)
    return {
        "renewals": {
            "open": totals["open"],
            "due_60": due(totals["due_within_60"]),
            "due_90": due(totals["due_within_90"]),
        },
        "terms_passed": {
            "alive": totals["terms_passed"],
            "without_auto_renewal": totals["terms_passed_without_auto_renewal"],
        },
        "renewal_sums": {name: plain(amount) for name, amount in totals["sums"].items()},
        "ended_inside_term": totals["ended_inside_a_term"],
        "zero_length": totals["zero_length"],
        "rolling_share": round(totals["rolling_share"], 6),
        "rolling_share_untold": totals["rolling_share_untold"],
    }


def due(totals: dict[str, Any]) -> dict[str, Any]:
    return {
        "count": totals["renewals"],
        "customers": totals["customers"],
        "arr": plain(totals["arr"]),
        "untold": totals["untold"],
    }


def bands() -> dict[str, int]:
    """Current customers by health band; those without a score under ``none``."""
    pairs = current().order_by().values_list("band").annotate(n=Count("pk"))
    counts = {band or NO_BAND: n for band, n in pairs}
    return {band: counts.get(band, 0) for band in ("green", "yellow", "red", NO_BAND)}


def current() -> QuerySet[Customer]:
    return Customer.objects.current()


def support() -> dict[str, Any]:
    """Of all tickets: CSAT answers and their mean (1 to 5), minutes to the first response, escalations."""
    totals = Ticket.objects.aggregate(
        n=Count("csat"),
        mean=Avg("csat"),
        waited=Avg(F("first_response_at") - F("opened_at")),
        escalations=Count("pk", filter=models.Q(escalated=True)),
    )
    waited = totals["waited"]
    return {
        "csat": {"n": totals["n"], "mean": rounded(totals["mean"])},
        "first_response_minutes_mean": rounded(waited.total_seconds() / 60 if waited else None),
        "escalations": totals["escalations"],
    }


def rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 6)


def plain(amount: Any) -> int | float:
    """An amount of money for JSON: to the cent, whole where it is whole."""
    cents = round(float(amount), 2)
    return int(cents) if cents == int(cents) else cents
