import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from health import states
from playbooks import enrolment, versions
from playbooks.models import Enrolment, Playbook, Task
from playbooks.steps import task_step
from playbooks.versions import Design
from renewals import prep
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import before, begun, closed, entered, parts, playbook, renewal, score, stage

pytestmark = pytest.mark.django_db

PREP = [task_step("Health", prep_part="health"), task_step("Case", prep_part="case", due_business_days=5)]


@pytest.fixture(autouse=True)
def company():
    return organisation(holiday_country="US")


def rows() -> tuple[list, list]:
    tasks = Task.objects.order_by("customer", "run").values_list(
        "customer", "run__step__position", "title", "assignee", "due_on"
    )
    plays = Enrolment.objects.order_by("customer", "playbook", "occasion")
    return list(plays.values_list("customer", "playbook", "occasion", "state")), list(tasks)


def test_tasks_are_due_on_business_days_and_given_to_owner_or_manager():
    boss = user("manager")
    csm = user(manager=boss)
    one, nobodys = customer(owner=csm), customer()
    steps = [
        task_step("Soon", due_business_days=1),
        task_step("After Thanksgiving", due_business_days=2),
        task_step("Next week", due_business_days=3),
        task_step("Manager", assignee="manager", due_business_days=0),
    ]
    play = playbook("stage_entered", steps=steps)
    stage(one, "onboarding", 3)
    stage(nobodys, "onboarding", 3)
    assert enrolment.sweep(DAY) == 2  # Tuesday 24 November 2026; Thursday 26 is Thanksgiving
    given = Task.objects.filter(customer=one).order_by("run__step__position")
    assert [(t.title, t.due_on, t.assignee) for t in given] == [
        ("Soon", dt.date(2026, 11, 25), csm),
        ("After Thanksgiving", dt.date(2026, 11, 27), csm),
        ("Next week", dt.date(2026, 11, 30), csm),
        ("Manager", DAY, boss),
    ]
    assert set(Task.objects.filter(customer=nobodys).values_list("assignee", flat=True)) == {None}
    assert play.enrolments.count() == 2


def test_sweeping_twice_leaves_the_same_rows():
    playbook("stage_entered")
    playbook("renewal_due", reentry_days=0, name="Prep", steps=PREP)
    playbook("state", trigger={"state": "score_drop"}, name="Drop")
    one = customer()
    stage(one, "onboarding", 3)
    renewal(one, 60)
    score(one, 80, 60)
    score(one, 50, 5)
    assert enrolment.sweep(DAY) == 3
    first = rows()
    assert enrolment.sweep(DAY) == 0
    assert rows() == first


class KilledError(BaseException):
    pass


def test_a_sweep_killed_after_any_statement_is_finished_by_the_next():
    playbook("stage_entered")
    playbook("renewal_due", reentry_days=0, name="Prep", steps=PREP)
    churned = customer(status="churned")
    old = Enrolment.objects.create(
        customer=churned, playbook=Playbook.objects.first(), version=Playbook.objects.first().published,
        occasion="hand:1", enrolled_on=before(9),
    )  # fmt: skip
    one = customer()
    stage(one, "onboarding", 3)
    renewal(one, 60)
    expected = None
    for last in range(1, 40):
        count = 0

        def die(execute, sql, params, many, context, last=last):
            nonlocal count
            count += 1
            answer = execute(sql, params, many, context)
            if count == last:
                raise KilledError
            return answer

        try:
            with connection.execute_wrapper(die):
                enrolment.sweep(DAY)
        except KilledError:
            enrolment.sweep(DAY)
        else:
            break
        plays, tasks = rows()
        expected = expected or (len(plays), len(tasks))
        assert (len(plays), len(tasks)) == expected == (3, 3)
        Enrolment.objects.exclude(pk=old.pk).delete()
        Enrolment.objects.filter(pk=old.pk).update(state="running", finished_on=None, exit_reason="")
    assert last > 15


@pytest.mark.parametrize(
    "kind", ["stage_entered", "renewal_due", "score_drop", "measure_below", "milestone_missed", "renewal_closed"]
)
def test_a_sweep_costs_the_same_statements_for_one_customer_and_three(kind):
    of_a_state = kind in states.STATES
    trigger = {"state": kind} if of_a_state else {}
    playbook("state" if of_a_state else kind, trigger=trigger, reentry_days=0)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            one = customer()
            stage(one, "onboarding", 3)
            renewal(one, 60)
            closed(one, 3, term_number=2)
            score(one, 80, 60, parts={"usage_trend": (0.1, 60)})
            score(one, 50, 5, parts={"usage_trend": (-0.5, 0)})
            from tests.playbooks.rows import milestone

            milestone(one)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert enrolment.sweep(DAY) == number
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    # Following: six with their locks; versions, steps, the lock, playbooks locked, what is set aside; one a playbook. What an
    # Undo left bare, and what rows refer to. Then the lock, whose turn it is, the organisation's calendar (two), their tasks,
    # what is set aside. A state: the zone twice, the table of two statements, its end.
    assert counts[0] == counts[1] <= 30 + 5 * of_a_state + 4 * (kind == "measure_below")


def test_each_further_playbook_costs_one_statement():
    counts = []
    for number in range(3):
        playbook("stage_entered", name=f"Play {number}")
        with CaptureQueriesContext(connection) as queries:
            enrolment.sweep(DAY)
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    assert counts == [25, 26, 27]


def test_audience_and_currency_keep_others_out():
    play = playbook("stage_entered", audience=[{"field": "arr", "test": "at_least", "value": 1000}])
    large, small, churned, prospect = (
        customer(arr=5000), customer(arr=10), customer(arr=5000, status="churned"), customer(arr=5000, status="prospect"),
    )  # fmt: skip
    merged = customer(arr=5000, merged_into=large)
    for one in (large, small, churned, prospect, merged):
        stage(one, "onboarding", 3)
    enrolment.sweep(DAY)
    assert [pk for pk, _ in entered(play)] == [large.pk]


@pytest.mark.parametrize(("since", "enters"), [(29, 0), (30, 1)])
def test_a_customer_stays_out_for_the_days_asked(since, enters):
    play = playbook("stage_entered", reentry_days=30)
    one = customer()
    Enrolment.objects.create(
        customer=one, playbook=play, version=play.published, occasion="old", enrolled_on=before(since),
        state="done", finished_on=before(since),
    )  # fmt: skip
    stage(one, "onboarding", 3)
    assert enrolment.sweep(DAY) == enters


def test_a_customer_runs_a_playbook_once_at_a_time():
    play = playbook("stage_entered", reentry_days=0)
    one = customer()
    begun(play, one, "old", enrolled_on=before(99))
    stage(one, "onboarding", 3)
    assert enrolment.sweep(DAY) == 0


def test_a_paused_or_unpublished_playbook_takes_nobody_in():
    play = playbook("stage_entered")
    draft = versions.create("Draft")
    versions.save_draft(draft, Design("stage_entered", steps=[task_step("x")]), None)
    Playbook.objects.filter(pk=play.pk).update(state="paused")
    stage(customer(), "onboarding", 3)
    assert enrolment.sweep(DAY) == 0


def test_churn_ends_the_play_and_closes_its_open_tasks():
    play = playbook("stage_entered", steps=[task_step("One"), task_step("Two")])
    one = customer()
    stage(one, "onboarding", 3)
    enrolment.sweep(DAY)
    Task.objects.filter(title="One").update(outcome="done", done_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC))
    one.status = "churned"
    one.save(update_fields=["status"])
    enrolment.sweep(DAY + dt.timedelta(days=1))
    left = play.enrolments.get()
    assert (left.state, left.exit_reason, left.finished_on) == ("exited", "churned", dt.date(2026, 11, 25))
    assert dict(Task.objects.values_list("title", "outcome")) == {"One": "done", "Two": "not_needed"}


def test_a_closed_renewal_ends_its_prep_but_not_while_one_of_its_group_is_open():
    play = playbook("renewal_due", reentry_days=0, steps=PREP)
    one = customer()
    head = renewal(one, 60)
    shared = renewal(one, 70, prep_with=head)
    enrolment.sweep(DAY)
    for due, state in ((head, "running"), (shared, "exited")):
        type(due).objects.filter(pk=due.pk).update(stage="closed", outcome="renewed", closed_on=DAY)
        enrolment.sweep(DAY)
        assert play.enrolments.get().state == state


def test_prep_done_on_the_renewal_finishes_its_task():
    csm = user()
    playbook("renewal_due", reentry_days=0, steps=PREP)
    one = customer(owner=csm)
    due = renewal(one, 60)
    parts(due)
    prep.complete(due, "health", csm, DAY, "All green")
    enrolment.sweep(DAY)
    assert list(Task.objects.values_list("title", flat=True)) == ["Case"]  # the first needed no task
    prep.complete(due, "case", csm, DAY, "Written")
    enrolment.sweep(DAY)
    task = Task.objects.get()
    assert (task.outcome, task.done_by, task.outcome_note) == ("done", csm, "Written")
    assert Enrolment.objects.get().state == "done"


def test_open_tasks_follow_the_owner_unless_given_to_one_person():
    boss, old, new, gone = user("manager"), user(), user(), user(is_active=False)
    new.manager = boss
    new.save()
    one = customer(owner=old)
    kinds = [("owner", old), ("manager", old), ("person", old), ("person", gone)]
    for number, (kind, who) in enumerate(kinds):
        Task.objects.create(customer=one, title=str(number), due_on=DAY, assignee=who, assigned_as=kind)
    Task.objects.create(
        customer=one, title="closed", due_on=DAY, assignee=old, assigned_as="owner", outcome="done",
        done_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    one.owner = new
    one.save(update_fields=["owner"])
    enrolment.sweep(DAY)
    assert dict(Task.objects.values_list("title", "assignee")) == {
        "0": new.pk, "1": boss.pk, "2": old.pk, "3": new.pk, "closed": old.pk,
    }  # fmt: skip


def test_by_hand_starts_the_play_and_refuses_a_second():
    csm = user()
    play = playbook(name="Call round")
    one = customer(owner=csm, name="Acme")
    made = enrolment.enrol_by_hand(one, play, csm, DAY)
    assert (made.occasion, made.enrolled_by, made.tasks.count()) == ("hand:1", csm, 1)
    with pytest.raises(ValidationError, match=r"Acme already runs “Call round”, since 24 Nov"):
        enrolment.enrol_by_hand(one, play, csm, DAY)
    enrolment.stop(made, DAY)
    assert enrolment.enrol_by_hand(one, play, csm, DAY).occasion == "hand:2"


def test_renewal_prep_by_hand_is_for_the_next_renewal_and_is_not_started_again():
    csm = user()
    play = playbook("renewal_due", reentry_days=0, steps=PREP, name="Prep")
    one = customer(owner=csm)
    due = renewal(one, 60)
    made = enrolment.enrol_by_hand(one, play, csm, DAY)
    assert (made.occasion, made.renewal) == (f"renewal:{due.pk}", due)
    assert enrolment.sweep(DAY) == 0
    enrolment.stop(made, DAY)
    with pytest.raises(ValidationError, match="has been run for this renewal"):
        enrolment.enrol_by_hand(one, play, csm, DAY)


def test_by_hand_refuses_a_churned_customer_and_a_paused_playbook():
    csm, play = user(), playbook(name="Call round")
    with pytest.raises(ValidationError, match="is not a live customer"):
        enrolment.enrol_by_hand(customer(status="churned"), play, csm, DAY)
    play.state = "paused"
    with pytest.raises(ValidationError, match="“Call round” is not in use"):
        enrolment.enrol_by_hand(customer(), play, csm, DAY)


def test_a_running_enrolment_keeps_its_version():
    play = playbook("stage_entered", reentry_days=0, steps=[task_step("Old")])
    one, two = customer(), customer()
    stage(one, "onboarding", 3)
    enrolment.sweep(DAY)
    first = play.published
    versions.publish(
        versions.save_draft(play, Design("stage_entered", steps=[task_step("New")]), None),
        dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
    )
    stage(two, "onboarding", 2)
    enrolment.sweep(DAY)
    assert play.enrolments.get(customer=one).version == first
    assert list(Task.objects.order_by("customer").values_list("title", flat=True)) == ["Old", "New"]
