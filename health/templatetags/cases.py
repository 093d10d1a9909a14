"""Cases in words: a rule's condition and its evidence; ``{% load cases %}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import template

from health.models import Case, CaseEvidence, CaseRule
from health.words import states as state_words

register = template.Library()
register.filter("seen", state_words.seen)
SEVERITY_TONES: Final = {"urgent": "risk", "high": "risk", "medium": "watch", "low": "calm"}
ICONS: Final = {
    "adoption": "forecast", "value": "score", "relationship": "user", "support": "feedback", "product": "screen",
    "commercial": "renewal",
}  # fmt: skip


@register.filter
def asks(rule: CaseRule) -> str:
    """The rule's condition: ``{{ rule|asks }}`` → ``No use for 14 days``."""
    return state_words.asks(rule.detector, rule.values)


@register.filter
def finds(rule: CaseRule, facts: Mapping[str, Any]) -> str:
    """``{{ rule|finds:facts }}`` → ``20 days without use, the last on 4 Nov``."""
    return state_words.found(rule.detector, facts)


@register.filter
def said(evidence: CaseEvidence) -> str:
    """The evidence without its day, which is shown beside it: ``20 days without use, the last on 4 Nov``."""
    return state_words.found(evidence.rule.detector if evidence.rule else "", evidence.facts, evidence.note)


@register.filter
def behind(evidence: CaseEvidence) -> str:
    """The measure whose rows are the evidence; empty where there is none."""
    return state_words.behind(evidence.rule.detector, evidence.facts) if evidence.rule else ""


@register.filter
def severity_tone(case: Case) -> str:
    """The colour class of a case: of an opportunity always the good one."""
    return "good" if case.kind == "opportunity" else SEVERITY_TONES[case.severity]


@register.filter
def type_icon(case: Case) -> str:
    return ICONS.get(case.type, "alert")
