"""Measures of what passes between the customer and us beside use: onboarding, integrations, bills.

What happened after the day is not known on it: an invoice paid later was open, an integration
disconnected later ran.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts import billing
from health.measures.measure import Measure, Unit

INTEGRATIONS_KNOWN = "EXISTS (SELECT FROM accounts_integration WHERE connected_on <= {day})"

DEALINGS = (
    Measure(
        key="milestones_reached",
        name=_("Onboarding milestones"),
        about=_(
            "Share of the milestones of the first 90 days due by now that were reached, in time or late. "
            "One that could not have been seen, because no use was reported then, is left out."
        ),
        unit=Unit.SHARE,
        group="adoption",
        columns={
            "milestones": {
                "reached": "avg(CASE WHEN m.reached_on <= {day} THEN 1 ELSE 0 END)",
                "due": "max(m.due_on)",
            }
        },
        amount="{reached}::float8",
        newest="{due}",
        zero_at=0.25,
        full_at=1,
        shelf_life=365,
        literature="Field guide 33 (milestones at days 7, 28, 56, 84).",
    ),
    Measure(
        key="integrations_in_use",
        name=_("Integrations in use"),
        about=_("Integrations that are connected; no data while nobody's integrations are known."),
        unit=Unit.COUNT,
        group="adoption",
        columns={"integrations": {"connected": "count(*)"}},
        amount=f"CASE WHEN {INTEGRATIONS_KNOWN} THEN coalesce({{connected}}, 0)::float8 END",
        newest="{day}",
        zero_at=0,
        full_at=3,
        literature="Field guide 35 and 43 (integrations as an axis of growth).",
    ),
    Measure(
        key="payment_overdue",
        name=_("Payment overdue"),
        about=_(
            "Days by which the oldest unpaid invoice is overdue; 0 when nothing is. "
            "No data without an invoice whose payment is known."
        ),
        unit=Unit.DAYS,
        group="commercial",
        columns={
            "invoices": {
                "oldest_due": f"min(i.due_on) FILTER (WHERE {billing.owed('i', '{day}')})",
                "issued": "max(i.issued_on)",
            }
        },
        amount="CASE WHEN {issued} IS NOT NULL THEN greatest(0, {day} - coalesce({oldest_due}, {day}))::float8 END",
        newest="{issued}",
        zero_at=60,
        full_at=5,
        shelf_life=400,
        literature="Churn reason “payment failed” (field guide 1.6).",
    ),
)
