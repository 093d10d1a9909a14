"""The triggers of playbooks: an event with its values, or a state with its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stage
from config.fields import WholeField
from health import states
from health.models import CaseKind, CaseRule, Milestone, Severity
from health.states import values as values_of
from playbooks.models import TriggerKind
from renewals.models import RenewalOutcome

WON: Final = ("renewed", "expanded", "contracted")
# A void renewal starts nothing.
CLOSED_AS: Final = [choice for choice in RenewalOutcome.choices if choice[0] != RenewalOutcome.VOID]
ANY: Final = "any"


def known_rules() -> list[tuple[str, str]]:
    """Every case rule, disabled ones too, since a trigger may name one. One statement."""
    return [(rule.key, rule.shown_name) for rule in CaseRule.objects.order_by("position", "pk")]


def within(days: int) -> WholeField:
    return WholeField(label=gettext_lazy("Not longer ago than (days)"), min_value=1, max_value=365, initial=days)


# The form fields of each kind of event; a state defines its own (``health.states``).
EVENTS: Final[dict[str, dict[str, forms.Field]]] = {
    TriggerKind.RENEWAL_DUE: {
        "days": WholeField(
            label=gettext_lazy("Days before the renewal (empty: when its prep opens)"),
            min_value=1,
            max_value=400,
            required=False,
        ),
    },
    TriggerKind.RENEWAL_CLOSED: {
        "outcomes": forms.MultipleChoiceField(
            label=gettext_lazy("Closed as"),
            choices=CLOSED_AS,
            initial=sorted(WON),
            widget=forms.CheckboxSelectMultiple,
        ),
        "within_days": within(30),
    },
    TriggerKind.MILESTONE_MISSED: {
        "milestones": forms.MultipleChoiceField(
            label=gettext_lazy("Milestones"),
            choices=Milestone.Key.choices,
            initial=sorted(Milestone.Key.values),
            widget=forms.CheckboxSelectMultiple,
        ),
        "within_days": within(30),
    },
    TriggerKind.STAGE_ENTERED: {
        "stage": forms.ChoiceField(label=gettext_lazy("Stage"), choices=Stage.choices, initial=Stage.ONBOARDING.value),
        "within_days": within(30),
    },
    TriggerKind.CASE_OPENED: {
        "kind": forms.ChoiceField(
            label=gettext_lazy("Kind"),
            choices=[(ANY, gettext_lazy("Risks and opportunities")), *CaseKind.choices],
            initial=ANY,
        ),
        "rules": forms.MultipleChoiceField(
            label=gettext_lazy("Opened by (none chosen: any rule, and by hand)"),
            choices=known_rules,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        ),
        "severity": forms.ChoiceField(
            label=gettext_lazy("Severity at least"), choices=Severity.choices, initial=Severity.LOW.value
        ),
        "alerted": forms.ChoiceField(
            label=gettext_lazy("Cases"),
            choices=[
                ("alerts", gettext_lazy("that alert at once")),
                ("all", gettext_lazy("all, those that come in the digest only too")),
            ],
            initial="alerts",
        ),
        "within_days": within(7),
    },
    TriggerKind.BY_HAND: {},
}


def fields_of(kind: str, state: str = "") -> Mapping[str, forms.Field]:
    """The form fields of an event, or of the state that starts a playbook."""
    if kind == TriggerKind.STATE:
        return states.STATES[state].fields if state in states.STATES else {}
    return EVENTS.get(kind, {})


def check(kind: str, stored: Any) -> dict[str, Any]:
    """The trigger's values, cleaned, with defaults for missing ones.

    Raises ValidationError with one message a field, also for a value without a field.
    """
    if kind == TriggerKind.STATE:
        if not isinstance(stored, Mapping) or set(stored) - {"state", "values"}:
            raise ValidationError({"state": _("This trigger has no such value.")})
        key = str(stored.get("state", ""))
        return {"state": key, "values": states.check(key, stored.get("values", {}))}
    if kind not in EVENTS:
        raise ValidationError({"trigger_kind": _("There is no trigger “%(kind)s”.") % {"kind": kind}})
    return values_of.clean(EVENTS[kind], stored, unknown=_("This trigger has no such value."))
