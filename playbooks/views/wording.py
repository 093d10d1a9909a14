"""Triggers, conditions and verdicts as sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from asgiref.local import Local
from django.core.signals import request_started
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.conditions.words import Line, line, listed, phrases
from accounts.models import Stage, Status
from config.ui import figures
from health.measures import SHIPPED, Measure, Unit, catalogue
from health.models import CaseKind, CaseState, Milestone, Severity
from playbooks import parameters, versions
from playbooks.models import PlaybookVersion
from playbooks.versions import Change
from playbooks.why import Check, Verdict
from renewals.models import RenewalOutcome, RenewalStage

Facts = Mapping[str, Any]
_asked = Local()


def trigger(version: PlaybookVersion) -> str:
    """When a version lets customers in, as one line."""
    values = version.trigger
    return TRIGGERS[version.trigger_kind](values)


def audience(version: PlaybookVersion, today: dt.date) -> list[str]:
    return phrases(version.audience, today)


def differences(before: PlaybookVersion, after: PlaybookVersion, today: dt.date) -> list[Change]:
    """What ``after`` says differently, its audience in words."""
    changes = versions.compare(versions.design_of(before), versions.design_of(after))
    return [
        replace(change, before=listed(change.before, today), after=listed(change.after, today))
        if change.what == _("Audience")
        else change
        for change in changes
    ]


def lines(verdict: Verdict, version: PlaybookVersion, day: dt.date) -> list[Line]:
    """A verdict as lines in order."""
    return [
        line(check.condition, day) if check.condition else Line(*_worded(check, version, day), check.holds)
        for check in verdict.checks
    ]


def why(kind: str, facts: Facts, day: dt.date) -> str:
    """The facts that let a customer in, as one line."""
    if facts.get("by_hand"):
        return _("started by hand")
    worded = FACTS.get(kind)
    return worded(facts, day) if worded and facts else ""


def _worded(check: Check, version: PlaybookVersion, day: dt.date) -> tuple[str, str]:
    if check.key == "trigger":
        worded = FACTS.get(version.trigger_kind)
        return trigger(version), (worded(check.actual, day) if worded else _("only by hand"))
    return CHECKS[check.key](check.actual, day)


def _read(value: Any) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _on(value: Any, day: dt.date) -> str:
    return figures.day(_read(value), day)


def _measure(key: str) -> Measure | None:
    """The measure, whatever the number of rows that name one: at most one statement a request."""
    if key in SHIPPED:
        return SHIPPED[key]
    if key not in getattr(_asked, "measures", {}):
        _asked.measures = catalogue()
    found: Measure | None = _asked.measures.get(key)
    return found


@receiver(request_started)
def _forget(**_signal: Any) -> None:
    _asked.measures = {}


def _measured(measure: str, of: str, figure: Any) -> str:
    if figure is None:
        return _("no data")
    if of == "value" and (kind := _measure(measure)) and kind.unit == Unit.SHARE:
        return figures.percent(figure)
    shown = figures.number(figure, 0 if figure == int(figure) else 1)
    return _("%(points)s points") % {"points": shown} if of == "points" else shown


def _renewal_due(values: Facts) -> str:
    if values.get("days") is None:
        return _("Renewal prep opens")
    return ngettext("%(days)s day before a renewal", "%(days)s days before a renewal", values["days"]) % {
        "days": values["days"]
    }


def _renewal_closed(values: Facts) -> str:
    names = dict(RenewalOutcome.choices)
    return _("Renewal closed: %(outcomes)s") % {"outcomes": figures.listed(names[one] for one in values["outcomes"])}


def _score_drop(values: Facts) -> str:
    return _("Score fell by %(points)s points or more within %(days)s days") % dict(values)


def _measure_below(values: Facts) -> str:
    kind = _measure(values["measure"])
    name = str(kind.name) if kind else values["measure"]
    return _("%(measure)s below %(figure)s") % {
        "measure": name, "figure": _measured(values["measure"], values.get("of", "points"), values["below"]),
    }  # fmt: skip


def _milestone(values: Facts) -> str:
    names = dict(Milestone.Key.choices)
    return _("Milestone missed: %(names)s") % {"names": figures.listed(names[one] for one in values["milestones"])}


def _stage(values: Facts) -> str:
    return _("Stage entered: %(stage)s") % {"stage": dict(Stage.choices)[values["stage"]]}


def _case_opened(values: Facts) -> str:
    names = dict(parameters.known_rules()) if values.get("rules") else {}
    said = [str(names.get(one, one)) for one in values.get("rules", [])]
    if values["kind"] != parameters.ANY:
        said.insert(0, str(CaseKind(values["kind"]).label))
    if values["severity"] != Severity.LOW:
        said.append(_("%(severity)s or worse") % {"severity": Severity(values["severity"]).label})
    if values["alerted"] == "all":
        said.append(_("digest only too"))
    return _("Case opened: %(which)s") % {"which": figures.listed(said)} if said else _("Case opened")


TRIGGERS: Final[dict[str, Callable[[Facts], str]]] = {
    "renewal_due": _renewal_due,
    "renewal_closed": _renewal_closed,
    "score_drop": _score_drop,
    "measure_below": _measure_below,
    "milestone_missed": _milestone,
    "stage_entered": _stage,
    "case_opened": _case_opened,
    "by_hand": lambda _values: _("By hand"),
}


def _why_renewal(facts: Facts, day: dt.date) -> str:
    if not facts.get("due_on"):
        return _("no open renewal")
    words = _("ends %(day)s") % {"day": _on(facts["due_on"], day)}
    stage = facts.get("stage")
    return figures.listed([words, dict(RenewalStage.choices)[stage]]) if stage else words


def _why_closed(facts: Facts, day: dt.date) -> str:
    if not facts.get("closed_on"):
        return _("none closed")
    words = {"outcome": dict(RenewalOutcome.choices)[facts["outcome"]], "day": _on(facts["closed_on"], day)}
    return _("%(outcome)s on %(day)s") % words


def _why_drop(facts: Facts, _day: dt.date) -> str:
    if facts.get("to") is None:
        return _("no score")
    return _("%(high)s to %(low)s") % {"high": figures.number(facts["from"]), "low": figures.number(facts["to"])}


def _why_below(facts: Facts, day: dt.date) -> str:
    figure = _measured(facts.get("measure", ""), facts.get("of") or "points", facts.get("figure"))
    since = facts.get("since")
    return _("%(figure)s since %(day)s") % {"figure": figure, "day": _on(since, day)} if since else figure


def _why_milestone(facts: Facts, day: dt.date) -> str:
    if not facts.get("milestone"):
        return _("none missed lately")
    words = {"name": dict(Milestone.Key.choices)[facts["milestone"]], "day": _on(facts["due_on"], day)}
    return _("%(name)s, due %(day)s") % words


def _why_stage(facts: Facts, day: dt.date) -> str:
    if not facts.get("stage"):
        return _("no stage yet")
    words = {"stage": dict(Stage.choices)[facts["stage"]], "day": _on(facts["since"], day)}
    return _("%(stage)s since %(day)s") % words


def _why_case(facts: Facts, day: dt.date) -> str:
    if not facts.get("title"):
        return _("no case")
    words = {
        "title": _(facts["title"]),
        "severity": Severity(facts["severity"]).label,
        "day": _on(facts["opened_on"], day),
    }
    if facts.get("state") == CaseState.CLOSED:
        return _("“%(title)s”, %(severity)s, opened %(day)s, closed") % words
    return _("“%(title)s”, %(severity)s, opened %(day)s") % words


FACTS: Final[dict[str, Callable[[Facts, dt.date], str]]] = {
    "renewal_due": _why_renewal,
    "renewal_closed": _why_closed,
    "score_drop": _why_drop,
    "measure_below": _why_below,
    "milestone_missed": _why_milestone,
    "stage_entered": _why_stage,
    "case_opened": _why_case,
}


def _check_quiet(facts: Facts, day: dt.date) -> tuple[str, str]:
    last = _("entered %(day)s") % {"day": _on(facts["last"], day)} if facts["last"] else _("never entered")
    return _("At most once in %(days)s days") % {"days": facts["days"]}, last


def _check_running(facts: Facts, day: dt.date) -> tuple[str, str]:
    since = _("since %(day)s") % {"day": _on(facts["since"], day)} if facts["since"] else _("not running")
    return _("Not running already"), since


CHECKS: Final[dict[str, Callable[[Facts, dt.date], tuple[str, str]]]] = {
    "in_use": lambda facts, _day: (
        _("The playbook is active"), _("active") if facts["state"] == "active" else _("paused")),
    "current": lambda facts, _day: (_("Live customer"), str(dict(Status.choices)[facts["status"]])),
    "occasion": lambda _facts, _day: (_("Not entered for this occasion yet"), ""),
    "running": _check_running,
    "quiet": _check_quiet,
}  # fmt: skip
