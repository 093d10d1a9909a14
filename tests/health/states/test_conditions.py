"""What conditions ask of health: worked rows, the day before, the day and the day after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import translation

from accounts import conditions
from accounts.conditions import fields, words
from accounts.forms.rules import ConditionsForm
from accounts.models import Customer, Touchpoint
from health import states
from health.models import NamedScore, Scorecard, ScorecardAct, Standing, StandingChange
from health.states import table
from tests.accounts.conditions.trees import different_customers
from tests.accounts.test_conditions_form import drawn
from tests.factories import DAY, customer
from tests.health.cases.rows import rule
from tests.playbooks.rows import NOW, before, case, score

pytestmark = pytest.mark.django_db


def leaf(field: str, test: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "test": test, "value": value}


def names(stored: Any, day: dt.date = DAY, today: dt.date | None = None) -> set[str]:
    conditions.check(stored)
    return set(Customer.objects.filter(conditions.Holds(stored, day, today)).values_list("name", flat=True))


def actual(field: str, of: Customer, day: dt.date = DAY, today: dt.date | None = None) -> Any:
    test = "at_least" if "at_least" in fields.named(field).tests else "known"
    stored = [leaf(field, test, 1 if test == "at_least" else None)]
    return conditions.explain(stored, of, day, today=today).members[0].actual


def test_open_cases_are_counted_by_kind_severity_and_rule() -> None:
    one, none = customer(name="one"), customer(name="none")
    quiet = rule("quiet", name="Quiet")
    case(one, 10, rule=quiet, reason="quiet", severity="low")
    case(one, 5, kind="opportunity", reason="up", severity="urgent")
    case(one, 3, kind="risk", reason="bad", severity="high")
    case(one, 9, reason="old", state="closed", resolution="resolved", closed_on=before(1), severity="urgent")
    wanted = {
        "open_cases": 3, "open_risks": 2, "open_opportunities": 1, "open_severe": 2, "open_urgent": 1,
        "open_cases_of:quiet": 1, "open_cases_of:other": 0,
    }  # fmt: skip
    assert {key: actual(key, one) for key in wanted} == wanted
    assert {actual(key, none) for key in wanted} == {0}
    assert names([leaf("open_cases", "at_least", 3)]) == {"one"}
    assert names([leaf("open_cases", "at_most", 0)]) == {"none"}


@pytest.mark.parametrize(("ago", "open_then"), [(11, 0), (10, 1), (2, 1), (1, 0), (0, 0)])
def test_case_is_open_from_its_first_day_until_the_day_it_closes(ago: int, open_then: int) -> None:
    one = customer()
    case(one, 10, state="closed", resolution="resolved", closed_on=before(1))
    assert actual("open_cases", one, before(ago), today=DAY) == open_then


def test_measures_are_those_of_the_score_that_held_on_the_day() -> None:
    one, other = customer(name="one"), customer(name="other")
    score(one, 50, 20, parts={"usage_trend": (-0.25, 40), "nps": (30, 80)})
    score(one, 70, 5, parts={"usage_trend": (0.1, 90)})
    score(other, None, 5, parts={})
    assert actual("measure_points:usage_trend", one) == 90
    assert actual("measure_value:usage_trend", one) == 10
    assert actual("measure_points:nps", one) is None
    for ago, points in ((5, 90), (6, 40), (20, 40), (21, None)):
        assert actual("measure_points:usage_trend", one, before(ago), today=DAY) == points
    assert actual("measure_value:nps", one, before(6), today=DAY) == 30
    assert names([leaf("measure_value:usage_trend", "at_least", 10)]) == {"one"}
    assert names([leaf("measure_points:usage_trend", "missing")]) == {"other"}


def test_score_and_band_of_a_past_day_come_from_the_history() -> None:
    one, unscored = customer(name="one", score=70, band="green", band_since=before(5)), customer(name="unscored")
    score(one, 50, 20)
    score(one, 70, 5)
    assert (actual("score", one), actual("band", one), actual("days_in_band", one)) == (70, "green", 5)
    assert (actual("score", one, before(6), DAY), actual("band", one, before(6), DAY)) == (50, "yellow")
    assert conditions.explain([leaf("band", "is", "red")], unscored, before(6), today=DAY).holds is False
    assert conditions.explain([leaf("score", "at_least", 1)], unscored, before(6), today=DAY).holds is False
    assert conditions.explain([leaf("band", "is", "red")], unscored, DAY, today=DAY).holds is False
    assert conditions.explain([leaf("days_in_band", "at_least", 1)], one, before(1), today=DAY).holds is None


def test_named_score_ends_when_its_scorecard_is_taken_out_of_use() -> None:
    one = customer()
    card = Scorecard.objects.create(key="risk", name="Risk", purpose="risk", created_on=DAY)
    NamedScore.objects.create(customer=one, purpose="risk", scorecard=card, day=before(10), value=80, band="green")
    assert actual("score_risk", one) == 80
    assert actual("score_expansion", one) is None
    ScorecardAct.objects.create(key="risk", version=1, act="retired", day=before(3), at=NOW)
    assert actual("score_risk", one) is None
    assert actual("score_risk", one, before(4), DAY) == 80
    assert actual("score_risk", one, before(3), DAY) is None
    assert [actual("score_risk", one, before(back), DAY) for back in (10, 11)] == [80, None]


def test_where_a_customer_stands_is_asked_now_and_then() -> None:
    one = customer(name="one")
    Standing.objects.create(customer=one, kind="motion", state="save", since=before(3))
    StandingChange.objects.create(customer=one, kind="motion", state="nurture", from_day=before(10))
    StandingChange.objects.create(customer=one, kind="motion", state="save", from_day=before(3))
    assert names([leaf("motion", "is", "save")]) == {"one"}
    assert names([leaf("motion", "is", "save")], before(3), DAY) == {"one"}
    assert names([leaf("motion", "is", "save")], before(4), DAY) == set()
    assert names([leaf("motion", "is", "nurture")], before(4), DAY) == {"one"}
    assert conditions.explain([leaf("motion", "is_not", "save")], one, before(11), today=DAY).holds is None


def test_what_is_offered_follows_rules_and_measures() -> None:
    rule("quiet", name="Quiet")
    keys = {field.key: str(field.label) for _group, of in fields.offered() for field in of}
    assert keys["open_cases_of:quiet"] == "Open cases of “Quiet”"
    assert keys["measure_value:usage_trend"].endswith("(%)")
    assert keys["measure_points:nps"].endswith("(points)")
    with translation.override("ja"):
        assert words.phrases([leaf("measure_points:nps", "at_least", 5)], DAY) != words.phrases(
            [leaf("x", "is", "y")], DAY
        )


@pytest.mark.parametrize(
    "key", ["measure_points:", "measure_points:a b", "open_cases_of:" + "x" * 41, "measure_value:a:b"]
)
def test_member_that_can_be_no_key_is_no_field(key: str) -> None:
    assert fields.find(key) is None


NEEDED: dict[str, dict[str, Any]] = {
    "measure_below": {"measure": "usage_trend"},
    "measure_fell": {"measure": "usage_trend", "by": 3},
}


def state(key: str, **values: Any) -> dict[str, Any]:
    return {"state": key, "values": NEEDED.get(key, {}) | values}


@pytest.mark.parametrize("key", sorted(states.STATES))
def test_state_in_a_tree_holds_for_those_whom_its_own_query_names(key: str) -> None:
    """The same customers as a rule or a playbook on the state, and each explanation agrees; nested as well."""
    everybody = different_customers()
    watch = states.watch(key, state(key)["values"])
    with transaction.atomic(), connection.cursor() as cursor:
        columns = table.build(DAY, watch.reads.values(), None)
        cursor.execute(watch.query(columns), table.moment_of(DAY, None) | watch.bound())
        own = {row[0] for row in cursor.fetchall()}
        table.drop()
    for stored, wanted in (([state(key)], own), ({"none": [state(key)]}, {one.pk for one in everybody} - own)):
        conditions.check(stored)
        found = Customer.objects.filter(conditions.Holds(stored, DAY))
        assert set(found.values_list("pk", flat=True)) == wanted
        assert {one.pk for one in everybody if conditions.explain(stored, one, DAY).holds} == wanted
    assert conditions.write(conditions.read([state(key)])) == [state(key)]


def test_state_says_what_it_asks_and_what_was_found() -> None:
    one = customer(name="one", first_contract_on=before(400), last_touch_on=before(200))
    busy = customer(name="busy", first_contract_on=before(400))
    for of, ago in ((one, 200), (busy, 10)):
        Touchpoint.objects.create(customer=of, kind="call", happened_on=before(ago))
    stored = [state("no_touch", days=60)]
    assert names(stored) == {"one"}
    (line,) = words.lines(conditions.explain(stored, one, DAY), DAY)
    assert (line.words, line.holds) == ("No two-way touch for 60 days", True)
    assert "200" in line.actual
    (line,) = words.lines(conditions.explain(stored, busy, DAY), DAY)
    assert (line.actual, line.holds) == ("none", False)


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ({"state": "moon", "values": {}}, "no field “state:moon”"),
        ({"state": ["silence"], "values": {}}, "no field “list”"),
        ({"state": "silence", "values": []}, "needs a value"),
        ({"state": "silence", "values": {"days": 0}}, "greater than or equal to 1"),
        ({"state": "silence", "values": {"moon": 1}}, "no such value"),
        ({"state": "silence", "values": {"days": "NaN"}}, "whole number"),
    ],
)
def test_state_that_cannot_be_asked_is_named(stored: Any, problem: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        conditions.check([stored])
    assert problem in refused.value.messages[0]
    assert refused.value.messages[0].startswith("Condition 1: ")


@pytest.mark.parametrize("key", sorted(states.STATES))
def test_form_of_a_state_gives_back_what_it_drew(key: str) -> None:
    values = states.check(key, NEEDED.get(key, {}))
    stored = {"none": [{"state": key, "values": values}]}
    form = ConditionsForm(drawn(ConditionsForm(None, prefix="c", stored=stored)), prefix="c")
    assert form.is_valid(), [part.form.errors for part in form.root.parts]
    assert form.stored() == stored
