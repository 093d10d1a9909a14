import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbooks import enrolment, giving, work
from playbooks.models import Enrolment, Task
from playbooks.steps import task_step
from renewals.models import PrepPart
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import NOW, parts, playbook, renewal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    return organisation()


@pytest.fixture
def csm():
    return user()


def play_of_two(csm):
    one = customer(owner=csm)
    due = renewal(one, 60)
    parts(due)
    play = playbook(
        "renewal_due",
        reentry_days=0,
        steps=[task_step("Health", prep_part="health"), task_step("Case", prep_part="case")],
    )
    enrolment.sweep(DAY)
    return play.enrolments.get(), list(Task.objects.order_by("pk"))


def test_a_task_done_completes_its_part_and_the_last_one_ends_the_play(csm):
    play, (health, case) = play_of_two(csm)
    done = work.complete(health, "done", user=csm, now=NOW, day=DAY, note=" All green ")
    assert (done.outcome, done.outcome_note, done.done_at, done.done_by) == ("done", "All green", NOW, csm)
    part = PrepPart.objects.get(part="health")
    assert (part.done_on, part.done_by, part.note) == (DAY, csm, "All green")
    play.refresh_from_db()
    assert play.state == "running"
    work.complete(case, "not_needed", user=csm, now=NOW, day=DAY)
    play.refresh_from_db()
    assert (play.state, play.finished_on) == ("done", DAY)
    assert PrepPart.objects.get(part="case").done_on is None


def test_undo_opens_task_part_and_play(csm):
    play, tasks = play_of_two(csm)
    for task in tasks:
        work.complete(task, "done", user=csm, now=NOW, day=DAY, note="Reviewed")
    for task in tasks:
        work.undo(task)
    play.refresh_from_db()
    assert (play.state, play.finished_on) == ("running", None)
    assert list(PrepPart.objects.filter(done_on__isnull=False)) == []
    assert set(Task.objects.values_list("outcome", "done_at", "done_by")) == {("", None, None)}
    with pytest.raises(ValidationError, match="is open already"):
        work.undo(tasks[0])


def test_closing_twice_is_refused(csm):
    _, (health, _case) = play_of_two(csm)
    work.complete(health, "done", user=csm, now=NOW, day=DAY, note="Reviewed")
    with pytest.raises(ValidationError, match="“Health” is closed already"):
        work.complete(health, "done", user=csm, now=NOW, day=DAY, note="Reviewed")
    with pytest.raises(ValidationError, match="Choose a result"):
        work.complete(health, "sure", user=csm, now=NOW, day=DAY)


def test_undo_is_refused_after_the_play_ended_or_began_again(csm):
    one = customer(owner=csm)
    play = playbook(name="Call")
    first = enrolment.enrol_by_hand(one, play, csm, DAY)
    task = first.tasks.get()
    work.complete(task, "done", user=csm, now=NOW, day=DAY)
    second = enrolment.enrol_by_hand(one, play, csm, DAY)
    with pytest.raises(ValidationError, match="entered this playbook again"):
        work.undo(task)
    task.refresh_from_db()
    assert task.outcome == "done"
    enrolment.stop(second, DAY)
    with pytest.raises(ValidationError, match="play has ended"):
        work.undo(second.tasks.get())


@pytest.mark.parametrize(
    ("until", "reason", "fields"),
    [(0, "On leave", {"until"}), (366, "On leave", {"until"}), (3, "  ", {"reason"}), (-1, "", {"until", "reason"})],
)
def test_a_snooze_needs_a_day_ahead_and_a_reason(csm, until, reason, fields):
    task = giving.add(customer(owner=csm), "Call", DAY, user=csm)
    with pytest.raises(ValidationError) as problem:
        work.snooze(task, DAY + dt.timedelta(days=until), reason, day=DAY)
    assert set(problem.value.message_dict) == fields


def test_a_snoozed_task_sleeps_until_its_day_or_is_woken(csm):
    task = giving.add(customer(owner=csm), "Call", DAY, user=csm)
    work.snooze(task, DAY + dt.timedelta(days=3), "On leave", day=DAY)
    awake = [Task.objects.awake(DAY + dt.timedelta(days=n)).count() for n in range(5)]
    assert awake == [0, 0, 0, 1, 1]
    work.wake(task)
    assert Task.objects.awake(DAY).count() == 1
    work.complete(work.snooze(task, DAY + dt.timedelta(days=3), "x", day=DAY), "done", user=csm, now=NOW, day=DAY)
    assert Task.objects.get().snoozed_until is None


def test_adding_and_handing_on_ask_who_may_work_on_the_customer(csm):
    boss, stranger, viewer = user("manager"), user(), user("viewer")
    csm.manager = boss
    csm.save()
    one = customer(owner=csm)
    assert giving.add(one, " Call ", DAY, user=csm).title == "Call"
    task = giving.add(one, "Call", DAY, user=csm, to=boss)
    assert (task.assignee, task.assigned_as) == (boss, "person")
    assert giving.reassign(task, csm).assigned_as == "owner"
    for other in (stranger, viewer):
        with pytest.raises(ValidationError, match="may not work on"):
            giving.reassign(task, other)
        with pytest.raises(ValidationError, match="may not work on"):
            giving.add(one, "Call", DAY, user=csm, to=other)
    with pytest.raises(ValidationError, match="Name the task"):
        giving.add(one, " ", DAY, user=csm)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["done", "no_answer", "undo"])), max_size=8))
def test_a_play_is_done_exactly_while_no_task_is_open(acts):
    csm = user()
    one = customer(owner=csm)
    play = enrolment.enrol_by_hand(one, playbook(name="Two", steps=[task_step("One"), task_step("Two")]), csm, DAY)
    tasks = list(play.tasks.order_by("pk"))
    for which, act in acts:
        try:
            if act == "undo":
                work.undo(tasks[which])
            else:
                work.complete(tasks[which], act, user=csm, now=NOW, day=DAY)
        except ValidationError:
            pass
        play.refresh_from_db()
        assert (play.state == Enrolment.State.DONE) == (not play.tasks.filter(done_at=None).exists())


# Renewal prep and its tasks


def states():
    """(part done?, its task done?) of the two parts, and the state of the play."""
    done = dict(PrepPart.objects.values_list("part", "done_on"))
    tasks = dict(Task.objects.values_list("prep_part", "outcome"))
    play = Enrolment.objects.values_list("state", flat=True).get()
    return [(bool(done[part]), tasks[part] == "done") for part in ("health", "case")], play


def by_task(csm, tasks, part, *, done):
    task = tasks[("health", "case").index(part)]
    if done:
        work.complete(task, "done", user=csm, now=NOW, day=DAY, note="Written")
    else:
        work.undo(task)


def by_part(csm, tasks, part, *, done):
    renewal = tasks[0].renewal
    if done:
        assert work.complete_part(renewal, part, user=csm, now=NOW, day=DAY, note="Written")
    else:
        assert work.reopen_part(renewal, part)


@pytest.mark.parametrize("opening", [by_task, by_part])
@pytest.mark.parametrize("closing", [by_task, by_part])
def test_prep_and_its_tasks_close_and_open_each_other(csm, closing, opening):
    _, tasks = play_of_two(csm)
    closing(csm, tasks, "health", done=True)
    assert states() == ([(True, True), (False, False)], "running")
    closing(csm, tasks, "case", done=True)
    assert states() == ([(True, True), (True, True)], "done")
    opening(csm, tasks, "case", done=False)
    assert states() == ([(True, True), (False, False)], "running")
    opening(csm, tasks, "health", done=False)
    assert states() == ([(False, False), (False, False)], "running")


def test_a_task_of_prep_is_not_done_without_a_word_and_stays_open(csm):
    _, (health, _case) = play_of_two(csm)
    with pytest.raises(ValidationError, match="not done without a note"):
        work.complete(health, "done", user=csm, now=NOW, day=DAY)
    assert states() == ([(False, False), (False, False)], "running")
    work.complete(health, "no_answer", user=csm, now=NOW, day=DAY)


def test_a_task_that_was_not_needed_is_not_opened_with_its_part(csm):
    _, tasks = play_of_two(csm)
    work.complete(tasks[0], "not_needed", user=csm, now=NOW, day=DAY)
    by_part(csm, tasks, "health", done=True)
    by_part(csm, tasks, "health", done=False)
    tasks[0].refresh_from_db()
    assert tasks[0].outcome == "not_needed"
