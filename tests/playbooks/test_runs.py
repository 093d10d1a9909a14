"""Runs of steps: entered once, whatever is killed between; they follow tasks that close and open, and plays that end and return."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Customer
from playbooks import enrolment, following, runs, work
from playbooks.models import Enrolment, StepRun, Task
from playbooks.steps import task_step
from renewals import pipeline
from renewals.models import PrepPart
from tests.factories import DAY, customer, organisation, segment, user
from tests.playbooks.rows import NOW, begun, parts, playbook, renewal, stage
from tests.renewals.factories import due_in

pytestmark = pytest.mark.django_db
NEXT = DAY + dt.timedelta(days=1)
STEPS = [
    *(task_step(f"{anchor} {days}", due_business_days=days, anchor=anchor) for anchor in ("entering", "notice", "end") for days in (0, 1, 9)),
    task_step("Health", prep_part="health"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def company() -> None:
    organisation(holiday_country="US")


def states(play: Enrolment) -> list[str]:
    return list(play.runs.order_by("step__position").values_list("state", flat=True))


def given() -> list[tuple[Any, ...]]:
    named = ("enrolment__customer__name", "title", "note", "assignee", "assigned_as", "due_on", "prep_part", "renewal")
    return list(Task.objects.order_by("enrolment", "run").values_list(*named))


class KilledError(Exception):
    pass


def test_killed_between_entering_and_advancing_the_next_sweep_makes_the_same_tasks(monkeypatch: Any) -> None:
    play = playbook("renewal_due", reentry_days=0, steps=STEPS)
    for number in range(3):
        due_in(20 + 30 * number, customer(owner=user(), segment=segment()), notice_days=5 * number)
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    whole = given()
    assert len(whole) == 3 * len(STEPS)
    play.enrolments.all().delete()

    def killed(*_args: Any) -> int:
        raise KilledError

    monkeypatch.setattr(runs, "advance", killed)
    with pytest.raises(KilledError):
        enrolment.sweep(DAY)
    monkeypatch.undo()
    assert not Task.objects.exists()
    assert set(StepRun.objects.values_list("state", "due_on")) == {("waiting", DAY)}
    following.sweep(DAY)
    assert set(play.enrolments.values_list("state", flat=True)) == {"running"}
    # Days count from the day of entering, whenever the tasks are made.
    assert enrolment.sweep(DAY + dt.timedelta(days=4)) == 0
    assert given() == whole
    assert runs.advance(DAY + dt.timedelta(days=4)) == 0
    assert given() == whole


def test_only_those_asked_for_and_those_whose_turn_has_come_are_entered() -> None:
    play = playbook()
    made = [begun(play, customer()) for _ in range(3)]
    Task.objects.all().delete()
    StepRun.objects.update(state="waiting", entered_on=None)
    StepRun.objects.filter(enrolment=made[0]).update(due_on=NEXT)
    assert runs.advance(DAY, [made[0].customer_id, made[1].customer_id]) == 1
    assert [states(each) for each in made] == [["waiting"], ["entered"], ["waiting"]]
    following.leave([made[2].pk], Enrolment.Exit.STOPPED, DAY)
    assert runs.advance(NEXT) == 1
    assert [states(each) for each in made] == [["entered"], ["entered"], ["left"]]
    assert set(Task.objects.values_list("enrolment", flat=True)) == {made[0].pk, made[1].pk}


def test_runs_follow_the_tasks_that_close_and_open_and_the_play_follows_them() -> None:
    csm = user()
    due = renewal(customer(owner=csm), 60)
    parts(due)
    play = playbook(
        "renewal_due",
        steps=[task_step("Call"), task_step("Health", prep_part="health"), task_step("Value", prep_part="value")],
    )
    work.complete_part(due, "value", user=csm, now=NOW, day=DAY, note="Told")
    made = begun(play, due.customer, f"renewal:{due.pk}", renewal=due)
    call, health = made.tasks.order_by("run")
    assert states(made) == ["entered", "entered", "skipped"]
    work.complete(call, "no_answer", user=csm, now=NOW, day=DAY)
    assert states(made) == ["done", "entered", "skipped"]
    PrepPart.objects.filter(renewal=due, part="health").update(done_on=DAY, done_by=csm)
    following.sweep(NEXT)
    made.refresh_from_db()
    assert (states(made), made.state, made.finished_on) == (["done", "done", "skipped"], "done", NEXT)
    health.refresh_from_db()
    work.undo(health)
    made.refresh_from_db()
    assert (states(made), made.state) == (["done", "entered", "skipped"], "running")
    assert made.runs.filter(finished_on=None).count() == 1


def test_a_play_with_nothing_left_to_do_is_done_at_once() -> None:
    csm = user()
    prepared, swept, open_ = (renewal(customer(owner=csm), 60) for _ in range(3))
    play = playbook(
        "renewal_due", steps=[task_step("Health", prep_part="health"), task_step("Value", prep_part="value")]
    )
    for due in (prepared, swept, open_):
        parts(due)
    for due in (prepared, swept):
        for part in ("health", "value"):
            work.complete_part(due, part, user=csm, now=NOW, day=DAY, note="Told")
    made = enrolment.enrol_by_hand(prepared.customer, play, csm, DAY)
    assert (states(made), made.state, made.finished_on) == (["skipped"] * 2, "done", DAY)
    enrolment.sweep(DAY)
    assert dict(play.enrolments.values_list("renewal", "state")) == {
        prepared.pk: "done", swept.pk: "done", open_.pk: "running",
    }  # fmt: skip


def test_a_play_that_ends_leaves_its_steps_and_takes_them_up_again() -> None:
    csm = user()
    one = due_in(40, customer(owner=csm))
    pipeline.sweep(DAY)
    play = playbook("renewal_due", reentry_days=0, steps=[task_step("Call"), task_step("Write"), task_step("Meet")])
    enrolment.sweep(DAY)
    made = play.enrolments.get()
    work.complete(made.tasks.get(title="Call"), "done", user=csm, now=NOW, day=DAY)
    Task.objects.filter(title="Meet").delete()  # one whose turn has not come
    made.runs.filter(step__position=3).update(state="waiting", entered_on=None, due_on=NEXT)
    Customer.objects.filter(pk=one.customer_id).update(status="churned")
    following.sweep(DAY)
    assert states(made) == ["done", "left", "left"]
    Customer.objects.filter(pk=one.customer_id).update(status="live")
    following.sweep(DAY)
    assert states(made) == ["done", "entered", "waiting"]
    assert [*made.tasks.order_by("run").values_list("outcome", flat=True)] == ["done", ""]
    enrolment.sweep(NEXT)
    assert states(made) == ["done", "entered", "entered"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "waiting", "entered_on": DAY},
        {"state": "entered"},
        {"state": "entered", "entered_on": DAY, "finished_on": DAY},
        {"state": "done", "entered_on": DAY},
        {"state": "skipped", "finished_on": DAY},
        {"state": "left"},
        {"state": "asleep", "entered_on": DAY, "finished_on": DAY},
        {},
    ],
)
def test_the_database_holds_the_days_of_each_state_and_one_run_a_step(wrong: dict[str, Any]) -> None:
    made = begun(playbook(), customer())
    run = made.runs.get()
    stage(made.customer, "onboarding", 3)
    with pytest.raises(IntegrityError), transaction.atomic():
        StepRun.objects.create(enrolment=made, step=run.step, due_on=DAY)
    if wrong:
        run.delete()
        with pytest.raises(IntegrityError), transaction.atomic():
            StepRun.objects.create(enrolment=made, step=run.step, due_on=DAY, **wrong)
