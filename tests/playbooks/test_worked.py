"""A play that started by itself goes with the customer that an Undo takes back, but where somebody did something in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from accounts import lifecycle, segmenting
from accounts.identity import twins
from accounts.models import Customer, ImportLine, TwinPair, User, WithdrawnRow
from config.history.actors import acting
from playbooks import enrolment, following, giving, work
from playbooks.models import Enrolment, StepRun, Task
from playbooks.steps import task_step
from renewals import pipeline
from renewals.models import Qbr, Renewal
from tests import factories as make
from tests.accounts.importing.conftest import _short_sighted  # noqa: F401 (nothing else is foreseen)
from tests.accounts.importing.runs import imported, taken_back, write
from tests.accounts.test_record_api import ROOT
from tests.factories import DAY
from tests.playbooks.rows import NOW, playbook

pytestmark = pytest.mark.django_db
FILES = {
    "customers.csv": "external_id,name,owner\nA1,Acme,ren@example.com\nB2,Acme,ren@example.com\n",
    "contracts.csv": "external_id,customer,starts_on,ends_on,product,annual_amount\n"
    "K1,A1,2026-01-01,2027-01-01,Suite,12000\nK2,B2,2026-01-01,2027-01-01,Suite,9000\n",
}


@pytest.fixture
def admin() -> User:
    make.organisation()
    return make.user("admin", name="Ren Admin", email="ren@example.com")


def night() -> None:
    """What starts by itself after an import: prep, a play with its tasks, a review, and the search for twins."""
    lifecycle.sweep(DAY)
    segmenting.sweep(DAY)
    pipeline.sweep(DAY)
    for one in Customer.objects.all():  # as the sweep of reviews does for those whose segment has some
        Qbr.objects.create(customer=one, due_on=DAY)
    enrolment.sweep(DAY)
    twins.find()


def closed(task: Task, admin: User) -> None:
    work.complete(task, "done", user=admin, now=NOW, day=DAY)


def snoozed(task: Task, _admin: User) -> None:
    work.snooze(task, DAY + dt.timedelta(days=2), "Away", day=DAY)


def handed_on(task: Task, admin: User) -> None:
    manager = make.user("manager", name="Other")
    User.objects.filter(pk=admin.pk).update(manager=manager)
    with acting("/tasks/", lambda: admin.pk):
        giving.reassign(task, manager)


def added(task: Task, admin: User) -> None:
    giving.add(task.customer, "Ask them", DAY, user=admin)


def stopped(task: Task, _admin: User) -> None:
    assert task.enrolment
    enrolment.stop(task.enrolment, DAY)


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        (closed, "renewal (1); task (1)"),
        (snoozed, "renewal (1); task (1)"),
        (handed_on, "renewal (1); task (1)"),
        (added, "task (1)"),
        (stopped, "renewal (1); play (1)"),
    ],
)
def test_a_customer_goes_with_a_play_in_which_nobody_did_anything(
    admin: User, tmp_path: Path, touch: Callable[[Task, User], None], reason: str
) -> None:
    playbook("renewal_due", steps=[task_step("Health"), task_step("Case")], reentry_days=0)
    run = imported(write(tmp_path / "in", FILES), by=admin)
    night()
    assert (Task.objects.count(), Renewal.objects.count(), TwinPair.objects.count()) == (4, 2, 1)
    one, _other = Customer.objects.order_by("pk")
    touch(Task.objects.filter(customer=one).order_by("pk")[0], admin)
    taken_back(run)
    assert list(Customer.objects.all()) == [one]
    assert {play.customer_id for play in Enrolment.objects.all()} == {one.pk}
    assert {run_of.enrolment.customer_id for run_of in StepRun.objects.all()} == {one.pk}
    (stays,) = ImportLine.objects.filter(file__run=run, outcome="kept")
    assert (stays.object_kind, stays.reason) == ("customer", f"it stays with what hangs on it: {reason}")
    # What is derived is not kept apart: it can be had again.
    assert not WithdrawnRow.objects.filter(kind__in=["enrolment", "task", "twinpair"]).exists()


def test_all_of_them_go_where_nobody_did_anything(admin: User, tmp_path: Path) -> None:
    playbook("renewal_due", steps=[task_step("Health"), task_step("Case")], reentry_days=0)
    run = imported(write(tmp_path / "in", FILES), by=admin)
    night()
    assert Qbr.objects.count() == 2
    taken_back(run)
    for model in (Customer, Enrolment, Task, Renewal, TwinPair, Qbr):
        assert not model._default_manager.exists(), model
    assert not ImportLine.objects.filter(file__run=run, outcome="kept").exists()


def test_a_contract_taken_out_over_the_api_leaves_no_play_behind(admin: User, tmp_path: Path, client: Client) -> None:
    """The DELETE takes the renewal from its tasks in a person's name, which is nobody's work in them."""
    playbook("renewal_due", steps=[task_step("Health"), task_step("Case")], reentry_days=0)
    imported(write(tmp_path / "in", FILES), by=admin)
    night()
    one, other = Customer.objects.order_by("pk")
    closed(Task.objects.filter(customer=other).order_by("pk")[0], admin)
    client.force_login(admin)
    assert client.delete(f"{ROOT}contracts/csv/K1/").status_code == 204
    assert client.delete(f"{ROOT}contracts/csv/K2/").status_code == 409  # somebody is at work on its renewal
    assert not Task.objects.filter(customer=one, renewal__isnull=False).exists()
    following.sweep(DAY)
    assert {task.customer for task in Task.objects.all()} == {other}
    # One that somebody worked on, and whose renewal is no more all the same, ends.
    Renewal.objects.all().delete()
    following.sweep(DAY)
    play = Enrolment.objects.get()
    assert (play.customer, play.exit_reason) == (other, "void")
    assert [task.outcome for task in Task.objects.order_by("pk")] == ["done", "not_needed"]
