"""The portfolio's figures of one day, to be held against a source."""

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

    Money is a year's (``arr``) or a month's (``mrr``) in the organisation's currency. Revenue and
    contracts are as of ``day``; rows, bands, tasks and renewals are what the tables hold now, so they
    are of ``day`` when its daily cycle has run. A mean without any row is None.
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
    """Revenue of the contracts that run on ``day``: trials run too, without revenue. That of ``untold_contracts`` cannot be
    told.
    """
    running = Contract.objects.running_on(day)
    valued = running.annotate(arr=revenue.contract_arr(day))
    found = valued.aggregate(total=Sum("arr", default=Decimal(0)), untold=revenue.untold())
    arr = found["total"]
    paying = valued.filter(arr__gt=0).aggregate(n=Count("customer", distinct=True))["n"]
    return {
        "mrr": plain(revenue.mrr(arr)),
        "arr": plain(arr),
        "untold_contracts": found["untold"],
        "active_contracts": running.count(),
        "active_trials": running.filter(is_trial=True).count(),
        "trials": Contract.objects.filter(is_trial=True).count(),
        "paying_customers": paying,
    }


def renewal_figures(day: dt.date) -> dict[str, Any]:
    found = renewals.figures(day)
    return {
        "renewals": {
            "open": found["open"],
            "due_60": due(found["due_within_60"]),
            "due_90": due(found["due_within_90"]),
        },
        "terms_passed": {
            "alive": found["terms_passed"],
            "without_auto_renewal": found["terms_passed_without_auto_renewal"],
        },
        "renewal_sums": {name: plain(amount) for name, amount in found["sums"].items()},
        "ended_inside_term": found["ended_inside_a_term"],
        "zero_length": found["zero_length"],
        "rolling_share": round(found["rolling_share"], 6),
        "rolling_share_untold": found["rolling_share_untold"],
    }


def due(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "count": found["renewals"],
        "customers": found["customers"],
        "arr": plain(found["arr"]),
        "untold": found["untold"],
    }


def bands() -> dict[str, int]:
    """Customers that are served now, by health band; those without a score under ``none``."""
    counted = current().order_by().values_list("band").annotate(n=Count("pk"))
    found = {band or NO_BAND: n for band, n in counted}
    return {band: found.get(band, 0) for band in ("green", "yellow", "red", NO_BAND)}


def current() -> QuerySet[Customer]:
    return Customer.objects.current()


def support() -> dict[str, Any]:
    """Of all tickets: CSAT answers and their mean (1 to 5), minutes to the first response, escalations."""
    found = Ticket.objects.aggregate(
        n=Count("csat"),
        mean=Avg("csat"),
        waited=Avg(F("first_response_at") - F("opened_at")),
        escalations=Count("pk", filter=models.Q(escalated=True)),
    )
    waited = found["waited"]
    return {
        "csat": {"n": found["n"], "mean": rounded(found["mean"])},
        "first_response_minutes_mean": rounded(waited.total_seconds() / 60 if waited else None),
        "escalations": found["escalations"],
    }


def rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 6)


def plain(amount: Any) -> int | float:
    """An amount of money for JSON: to the cent, whole where it is whole."""
    cents = round(float(amount), 2)
    return int(cents) if cents == int(cents) else cents
