"""Cases in words: what a rule asks, and what it found; ``{% load cases %}``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.utils.translation import gettext as _

from accounts.models import Band
from config.ui import figures
from config.ui.context import today
from health.cases.detectors import DETECTORS, defaults
from health.measures import catalogue
from health.models import Case, CaseEvidence, CaseRule, Milestone
from health.templatetags.health import shown

register = template.Library()
SHARES: Final = {"share", "change"}
AMOUNTS: Final = {"figure", "before", "beyond", "by"}
LABELS: Final = {"milestone": Milestone.Key, "band": Band, "band_before": Band}
SEVERITY_TONES: Final = {"urgent": "risk", "high": "risk", "medium": "watch", "low": "calm"}
ICONS: Final = {
    "adoption": "forecast", "value": "score", "relationship": "user", "support": "feedback", "product": "screen",
    "commercial": "renewal",
}  # fmt: skip


class Words(dict[str, str]):
    """Facts in words; what a sentence asks for and nobody knows is a dash."""

    def __missing__(self, key: str) -> str:
        return figures.NONE


@register.filter
def asks(rule: CaseRule) -> str:
    """The rule's condition: ``{{ rule|asks }}`` → ``No use for 14 days``."""
    detector = DETECTORS.get(rule.detector)
    return str(detector.asks) % in_words(defaults(rule.detector) | rule.values) if detector else ""


@register.filter
def said(evidence: CaseEvidence) -> str:
    """What was found: ``{{ evidence|said }}`` → ``20 days without use, the last on 4 Nov``."""
    return found(evidence.rule.detector if evidence.rule else "", evidence.facts, evidence.note)


@register.filter
def seen(case: Case) -> str:
    """What was found last in a case of ``health.cases.lists.with_newest``."""
    return found(
        getattr(case, "seen_by", "") or "", getattr(case, "seen_facts", None) or {}, getattr(case, "seen_note", "")
    )


def found(detector: str, facts: Mapping[str, Any], note: str | None) -> str:
    kind = DETECTORS.get(detector)
    return str(kind.says) % in_words(facts) if kind and facts else note or ""


@register.filter
def behind(evidence: CaseEvidence) -> str:
    """The measure whose rows show what was found; empty where there is none."""
    if not evidence.rule or evidence.rule.detector not in DETECTORS:
        return ""
    key = str(evidence.facts.get("measure") or DETECTORS[evidence.rule.detector].behind)
    return key if key in catalogue() else ""


@register.filter
def severity_tone(case: Case) -> str:
    """The colour class of a case: of an opportunity always the good one."""
    return "good" if case.kind == "opportunity" else SEVERITY_TONES[case.severity]


@register.filter
def type_icon(case: Case) -> str:
    return ICONS.get(case.type, "alert")


def in_words(facts: Mapping[str, Any]) -> Words:
    return Words({key: _word(key, value, facts) for key, value in facts.items()})


def _word(key: str, value: Any, facts: Mapping[str, Any]) -> str:
    if value is None:
        return figures.NONE
    if key == "measure":
        known = catalogue().get(value)
        return str(known.name) if known else str(value)
    if key in LABELS:
        return str(dict(LABELS[key].choices).get(value, figures.NONE))
    if key in AMOUNTS and "measure" in facts:
        return _amount(value, facts)
    if key == "since" or key.endswith("_on"):
        return figures.day(dt.date.fromisoformat(value), today())
    return figures.percent(value) if key in SHARES else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return figures.listed(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return figures.number(value, 0 if value == int(value) else 1)


def _amount(value: float, facts: Mapping[str, Any]) -> str:
    known = catalogue().get(facts["measure"])
    if known and facts.get("of", "value") == "value":
        return shown(value, known.unit)
    return _("%(points)s points") % {"points": figures.number(value, 0 if value == int(value) else 1)}
