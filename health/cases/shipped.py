"""The case rules that come with the product: the field's trigger lists, to be tuned by an admin.

Numbers name the items of the field guide that ask for them. Where several rules share a reason, all of them lead to one
conversation: the second adds evidence to the case of the first. On day one five alert (``loud``): each names something dated or a
danger that nobody disputes. The others that are in use open cases for the digest, until an admin has seen what they open; the rest say
why they are at rest (``off``). ``health.cases.offered`` shows both.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from config.shipping import ship as _
from health import states
from health.models import CaseRule

GROWTH: Final = [{"field": "stage", "test": "is", "value": "growth"}]
ONBOARDING: Final = [{"field": "stage", "test": "is", "value": "onboarding"}]
PAST_ONBOARDING: Final = [{"field": "stage", "test": "is_not", "value": "onboarding"}]
TOUCHED: Final = [{"field": "touch_model", "test": "is_in", "value": ["high", "low"]}]


def _rule(key: str, name: str, of: str, detector: str, severity: str, plan: str, **more: Any) -> dict[str, Any]:
    base = {"key": key, "name": name, "type": of, "detector": detector, "severity": severity, "plan": plan}
    off = more.pop("off", "")
    mode = CaseRule.Mode.ALERT if more.pop("loud", False) else CaseRule.Mode.DIGEST
    return base | {"reason": key, "is_active": not off, "off_reason": off, "mode": mode} | more


RULES: Final[list[dict[str, Any]]] = [
    # 54: falling health is the first omen; with the renewal near it is urgent.
    _rule("score-drop", _("Health fell"), "adoption", "score_drop", "high",
          _("Open the score, call about what fell most, agree the next step."), reason="health"),
    _rule("red", _("Health is red"), "adoption", "band_entered", "high",
          _("Call the owner of the relation this week and agree a recovery plan."), reason="health"),
    _rule("renewal-red", _("Red before the renewal"), "commercial", "renewal_red", "urgent",
          _("Bring the sponsor in; agree what must be better before the renewal."), reason="health", loud=True),
    # 71: use, tickets, competitors, key people.
    _rule("usage-falling", _("Usage falling"), "adoption", "usage_falling", "medium",
          _("Ask which team stopped and why; offer training or a fix."), reason="usage",
          audience=PAST_ONBOARDING),
    _rule("silence", _("Nobody uses the product"), "adoption", "silence", "high",
          _("Reach the admin by phone; find out whether work moved elsewhere."), reason="usage", loud=True),
    _rule("ticket-silence", _("Tickets stopped"), "support", "ticket_silence", "low",
          _("Ask whether questions are solved or people gave up."),
          off=_("Silence in support is mostly good news; the scorecard counts it.")),
    _rule("ticket-storm", _("Ticket storm"), "support", "ticket_storm", "high",
          _("Go through the tickets with support, tell the customer what is being done."), reason="support"),
    _rule("escalation", _("Escalated ticket open"), "support", "escalation", "high",
          _("Agree an owner and a date with support; tell the customer every day."), reason="support", loud=True),
    _rule("competitor", _("Interest in a competitor"), "relationship", "competitor", "high",
          _("Find out what they miss; bring the value documented so far.")),
    _rule("champion-left", _("Champion left, no replacement"), "relationship", "champion_left", "high",
          _("Ask the leaver or the sponsor for a successor; onboard the new champion."), loud=True),
    # 108, complaint 25: the person and the account; agents hide that people are gone.
    _rule("champion-away", _("Champion no longer uses the product"), "relationship", "champion_away", "medium",
          _("Ask the champion what has changed, and who does the work now.")),
    _rule("agents-only", _("Agents busy, people gone"), "adoption", "agents_only", "high",
          _("Find out who needs what the agents do, and show those people its value."), reason="usage",
          off=_("“Nobody uses the product” opens for these customers: use by agents does not count there.")),
    # 90: breadth of use, NPS, limits, a long gap in engagement; a limit is a risk and an upsell.
    _rule("breadth-fell", _("Fewer features used"), "product", "measure_fell", "low",
          _("Show what the unused features were bought for."),
          values={"measure": "feature_breadth", "by": 3, "days": 90},
          off=_("Falling use tells of it first; the feature adoption playbook takes up low breadth.")),
    _rule("limit", _("Seats are nearly all in use"), "commercial", "limit_reached", "medium",
          _("Make sure that nobody is locked out; offer more seats with the figures of their use."), kind="opportunity"),
    # 96: low NPS, repeated or of a decision maker. 44: no touch in 90 days.
    _rule("nps", _("Low NPS"), "value", "nps_low", "high",
          _("Call who answered, hear them out, answer in writing.")),
    _rule("no-touch", _("No touch in 90 days"), "relationship", "no_touch", "medium",
          _("Book a check-in with the champion."), audience=TOUCHED,
          off=_("“What to do next” lists these customers already.")),
    _rule("single-threaded", _("Only one person known"), "relationship", "single_threaded", "low",
          _("Ask for an introduction to a second team or to the sponsor."), audience=TOUCHED,
          off=_("Holds for many customers at once: better worked through as a list than as cases.")),
    # 95: low use of what was bought, and a falling product engagement score.
    _rule("log-in-only", _("Log-ins without core work"), "product", "measure_below", "medium",
          _("Go through the core workflow with the users."), audience=PAST_ONBOARDING,
          values={"measure": "core_depth", "of": "value", "beyond": 0.05},
          off=_("Needs features marked as core; take it into use once they are.")),
    _rule("engagement-fell", _("Product engagement fell"), "product", "measure_fell", "medium",
          _("Compare the parts: fewer users, rarer use or no growth?"),
          values={"measure": "pes", "by": 15, "days": 90},
          off=_("Made of what “Usage falling” watches already.")),
    # 33 and 34: the first 90 days.
    _rule("milestone-late", _("Milestone of the first 90 days is late"), "adoption", "milestone_late", "medium",
          _("Find out what is in the way; bring the onboarding back on its plan.")),
    _rule("low-activation", _("Fewer than 70% of the seats active"), "adoption", "low_activation", "medium",
          _("Train the teams that have not begun."),
          off=_("The milestones of the first 90 days say it with a date.")),
    _rule("post-trial-drop", _("Usage dropped after the trial"), "adoption", "post_trial_drop", "high",
          _("Set up the workflow of the trial with the real team."), reason="usage",
          off=_("Needs trials kept as contracts; take it into use where they are.")),
    _rule("confused", _("Many how-to tickets"), "support", "howto_tickets", "medium",
          _("Hold a question hour; send the guide that answers them."), reason="support",
          off=_("Rests on words in tickets: try it on yours first.")),
    _rule("key-user-absent", _("Key user absent"), "relationship", "key_user_absent", "medium",
          _("Ask the sponsor who leads the introduction now."), audience=ONBOARDING,
          off=_("Needs touches logged with who took part.")),
    # 35: growth that does not come.
    _rule("flat", _("No growth"), "product", "flat_growth", "low",
          _("Propose the next team or use case."), audience=GROWTH,
          off=_("Not a danger: for a review, not for a case.")),
    _rule("no-executive", _("No executive contact"), "relationship", "no_executive", "low",
          _("Ask the champion to introduce the sponsor at the next review."), audience=TOUCHED,
          off=_("Holds for many customers at once: better worked through as a list than as cases.")),
    # Support and money.
    _rule("csat", _("Support rated low"), "support", "csat_low", "medium",
          _("Read the tickets, apologise for what went wrong, say what changes."), reason="support",
          off=_("Few ratings decide; low NPS and ticket storms are asked already.")),
    _rule("overdue", _("Payment overdue"), "commercial", "payment_overdue", "medium",
          _("Ask accounts payable what is missing; involve the buyer."),
          off=_("Finance reminds first; take it into use where CSMs ask for payment.")),
    _rule("notice", _("Notice given"), "commercial", "notice_given", "urgent",
          _("Speak with the decision maker within two days; understand the reason before offering anything."), loud=True),
    # 100, and customers that thrive.
    _rule("unentitled", _("Visits to a module not bought"), "commercial", "unentitled_visits", "medium",
          _("Show the module to those who looked for it."), kind="opportunity",
          off=_("Needs features that name their module.")),
    _rule("expansion", _("Ready to expand"), "value", "expansion_ready", "low",
          _("Propose the next team; bring the outcomes reached."), kind="opportunity",
          audience=PAST_ONBOARDING,
          off=_("“What to do next” lists these customers already.")),
]  # fmt: skip


@transaction.atomic
def install() -> int:
    """Make the shipped rules where there is none at all; how many were made. Safe to repeat."""
    if CaseRule.objects.exists():
        return 0
    return len(CaseRule.objects.bulk_create(_made(position, fields) for position, fields in enumerate(RULES, start=1)))


def take_all() -> int:
    """Set every active rule to alert, as an admin does after reviewing what each opens; returns how many changed."""
    return CaseRule.objects.filter(is_active=True).exclude(mode=CaseRule.Mode.ALERT).update(mode=CaseRule.Mode.ALERT)


def _made(position: int, fields: dict[str, Any]) -> CaseRule:
    values = states.check(fields["detector"], fields.get("values", {}))
    return CaseRule(position=position, **fields | {"values": values})
