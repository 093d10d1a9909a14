"""Tasks of a renewal fall before the nearer of notice and end, never before entering, whatever the anchor."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import calendar
from accounts.models import ClosingDay
from playbooks import enrolment, shipped
from playbooks.models import Playbook, Task
from playbooks.steps import Step, task_step
from renewals import pipeline
from tests.examples import dear
from tests.factories import DAY, customer, organisation, segment, user
from tests.playbooks.rows import playbook
from tests.renewals.factories import due_in

ANCHORS = ("entering", "notice", "end")


def days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def steps(*numbers: int) -> list[Step]:
    return [task_step(f"{anchor} {n}", due_business_days=n, anchor=anchor) for anchor in ANCHORS for n in numbers]


@pytest.fixture(autouse=True)
def company(db):
    return organisation(holiday_country="US")


@given(
    lead=st.integers(60, 90),
    notice=st.sampled_from([0, 1, 14, 30, 60, 90, 120]),
    left=st.integers(-20, 130),
    sweeps=st.integers(0, 60),
    numbers=st.lists(st.integers(0, 60), min_size=1, max_size=3, unique=True),
)
@settings(max_examples=dear(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_task_is_due_before_notice_and_end_and_not_before_entering(lead, notice, left, sweeps, numbers):
    with transaction.atomic():
        playbook("renewal_due", reentry_days=0, steps=steps(*numbers))
        made = due_in(left, customer(owner=user(), segment=segment(renewal_lead_days=lead)), notice_days=notice)
        today = DAY + days(sweeps)
        pipeline.sweep(today)
        enrolment.sweep(today)
        working = calendar.working_days()
        for task in Task.objects.select_related("renewal"):
            renewal = task.renewal
            assert renewal.contract_id == made.pk
            limit = renewal.notice_on if renewal.notice_on and renewal.notice_on > today else renewal.due_on
            assert today <= task.due_on < max(limit, today + days(1))
            assert task.due_on == today or working.is_working_day(task.due_on)
        transaction.set_rollback(True)


def due_of(title: str) -> dt.date:
    return Task.objects.get(title=title).due_on


def test_days_count_from_their_anchor_by_hand():
    """Entered on Tuesday 24 November 2026, Thanksgiving on the 26th; notice by 14 January, a Thursday; the end on
    12 February, a Friday.
    """
    ClosingDay.objects.create(day=dt.date(2027, 1, 12))
    playbook("renewal_due", reentry_days=0, steps=steps(0, 3, 60))
    due_in(80, customer(owner=user()), notice_days=29)
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    assert due_of("entering 0") == DAY
    assert due_of("entering 3") == dt.date(2026, 11, 30)
    assert due_of("entering 60") == dt.date(2027, 1, 13)  # clamped: the last working day before the notice
    assert due_of("notice 0") == dt.date(2027, 1, 13)
    assert due_of("notice 3") == dt.date(2027, 1, 8)  # 13, 11 (the 12th is closed), 8
    assert due_of("notice 60") == DAY  # too late: today
    assert due_of("end 3") == dt.date(2027, 1, 13)  # before the end is after the notice: clamped


def test_without_a_notice_day_its_steps_count_from_the_end():
    playbook("renewal_due", reentry_days=0, steps=steps(3))
    due_in(80, customer(owner=user()))
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    assert due_of("notice 3") == due_of("end 3") == dt.date(2027, 2, 9)


def test_once_the_notice_has_passed_the_end_counts():
    playbook("renewal_due", reentry_days=0, steps=steps(3))
    due_in(20, customer(owner=user()), notice_days=60)
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    assert due_of("notice 3") == dt.date(2026, 12, 9)
    assert due_of("entering 3") == dt.date(2026, 11, 30)


def test_a_renewal_found_after_its_end_has_its_tasks_today():
    shipped.install(DAY)
    owner = user()
    made = due_in(-1, customer(owner=owner), auto_renews=False)
    made.notice_given_on = DAY - days(30)
    made.save()
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    tasks = Task.objects.filter(enrolment__playbook=Playbook.objects.get(key="renewal-prep"))
    assert [task.due_on for task in tasks] == [DAY] * 4


def test_members_of_a_shared_prep_set_its_limit():
    """The head ends in 80 days, but another contract of the same prep wants its notice in 20."""
    playbook("renewal_due", reentry_days=0, steps=[task_step("Late", due_business_days=60)])
    one = customer(owner=user())
    due_in(80, one)
    due_in(85, one, notice_days=65)
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    assert due_of("Late") == dt.date(2026, 12, 11)


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(n, django_assert_num_queries):
    playbook("renewal_due", reentry_days=0, steps=steps(0, 3))
    for _ in range(n):
        due_in(20, customer(owner=user()), notice_days=5)
    pipeline.sweep(DAY)
    with django_assert_num_queries(54):
        enrolment.sweep(DAY)
