"""States, conditions and verdicts as sentences: for rules, for playbooks, and wherever evidence is shown.

A shared edge: the pages of playbooks describe their triggers with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from asgiref.local import Local
from django import forms
from django.core.signals import request_started
from django.dispatch import receiver
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.conditions.words import Line, line
from accounts.models import Band, Status
from config.setaside.reading import UNREADABLE, readable
from config.ui import figures
from config.ui.context import today
from health.measures import SHIPPED, Measure, catalogue
from health.models import Case, Milestone
from health.states import STATES, State, defaults
from health.states.verdicts import Check, Verdict
from health.words.amounts import shown

Facts = Mapping[str, Any]
Words = tuple[str, str]
SHARES: Final = {"share", "change"}
AMOUNTS: Final = {"figure", "before", "beyond", "by"}
LABELS: Final = {"milestone": Milestone.Key, "milestones": Milestone.Key, "band": Band, "band_before": Band}
_asked = Local()


class Counted(int):
    """A figure that decides the plural and is shown in words."""

    words: str

    def __new__(cls, number: int, words: str) -> Self:
        figure = super().__new__(cls, number)
        figure.words = words
        return figure

    def __str__(self) -> str:
        return self.words


UNKNOWN: Final = Counted(1, figures.NONE)


class FactWords(dict[str, Any]):
    """Facts in words; ``told`` collects the keys a sentence used. An unknown fact is a dash."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        super().__init__(words)
        self.told: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.told.add(key)
        return super().__getitem__(key)

    def __missing__(self, key: str) -> Counted:
        return UNKNOWN


def asks(key: str, values: Facts) -> str:
    """The condition of a state with these values: ``No use for 14 days``. Empty for a state that no longer exists; a
    notice for values that cannot be read.
    """
    state = STATES.get(key)
    if state is None:
        return ""
    return readable(lambda: _filled(state.asks, defaults(key) | dict(values))[0], str(UNREADABLE))


def found(key: str, facts: Facts, note: str | None = "", on: dt.date | None = None) -> str:
    """The evidence: ``20 days without use, the last on 4 Nov``; the note where there is no state or no fact.

    ``on`` is the day of the evidence, added unless it is today or in the sentence.
    """
    state = STATES.get(key)
    sentence, used_keys = _filled(_sentence(state, facts), facts) if state and facts else (note or "", set())
    if not sentence or on is None or on == today() or on.isoformat() in {facts.get(name) for name in used_keys}:
        return sentence
    return _("%(evidence)s, as of %(day)s") % {"evidence": sentence, "day": figures.day(on, today())}


def seen(case: Case) -> str:
    """The newest evidence of a case of ``health.cases.lists.with_newest``, with its day unless that is today."""
    key, facts = getattr(case, "seen_by", "") or "", getattr(case, "seen_facts", None) or {}
    sentence = found(key, facts, getattr(case, "seen_note", ""), getattr(case, "seen_on", None))
    titled_by = getattr(case, "titled_by", None)
    if sentence and key in STATES and titled_by and titled_by != key:
        # The evidence is another rule's of the same reason, so the title does not describe it.
        return _("%(state)s: %(evidence)s") % {"state": STATES[key].name, "evidence": sentence}
    return sentence


def behind(key: str, facts: Facts) -> str:
    """The measure whose rows are the evidence; empty where there is none."""
    state = STATES.get(key)
    measure = str(facts.get("measure") or state.behind) if state else ""
    return measure if measure and measure_named(measure) else ""


def lines(
    verdict: Verdict, key: str, values: Facts, day: dt.date, worded: Mapping[str, Callable[[Facts, dt.date], Words]]
) -> list[Line]:
    """A verdict as lines in order. ``worded`` gives the words of the checks that only a rule, or a playbook, has."""
    return [
        line(check.condition, day) if check.condition else Line(*_check(check, key, values, day, worded), check.holds)
        for check in verdict.checks
    ]


def value_words(field: forms.Field | None, value: Any) -> str:
    """A stored value as its form field shows it."""
    if value in (None, "", []):
        return figures.NONE
    choices = getattr(field, "choices", ())
    labels = {str(choice): str(label) for choice, label in choices}
    if isinstance(value, list):
        return figures.listed(labels.get(str(item), str(item)) for item in value)
    if isinstance(value, str):
        return labels.get(value, value)
    return figures.number(value, 0 if value == int(value) else 2)


def measure_named(key: str) -> Measure | None:
    """The measure called ``key``. At most one statement a request, however often it is called."""
    if key in SHIPPED:
        return SHIPPED[key]
    if not getattr(_asked, "measures", None):
        _asked.measures = catalogue()
    measure: Measure | None = _asked.measures.get(key)
    return measure


@receiver(request_started)
def _forget(**_signal: Any) -> None:
    _asked.measures = {}


def _check(
    check: Check, key: str, values: Facts, day: dt.date, worded: Mapping[str, Callable[[Facts, dt.date], Words]]
) -> Words:
    if check.key == "state":
        return asks(key, values), found(key, check.actual) if check.holds else _measured(check.actual)
    if check.key == "current":
        return _("Live customer"), str(Status(check.actual["status"]).label)
    return worded[check.key](check.actual, day)


def _measured(actual: Facts) -> str:
    """The values of a customer that is not in the state: its measures, else its score."""
    amounts = [
        f"{measure.name} {shown(amount, measure.unit)}"
        for key, amount in actual.get("measures", {}).items()
        if amount is not None and (measure := measure_named(key))
    ]
    if amounts:
        return figures.listed(amounts)
    score = actual.get("score")
    return _("score %(score)s") % {"score": figures.number(score)} if score is not None else _("no data")


def _sentence(state: State, facts: Facts) -> Promise:
    """The sentence of the state: the one for the first unknown fact, else the one for complete facts."""
    return next((sentence for key, sentence in state.unknown.items() if facts.get(key) in (None, "")), state.says)


def _filled(sentence: Promise, facts: Facts) -> tuple[str, set[str]]:
    """The sentence filled with the facts, and the keys of those it used."""
    fact_words = FactWords({key: _word(key, value, facts) for key, value in facts.items()})
    # A sentence whose plural hangs on another figure names its days with their own.
    if isinstance(facts.get("days"), (int, float)):
        fact_words["span"] = figures.days(int(facts["days"]))
    return str(sentence % fact_words), fact_words.told


def _word(key: str, value: Any, facts: Facts) -> Any:
    if value is None or value == "":
        return UNKNOWN
    if key == "measure":
        measure = measure_named(value)
        return str(measure.name) if measure else str(value)
    if key in LABELS:
        return value_words(forms.ChoiceField(choices=LABELS[key].choices), value)
    if key in AMOUNTS and "measure" in facts:
        return _amount(value, facts)
    if key == "since" or key.endswith("_on"):
        return figures.day(dt.date.fromisoformat(value), today())
    return figures.percent(value) if key in SHARES else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return figures.listed(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return Counted(int(value), figures.number(value)) if value == int(value) else figures.number(value, 1)


def _amount(value: float, facts: Facts) -> str:
    measure = measure_named(facts["measure"])
    if measure and facts.get("of", "value") == "value":
        return shown(value, measure.unit)
    return _("%(points)s points") % {"points": figures.number(value, 0 if value == int(value) else 1)}
