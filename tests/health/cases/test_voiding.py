"""A case that hung on an import goes with its Undo; one that a person touched is kept as void, with its reason, and is found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import lifecycle
from accounts.models import Customer, ImportLine, TakenBack, User
from config import clock
from health.cases import acts, sweep, voiding
from health.models import Case, CaseAct, CaseRule, RuleHold, Ticket
from playbooks import following, work
from playbooks.models import Enrolment
from tests import factories as make
from tests.accounts.importing.conftest import _short_sighted  # noqa: F401 (nothing else is foreseen)
from tests.accounts.importing.runs import imported, taken_back, write
from tests.factories import DAY
from tests.health.cases.rows import rule
from tests.playbooks.rows import begun, playbook

pytestmark = pytest.mark.django_db
CUSTOMERS = "external_id,name,owner\nA1,Acme,ren@example.com\nB2,Beta,ren@example.com\n"
CONTRACTS = (
    "external_id,customer,starts_on,product,annual_amount\nK1,A1,2026-01-01,Suite,12000\nK2,B2,2026-01-01,Suite,12000\n"
)
TICKETS = "external_id,customer,severity,opened_at,escalated\nS1,A1,high,2026-11-20,yes\nS2,B2,high,2026-11-20,yes\n"


@pytest.fixture
def admin() -> User:
    make.organisation()
    return make.user("admin", name="Ren Admin", email="ren@example.com")


@pytest.fixture
def watching() -> CaseRule:
    """A rule that was held against everybody yesterday: an escalation opens a case."""
    return rule(detector="escalation", swept_on=DAY - dt.timedelta(days=1))


def swept(day: dt.date, only: list[int] | None = None) -> int:
    """Status follows, then cases."""
    lifecycle.sweep(day)
    return sweep.sweep(day, only)


def planned(case: Case, admin: User) -> None:
    acts.plan(case, type="value", plan="Ask why", user=admin, day=DAY)


def snoozed(case: Case, admin: User) -> None:
    acts.snooze(case, DAY + dt.timedelta(days=3), "They are away", user=admin, day=DAY)


def played(case: Case, admin: User) -> None:
    task = begun(playbook(), case.customer, f"case:{case.pk}").tasks.get()
    work.complete(task, "done", user=admin, now=clock.now(), day=DAY)


def started(case: Case, admin: User) -> None:
    begun(playbook(), case.customer, f"case:{case.pk}", enrolled_by=admin)


@pytest.mark.parametrize("touch", [planned, snoozed, played, started])
def test_what_a_person_touched_is_void_and_the_rest_goes(
    admin: User, watching: CaseRule, tmp_path: Path, client: Client, touch: object
) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    swept(DAY)
    run = imported(write(tmp_path / "in", {"tickets.csv": TICKETS}), by=admin)
    assert swept(DAY) == 2
    mine = Case.objects.get(customer__name="Acme")
    touch(mine, admin)  # type: ignore[operator]
    other = Case.objects.get(customer__name="Beta")
    begun(playbook(name="Calm"), other.customer, f"case:{other.pk}")
    taken_back(run)
    assert TakenBack.objects.count() == 2
    swept(DAY, [mine.customer_id, other.customer_id])
    (void,) = Case.objects.all()
    assert (void.pk, void.state, void.resolution, void.closed_on) == (mine.pk, "closed", "void", DAY)
    assert void.closed_note == "The import that it came from was undone."
    assert (void.snoozed_until, void.closed_by) == (None, None)
    assert list(CaseAct.objects.order_by("pk").values_list("act", flat=True))[-1] == "closed"
    swept(DAY)
    # A play that the case started and in which nobody did anything goes with it.
    following.sweep(DAY)
    assert not Enrolment.objects.filter(customer=other.customer_id).exists()
    client.force_login(admin)
    page = client.get("/cases/", {"if": ["cases:state~is~closed", "cases:resolution~is~void"]}).content.decode()
    assert "Acme" in page
    assert void.get_resolution_display() in client.get(f"/cases/{void.pk}/").content.decode()
    # The same file opens it anew.
    imported(write(tmp_path / "in", {"tickets.csv": TICKETS}), by=admin)
    assert swept(DAY) == 2
    assert Case.objects.count() == 3


def test_a_case_of_another_cause_stays(admin: User, watching: CaseRule, tmp_path: Path) -> None:
    """It opened before the import, or still has a reason: the Undo leaves it alone."""
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    swept(DAY)
    imported(write(tmp_path / "one", {"tickets.csv": TICKETS}), by=admin)
    swept(DAY)
    run = imported(write(tmp_path / "two", {"tickets.csv": TICKETS.replace("S1", "S3").replace("S2", "S4")}), by=admin)
    swept(DAY)
    taken_back(run)
    swept(DAY)
    assert set(Case.objects.values_list("state", "passed_on")) == {("new", None)}


def test_a_case_that_opened_later_has_passed_and_is_not_taken_away(
    admin: User, watching: CaseRule, tmp_path: Path
) -> None:
    """Its state ended by itself on the day on which an import of nine days before was undone."""
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    swept(DAY)
    contacts = "external_id,customer,name\nP1,A1,Ann\nP2,B2,Bob\n"
    run = imported(write(tmp_path / "in", {"contacts.csv": contacts}), by=admin)
    run.files.update(loaded_at=clock.now() - dt.timedelta(days=9))
    imported(write(tmp_path / "later", {"tickets.csv": TICKETS}), by=admin)
    assert swept(DAY) == 2
    Ticket.objects.update(escalated=False)
    taken_back(run)
    swept(DAY)
    assert set(Case.objects.values_list("state", "passed_on")) == {("new", DAY)}


def test_a_rule_that_the_first_sweep_leaves_out_settles_in_a_later_one(
    admin: User, watching: CaseRule, tmp_path: Path
) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    swept(DAY)
    run = imported(write(tmp_path / "in", {"tickets.csv": TICKETS}), by=admin)
    assert swept(DAY) == 2
    taken_back(run)
    CaseRule.objects.update(is_active=False)
    swept(DAY)
    assert Case.objects.count() == 2
    CaseRule.objects.update(is_active=True)
    # After two days every rule has been asked.
    undone_at = TakenBack.objects.values_list("undone_at", flat=True)[0]
    edge, later = (undone_at + dt.timedelta(days=2, microseconds=more) for more in (0, 1))
    with transaction.atomic():
        RuleHold.objects.update(until=DAY)
        voiding.settle(DAY, None, later)
        assert (Case.objects.count(), TakenBack.objects.count()) == (2, 0)
        transaction.set_rollback(True)
    with transaction.atomic():
        RuleHold.objects.update(until=DAY)
        voiding.settle(DAY, None, edge)
        assert (Case.objects.count(), TakenBack.objects.count()) == (0, 2)
        transaction.set_rollback(True)
    swept(DAY)
    assert not Case.objects.exists()


def test_a_case_of_an_import_that_stayed_for_a_later_one_goes_with_that(
    admin: User, watching: CaseRule, tmp_path: Path
) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    swept(DAY)
    first = imported(write(tmp_path / "in", {"tickets.csv": TICKETS}), by=admin)
    assert swept(DAY) == 2
    last = imported(write(tmp_path / "in", {"tickets.csv": TICKETS.replace("high", "low")}), by=admin)
    taken_back(first)
    assert Ticket.objects.count() == 2
    TakenBack.objects.all().delete()  # as after two days
    taken_back(last)
    assert not Ticket.objects.exists()
    swept(DAY)
    assert not Case.objects.exists()


def test_a_customer_goes_with_cases_nobody_touched_and_stays_for_one_that_is_void(
    admin: User, watching: CaseRule, tmp_path: Path
) -> None:
    swept(DAY)
    files = {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS, "tickets.csv": TICKETS}
    run = imported(write(tmp_path / "in", files), by=admin)
    swept(DAY)
    planned(Case.objects.get(customer__name="Acme"), admin)
    taken_back(run)
    assert Customer.objects.get().name == "Acme"
    stays = ImportLine.objects.filter(file__run=run, outcome="kept").values_list("object_kind", "title")
    assert set(stays) == {("customer", "Acme")}
    swept(DAY)
    assert Case.objects.get().resolution == "void"


def test_what_somebody_closes_meanwhile_stays_as_they_closed_it(
    admin: User, watching: CaseRule, tmp_path: Path
) -> None:
    """They were first at the row: the sweep waited for them."""
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    swept(DAY)
    run = imported(write(tmp_path / "in", {"tickets.csv": TICKETS}), by=admin)
    swept(DAY)
    mine = Case.objects.get(customer__name="Acme")
    taken_back(run)
    found: list[str] = []

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if "DELETE FROM accounts_takenback" in sql and not found:
            found.append(sql)
            context = rest[-1]
            found_ids = [row[0] for row in context["cursor"].fetchall()]
            acts.close(mine, "resolved", user=admin, day=DAY, now=clock.now(), note="Called them")
            execute("SELECT unnest(%s::bigint[])", [found_ids], False, context)
        return result

    with connection.execute_wrapper(meanwhile):
        swept(DAY)
    (closed,) = Case.objects.all()
    assert (closed.pk, closed.resolution, closed.resolution_note) == (mine.pk, "resolved", "Called them")
    assert list(CaseAct.objects.filter(case=mine).values_list("act", flat=True)).count("closed") == 1


def test_nobody_chooses_void(admin: User, watching: CaseRule) -> None:
    case = Case.objects.create(
        customer=make.customer(), rule=watching, kind="risk", reason="r", title="T", opened_on=DAY, due_on=DAY, newest_evidence_on=DAY
    )  # fmt: skip
    with pytest.raises(Exception, match="not one of the choices"):
        acts.close(case, "void", user=admin, day=DAY, now=clock.now())


def test_nothing_undone_costs_one_statement(admin: User, watching: CaseRule) -> None:
    with CaptureQueriesContext(connection) as captured:
        voiding.settle(DAY, None, clock.now())
    assert len(captured) == 1
