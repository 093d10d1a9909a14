"""Case rules as sentences: what changed in one, and why it would, or would not, open a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts import rules
from accounts.models import Status
from accounts.parameters import Parameter
from config.ui import figures
from health.cases import tuning
from health.cases.detectors import DETECTORS
from health.cases.sweep import FRESH_DAYS
from health.cases.trial import Check, Verdict
from health.measures import catalogue
from health.models import CaseRule, CaseRuleChange
from health.templatetags.cases import asks, found
from health.templatetags.health import shown


@dataclass(frozen=True)
class Line:
    """One check as it is read: what must hold, what the customer has, whether it holds."""

    words: str
    actual: str
    holds: bool


@dataclass(frozen=True)
class Said:
    """One thing a change changed."""

    what: str
    before: str
    after: str


def audience(rule: CaseRule) -> list[str]:
    return [rules.sentence(one) for one in rule.audience]


def lines(verdict: Verdict, rule: CaseRule, day: dt.date) -> list[Line]:
    """A verdict as lines in order."""
    return [Line(*_worded(check, rule, day), check.holds) for check in verdict.checks]


def _worded(check: Check, rule: CaseRule, day: dt.date) -> tuple[str, str]:
    if check.condition:
        asked = check.condition
        words = rules.sentence({"field": asked.field, "test": asked.test, "value": asked.value})
        return words, _actual(asked)
    if check.key == "state":
        return asks(rule), found(rule.detector, check.actual, "") if check.holds else _measured(check.actual)
    return CHECKS[check.key](check.actual, day)


def _actual(asked: rules.Condition) -> str:
    labels = {str(key): str(label) for key, label in rules.FIELDS[asked.field].choices}
    if asked.actual in (None, "", []):
        return _("none")
    if isinstance(asked.actual, list):
        return figures.listed(asked.actual)
    if isinstance(asked.actual, str):
        return labels.get(asked.actual, asked.actual)
    return figures.number(asked.actual)


def _measured(actual: Mapping[str, Any]) -> str:
    """What a customer has that is not in the state: its measures, else its score."""
    known = catalogue()
    amounts = [
        f"{known[key].name} {shown(amount, known[key].unit)}"
        for key, amount in actual.get("measures", {}).items()
        if amount is not None
    ]
    if amounts:
        return figures.listed(amounts)
    score = actual.get("score")
    return _("score %(score)s") % {"score": figures.number(score)} if score is not None else _("no data")


def _since(facts: Mapping[str, Any], day: dt.date) -> str:
    return _("since %(day)s") % {"day": figures.day(facts["since"], day)} if facts["since"] else ""


def _entered(facts: Mapping[str, Any], day: dt.date) -> tuple[str, str]:
    return _("Was not in this state already"), _since(facts, day)


def _open_case(facts: Mapping[str, Any], day: dt.date) -> tuple[str, str]:
    opened = facts.get("opened_on")
    words = _("open since %(day)s") % {"day": figures.day(opened, day)} if opened else ""
    return _("No case of this reason is open"), words


def _fresh(facts: Mapping[str, Any], day: dt.date) -> tuple[str, str]:
    words = _("The rule is new or changed: the state began within %(days)s days") % {"days": FRESH_DAYS}
    return words, _since(facts, day) or _("not known since when")


CHECKS: Final[dict[str, Callable[[Mapping[str, Any], dt.date], tuple[str, str]]]] = {
    "in_use": lambda facts, _day: (
        _("The rule is in use"), "" if facts["readable"] else _("its values cannot be read")),
    "current": lambda facts, _day: (_("Live customer"), str(Status(facts["status"]).label)),
    "entered": _entered,
    "open_case": _open_case,
    "fresh": _fresh,
}  # fmt: skip


def changed(change: CaseRuleChange) -> list[Said]:
    """What a change changed, in the reader's words. No query but for the measures an admin made."""
    said: list[Said] = []
    for name, (before, after) in change.fields.items():
        if name == "values":
            said += _values(change.rule, before, after)
        elif name == "because":
            words = _("%(valid)s of %(n)s judged cases were valid") % {"valid": before, "n": after}
            said.append(Said(_("Precision"), "", words))
        elif name == tuning.CREATED:
            said.append(Said(_("Made"), "", str(after)))
        else:
            said.append(Said(_label(name), _field(name, before), _field(name, after)))
    return said


def can_be_taken_back(change: CaseRuleChange) -> bool:
    return any(name in tuning.CHANGEABLE for name in change.fields)


def _label(name: str) -> str:
    field: Any = CaseRule._meta.get_field(name)
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]


def _field(name: str, value: Any) -> str:
    if name == "audience":
        return figures.listed(rules.sentence(one) for one in value) or _("everybody")
    if name == "precision_floor":
        return figures.percent(float(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field: Any = CaseRule._meta.get_field(name)
    return str(dict(field.choices or ()).get(value, value)) or figures.NONE


def _values(rule: CaseRule, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Said]:
    known = {one.name: one for one in DETECTORS[rule.detector].parameters} if rule.detector in DETECTORS else {}
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return [
        Said(
            str(known[name].label) if name in known else name,
            _value(known.get(name), before.get(name)),
            _value(known.get(name), after.get(name)),
        )
        for name in names
    ]


def _value(one: Parameter | None, value: Any) -> str:
    if value in (None, "", []):
        return figures.NONE
    labels = dict(one.options) if one else {}
    if isinstance(value, list):
        return figures.listed(labels.get(each, each) for each in value)
    if isinstance(value, str):
        return str(labels.get(value, value))
    return figures.number(value, 0 if value == int(value) else 2)
