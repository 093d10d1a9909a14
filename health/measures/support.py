"""Measures of support and of what customers say: tickets and surveys."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from health.measures.measure import Measure, Unit

TICKETS_KNOWN = "(SELECT count(*) > 0 FROM (SELECT FROM health_ticket LIMIT 1) one)"
NPS_LAST = "max(s.answered_on) FILTER (WHERE s.kind = 'nps')"

SUPPORT = (
    Measure(
        key="tickets_balance",
        name=_("Tickets outside the usual"),
        about=_(
            "How far the number of tickets opened in the window lies outside 1 to 3: silence counts 1, "
            "each ticket above three counts 1. Both many tickets and none are signals."
        ),
        unit=Unit.COUNT,
        group="support",
        columns={"tickets": {"opened": "count(*) {in_window}"}},
        amount=f"CASE WHEN {TICKETS_KNOWN} THEN CASE WHEN coalesce({{opened}}, 0) = 0 THEN 1 "
        "ELSE greatest({opened} - 3, 0) END END",
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
                "rated": "max(t.opened_at) FILTER (WHERE t.csat IS NOT NULL)",
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
        key="nps",
        name=_("NPS"),
        about=_("Promoters (9 and 10) less detractors (0 to 6), as a share of the window's answers, −100 to 100."),
        unit=Unit.INDEX,
        group="relationship",
        columns={
            "surveys": {
                "balance": "100 * avg(CASE WHEN s.answer >= 9 THEN 1 WHEN s.answer <= 6 THEN -1 ELSE 0 END) "
                "FILTER (WHERE s.kind = 'nps' {and_in_window})",
                "last_nps": NPS_LAST,
            }
        },
        amount="{balance}::float8",
        newest="{last_nps}",
        zero_at=-50,
        full_at=50,
        window=180,
        shelf_life=180,
        literature="Reichheld, 2003; field guide 84 and 96.",
    ),
    Measure(
        key="renewal_intent",
        name=_("Renewal intent"),
        about=_("Average answer, 0 to 10, to the question whether they will renew."),
        unit=Unit.INDEX,
        group="relationship",
        columns={
            "surveys": {
                "intent": "avg(s.answer) FILTER (WHERE s.kind = 'intent' {and_in_window})",
                "last_intent": "max(s.answered_on) FILTER (WHERE s.kind = 'intent')",
            }
        },
        amount="{intent}::float8",
        newest="{last_intent}",
        zero_at=3,
        full_at=8,
        window=180,
        shelf_life=180,
        literature="Field guide 6 (loyalty: renewal intent).",
    ),
)
