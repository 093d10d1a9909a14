"""Triggers of playbooks, and why a customer entered, as sentences; ``health.words.states`` words states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.conditions.words import Line, listed, phrases
from accounts.models import Stage
from config.setaside.reading import UNREADABLE, readable
from config.shipping import translated
from config.ui import figures
from health.models import CaseKind, CaseState, Milestone, Severity
from health.states import STATES
from health.states.values import defaults
from health.states.verdicts import Verdict
from health.words import states as state_words
from playbooks import parameters, versions
from playbooks.models import PlaybookVersion, TriggerKind
from playbooks.steps import KINDS
from playbooks.versions import Change, Design
from renewals.models import RenewalOutcome, RenewalStage

Facts = Mapping[str, Any]


class Difference(NamedTuple):
    """One difference between two versions in words."""

    what: str
    before: str
    after: str


def trigger(version: PlaybookVersion) -> str:
    """The trigger of a version as one line; one that cannot be read is reported as unreadable."""
    return readable(lambda: _trigger(version), str(UNREADABLE))


def _trigger(version: PlaybookVersion) -> str:
    values = dict(version.trigger)
    if version.trigger_kind == "state":
        return state_words.asks(values["state"], values["values"])
    return TRIGGERS[version.trigger_kind](defaults(parameters.fields_of(version.trigger_kind)) | values)


def _values(version: PlaybookVersion) -> Facts:
    """The stored values of the trigger; empty where they are no mapping."""
    return version.trigger if isinstance(version.trigger, Mapping) else {}


def audience(version: PlaybookVersion, today: dt.date) -> list[str]:
    return phrases(version.audience, today)


def differences(before: PlaybookVersion, after: PlaybookVersion, today: dt.date) -> list[Difference]:
    """The changes from ``before`` to ``after`` in the reader's language."""
    designs = versions.design_of(before), versions.design_of(after)
    return [_difference(change, designs, today) for change in versions.compare(*designs)]


def _difference(change: Change, designs: tuple[Design, Design], today: dt.date) -> Difference:
    if change.part == "trigger":
        fields = [_fields(design) for design in designs]
        label = next((fields[change.key].label for fields in fields if change.key in fields), change.key)
        values = (_value(of.get(change.key), value) for of, value in zip(fields, _sides(change), strict=True))
        return Difference(_("Trigger: %s") % label, *values)
    what, worded = {
        "trigger_kind": (_("Trigger"), lambda kind: str(TriggerKind(kind).label)),
        "audience": (_("Audience"), lambda stored: listed(stored, today)),
        "reentry_days": (_("Enter again after (days)"), lambda days: figures.number(days, 0)),
        "steps": (_("Step %s") % change.key, lambda step: KINDS[step.kind].words(step.values).line),
    }[change.part]
    return Difference(
        what,
        *(
            figures.NONE if value is None else readable(partial(worded, value), str(UNREADABLE))
            for value in _sides(change)
        ),
    )


def _sides(change: Change) -> tuple[Any, Any]:
    return change.before, change.after


def _fields(design: Design) -> Mapping[str, forms.Field]:
    """The form fields of a design's trigger, the choice of its state among them."""
    if design.trigger_kind != TriggerKind.STATE:
        return parameters.fields_of(design.trigger_kind)
    state = design.trigger.get("state", "") if isinstance(design.trigger, Mapping) else ""
    names = [(key, known.name) for key, known in STATES.items()]
    return {
        "state": forms.ChoiceField(label=_("State"), choices=names),
        **parameters.fields_of(design.trigger_kind, state),
    }


def _value(field: forms.Field | None, value: Any) -> str:
    return readable(lambda: state_words.value_words(field, value), str(UNREADABLE))


def lines(verdict: Verdict, version: PlaybookVersion, day: dt.date) -> list[Line]:
    """A verdict as lines, in order."""

    def worded_trigger(facts: Facts, day: dt.date) -> tuple[str, str]:
        phrase_of = FACTS.get(version.trigger_kind)
        return trigger(version), phrase_of(facts, day) if phrase_of else _("only by hand")

    stored, checks = _values(version), CHECKS | {"trigger": worded_trigger}
    return state_words.lines(verdict, stored.get("state", ""), stored.get("values", {}), day, checks)


def why(version: PlaybookVersion, facts: Facts, day: dt.date, on: dt.date | None = None) -> str:
    """The facts for which a customer entered, as one line; with ``on``, the day of the facts, where it is not today."""
    if facts.get("by_hand"):
        return _("started by hand")
    if version.trigger_kind == "state":
        return state_words.found(_values(version).get("state", ""), facts, on=on)
    phrase_of = FACTS.get(version.trigger_kind)
    return phrase_of(facts, day) if phrase_of and facts else ""


def _read(value: Any) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _on(value: Any, day: dt.date) -> str:
    return figures.day(_read(value), day)


def _renewal_due(values: Facts) -> str:
    if values.get("days") is None:
        return _("Renewal prep opens")
    return ngettext("%(days)s day before a renewal", "%(days)s days before a renewal", values["days"]) % {
        "days": values["days"]
    }


def _renewal_closed(values: Facts) -> str:
    names = dict(RenewalOutcome.choices)
    return _("Renewal closed: %(outcomes)s") % {
        "outcomes": figures.listed(names[outcome] for outcome in values["outcomes"])
    }


def _milestone(values: Facts) -> str:
    names = dict(Milestone.Key.choices)
    return _("Milestone missed: %(names)s") % {
        "names": figures.listed(names[milestone] for milestone in values["milestones"])
    }


def _stage(values: Facts) -> str:
    return _("Stage entered: %(stage)s") % {"stage": dict(Stage.choices)[values["stage"]]}


def _case_opened(values: Facts) -> str:
    names = dict(parameters.known_rules()) if values.get("rules") else {}
    rules = [_("“%(name)s”") % {"name": names.get(key, key)} for key in values.get("rules", [])]
    parts = (
        [_("by %(rules)s") % {"rules": pgettext("between the last two of a choice", " or ").join(rules)}]
        if rules
        else []
    )
    if values["kind"] != parameters.ANY:
        parts.insert(0, str(CaseKind(values["kind"]).label))
    if values["severity"] != Severity.LOW:
        parts.append(_("%(severity)s or worse") % {"severity": Severity(values["severity"]).label})
    if values["alerted"] == "all":
        parts.append(_("those only in the digest too"))
    return _("Case opened: %(which)s") % {"which": figures.listed(parts)} if parts else _("Case opened")


TRIGGERS: Final[dict[str, Callable[[Facts], str]]] = {
    "renewal_due": _renewal_due,
    "renewal_closed": _renewal_closed,
    "milestone_missed": _milestone,
    "stage_entered": _stage,
    "case_opened": _case_opened,
    "by_hand": lambda _values: _("By hand"),
}


def _why_renewal(facts: Facts, day: dt.date) -> str:
    if not facts.get("due_on"):
        return _("no open renewal")
    ends = _("ends %(day)s") % {"day": _on(facts["due_on"], day)}
    stage = facts.get("stage")
    return figures.listed([ends, dict(RenewalStage.choices)[stage]]) if stage else ends


def _why_closed(facts: Facts, day: dt.date) -> str:
    if not facts.get("closed_on"):
        return _("none closed")
    values = {"outcome": dict(RenewalOutcome.choices)[facts["outcome"]], "day": _on(facts["closed_on"], day)}
    return _("%(outcome)s on %(day)s") % values


def _why_milestone(facts: Facts, day: dt.date) -> str:
    if not facts.get("milestone"):
        return _("none missed lately")
    values = {"name": dict(Milestone.Key.choices)[facts["milestone"]], "day": _on(facts["due_on"], day)}
    return _("%(name)s, due %(day)s") % values


def _why_stage(facts: Facts, day: dt.date) -> str:
    if not facts.get("stage"):
        return _("no stage yet")
    values = {"stage": dict(Stage.choices)[facts["stage"]], "day": _on(facts["since"], day)}
    return _("%(stage)s since %(day)s") % values


def _why_case(facts: Facts, day: dt.date) -> str:
    if not facts.get("title"):
        return _("no case")
    values = {
        "title": translated(facts["title"]),
        "severity": Severity(facts["severity"]).label,
        "day": _on(facts["opened_on"], day),
    }
    if facts.get("state") == CaseState.CLOSED:
        return _("“%(title)s”, %(severity)s, opened %(day)s, closed") % values
    return _("“%(title)s”, %(severity)s, opened %(day)s") % values


FACTS: Final[dict[str, Callable[[Facts, dt.date], str]]] = {
    "renewal_due": _why_renewal,
    "renewal_closed": _why_closed,
    "milestone_missed": _why_milestone,
    "stage_entered": _why_stage,
    "case_opened": _why_case,
}


def _check_quiet(facts: Facts, day: dt.date) -> tuple[str, str]:
    last = _("entered %(day)s") % {"day": _on(facts["last"], day)} if facts["last"] else _("never entered")
    return ngettext("At most once in %(days)s day", "At most once in %(days)s days", facts["days"]) % {
        "days": facts["days"]
    }, last


def _check_running(facts: Facts, day: dt.date) -> tuple[str, str]:
    since = _("since %(day)s") % {"day": _on(facts["since"], day)} if facts["since"] else _("not running")
    return _("Not running already"), since


def _check_in_use(facts: Facts, _day: dt.date) -> tuple[str, str]:
    if not facts["readable"]:
        return _("The playbook is active"), _("its values cannot be read")
    return _("The playbook is active"), _("active") if facts["state"] == "active" else _("paused")


CHECKS: Final[dict[str, Callable[[Facts, dt.date], tuple[str, str]]]] = {
    "in_use": _check_in_use,
    "occasion": lambda _facts, _day: (_("Not entered for this occasion yet"), ""),
    "running": _check_running,
    "quiet": _check_quiet,
}  # fmt: skip
