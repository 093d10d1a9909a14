"""Measures of support, from tickets.

A ticket counts from the instant it was opened; its answer, solution and rating from theirs.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from health.measures.measure import Measure, Unit

TICKETS_KNOWN = "EXISTS (SELECT FROM health_ticket WHERE opened_at < {now})"
# Silence is a signal of somebody known to be there: of a customer that has used the product of late or once wrote to support.
SILENCE_KNOWN = (
    f"CASE WHEN {{seen}} IS NOT NULL THEN {TICKETS_KNOWN} "
    "ELSE (SELECT true FROM health_ticket h WHERE h.customer_id = q.id AND h.opened_at < {now} LIMIT 1) END"
)
SAME_AGAIN = """(t.topic <> '' AND EXISTS (SELECT FROM health_ticket x WHERE x.customer_id = t.customer_id
    AND x.topic = t.topic AND x.opened_at < t.opened_at AND x.opened_at >= t.opened_at - INTERVAL '30 days'))"""

SUPPORT = (
    Measure(
        key="tickets_balance",
        name=_("Tickets outside the usual"),
        about=_(
            "How far the number of tickets opened in the window lies outside 1 to 3: silence counts 1, "
            "each ticket above three counts 1. Both many tickets and none are signals; "
            "silence is one only of customers that have used the product in the last 400 days or ever written to support."
        ),
        unit=Unit.COUNT,
        group="support",
        columns={"tickets": {"opened": "count(*) {in_window}"}},
        amount=f"CASE WHEN {{opened}} > 0 THEN greatest({{opened}} - 3, 0) WHEN {SILENCE_KNOWN} THEN 1 END",
        newest="{day}",
        zero_at=4,
        full_at=0,
        window=90,
        literature="Field guide 71: many tickets and falling contact are both bad (sources 000 and 002).",
    ),
    Measure(
        key="ticket_resolution",
        name=_("Hours to solve a ticket"),
        about=_("Average hours from opened to solved of the window's tickets; an open one counts its age."),
        unit=Unit.HOURS,
        group="support",
        columns={
            "tickets": {
                "hours": "avg(extract(epoch FROM least(t.solved_at, {now}) - t.opened_at)) {in_window}",
                "last_opened": "max(t.opened_at)",
            }
        },
        amount="({hours} / 3600)::float8",
        newest="({last_opened} AT TIME ZONE {zone})::date",
        zero_at=96,
        full_at=24,
        window=90,
        literature="Field guide 42 (resolution).",
    ),
    Measure(
        key="first_response",
        name=_("Minutes to the first answer"),
        about=_("Average minutes from opened to first response of the window's answered tickets."),
        unit=Unit.MINUTES,
        group="support",
        columns={
            "tickets": {
                "answer": "avg(extract(epoch FROM t.first_response_at - t.opened_at)) "
                "FILTER (WHERE t.first_response_at < {now} {and_in_window})",
                "last_opened": "max(t.opened_at)",
            }
        },
        amount="({answer} / 60)::float8",
        newest="({last_opened} AT TIME ZONE {zone})::date",
        zero_at=240,
        full_at=60,
        window=90,
        literature="Field guide 42 (first response).",
    ),
    Measure(
        key="support_csat",
        name=_("Support CSAT"),
        about=_("Average answer, 1 to 5, of the window's tickets that were rated."),
        unit=Unit.STARS,
        group="support",
        columns={
            "tickets": {
                "csat": "avg(t.csat) FILTER (WHERE t.solved_at < {now} {and_in_window})",
                "rated": "max(t.opened_at) FILTER (WHERE t.csat IS NOT NULL AND t.solved_at < {now})",
            }
        },
        amount="{csat}::float8",
        newest="({rated} AT TIME ZONE {zone})::date",
        zero_at=2.5,
        full_at=4.5,
        window=180,
        shelf_life=180,
        literature="Field guide 42 (CSAT).",
    ),
    Measure(
        key="repeat_issues",
        name=_("Repeat issues"),
        about=_(
            "Share of the window's tickets that were reopened, or whose topic had come up within the 30 days before. "
            "When a ticket was reopened is not kept: it counts once it is solved again."
        ),
        unit=Unit.SHARE,
        group="support",
        columns={
            "tickets": {
                "opened": "count(*) {in_window}",
                # The window comes first, so that no row outside it is looked up.
                "again": "count(*) FILTER (WHERE true {and_in_window} AND ((t.reopened > 0 AND t.solved_at < {now}) OR "
                f"{SAME_AGAIN}))",
                "last_opened": "max(t.opened_at)",
            }
        },
        amount="{again}::float8 / nullif({opened}, 0)",
        newest="({last_opened} AT TIME ZONE {zone})::date",
        zero_at=0.5,
        full_at=0.1,
        window=90,
        literature="Field guide 42 (repeat = same category reopened or new within N days).",
    ),
)
