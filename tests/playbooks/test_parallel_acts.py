"""People and sweeps that act on the same rows at once: somebody waits, nobody is killed, nothing is lost."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from accounts import leaving
from accounts.imports.rows import Unreadable
from accounts.models import Alternative, Contract, ExternalKey
from playbooks import enrolment, following, work
from playbooks.models import Enrolment, Task
from playbooks.steps import task_step
from renewals import calls, closing, loss, notices, pipeline
from renewals.models import PrepPart, Renewal
from tests.accounts.imports import bring, write
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import NOW, playbook
from tests.renewals.factories import renewal_due_in

pytestmark = pytest.mark.django_db(transaction=True)
PART = task_step("Review the health", prep_part="health")
LONGEST = 10.0


class Beside(threading.Thread):
    """An act on a connection of its own; ``error`` is what it raised."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.act = act
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.act()
        except BaseException as error:  # noqa: BLE001 (the test asks what it was)
            self.error = error
        finally:
            connection.close()


def wait_until(waiting: int) -> None:
    """Wait until so many connections of this database wait for a lock."""
    sql = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees its activity once
            cursor.execute(sql)
            if cursor.fetchone()[0] >= waiting:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


@contextmanager
def held(rows: Any) -> Iterator[None]:
    with transaction.atomic():
        list(rows.select_for_update(of=("self",)))
        yield


def finish(task: Task) -> None:
    work.complete(task, "done", user=task.customer.owner, now=NOW, day=DAY, note="Seen")  # type: ignore[arg-type]


def finish_part(task: Task) -> None:
    assert task.renewal
    work.complete_part(task.renewal, "health", user=task.customer.owner, now=NOW, day=DAY, note="Seen")  # type: ignore[arg-type]


def open_task(task: Task) -> None:
    work.undo(task)


def open_part(task: Task) -> None:
    assert task.renewal
    work.reopen_part(task.renewal, "health")


@pytest.mark.parametrize(
    ("acts", "outcome"),
    [((finish, finish_part), "done"), ((finish_part, finish), "done"), ((open_task, open_part), "")],
)
def test_a_part_and_its_task_finished_or_opened_at_once_wait_for_each_other(
    acts: tuple[Callable[[Task], None], Callable[[Task], None]], outcome: str
) -> None:
    """While the task's row is held the first comes to it, then the second; released, both come to an end."""
    organisation()
    playbook("renewal_due", reentry_days=0, steps=(PART, task_step("Call")))
    renewal_due_in(40, customer(owner=user()))
    enrolment.sweep(DAY)
    task = Task.objects.select_related("customer__owner", "renewal").get(title=PART.name)
    if outcome == "":
        finish(task)
    with held(Task.objects.filter(pk=task.pk)):
        first = Beside(lambda: acts[0](task))
        wait_until(1)
        second = Beside(lambda: acts[1](task))
        wait_until(2)
    for one in (first, second):
        one.join(LONGEST)
    assert not any(isinstance(one.error, OperationalError) for one in (first, second)), (first.error, second.error)
    part = PrepPart.objects.get(part="health")
    assert (Task.objects.get(pk=task.pk).outcome, part.done_on) == (outcome, DAY if outcome else None)


def test_the_last_task_is_finished_while_the_sweep_ends_its_play() -> None:
    organisation()
    playbook("renewal_due", reentry_days=0, steps=(PART,))
    one = renewal_due_in(40, customer(owner=user()))
    enrolment.sweep(DAY)
    task = Task.objects.select_related("customer__owner", "renewal").get()
    Renewal.objects.filter(pk=one.pk).update(leaving="confirmed", leaves_on=DAY)
    with held(Task.objects.filter(pk=task.pk)):
        person = Beside(lambda: finish(task))
        wait_until(1)
        sweep = Beside(lambda: enrolment.sweep(DAY))
        wait_until(2)
    for each in (person, sweep):
        each.join(LONGEST)
    assert (person.error, sweep.error) == (None, None)
    assert Task.objects.get().outcome == "done"
    assert Enrolment.objects.get().state in {"done", "exited"}


def test_a_task_finished_while_the_sweep_forgets_its_play_stays() -> None:
    """Of the play there is no renewal any more, and it is derived until the moment in which somebody does something."""
    organisation()
    playbook("renewal_due", reentry_days=0, steps=(task_step("Call"), task_step("Write")))
    one = renewal_due_in(40, customer(owner=user()))
    enrolment.sweep(DAY)
    task = Task.objects.select_related("customer__owner").get(title="Call")
    Renewal.objects.filter(pk=one.pk).delete()
    with held(Task.objects.filter(pk=task.pk)):
        person = Beside(lambda: finish(task))
        wait_until(1)
        sweep = Beside(lambda: following.sweep(DAY))
        wait_until(2)
    for each in (person, sweep):
        each.join(LONGEST)
    assert (person.error, sweep.error) == (None, None)
    told = [(each.title, each.outcome, each.outcome_note) for each in Task.objects.order_by("pk")]
    assert told == [("Call", "done", "Seen"), ("Write", "not_needed", "")]


LOSS = loss.Loss("price", "price", controllable=False, alternative=Alternative.values[0])
ACTS: dict[str, Callable[[Renewal], Any]] = {
    "notice": lambda one: notices.act(one.contract, "notice", DAY, DAY),
    "end": lambda one: notices.act(one.contract, "end", one.due_on, DAY),
    "churn": lambda one: closing.churn(one, one.customer.owner, DAY, LOSS),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_on_a_contract_waits_for_the_sweep_that_read_it_before(act: str) -> None:
    organisation()
    one = renewal_due_in(40, customer(owner=user()))
    with pipeline.one_at_a_time():
        person = Beside(lambda: ACTS[act](one))
        wait_until(1)
        Contract.objects.filter(pk=one.contract_id).update(term_months=12)
        pipeline.follow_contracts(DAY)
    person.join(LONGEST)
    assert person.error is None
    one.refresh_from_db()
    assert (one.leaving, one.outcome) == {"notice": ("notice", ""), "end": ("confirmed", ""), "churn": ("", "churned")}[
        act
    ]


@pytest.mark.parametrize("act", ACTS)
def test_a_sweep_waits_for_the_act(act: str) -> None:
    organisation()
    one = renewal_due_in(40, customer(owner=user()))
    with transaction.atomic():
        ACTS[act](one)
        sweep = Beside(lambda: pipeline.sweep(DAY))
        wait_until(1)
    sweep.join(LONGEST)
    assert sweep.error is None
    one.refresh_from_db()
    assert one.leaving or one.outcome


def test_a_renewal_opens_again_while_lines_of_its_new_contract_change() -> None:
    """Whoever changes lines holds their contract: what deletes both begins with the contract too."""
    organisation()
    one = renewal_due_in(40, customer(owner=user()))
    lines = [closing.NewLine("Platform", 1, Decimal(1200))]
    new = closing.renew(one, one.customer.owner, DAY, starts_on=one.due_on, term_months=12, lines=lines)  # type: ignore[arg-type]
    with transaction.atomic():
        leaving.held(new)
        person = Beside(lambda: closing.reopen(one, DAY))
        wait_until(1)
        new.lines.update(quantity=2)
    person.join(LONGEST)
    assert person.error is None
    assert not Contract.objects.filter(pk=new.pk).exists()


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    """A file of a contract that the record knows at another price."""
    organisation()
    ExternalKey.objects.create(customer=customer(), source="csv", external_id="A1")
    head = "external_id,customer,starts_on,product,annual_amount\n"
    path = write(tmp_path / "contracts.csv", f"{head}K1,A1,2026-01-01,Base,1200\n")
    bring(path)
    return write(path, f"{head}K1,A1,2026-01-01,Base,2400\n")


def test_lines_change_while_a_file_changes_them(imported: Path) -> None:
    """A file's contracts are locked before their lines, also where only a line changes."""
    with transaction.atomic():
        contract = leaving.held(Contract.objects.get())
        file = Beside(lambda: bring(imported))
        wait_until(1)
        contract.lines.update(quantity=2)
    file.join(LONGEST)
    assert file.error is None
    assert set(contract.lines.values_list("annual_amount", flat=True)) == {1200, 2400}


def lock_against_each_other(imported: Path) -> Beside:
    """The file waits for a contract of ours, and we for the lock of imports that it has."""
    with suppress(OperationalError), transaction.atomic():  # of the two the server may end us, if the machine is slow
        leaving.held(Contract.objects.get())
        file = Beside(lambda: bring(imported))
        wait_until(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('accounts.imports', 0))")
    file.join(LONGEST)
    return file


def test_a_file_that_meets_a_deadlock_says_so_and_goes_in_again(imported: Path) -> None:
    for amount in range(2400, 12_000, 1200):
        imported.write_text(imported.read_text().replace(f",{amount - 1200}\n", f",{amount}\n"))
        file = lock_against_each_other(imported)
        if file.error:
            break
    assert isinstance(file.error, Unreadable)
    assert str(file.error) == (
        "contracts.csv: nothing was imported, somebody was writing the same rows. Import it again."
    )
    assert bring(imported).changed == 1


def test_a_call_made_while_its_term_is_found_to_be_none_is_kept() -> None:
    organisation()
    one = renewal_due_in(300, customer(owner=user()))
    owner = one.customer.owner
    assert owner
    with transaction.atomic():
        calls.call(one, owner, NOW, DAY, likelihood=Decimal("0.4"), category="")

        def follow() -> None:
            Contract.objects.filter(pk=one.contract_id).update(is_trial=True)
            pipeline.sweep(DAY)

        sweep = Beside(follow)
        wait_until(1)
    sweep.join(LONGEST)
    assert sweep.error is None
    one.refresh_from_db()
    assert (one.outcome, one.void_reason, one.calls.count()) == ("void", "trial", 1)


def test_an_end_confirmed_just_before_closing_is_not_overwritten() -> None:
    organisation()
    one = renewal_due_in(40, customer(owner=user()))
    earlier = DAY + dt.timedelta(days=5)
    with transaction.atomic():
        Contract.objects.filter(pk=one.contract_id).update(ended_on=earlier)
        person = Beside(lambda: ACTS["churn"](one))
        wait_until(1)
    person.join(LONGEST)
    assert person.error is None
    assert Contract.objects.get(pk=one.contract_id).ended_on == earlier
