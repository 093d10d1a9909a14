"""The wording of a case rule's verdict and of its changes; the wording of states is in ``states``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.conditions.words import Line, listed
from config.ui import figures
from health.cases import tuning
from health.cases.opening import FRESH_DAYS
from health.models import CaseRule, CaseRuleChange
from health.models.case_rules import floor_digits
from health.states import STATES
from health.states.verdicts import Verdict
from health.words import states as state_words


@dataclass(frozen=True)
class Said:
    """One value that a change changed."""

    what: str
    before: str
    after: str


def lines(verdict: Verdict, rule: CaseRule, day: dt.date) -> list[Line]:
    """A verdict as lines in order."""
    return state_words.lines(verdict, rule.detector, rule.values, day, CHECKS)


def _since(facts: Mapping[str, Any], day: dt.date) -> str:
    return _("since %(day)s") % {"day": figures.day(facts["since"], day)} if facts["since"] else ""


def _entered(facts: Mapping[str, Any], day: dt.date) -> tuple[str, str]:
    return _("Was not in this state already"), _since(facts, day)


def _open_case(facts: Mapping[str, Any], day: dt.date) -> tuple[str, str]:
    opened = facts.get("opened_on")
    note = _("open since %(day)s") % {"day": figures.day(opened, day)} if opened else ""
    return _("No case of this reason is open"), note


def _fresh(facts: Mapping[str, Any], day: dt.date) -> tuple[str, str]:
    text = _("The rule is new or changed: the state began within %(days)s days") % {"days": FRESH_DAYS}
    return text, _since(facts, day) or _("not known since when")


CHECKS: Final[dict[str, Callable[[Mapping[str, Any], dt.date], tuple[str, str]]]] = {
    "in_use": lambda facts, _day: (
        _("The rule is in use"), "" if facts["readable"] else _("its values cannot be read")),
    "entered": _entered,
    "open_case": _open_case,
    "fresh": _fresh,
}  # fmt: skip


def changed(change: CaseRuleChange, today: dt.date) -> list[Said]:
    """The values that a change changed, in the reader's language. No query except for custom measures."""
    entries: list[Said] = []
    for name, (before, after) in change.fields.items():
        if name == "values":
            entries += _values(change.rule, before, after)
        elif name == "because":
            share = _("%(valid)s of %(n)s judged cases were valid") % {"valid": before, "n": after}
            entries.append(Said(_("Precision"), "", share))
        elif name == tuning.CREATED:
            entries.append(Said(_("Made"), "", str(after)))
        else:
            entries.append(Said(_label(name), _field(name, before, today), _field(name, after, today)))
    return entries


def can_be_taken_back(change: CaseRuleChange) -> bool:
    return any(name in tuning.CHANGEABLE for name in change.fields)


def _label(name: str) -> str:
    field: Any = CaseRule._meta.get_field(name)
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def _field(name: str, value: Any, today: dt.date) -> str:
    if name == "audience":
        return listed(value, today)
    if name == "precision_floor":
        share = Decimal(str(value))
        return figures.percent(share, floor_digits(share))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field: Any = CaseRule._meta.get_field(name)
    return str(dict(field.choices or ()).get(value, value)) or figures.NONE


def _values(rule: CaseRule, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Said]:
    fields = STATES[rule.detector].fields if rule.detector in STATES else {}
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return [
        Said(
            str(fields[name].label) if name in fields else name,
            state_words.value_words(fields.get(name), before.get(name)),
            state_words.value_words(fields.get(name), after.get(name)),
        )
        for name in names
    ]
