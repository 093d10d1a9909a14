from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from health import states
from health.models import Case, CaseRule
from health.states import values
from playbooks import enrolment, parameters, triggers
from playbooks.models import Enrolment, TriggerKind
from tests.factories import DAY, customer, organisation
from tests.playbooks.rows import before, case, closed, entered, milestone, playbook, renewal, score, stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    return organisation()


DROP = {"state": "score_drop", "values": {"points": 15, "days": 30}}


def below(measure: str, limit: float) -> dict[str, Any]:
    return {"state": "measure_below", "values": {"measure": measure, "of": "points", "beyond": limit}}


def test_renewal_due_lets_in_what_is_preparing():
    play = playbook("renewal_due", reentry_days=0)
    preparing, upcoming, shut = customer(), customer(), customer()
    due = renewal(preparing, 80)
    renewal(upcoming, 200, stage="upcoming", prep_opened_on=None)
    closed(shut, 1)
    assert enrolment.sweep(DAY) == 1
    assert entered(play) == [(preparing.pk, f"renewal:{due.pk}")]
    assert Enrolment.objects.get().renewal == due
    assert Enrolment.objects.get().why["due_on"] == "2027-02-12"


@pytest.mark.parametrize(("due_in", "enters"), [(31, 0), (30, 1), (-3, 1)])
def test_renewal_due_counts_days_before_the_end(due_in, enters):
    playbook("renewal_due", trigger={"days": 30}, reentry_days=0)
    renewal(customer(), due_in, stage="upcoming", prep_opened_on=None)
    assert enrolment.sweep(DAY) == enters


def test_renewals_that_share_their_prep_are_one_occasion():
    play = playbook("renewal_due", reentry_days=0)
    one = customer()
    head = renewal(one, 70)
    renewal(one, 80, prep_with=head)
    apart = renewal(one, 20)
    enrolment.sweep(DAY)
    assert entered(play) == sorted([(one.pk, f"renewal:{head.pk}"), (one.pk, f"renewal:{apart.pk}")])


def test_renewal_closed_lets_in_the_outcomes_chosen():
    play = playbook("renewal_closed", reentry_days=0)
    won, grown, lost, old = customer(), customer(), customer(), customer()
    for one, ago, outcome in [(won, 1, "renewed"), (grown, 30, "expanded"), (lost, 1, "churned"), (old, 31, "renewed")]:
        closed(one, ago, outcome)
    enrolment.sweep(DAY)
    assert [pk for pk, _ in entered(play)] == [won.pk, grown.pk]


def test_two_renewals_closed_together_enter_once_where_days_apart_are_asked():
    play = playbook("renewal_closed", reentry_days=30)
    one = customer()
    closed(one, 2)
    closed(one, 1)
    enrolment.sweep(DAY)
    enrolment.sweep(DAY)
    assert len(entered(play)) == 1


@pytest.mark.parametrize(
    ("history", "occasion"),
    [
        ([(80, 60), (66, 5)], None),  # 14 points
        ([(80, 60), (65, 5)], "state:score_drop:2026-11-19"),  # 15 points
        ([(80, 60), (65, 30)], None),  # held at the beginning of the window already
        ([(80, 60), (65, 29)], "state:score_drop:2026-10-26"),
        ([(60, 60), (80, 20), (65, 5)], "state:score_drop:2026-11-19"),  # from the peak inside the window
        ([(80, 60), (60, 20), (78, 5)], None),  # recovered
        ([(80, 60), (60, 20), (78, 10), (60, 3)], "state:score_drop:2026-11-21"),  # and fell again
        ([(80, 60), (72, 20), (64, 10), (50, 3)], "state:score_drop:2026-11-14"),  # the day it was first seen
        ([(60, 5)], None),  # never scored before
        ([(80, 60), (60, 20), (None, 2)], None),  # no score now
        ([(80, 60), (None, 20), (60, 2)], "state:score_drop:2026-11-22"),
    ],
)
def test_score_drop(history, occasion):
    play = playbook("state", trigger=DROP)
    one = customer()
    for value, ago in history:
        score(one, value, ago)
    enrolment.sweep(DAY)
    assert [which for _, which in entered(play)] == ([occasion] if occasion else [])


def test_a_drop_that_lasts_enters_once():
    play = playbook("state", trigger=DROP, reentry_days=0)
    one = customer()
    for value, ago in [(90, 60), (70, 20), (60, 18), (52, 15)]:
        score(one, value, ago)
    for ago in range(20, -40, -1):
        enrolment.sweep(before(ago))
        Enrolment.objects.filter(state="running").update(state="done", finished_on=before(ago))
    assert entered(play) == [(one.pk, "state:score_drop:2026-11-04")]


@pytest.mark.parametrize(
    ("history", "occasion"),
    [
        ([(40, 5)], None),
        ([(39, 5)], "state:measure_below:2026-11-19"),
        ([(90, 40), (0, 20), (10, 10)], "state:measure_below:2026-11-04"),
        ([(0, 40), (90, 20), (10, 10)], "state:measure_below:2026-11-14"),
        ([(0, 40), (90, 20)], None),
    ],
)
def test_measure_below(history, occasion):
    play = playbook("state", trigger=below("usage_trend", 40))
    one = customer()
    for points, ago in history:
        score(one, 60, ago, parts={"usage_trend": (0.1, points)})
    enrolment.sweep(DAY)
    assert [which for _, which in entered(play)] == ([occasion] if occasion else [])


def test_measure_below_by_points_and_days_without_data_end_no_run():
    play = playbook("state", trigger=below("nps", 40))
    one, other = customer(), customer()
    score(one, 60, 50, parts={"nps": (2, 10)})
    score(one, 60, 30, parts={})
    score(one, 60, 10, parts={"nps": (2, 39)})
    score(other, 60, 10, parts={"usage_trend": (0, 10)})
    enrolment.sweep(DAY)
    assert entered(play) == [(one.pk, "state:measure_below:2026-10-05")]


def test_milestone_missed_takes_the_latest_that_is_not_reached():
    play = playbook("milestone_missed")
    late, since_reached, fine, long_ago = customer(), customer(), customer(), customer()
    milestone(late, "activation", missed=20, due=21)
    milestone(late, "habit", missed=1, due=2)
    milestone(since_reached, missed=9, reached=3)
    milestone(fine, missed=None, reached=9)
    milestone(long_ago, missed=31)
    enrolment.sweep(DAY)
    assert entered(play) == [(late.pk, "milestone:habit")]


def test_stage_entered_recently_and_still_held():
    play = playbook("stage_entered")
    new, long_there, gone_on = customer(), customer(), customer()
    stage(new, "onboarding", 30)
    stage(long_there, "onboarding", 31)
    stage(gone_on, "onboarding", 20)
    stage(gone_on, "growth", 1)
    enrolment.sweep(DAY)
    assert entered(play) == [(new.pk, "stage:onboarding:2026-10-25")]


def test_by_hand_lets_nobody_in():
    playbook("by_hand")
    customer()
    assert enrolment.sweep(DAY) == 0


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("state", {"state": "score_drop", "values": {"points": 0}}, "points"),
        ("state", {"state": "score_drop", "values": {"days": 1.5}}, "days"),
        ("state", {"state": "score_drop", "values": {"points": "many"}}, "points"),
        ("state", {"state": "score_drop", "values": {"points": True}}, "points"),
        ("state", {"state": "measure_below", "values": {"measure": "shoe_size"}}, "measure"),
        ("state", {"state": "silence", "values": {}, "days": 3}, "state"),
        ("state", {"state": "weather"}, "state"),
        ("state", {"state": "silence", "values": ["days"]}, "__all__"),
        ("state", [], "state"),
        ("stage_entered", "growth", "__all__"),
        ("renewal_closed", {"outcomes": ["won"]}, "outcomes"),
        ("renewal_closed", {"outcomes": []}, "outcomes"),
        ("renewal_closed", {"outcomes": "renewed"}, "outcomes"),
        ("renewal_due", {"weeks": 3}, "weeks"),
        ("stage_entered", {"stage": "asleep"}, "stage"),
        ("sunrise", {}, "trigger_kind"),
    ],
)
def test_values_that_do_not_fit_are_named(kind, given, field):
    with pytest.raises(ValidationError) as problem:
        parameters.check(kind, given)
    assert list(problem.value.message_dict) == [field]


def test_every_kind_has_parameters_and_defaults_that_fit():
    for kind in set(TriggerKind.values) - {"state"}:
        assert parameters.check(kind, {}) == values.defaults(parameters.EVENTS[kind])
    for state in states.STATES:
        assert parameters.check("state", {"state": state}) == {"state": state, "values": states.defaults(state)}


@pytest.mark.parametrize(
    ("trigger", "found"),
    [
        ({}, {"high", "low", "deal", "by hand"}),
        ({"within_days": 3}, {"high"}),
        ({"kind": "opportunity"}, {"deal"}),
        ({"severity": "high"}, {"high"}),
        ({"rules": ["quiet"]}, {"high", "low"}),
        ({"rules": ["quiet", "upsell"], "severity": "medium"}, {"high", "deal"}),
        ({"alerted": "all"}, {"high", "low", "deal", "by hand", "digest"}),
    ],
)
def test_case_opened_takes_open_cases_that_fit(trigger, found):
    fields = {"reason": "quiet", "detector": "silence"}
    quiet = CaseRule.objects.create(key="quiet", name="Quiet", **fields)
    upsell = CaseRule.objects.create(key="upsell", name="Upsell", kind="opportunity", **fields)
    of = {name: customer(name=name) for name in ("high", "low", "deal", "by hand", "digest", "old", "over")}
    case(of["high"], 3, rule=quiet, severity="high")
    case(of["low"], 7, rule=quiet, severity="low")
    case(of["deal"], 4, rule=upsell, kind="opportunity")
    case(of["by hand"], 4)
    case(of["digest"], 0, rule=quiet, alerted=False)
    case(of["old"], 8, rule=quiet)
    case(of["over"], 0, rule=quiet, state="closed", resolution="resolved", closed_on=DAY)
    play = playbook("case_opened", trigger=trigger)
    enrolment.sweep(DAY)
    enrolment.sweep(DAY)
    opened = {name: Case.objects.get(customer=of[name]).pk for name in found}
    assert entered(play) == sorted((of[name].pk, f"case:{pk}") for name, pk in opened.items())


def test_a_second_case_is_an_occasion_of_its_own():
    play = playbook("case_opened", reentry_days=0)
    one = customer()
    first = case(one, 2)
    enrolment.sweep(DAY)
    Enrolment.objects.update(state="done", finished_on=DAY)
    second = case(one, 0, reason="other")
    enrolment.sweep(DAY)
    assert entered(play) == sorted([(one.pk, f"case:{first.pk}"), (one.pk, f"case:{second.pk}")])


def test_case_trigger_names_rules_that_exist():
    with pytest.raises(ValidationError) as refused:
        playbook("case_opened", trigger={"rules": ["moon"]})
    assert set(refused.value.message_dict) == {"rules"}


@pytest.mark.parametrize(
    ("kind", "happens"),
    [
        ("renewal_due", lambda one: renewal(one, 80, prep_with=renewal(one, 70))),
        ("renewal_closed", lambda one: closed(one, 1)),
        ("milestone_missed", milestone),
        ("stage_entered", lambda one: stage(one, "onboarding", 1)),
        ("case_opened", lambda one: case(one, 1, severity="urgent")),
    ],
)
def test_an_event_of_some_is_that_of_everybody_for_them(kind, happens):
    version = playbook(kind).published
    one, two = customer(), customer()
    for each in (one, two):
        happens(each)
    everybody = rows_of(version, None)
    assert {row[0] for row in everybody} == {one.pk, two.pk}
    assert rows_of(version, [one.pk]) == [row for row in everybody if row[0] == one.pk]
    assert rows_of(version, []) == []


def rows_of(version, only):
    asked = triggers.query(version, None, DAY, {}, only)
    with connection.cursor() as cursor:
        cursor.execute(asked.sql, asked.params)
        return sorted(cursor.fetchall(), key=lambda row: row[:2])
