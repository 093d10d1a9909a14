"""A renewal that somebody worked on and whose term came with an import is void once that is undone, for a reason of its own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.test import Client

from accounts import lifecycle
from accounts.identity import merging
from accounts.models import Contract, Customer, User
from config.history.actors import acting
from config.history.models import Entry
from playbooks import enrolment, work
from playbooks.models import Enrolment, Task
from playbooks.steps import task_step
from renewals import pipeline, stages
from renewals.models import Renewal
from tests import factories as make
from tests.accounts.importing.conftest import _short_sighted  # noqa: F401 (nothing else is foreseen)
from tests.accounts.importing.runs import imported, taken_back, write
from tests.factories import DAY
from tests.playbooks.rows import NOW, playbook

pytestmark = pytest.mark.django_db
CUSTOMERS = "external_id,name,owner\nA1,Acme,ren@example.com\nB2,Beta,ren@example.com\n"
CONTRACTS = "external_id,customer,starts_on,ends_on,product,annual_amount\n"
OURS, THEIRS = "K1,A1,2026-01-01,2027-01-01,Suite,12000\n", "K2,B2,2026-10-01,2027-10-01,Suite,500\n"


@pytest.fixture
def admin() -> User:
    make.organisation()
    return make.user("admin", name="Ren Admin", email="ren@example.com")


def swept() -> None:
    lifecycle.sweep(DAY)
    pipeline.sweep(DAY)


def test_a_term_that_an_undo_took_is_void_for_that_reason_and_is_found(
    admin: User, tmp_path: Path, client: Client
) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    run = imported(write(tmp_path / "in", {"contracts.csv": CONTRACTS + OURS + THEIRS}), by=admin)
    swept()
    stages.move(Renewal.objects.get(customer__name="Acme"), "proposed", DAY)
    taken_back(run)
    swept()
    (void,) = Renewal.objects.all()
    assert (void.outcome, void.void_reason, void.customer.name) == ("void", "undone", "Acme")
    client.force_login(admin)
    by_reason = client.get("/renewals/list/", {"if": "renewals:void~is~undone"}).content.decode()
    by_outcome = client.get("/renewals/list/", {"if": "renewals:outcome~is~void"}).content.decode()
    assert "Acme" in by_reason
    assert "Acme" in by_outcome
    for others in (
        "renewals:void~is~trial",
        "renewals:stage~is~closed",
        "renewals:outcome~is~renewed",
        "renewals:outcome~is_not~churned",
        "",
    ):
        assert "Acme" not in client.get("/renewals/list/", {"if": others}).content.decode(), others
    assert "The import that brought its term was undone" in client.get(f"/renewals/{void.pk}/").content.decode()
    # The file brings it back as it was.
    imported(write(tmp_path / "in", {"contracts.csv": CONTRACTS + OURS}), by=admin)
    swept()
    void.refresh_from_db()
    assert (void.stage, void.outcome, void.void_reason) == ("proposed", "", "")


def test_a_renewal_in_which_only_the_night_was_at_work_goes_with_its_play(admin: User, tmp_path: Path) -> None:
    """Its prep opened by itself, a play started by itself, and a review was planned: nobody did anything."""
    steps = [task_step("Health", prep_part="health"), task_step("Case", prep_part="case")]
    playbook("renewal_due", steps=steps, reentry_days=0)
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    theirs = THEIRS.replace("2026-10-01,2027-10-01", "2026-01-05,2027-01-05")
    run = imported(write(tmp_path / "in", {"contracts.csv": CONTRACTS + OURS + theirs}), by=admin)
    swept()
    enrolment.sweep(DAY)
    assert {renewal.stage for renewal in Renewal.objects.all()} == {"preparing"}
    assert Task.objects.count() == 4
    work.snooze(Task.objects.filter(customer__name="Beta")[0], DAY + dt.timedelta(days=2), "Away", day=DAY)
    taken_back(run)
    swept()
    enrolment.sweep(DAY)
    void = Renewal.objects.get()
    assert (void.customer.name, void.void_reason) == ("Beta", "undone")
    play = Enrolment.objects.get()
    assert (play.customer.name, play.exit_reason) == ("Beta", "void")
    assert Task.objects.count() == 2


def test_a_merge_is_nobodys_work(admin: User, tmp_path: Path) -> None:
    """It moves renewals and tasks in a person's name, and so does its Undo: they go with the import all the same."""
    playbook("renewal_due", steps=[task_step("Health"), task_step("Case")], reentry_days=0)
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    theirs = THEIRS.replace("2026-10-01,2027-10-01", "2026-01-05,2027-01-05")
    run = imported(write(tmp_path / "in", {"contracts.csv": CONTRACTS + OURS + theirs}), by=admin)
    swept()
    enrolment.sweep(DAY)
    acme, beta = Customer.objects.order_by("name")
    with acting("page", lambda: admin.pk):
        made = merging.merge(beta, acme, by=admin, day=DAY)
        assert {task.customer for task in Task.objects.all()} == {acme}
        merging.undo(made, by=admin, day=DAY, now=NOW)
    moved = Entry.objects.filter(kind__in=["renewal", "task"], operation="changed", actor_id=admin.pk)
    assert (moved.count(), {entry.door for entry in moved}) == (6, {f"merge:{made.pk}"})
    # Releases of before noted a merge as an act on a page.
    with acting("page", lambda: admin.pk):
        for customer in (acme, beta):
            Task.objects.filter(renewal__customer=beta).update(customer=customer)
    taken_back(run)
    swept()
    enrolment.sweep(DAY)
    assert (Renewal.objects.count(), Enrolment.objects.count(), Task.objects.count()) == (0, 0, 0)


def test_what_somebody_does_after_the_undo_is_the_reason(admin: User, tmp_path: Path) -> None:
    """The contract is what it was, and later a trial: the Undo took no term."""
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS + OURS}), by=admin)
    run = imported(write(tmp_path / "in", {"contracts.csv": CONTRACTS + OURS.replace("12000", "18000")}), by=admin)
    swept()
    stages.move(Renewal.objects.get(), "proposed", DAY)
    taken_back(run)
    swept()
    assert Renewal.objects.get().outcome == ""
    contract = Contract.objects.get()
    contract.is_trial = True
    contract.save(update_fields=["is_trial"])
    swept()
    assert Renewal.objects.get().void_reason == "trial"
