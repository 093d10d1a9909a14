"""The numbers and choices each kind of trigger needs, with their limits and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import parameters
from accounts.models import Stage
from accounts.parameters import Choices, Parameter, choice, clean, number
from health import measures
from health.models import CaseKind, CaseRule, Milestone, Severity
from playbooks.models import TriggerKind
from renewals.models import RenewalOutcome

WON: Final = ("renewed", "expanded", "contracted")
# A void renewal is none: nothing starts on it.
CLOSED_AS: Final = [choice for choice in RenewalOutcome.choices if choice[0] != RenewalOutcome.VOID]
FRESH_DAYS: Final = 30


def known_measures() -> Choices:
    """Every measure that ships or that an admin made, hidden ones too: a trigger may name one. One statement."""
    return tuple((one.key, one.name) for one in measures.catalogue().values())


def known_rules() -> Choices:
    """Every case rule, those out of use too: a trigger may name one. One statement."""
    return tuple((rule.key, rule.shown_name) for rule in CaseRule.objects.order_by("position", "pk"))


ANY: Final = "any"
WITHIN: Final = number("within_days", gettext_lazy("Not longer ago than (days)"), 1, 365, FRESH_DAYS)
PARAMETERS: Final[dict[str, tuple[Parameter, ...]]] = {
    TriggerKind.RENEWAL_DUE: (
        number(
            "days",
            gettext_lazy("Days before the renewal (empty: when its prep opens)"),
            1,
            400,
            None,
            required=False,
        ),
    ),
    TriggerKind.RENEWAL_CLOSED: (
        choice(
            "outcomes", gettext_lazy("Closed as"), CLOSED_AS, sorted(WON), many=True
        ),
        WITHIN,
    ),
    TriggerKind.SCORE_DROP: (
        number("points", gettext_lazy("Fell by at least (points)"), 1, 100, 15),
        number("days", gettext_lazy("Within (days)"), 1, 365, 30),
    ),
    TriggerKind.MEASURE_BELOW: (
        choice("measure", gettext_lazy("Measure"), known_measures, "usage_trend"),
        choice(
            "of",
            gettext_lazy("Look at"),
            [("points", gettext_lazy("its points, 0 to 100")), ("value", gettext_lazy("its value"))],
            "points",
        ),
        number("below", gettext_lazy("Below"), -1_000_000, 1_000_000, 40, whole=False),
    ),
    TriggerKind.MILESTONE_MISSED: (
        choice(
            "milestones", gettext_lazy("Milestones"), Milestone.Key.choices,
            sorted(Milestone.Key.values), many=True,
        ),
        WITHIN,
    ),
    TriggerKind.STAGE_ENTERED: (
        choice("stage", gettext_lazy("Stage"), Stage.choices, Stage.ONBOARDING.value),
        WITHIN,
    ),
    TriggerKind.CASE_OPENED: (
        choice("kind", gettext_lazy("Kind"), [(ANY, gettext_lazy("Risks and opportunities")), *CaseKind.choices], ANY),
        Parameter(
            "rules", gettext_lazy("Opened by (none chosen: any rule, and by hand)"), choices=known_rules, many=True,
            required=False,
        ),
        choice("severity", gettext_lazy("Severity at least"), Severity.choices, Severity.LOW.value),
        choice(
            "alerted",
            gettext_lazy("Cases"),
            [
                ("alerts", gettext_lazy("that alert at once")),
                ("all", gettext_lazy("all, those that come in the digest only too")),
            ],
            "alerts",
        ),
        number("within_days", gettext_lazy("Not longer ago than (days)"), 1, 365, 7),
    ),
    TriggerKind.BY_HAND: (),
}  # fmt: skip


def defaults(kind: str) -> dict[str, Any]:
    """A trigger of ``kind`` as the product suggests it."""
    return parameters.defaults(PARAMETERS[kind])


def check(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The trigger's values, cleaned; defaults where nothing was given.

    Raises ValidationError with one message a field; a value no parameter asks for is refused too.
    """
    if kind not in PARAMETERS:
        raise ValidationError({"trigger_kind": _("There is no trigger “%(kind)s”.") % {"kind": kind}})
    return clean(PARAMETERS[kind], given, unknown=_("This trigger has no such value."))
