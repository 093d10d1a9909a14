"""The five playbooks of a new installation (field guide items 27, 33 and 37).

They are stored in English and shown in the reader's language, see ``config.shipping``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from django.db import transaction

from config.shipping import ship as _
from health.cases import shipped as case_rules
from health.models import CaseRule
from playbooks import versions
from playbooks.models import Playbook, TriggerKind
from playbooks.steps import Assignee, task_step
from playbooks.versions import Design

ONBOARDING: Final = Design(
    TriggerKind.STAGE_ENTERED,
    {"stage": "onboarding", "within_days": 30},
    reentry_days=365,
    steps=[
        task_step(
            _("Hold the kick-off call and agree on the first objectives"),
            _(
                "Sponsor, champion and admin in one call. Write down two objectives with a baseline, a "
                "target and a date. Leave with the names of the first users and the day they start."
            ),
            due_business_days=3,
        ),
        task_step(
            _("Week 1: see the first users at work"),
            _(
                "Activation is due on day 7: seats invited, data connected, first core task done. Ring the "
                "admin if somebody is stuck, and finish the set-up together on the call."
            ),
            due_business_days=5,
        ),
        task_step(
            _("Week 4: check that use has become a habit"),
            _(
                "Compare users of this week with those invited. Under 70% activated, offer a training for "
                "those who have not come back and ask the champion what keeps them away."
            ),
            due_business_days=20,
        ),
        task_step(
            _("Week 8: show the first value against the baseline"),
            _(
                "Measure the first objective with the champion, write the outcome down and have its unit "
                "value confirmed. Send the sponsor one page with that figure."
            ),
            due_business_days=40,
        ),
        task_step(
            _("Week 12: spread to the team and hand over to the regular cadence"),
            _(
                "Go through teams and features not yet in use and agree on the next one. Say who the "
                "contact is from now on and when the first review takes place."
            ),
            due_business_days=60,
        ),
        task_step(
            _("Review the first 90 days with the CSM"),
            _("Milestones reached and missed, risks, what the customer's next segment will need."),
            assignee=Assignee.MANAGER,
            due_business_days=63,
        ),
    ],
)
# The case for falling or missing use starts it, so that a customer has one case with its play.
LOW_USAGE: Final = Design(
    TriggerKind.CASE_OPENED,
    {"kind": "risk", "rules": ["silence", "usage-falling"], "alerted": "all", "within_days": 7},
    [{"field": "tenure_days", "test": "at_least", "value": 90}],
    reentry_days=90,
    steps=[
        task_step(
            _("Find out who stopped and since when"),
            _(
                "Open the usage panel: which users and which features fell, and what happened that week "
                "(a release, a ticket, a contact who left, a season)."
            ),
            due_business_days=1,
        ),
        task_step(
            _("Call the champion about the fall in use"),
            _(
                "Name the figure and ask what changed. Settle whether it is a person, the product, the "
                "process or the season, and log the touch with its sentiment."
            ),
            due_business_days=3,
        ),
        task_step(
            _("Agree on one way back and a date"),
            _(
                "One of: training for the users who stopped, a session on the task they dropped, a fix "
                "from support, an example from a customer like them. Write down who does what by when."
            ),
            due_business_days=7,
        ),
        task_step(
            _("Check that use came back"),
            _("Compare with the four weeks before the fall. Not back: tell your manager and name the risk."),
            due_business_days=20,
        ),
    ],
)
FEATURE_ADOPTION: Final = Design(
    TriggerKind.STATE,
    {"state": "measure_below", "values": {"measure": "feature_breadth", "of": "points", "beyond": 25}},
    [
        {"field": "tenure_days", "test": "at_least", "value": 60},
        {"field": "band", "test": "is_in", "value": ["green", "yellow"]},
    ],
    reentry_days=180,
    steps=[
        task_step(
            _("Choose the one feature that serves an open objective"),
            _(
                "Start from the customer's objectives, not from our list. Pick a feature they pay for and "
                "do not use, and say which objective it moves."
            ),
            due_business_days=3,
        ),
        task_step(
            _("Show the feature on the customer's own data"),
            _("Thirty minutes with those who would use it every week. Set up one real case on the call."),
            due_business_days=10,
        ),
        task_step(
            _("Check that the feature is used a month later"),
            _("Used by at least two people in the last week: done. Otherwise ask what was missing and log it."),
            due_business_days=30,
        ),
    ],
)
RENEWAL_PREP: Final = Design(
    TriggerKind.RENEWAL_DUE,
    {},
    reentry_days=0,
    steps=[
        task_step(
            _("Review health and usage for the renewal"),
            _(
                "Score and its parts, trend, seats used of seats paid, champion and sponsor in place. Note "
                "the two facts that help and the two that stand in the way."
            ),
            due_business_days=5,
            prep_part="health",
        ),
        task_step(
            _("Document value and ROI"),
            _(
                "Outcomes of the term with baseline and measured value. Have the customer confirm the unit "
                "values: an estimate does not convince a buyer."
            ),
            due_business_days=15,
            prep_part="value",
        ),
        task_step(
            _("Settle open issues"),
            _(
                "Every open ticket of high severity, every promise not kept. Each one solved, or with a "
                "date and a name the customer has agreed to."
            ),
            due_business_days=20,
            prep_part="issues",
        ),
        task_step(
            _("Write the business case for the next term"),
            _(
                "One page: what was reached, what the next term brings, what it costs, what changes "
                "without it. Name the decision maker and the way to a signature before the notice date."
            ),
            due_business_days=30,
            prep_part="case",
        ),
    ],
)
POST_RENEWAL: Final = Design(
    TriggerKind.RENEWAL_CLOSED,
    {"outcomes": ["contracted", "expanded", "renewed"], "within_days": 30},
    reentry_days=30,
    steps=[
        task_step(
            _("Thank the people who made the renewal happen"),
            _("Champion, sponsor and buyer, each by name and for what they did. A call rather than a mail."),
            due_business_days=2,
        ),
        task_step(
            _("Agree on the success plan for the new term"),
            _("Two or three objectives with baseline, target and date; owners on both sides; outcomes in the record."),
            due_business_days=15,
        ),
        task_step(
            _("Book the first QBR of the new term"),
            _("Within the cadence of the segment, sponsor included, goals sent ahead."),
            due_business_days=20,
        ),
    ],
)
PLAYBOOKS: Final = {
    "onboarding": (
        _("Onboarding"),
        _("Takes a new customer from kick-off to team adoption in its first 90 days."),
        ONBOARDING,
    ),
    "low-usage": (
        _("Low-usage re-engagement"),
        _("Brings users back when use has fallen by 30% or more within four weeks."),
        LOW_USAGE,
    ),
    "feature-adoption": (
        _("Feature adoption"),
        _("Widens use where a healthy customer works with few of the features it pays for."),
        FEATURE_ADOPTION,
    ),
    "renewal-prep": (
        _("Renewal prep"),
        _("Prepares each renewal 60 to 90 days ahead: health, value, open issues, business case."),
        RENEWAL_PREP,
    ),
    "post-renewal": (
        _("Post-renewal"),
        _("Thanks, a success plan and a first QBR after a renewal was won."),
        POST_RENEWAL,
    ),
}


@transaction.atomic
def install(day: dt.date) -> None:
    """Write and publish the shipped playbooks that do not exist yet; existing ones stay as they are.

    Installs the shipped case rules first, because their cases start the low-usage play.
    """
    case_rules.install()
    rule_keys = set(CaseRule.objects.values_list("key", flat=True))
    existing = set(Playbook.objects.values_list("key", flat=True))
    at = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    for key, (name, description, design) in PLAYBOOKS.items():
        if key not in existing:
            playbook = versions.create(name, description=description, key=key)
            versions.publish(versions.save_draft(playbook, _startable(design, rule_keys), None), at)


def _startable(design: Design, rule_keys: set[str]) -> Design:
    """The design with the case rules that still exist; without any, started by the state that those rules evaluate."""
    rules = design.trigger.get("rules")
    if rules is None or rule_keys.issuperset(rules):
        return design
    if remaining := sorted(rule_keys.intersection(rules)):
        return replace(design, trigger=design.trigger | {"rules": remaining})
    return replace(design, trigger_kind=TriggerKind.STATE, trigger={"state": "usage_falling", "values": {}})
