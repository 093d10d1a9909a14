"""Playbooks that start on a state: once a stretch, as the case rules see it, and nobody stops the others."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from config.setaside.models import SetAside
from health.cases import sweep as cases
from health.models import Case, CaseRule
from playbooks import enrolment, shipped, versions
from playbooks.models import Enrolment, Playbook, PlaybookHold, PlaybookVersion
from playbooks.steps import task_step
from playbooks.versions import Design
from tests import migrating
from tests.factories import DAY, customer, organisation
from tests.health.cases.rows import rule
from tests.health.conftest import ago, use
from tests.health.states.held import card
from tests.health.states.held import score as scored
from tests.playbooks.rows import NOW, before, entered, playbook, renewal, stage
from tests.waiting import until_somebody_waits

pytestmark = pytest.mark.django_db
SILENT = {"state": "silence", "values": {"days": 14}}


@pytest.fixture(autouse=True)
def company(db: None) -> None:
    organisation()


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def quiet(days: int = 20, **fields: Any) -> Any:
    made = customer(**fields)
    use(made, [days])
    return made


def test_harder_scorecard_version_opens_no_case_and_starts_no_play() -> None:
    one = customer()
    scored(one, 40, 80, card())
    scored(one, 5, 50, card(version=2))
    rule(detector="score_drop", swept_on=ago(1))
    playbook("state", trigger={"state": "score_drop"})
    assert (cases.sweep(DAY), enrolment.sweep(DAY)) == (0, 0)
    scored(one, 2, 30, card(key="other"))
    scored(one, 1, 10, card(key="same", version=3))
    assert (cases.sweep(DAY), enrolment.sweep(DAY)) == (0, 0)


def test_fall_within_a_version_opens_a_case_and_starts_a_play() -> None:
    one, same = customer(), card()
    scored(one, 40, 80, same)
    scored(one, 5, 50, same)
    rule(detector="score_drop", swept_on=ago(1))
    play = playbook("state", trigger={"state": "score_drop"})
    assert (cases.sweep(DAY), enrolment.sweep(DAY)) == (1, 1)
    assert entered(play) == [(one.pk, f"state:score_drop:{ago(5)}")]


def test_state_that_lasts_lets_in_once_and_again_after_it_ended() -> None:
    play = playbook("state", trigger=SILENT, reentry_days=0)
    one = quiet()
    for days in range(4):
        enrolment.sweep(later(days))
        Enrolment.objects.update(state="done", finished_on=later(days))
    assert entered(play) == [(one.pk, f"state:silence:{ago(6)}")]
    use(one, [-4])
    enrolment.sweep(later(4))
    assert PlaybookHold.objects.get().until == later(4)
    enrolment.sweep(later(30))
    assert entered(play) == [(one.pk, f"state:silence:{ago(6)}"), (one.pk, f"state:silence:{later(18)}")]


def test_state_without_a_known_beginning_lets_in_on_the_day_it_is_first_seen() -> None:
    play = playbook("state", trigger={"state": "usage_falling"}, reentry_days=0)
    one = quiet(40)
    enrolment.sweep(DAY)
    Enrolment.objects.update(state="done", finished_on=DAY)
    enrolment.sweep(later(1))
    assert entered(play) == [(one.pk, f"state:usage_falling:{DAY}")]


def test_only_the_customers_named_enter() -> None:
    play = playbook("state", trigger=SILENT)
    events = playbook("stage_entered", name="Stage")
    one, other = quiet(), quiet()
    for each in (one, other):
        stage(each, "onboarding", 3)
    assert enrolment.sweep(DAY, [one.pk]) == 2
    assert [pk for pk, _ in entered(play) + entered(events)] == [one.pk, one.pk]
    assert enrolment.sweep(DAY, []) == 0
    assert enrolment.sweep(DAY) == 2
    assert PlaybookHold.objects.count() == 2


@pytest.mark.parametrize(
    "stored",
    [
        {"trigger": {"state": "weather", "values": {}}},
        {"trigger": {"state": "silence", "values": {"days": 10**400}}},
        {"trigger": {"state": "silence", "values": {"days": -1}}},
        {"trigger": {}},
        {"trigger": []},
        {"trigger_kind": "case_opened", "trigger": {"rules": ["gone"]}},
        {"audience": [{"field": "mood", "test": "is", "value": "good"}]},
    ],
)
def test_playbook_that_cannot_be_asked_is_named_and_stops_nobody(stored: dict[str, Any]) -> None:
    bad = playbook("state", trigger=SILENT, name="Bad")
    good = playbook("state", trigger=SILENT, name="Good")
    PlaybookVersion.objects.filter(playbook=bad).update(**stored)
    one = quiet()
    assert enrolment.sweep(DAY) == 1
    assert [pk for pk, _ in entered(good)] == [one.pk]
    assert list(SetAside.objects.values_list("step", "kind", "object_id", "words")) == [
        ("plays", "playbook", bad.pk, "Bad")
    ]
    versions.publish(versions.save_draft(bad, Design("state", SILENT, steps=[task_step("Call")]), None), NOW)
    assert not SetAside.objects.exists()
    assert enrolment.sweep(DAY) == 1


def test_churned_and_merged_customers_enter_only_what_names_them() -> None:
    win_back = [{"field": "status", "test": "is", "value": "churned"}]
    back = playbook("stage_entered", audience=win_back, name="Win back")
    usual = playbook("stage_entered", name="Usual")
    by_state = playbook("state", trigger=SILENT, name="Quiet")
    gone, merged, here = quiet(status="churned"), quiet(merged_into=customer(), status="churned"), quiet()
    for one in (gone, merged, here):
        stage(one, "onboarding", 3)
    enrolment.sweep(DAY)
    assert [[pk for pk, _ in entered(play)] for play in (back, usual, by_state)] == [[gone.pk], [here.pk], [here.pk]]


def test_renewal_whose_contract_is_known_to_end_is_not_prepared() -> None:
    play = playbook("renewal_due", reentry_days=0)
    _ending, going = renewal(customer(), 60, leaving="confirmed", leaves_on=later(60)), renewal(customer(), 60)
    enrolment.sweep(DAY)
    assert [pk for pk, _ in entered(play)] == [going.customer_id]


def test_low_usage_play_starts_on_the_case_that_low_use_opened() -> None:
    shipped.install(DAY)
    CaseRule.objects.update(swept_on=ago(1))
    one = customer(stage="mature", first_contract_on=ago(400))
    use(one, range(28, 56), uses=10)
    use(one, range(28), uses=1)
    cases.sweep(DAY)
    opened = Case.objects.get(customer=one, reason="usage")
    enrolment.sweep(DAY)
    assert entered(Playbook.objects.get(key="low-usage")) == [(one.pk, f"case:{opened.pk}")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["paused", "published"])
def test_playbook_changed_meanwhile_takes_nobody_in_as_it_was(change: str) -> None:
    play = playbook("state", trigger=SILENT)
    quiet()
    took: list[int] = []

    def run() -> None:
        try:
            took.append(enrolment.sweep(DAY))
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        if change == "paused":
            Playbook.objects.filter(pk=play.pk).update(state="paused")
        else:
            design = Design("state", {"state": "silence", "values": {"days": 60}}, steps=[task_step("Call")])
            versions.publish(versions.save_draft(play, design, None), NOW)
        thread.start()
        until_somebody_waits()
    thread.join()
    assert took == [0]
    assert not Enrolment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_older_playbooks_go_to_states_and_back_and_enter_nobody_again() -> None:
    before_states = [("playbooks", "0004_step_anchors")]
    one, two = quiet(), customer()
    play = playbook("state", trigger={"state": "score_drop", "values": {"points": 15, "days": 30}}, reentry_days=0)
    low = {"state": "measure_below", "values": {"measure": "nps", "of": "points", "beyond": 40.0}}
    other = playbook("state", trigger=low, name="Low")
    gone = playbook("state", trigger=SILENT, name="Silence")
    for who, of, occasion in (
        (one, play, f"state:score_drop:{before(9)}"),
        (two, other, f"state:measure_below:{before(5)}"),
    ):
        Enrolment.objects.create(
            customer=who, playbook=of, version=of.published, occasion=occasion, enrolled_on=before(4), state="done",
            finished_on=before(2),
        )  # fmt: skip
    migrating.go_to(*before_states)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT trigger_kind, trigger::text FROM playbooks_playbookversion ORDER BY id")
            kinds = [kind for kind, _ in cursor.fetchall()]
            cursor.execute("SELECT occasion FROM playbooks_enrolment ORDER BY id")
            occasions = [row[0] for row in cursor.fetchall()]
    finally:
        migrating.go_on()
    assert kinds == ["score_drop", "measure_below", "by_hand"]
    assert occasions == [f"drop:{before(9)}", f"below:nps:{before(5)}"]
    assert list(PlaybookVersion.objects.order_by("pk").values_list("trigger_kind", "trigger")) == [
        ("state", play.published.trigger), ("state", low), ("by_hand", {}),
    ]  # fmt: skip
    assert gone.versions.get().trigger_kind == "by_hand"
    held = PlaybookHold.objects.order_by("playbook").values_list("playbook", "customer", "since", "until")
    assert list(held) == [(play.pk, one.pk, before(9), None), (other.pk, two.pk, before(5), None)]
    same = card(measures=("nps",))
    for back, value, points in ((40, 80, 90), (9, 50, 90), (3, 40, 90)):
        scored(one, back, value, same, points=[points])
    assert enrolment.sweep(DAY) == 0
    assert Enrolment.objects.count() == 2
