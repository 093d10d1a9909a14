"""Motion, retention state and rung of a customer in sentences: the stored facts in the reader's language."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import AdvocacyAct, Band, Status, TouchModel
from config.ui import figures
from health.models import Milestone, Motion, RetentionState, Rung, Severity, SurveyKind

TONES: Final[dict[str, str]] = {
    Motion.PART: "calm",
    Motion.SAVE: "risk",
    Motion.HIGH_TOUCH: "risk",
    Motion.ONBOARD: "watch",
    Motion.PREPARE: "info",
    Motion.FIND_OUT: "calm",
    Motion.EXPAND: "good",
    Motion.TOUCH: "watch",
    Motion.STRENGTHEN: "watch",
    Motion.NURTURE: "good",
    RetentionState.ACTIVE: "good",
    RetentionState.PASSIVE: "watch",
    RetentionState.UNKNOWN: "calm",
    Rung.ADVOCACY: "good",
    Rung.LOYALTY: "good",
    Rung.RETENTION: "info",
    Rung.NONE: "calm",
}
USAGE: Final[dict[str, str | Promise]] = {
    "rising": gettext_lazy("usage rises"),
    "flat": gettext_lazy("usage is flat"),
    "falling": gettext_lazy("usage falls"),
    "silent": gettext_lazy("usage has stopped"),
    "none": gettext_lazy("no earlier usage to compare"),
}


def motion(facts: dict[str, Any], today: dt.date) -> str:
    """Why this motion, in one sentence."""
    rule = facts["rule"]
    if rule in DATED:
        key, sentence = DATED[rule]
        return str(sentence) % {"day": _day(facts[key], today)}
    if rule == "at_risk":
        return _at_risk(facts)
    if rule == "onboarding_late":
        return _("Late: %(milestones)s.") % {"milestones": _milestones(facts["late"])}
    if rule == "expansion_ready":
        return (
            _("Health is green and an opportunity is open.")
            if facts["opportunity"]
            else _("Health is green and the expansion score is green.")
        )
    if rule == "untouched":
        return _untouched(facts, today)
    return str(PLAIN[rule])


# The fact whose day the sentence names.
DATED: Final[dict[str, tuple[str, str | Promise]]] = {
    "ending": ("leaves", gettext_lazy("It leaves on %(day)s: the end is confirmed.")),
    "renewal_near": ("renewal", gettext_lazy("It renews on %(day)s.")),
}
PLAIN: Final[dict[str, str | Promise]] = {
    "notice": gettext_lazy("Notice is given."),
    "red_valued": gettext_lazy("Health is red, and people serve this customer."),
    "no_data": gettext_lazy("There is no score: nothing was measured yet."),
    "yellow": gettext_lazy("Health is yellow: what weighs it down comes first."),
    "healthy": gettext_lazy("Health is green and nothing asks for a person today."),
}


def _at_risk(facts: dict[str, Any]) -> str:
    if facts["band"] == Band.RED:
        return _("Health is red.")
    if facts["risk"] in {Severity.HIGH, Severity.URGENT}:
        return _("A risk case is open: %(severity)s.") % {"severity": Severity(facts["risk"]).label}
    return _("Health is yellow, and the customer is disengaged.")


def _untouched(facts: dict[str, Any], today: dt.date) -> str:
    if not facts["touched"]:
        return _("Health is green, and nobody has ever been in touch.")
    days = (today - dt.date.fromisoformat(facts["touched"])).days
    return _("Health is green, and the last two-way touch was %(ago)s.") % {"ago": figures.days_ago(days)}


def has(rule: str, facts: dict[str, Any], today: dt.date) -> str:
    """The customer's values that a rule evaluates."""
    band = str(Band(facts["band"]).label) if facts["band"] else _("no score")
    texts: dict[str, str] = {
        "ending": _day(facts["leaves"], today) if facts.get("leaves") else _("no end is known"),
        "notice": str(Status(facts["status"]).label),
        "red_valued": figures.listed([band, TouchModel(facts["touch_model"]).label]),
        "at_risk": figures.listed([band, *_risks(facts)]),
        "onboarding_late": _milestones(facts["late"]) or _("none late"),
        "renewal_near": _day(facts["renewal"], today) if facts["renewal"] else _("no renewal"),
        "expansion_ready": figures.listed([band, *_chances(facts)]),
        "untouched": figures.listed([band, _day(facts["touched"], today) if facts["touched"] else _("never touched")]),
    }
    return texts.get(rule, band)


def asks(rule: str, facts: dict[str, Any], today: dt.date) -> str:
    """The customer's own day that a rule compares with: the first day of its renewal prep; empty for other rules."""
    return _("from %(day)s") % {"day": _day(facts["prep"], today)} if rule == "renewal_near" and facts["prep"] else ""


def _risks(facts: dict[str, Any]) -> list[str]:
    risks = []
    if facts["risk"]:
        risks.append(_("risk case: %(severity)s") % {"severity": Severity(facts["risk"]).label})
    if facts["retention"]:
        risks.append(_("retention: %(state)s") % {"state": RetentionState(facts["retention"]).label})
    return risks


def _chances(facts: dict[str, Any]) -> list[str]:
    chances = [_("opportunity open") if facts["opportunity"] else _("no opportunity")]
    if facts["expansion"]:
        chances.append(_("expansion score: %(band)s") % {"band": Band(facts["expansion"]).label})
    return chances


def retention(facts: dict[str, Any]) -> str:
    """The evidence for a retention state, in words: usage, then the signs for or against a choice."""
    reasons: list[str] = [str(USAGE[facts["usage"]])]
    signs = (
        ("early", _("renewed early")),
        ("expanded", _("expanded in the term")),
        ("more_people", _("more people at work")),
        ("spoke_on", _("is an advocate")),
        ("multi_year", _("contract of several years")),
        ("auto_renews", _("renews by itself")),
    )
    reasons += [label for key, label in signs if facts[key]]
    if facts["sentiment"]:
        reasons.append(_("sentiment %(n)s of 5") % {"n": facts["sentiment"]})
    return figures.listed(reasons)


def evidence(facts: dict[str, Any], today: dt.date) -> str:
    """The evidence for a rung, with its day: ``NPS 9, 12 Oct``."""
    if not facts:
        return _("nothing shown yet")
    kind = facts["kind"]
    if kind == "renewed":
        label = _("renewed")
    elif kind in SurveyKind.values:
        label = f"{SurveyKind(kind).label} {facts['answer']}"
    else:
        label = str(AdvocacyAct.Kind(kind).label)
    return figures.listed([label, _day(facts["on"], today)])


def _milestones(keys: list[str]) -> str:
    return figures.listed(Milestone.Key(key).label for key in keys)


def _day(text: str, today: dt.date) -> str:
    return figures.day(dt.date.fromisoformat(text), today)


def move(before: str | None, after: str) -> str:
    """Whether a rung was climbed or lost; the first ever is neither."""
    order = list(Rung.values)
    if not after:
        return pgettext("loyalty level", "left us")
    if not before:
        return pgettext("loyalty level", "first")
    climbed = order.index(after) > order.index(before)
    return pgettext("loyalty level", "up") if climbed else pgettext("loyalty level", "down")
