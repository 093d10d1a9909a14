"""What was found, as sentences: without what is not known, and each day once."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from health.models import Case
from health.states import STATES
from health.words import states as state_words
from tests import factories as make
from tests.factories import DAY

pytestmark = pytest.mark.django_db
GAPS = re.compile(r"–|“”|, ,|、、|(^|\s),|[,、]\s*$|None")
UNKNOWN = [(key, fact, nothing) for key, state in STATES.items() for fact in state.unknown for nothing in (None, "")]


@pytest.fixture(autouse=True)
def today() -> None:
    make.organisation(frozen_today=DAY)


@pytest.mark.parametrize(("key", "fact", "nothing"), UNKNOWN)
def test_what_is_not_known_leaves_no_gap(key: str, fact: str, nothing: str | None) -> None:
    asked = re.findall(r"%\((\w+)\)s", _raw(STATES[key].says) + _raw(STATES[key].unknown[fact]))
    facts = {name: "2026-11-01" if name == "since" or name.endswith("_on") else 2 for name in asked} | {fact: nothing}
    assert not GAPS.search(state_words.found(key, facts, on=dt.date(2026, 11, 3)))


def _raw(sentence: Any) -> str:
    """The sentence with its places, of a plural the first form."""
    return str(sentence % _Places())


class _Places(dict[str, Any]):
    def __missing__(self, key: str) -> Any:
        return state_words.Counted(1, f"%({key})s")


def test_a_low_answer_of_nobody_known_names_nobody() -> None:
    facts = {"answer": 2, "answers": 2, "name": "", "last_on": "2026-11-01", "since": "2026-11-01"}
    assert state_words.found("nps_low", facts, on=dt.date(2026, 11, 1)) == "NPS 2 on 1 Nov, 2 low answers"
    assert state_words.found("nps_low", facts | {"name": "Ada"}) == "NPS 2 on 1 Nov, 2 low answers, Ada"


def test_the_day_of_the_evidence_is_said_once() -> None:
    fell = {"from": 77, "to": 57, "since": "2026-11-15"}
    assert state_words.found("score_drop", fell, on=dt.date(2026, 11, 15)) == "Score 77 to 57 since 15 Nov"
    later = state_words.found("score_drop", fell, on=dt.date(2026, 11, 17))
    assert later == "Score 77 to 57 since 15 Nov, as of 17 Nov"


def test_evidence_of_another_rule_says_what_it_is_about() -> None:
    case = Case(title="Usage falling")
    case.__dict__.update(seen_by="silence", seen_facts={"days": 16, "last_on": "2026-11-13"}, titled_by="usage_falling")
    assert state_words.seen(case) == f"{STATES['silence'].name}: 16 days without use, the last on 13 Nov"
    case.__dict__["titled_by"] = "silence"
    assert state_words.seen(case) == "16 days without use, the last on 13 Nov"
