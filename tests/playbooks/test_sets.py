"""Acts over many tasks and customers: each is done or refused by name, at a cost that does not grow with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import ownership
from accounts.models import Customer, User
from accounts.sets import Outcome
from playbooks import enrolment, giving, work
from playbooks.models import Enrolment, Playbook, Task
from playbooks.steps import task_step
from tests import factories as make
from tests.factories import DAY
from tests.playbooks.rows import NOW, parts, playbook, renewal, stage

pytestmark = pytest.mark.django_db
LATER = DAY + dt.timedelta(days=7)
Act = Callable[[list[int], User], Outcome[Task]]
ACTS: dict[str, Act] = {
    "done": lambda tasks, who: work.complete_all(tasks, "done", user=who, now=NOW, day=DAY),
    "snooze": lambda tasks, _who: work.snooze_all(tasks, LATER, "Away", day=DAY),
    "reassign": giving.reassign_all,
    "due": lambda tasks, _who: giving.move_due(tasks, LATER, day=DAY),
}


@pytest.fixture
def csm(db: None) -> User:
    make.organisation()
    return make.user(name="Mara")


def cost(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as told:
        act()
    return len(told)


def owned(csm: User, number: int) -> list[Customer]:
    return [make.customer(owner=csm) for _ in range(number)]


def started(play: Playbook, customers: list[Customer], csm: User) -> Outcome[int]:
    return enrolment.enrol_all([customer.pk for customer in customers], play, csm, DAY)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_over_many_tasks_does_each_and_names_the_closed_one(name: str, csm: User) -> None:
    started(playbook(), owned(csm, 5), csm)
    tasks = list(Task.objects.order_by("pk").values_list("pk", flat=True))
    work.complete(Task.objects.get(pk=tasks[4]), "done", user=csm, now=NOW, day=DAY)
    alone = cost(lambda: ACTS[name](tasks[:1], csm))
    done: list[Outcome[Task]] = []
    assert cost(lambda: done.append(ACTS[name](tasks[1:], csm))) <= alone
    assert (list(done[0].done), list(done[0].refused)) == (tasks[1:4], tasks[4:])


def test_plays_end_with_the_last_of_many_tasks_and_run_again_with_them(csm: User) -> None:
    play = playbook(steps=[task_step("Call"), task_step("Write")])
    started(play, owned(csm, 3), csm)
    tasks = list(Task.objects.order_by("pk"))
    done = ACTS["done"]([task.pk for task in tasks[:5]], csm)
    assert sorted(play.enrolments.values_list("state", flat=True)) == ["done", "done", "running"]
    marks = {pk: work.mark(task) for pk, task in done.done.items()}
    work.undo(tasks[0])
    work.complete(tasks[0], "no_answer", user=csm, now=NOW, day=DAY)
    back = work.undo_all(list(marks), back=marks)
    assert list(back.refused) == [tasks[0].pk]
    assert set(play.enrolments.values_list("state", flat=True)) == {"running"}
    assert list(Task.objects.filter(done_at=None).order_by("pk")) == tasks[1:]


def test_a_part_of_renewal_prep_is_not_done_by_the_dozen(csm: User) -> None:
    customer = make.customer(owner=csm)
    parts(renewal(customer, 60))
    started(
        playbook("renewal_due", reentry_days=0, steps=[task_step("Health", prep_part="health"), task_step("Call")]),
        [customer],
        csm,
    )
    prepared, other = Task.objects.order_by("pk")
    found = ACTS["done"]([prepared.pk, other.pk], csm)
    assert (list(found.done), list(found.refused)) == ([other.pk], [prepared.pk])
    assert list(work.complete_all([prepared.pk], "not_needed", user=csm, now=NOW, day=DAY).done) == [prepared.pk]


def test_a_task_for_each_goes_to_its_owner_or_to_the_person_named(csm: User) -> None:
    boss = make.user("manager", name="Anneke")
    User.objects.filter(pk=csm.pk).update(manager=boss)
    first, second = owned(csm, 2)
    nobodys, gone = make.customer(owner=None), make.customer(owner=make.user(is_active=False))
    every = [customer.pk for customer in (first, second, nobodys, gone)]
    alone = cost(lambda: giving.add_all(every[:1], "Call", DAY, to=None))
    added: list[Outcome[Task]] = []
    assert cost(lambda: added.append(giving.add_all(every, "Call", DAY, to=None))) == alone
    assert (set(added[0].done), set(added[0].refused)) == ({first.pk, second.pk}, {nobodys.pk, gone.pk})
    mine = added[0].done[first.pk]
    assert (mine.assignee, mine.assigned_as, mine.customer) == (csm, "owner", first)
    named = giving.add_all([first.pk, nobodys.pk], "Call", DAY, to=boss)
    assert {(task.assignee_id, task.assigned_as) for task in named.rows} == {(boss.pk, "person")}


def test_a_playbook_starts_for_each_and_refuses_whom_the_single_act_refuses(csm: User) -> None:
    play = playbook()
    customers = owned(csm, 4)
    alone = cost(lambda: started(play, customers[:1], csm))
    Customer.objects.filter(pk=customers[3].pk).update(status="churned")
    found: list[Outcome[int]] = []
    assert cost(lambda: found.append(started(play, customers, csm))) <= alone + 1
    assert set(found[0].done) == {customer.pk for customer in customers[1:3]}
    assert [problem.messages[0] for problem in found[0].refused.values()] == [
        f"{customers[3].name} is not a live customer.",
        f"{customers[0].name} already runs “Play”, since 24 Nov.",
    ]
    work.complete(Task.objects.get(customer=customers[1]), "done", user=csm, now=NOW, day=DAY)
    again = started(play, customers[1:2], csm)
    assert Enrolment.objects.get(pk=again.done[customers[1].pk]).occasion == "hand:2"


TOUCHES: dict[str, Callable[[Task, User], Any]] = {
    "handed on": giving.reassign,
    "renamed": lambda task, _other: giving.rename([task.pk], "Ring"),
    "moved": lambda task, _other: giving.move_due([task.pk], DAY + dt.timedelta(days=30), day=DAY),
    "snoozed": lambda task, _other: work.snooze(task, DAY + dt.timedelta(days=3), "Away", day=DAY),
    "closed": lambda task, other: work.complete(task, "no_answer", user=other, now=NOW, day=DAY),
}


def test_a_start_and_a_task_are_taken_back_while_nobody_has_touched_them(csm: User) -> None:
    boss, heir = make.user("manager"), make.user(name="Heir")
    User.objects.filter(pk=csm.pk).update(manager=boss)
    play = playbook("stage_entered", steps=[task_step("Call"), task_step("Write")])
    *touched, followed, left = (customer.pk for customer in owned(csm, len(TOUCHES) + 2))
    for each in Customer.objects.all():
        stage(each, "onboarding", 3)
    plays = enrolment.enrol_all([*touched, followed, left], play, csm, DAY).done
    tasks = giving.add_all(plays, "Meet", DAY, to=None).done
    marks, given = enrolment.marks(plays.values()), {task.pk: giving.mark(task) for task in tasks.values()}
    for pk, touch in zip(touched, TOUCHES.values(), strict=True):
        touch(Task.objects.filter(enrolment=plays[pk])[0], boss)
        touch(tasks[pk], boss)
    # A task of the owner follows the owner: nobody has touched it.
    ownership.move({followed: heir.pk}, day=DAY, door=ownership.Door.FORM, by=boss)
    back = enrolment.take_back(marks)
    assert [set(back.done), set(back.refused)] == [{plays[followed], plays[left]}, {plays[pk] for pk in touched}]
    assert giving.remove_untouched(given) == {tasks[followed].pk, tasks[left].pk}
    assert set(Task.objects.values_list("customer", flat=True)) == {*touched}
    # What was taken back stands in nobody's way: neither by hand nor by the 90 days until a sweep takes it in.
    assert set(enrolment.enrol_all([followed], play, csm, DAY).done) == {followed}
    assert enrolment.sweep(DAY) == 1
    assert play.enrolments.filter(customer=left).count() == 1


def test_a_start_is_taken_back_by_its_mark_alone(csm: User) -> None:
    play, customers = playbook("stage_entered"), owned(csm, 2)
    stage(customers[0], "onboarding", 3)
    enrolment.sweep(DAY)
    by_hand = started(play, customers[1:], csm).done[customers[1].pk]
    ended = started(playbook(name="Other"), customers[1:], csm).done[customers[1].pk]
    marks = enrolment.marks([play.enrolments.get(enrolled_by=None).pk, by_hand, ended])
    enrolment.stop(Enrolment.objects.get(pk=ended), DAY)
    assert set(enrolment.take_back(marks | {by_hand: ""}).refused) == set(marks)
    assert Enrolment.objects.count() == 3


def test_a_renewal_playbook_takes_each_customers_next_renewal_once(csm: User) -> None:
    play = playbook("renewal_due", reentry_days=0)
    first, second = owned(csm, 2)
    heads = [renewal(first, 60), renewal(second, 90)]
    renewal(first, 200)
    assert len(started(play, [first, second], csm).done) == 2
    assert set(Enrolment.objects.values_list("renewal", flat=True)) == {head.pk for head in heads}
    assert set(started(play, [first, second], csm).refused) == {first.pk, second.pk}
