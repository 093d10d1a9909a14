"""The migrations can be undone on rows that only the product of today writes, and done again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from config.history.models import Entry
from playbooks import enrolment, work
from playbooks.models import Enrolment, PlaybookStep, StepRun, Task
from playbooks.steps import task_step
from renewals.models import Renewal
from tests import migrating
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import NOW, before, begun, parts, playbook, renewal

BEFORE = [("playbooks", "0002_case_trigger"), ("renewals", "0002_term_checks")]
SHUT: dict[str, Any] = {"stage": "closed", "closed_on": DAY}
# What a renewal says, and what columns of before can say of it: outcome, ARR, ARR after.
ROWS = [
    ({"arr": None}, ("", 0, None)),
    ({"arr": 10**15}, ("", "999999999999.99", None)),
    ({"arr": 12, "arr_going_on": 5, "leaving": "notice", "leaves_on": DAY}, ("", 12, None)),
    (SHUT | {"outcome": "void", "void_reason": "trial", "arr": 12}, ("churned", 0, 0)),
    (SHUT | {"outcome": "renewed", "arr": None, "closed_arr": None}, ("renewed", 0, 0)),
    (SHUT | {"outcome": "expanded", "arr": 12, "closed_arr": 10**15}, ("expanded", 12, "999999999999.99")),
    (SHUT | {"outcome": "churned", "arr": 12, "closed_arr": 0}, ("churned", 12, 0)),
]
REASONS = {"case": "stopped", "void": "closed", "leaves": "closed", "closed": "closed", "churned": "churned"}


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_rows_of_today_go_back_and_come_again() -> None:
    organisation()
    play = playbook("by_hand")
    for fields, _ in ROWS:
        renewal(customer(), 30, **fields)
    for number, reason in enumerate(REASONS):
        Enrolment.objects.create(
            customer=customer(), playbook=play, version=play.published, occasion=f"hand:{number}", state="exited",
            enrolled_on=before(4), finished_on=before(2), exit_reason=reason,
        )  # fmt: skip
    migrating.go_to(*BEFORE)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT outcome, arr::text, closed_arr::text FROM renewals_renewal ORDER BY id")
            renewals = cursor.fetchall()
            cursor.execute("SELECT exit_reason FROM playbooks_enrolment ORDER BY id")
            reasons = [row[0] for row in cursor.fetchall()]
    finally:
        migrating.go_on()

    def shown(amount: Any) -> str | None:
        return None if amount is None else f"{float(amount):.2f}"

    assert renewals == [(outcome, shown(arr), shown(after)) for _, (outcome, arr, after) in ROWS]
    assert reasons == list(REASONS.values())
    assert Renewal.objects.count() == len(ROWS)
    assert Enrolment.objects.count() == len(REASONS)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_steps_and_their_runs_go_back_to_columns_and_come_again() -> None:
    """Of four steps one is done, one under way, one was done before; those of a play that ended are left. Nobody has changed anything."""
    organisation()
    csm = user()
    steps = [task_step("Call", "Kindly", due_business_days=9), task_step("Meet", assignee="manager", anchor="notice")]
    steps += [task_step(part, prep_part=part) for part in ("health", "value")]
    play = playbook("renewal_due", reentry_days=0, steps=steps)
    for number in range(2):
        due = renewal(customer(owner=csm), 60)
        parts(due)
        work.complete_part(due, "value", user=csm, now=NOW, day=DAY, note="Measured")
        made = begun(play, due.customer, f"renewal:{due.pk}", renewal=due)
        work.complete(made.tasks.get(title="Call"), "done", user=csm, now=NOW, day=DAY)
        if number:
            enrolment.stop(made, DAY)
    rows = [standing(), Entry.objects.count()]
    assert {*StepRun.objects.values_list("state", flat=True)} == {"entered", "done", "skipped", "left"}
    migrating.go_to(("playbooks", "0013_found_by_words"))
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT title, note, assignee, due_business_days, anchor, prep_part FROM playbooks_playbookstep ORDER BY position"
            )
            columns = cursor.fetchall()
            cursor.execute(
                "SELECT count(*) FROM playbooks_task t JOIN playbooks_playbookstep s ON s.id = t.step_id AND s.title = t.title"
            )
            (same,) = cursor.fetchone()
    finally:
        migrating.go_on()
    assert columns == [
        ("Call", "Kindly", "owner", 9, "entering", ""), ("Meet", "", "manager", 2, "notice", ""),
        ("health", "", "owner", 2, "entering", "health"), ("value", "", "owner", 2, "entering", "value"),
    ]  # fmt: skip
    assert same == 6
    assert [standing(), Entry.objects.count()] == rows


def standing() -> list[list[Any]]:
    """Steps, tasks with the instant of their last change, and runs by what they are of."""
    of_task = ("pk", "run__step", "prep_part", "title", "outcome", "changed_at")
    of_run = ("enrolment", "step", "state", "due_on", "entered_on", "finished_on", "task")
    return [
        list(PlaybookStep.objects.order_by("pk").values_list("pk", "kind", "values")),
        list(Task.objects.order_by("pk").values_list(*of_task)),
        list(StepRun.objects.order_by("enrolment", "step").values_list(*of_run)),
    ]
