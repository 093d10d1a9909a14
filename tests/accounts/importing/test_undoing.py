"""Undo of an import gives the rows before; what somebody changed since stays and is listed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import lifecycle
from accounts.identity import merging
from accounts.imports import requesting, running
from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    Entitlement,
    ExternalKey,
    ImportLine,
    ImportRun,
    Invoice,
    Objective,
    Outcome,
    Touchpoint,
    User,
    WithdrawnRow,
)
from config import clock
from config.history.models import Entry
from health.models import SurveyResponse, Ticket
from tests.accounts.importing.runs import CONTRACTS, CUSTOMERS, imported, taken_back, work, write
from tests.examples import dear
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
WRITTEN = ("accounts_contact", "accounts_importline", "accounts_word")
COPIED = {"changed_at", "search_words"}


@pytest.fixture
def admin() -> User:
    organisation()
    return user("admin", name="Ren Admin")


def rows(*leave: str) -> list[dict[str, Any]]:
    """Every row of the record that an import may change, without the instants of their changes."""
    left = {*COPIED, *leave}
    return [
        {"model": model.__name__, **{name: row[name] for name in row if name not in left}}
        for model in (Customer, Contact, Contract, ContractLine, Entitlement)
        for row in model._default_manager.order_by("pk").values()
    ]


def told(run: ImportRun) -> list[tuple[str, str, str, str, str]]:
    """(kind, object kind, title, outcome, field) of the lines."""
    lines = ImportLine.objects.filter(file__run=run).exclude(kind="same").order_by("file__position", "pk")
    return [(line.kind, line.object_kind, line.title, line.outcome, line.field) for line in lines]


def planned(table: str) -> tuple[float, float]:
    """How many rows the planner believes that the table has, and how many of them it takes for lines of returned rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        (rows,) = cursor.fetchone()
        cursor.execute(
            "SELECT coalesce(sum(f), 0) FROM pg_stats, unnest(most_common_vals::text::text[], most_common_freqs) v(word, f)"
            " WHERE tablename = %s AND attname = 'outcome' AND word = 'returned'",
            [table],
        )
        (share,) = cursor.fetchone()
    return rows, float(share)


def test_what_a_large_file_wrote_is_known_to_the_planner_and_what_its_undo_wrote(admin: User, tmp_path: Path) -> None:
    """Else the words of the rows that left are looked for once a row: hours of 100,000."""
    contacts = "".join(f"P{number},A1,Person {number}\n" for number in range(150))
    folder = write(
        tmp_path / "in", {"customers.csv": CUSTOMERS, "contacts.csv": f"external_id,customer,name\n{contacts}"}
    )
    run = imported(folder, by=admin)
    counted = dict.fromkeys(WRITTEN, 0)
    with connection.cursor() as cursor:
        for table in WRITTEN:
            cursor.execute(f"SELECT count(*) FROM {table}")
            (counted[table],) = cursor.fetchone()
    assert min(counted.values()) >= 150
    assert {table: planned(table)[0] for table in WRITTEN} == counted
    assert planned("accounts_importline")[1] == 0
    taken_back(run)
    assert planned("accounts_importline")[1] > 0.9


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parents_leave_with_the_last_that_hung_on_those_below_them(
    admin: User, tmp_path: Path, order: tuple[int, int]
) -> None:
    customers = "external_id,name,parent\nA1,Acme,\nB2,Beta,A1\nC3,Gamma,B2\n"
    contracts = CONTRACTS.replace("K1,A1", "K1,C3")
    runs = [
        imported(write(tmp_path / name, {f"{name}.csv": content}), by=admin)
        for name, content in (("customers", customers), ("contracts", contracts))
    ]
    assert Customer.objects.count() == 3
    for place in order:
        assert taken_back(runs[place]).state == "undone"
    assert not Customer.objects.exists()
    assert not ExternalKey.objects.exists()
    assert not Contract.objects.exists()


def test_changed_fields_go_back_and_added_parts_go(admin: User, tmp_path: Path) -> None:
    contacts = "external_id,customer,name,title\nP1,A1,Ann,CTO\n"
    seats = CONTRACTS.replace("annual_amount", "annual_amount,seats,ends_on").replace("12000", "12000,10,2027-01-01")
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contacts.csv": contacts, "contracts.csv": seats})
    imported(folder, by=admin)
    before = rows("source_said")
    write(
        folder,
        {
            "customers.csv": CUSTOMERS.replace("Acme,JP,12", "Apex,DE,13"),
            "contacts.csv": contacts.replace("CTO", "CEO"),
            "contracts.csv": seats.replace("12000,10,2027-01-01", "18000,20,2028-01-01"),
        },
    )
    run = imported(folder, by=admin)
    assert rows("source_said") != before
    assert taken_back(run).state == "undone"
    assert rows("source_said") == before
    assert {outcome for _kind, _object, _title, outcome, _field in told(run)} == {"returned"}
    entry = Entry.objects.filter(kind="customer").latest("pk")
    assert (entry.actor_id, entry.door, entry.after["name"]) == (admin.pk, f"undo:{run.pk}", "Acme")
    again = imported(folder, by=admin)
    assert [(file.new, file.changed) for file in again.files.order_by("position")] == [(0, 1), (0, 1), (0, 1)]
    assert Contract.objects.get().ends_on == dt.date(2028, 1, 1)


def test_what_somebody_changed_since_stays_and_is_listed(admin: User, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    imported(folder, by=admin)
    write(folder, {"customers.csv": CUSTOMERS.replace("Acme,JP,12", "Apex,DE,13")})
    run = imported(folder, by=admin)
    Customer.objects.filter(name="Apex").update(employees=99)
    taken_back(run)
    acme = Customer.objects.get(name="Acme")
    assert (acme.country, acme.employees) == ("JP", 99)
    assert told(run) == [("changed", "customer", "Apex", "kept", "employees")]
    assert (
        ImportLine.objects.get(file__run=run, kind__in=("new", "changed")).reason == "changed since: it stays as it is"
    )


def test_dates_of_a_contract_go_back_together_or_not_at_all(admin: User, tmp_path: Path) -> None:
    text = (
        "external_id,customer,starts_on,ends_on,notice_days,product,annual_amount\nK1,A1,2026-01-01,{},{},Suite,12000\n"
    )
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": text.format("2027-01-01", 30)})
    imported(folder, by=admin)
    write(folder, {"contracts.csv": text.format("2028-01-01", 60)})
    run = imported(folder, by=admin)
    Contract.objects.update(notice_days=90)
    taken_back(run)
    contract = Contract.objects.get()
    assert (contract.ends_on, contract.notice_days) == (dt.date(2028, 1, 1), 90)
    assert told(run) == [("changed", "contract", "K1", "kept", "ends_on, notice_days")]


def test_a_parent_that_goes_back_closes_no_circle(admin: User, tmp_path: Path) -> None:
    text = "external_id,name,parent\nB2,Beta,\nA1,Acme,{}\n"
    folder = write(tmp_path / "in", {"customers.csv": text.format("B2")})
    imported(folder, by=admin)
    write(folder, {"customers.csv": text.format("")})
    run = imported(folder, by=admin)
    acme, beta = Customer.objects.order_by("name")
    Customer.objects.filter(pk=beta.pk).update(parent=acme)
    taken_back(run)
    assert list(Customer.objects.order_by("name").values_list("parent", flat=True)) == [None, acme.pk]
    assert told(run) == [("changed", "customer", "Acme", "kept", "parent")]


def test_a_parent_that_was_merged_meanwhile_is_its_survivor(admin: User, tmp_path: Path) -> None:
    text = "external_id,name,parent\nP1,Pine,\nQ2,Quince,\nS3,Sorb,\nC4,Child,{}\n"
    folder = write(tmp_path / "in", {"customers.csv": text.format("P1")})
    imported(folder, by=admin)
    write(folder, {"customers.csv": text.format("Q2")})
    run = imported(folder, by=admin)
    found = {customer.name: customer for customer in Customer.objects.all()}
    merging.merge(found["Pine"], found["Sorb"], by=admin, day=DAY)
    taken_back(run)
    assert Customer.objects.get(name="Child").parent == found["Sorb"]


def test_a_new_contract_is_withdrawn_and_comes_back_with_its_file(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    folder = write(tmp_path / "in", {"contracts.csv": CONTRACTS})
    run = imported(folder, by=admin)
    lifecycle.sweep(DAY)
    acme = Customer.objects.get(name="Acme")
    assert (acme.status, int(acme.arr or 0)) == ("live", 12_000)
    taken_back(run)
    lifecycle.sweep(DAY)
    acme.refresh_from_db()
    contract = Contract.objects.get()
    assert (contract.ended_on, acme.status, int(acme.arr or 0)) == (contract.starts_on, "prospect", 0)
    assert [(*line[:2], line[3]) for line in told(run)] == [("new", "contract", "returned")]
    imported(folder, by=admin)
    contract.refresh_from_db()
    assert (contract.ended_on, contract.end_known_on) == (None, None)


def test_a_new_contract_that_somebody_worked_on_stays(admin: User, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS})
    run = imported(folder, by=admin)
    Contract.objects.update(notice_days=45)
    taken_back(run)
    assert Contract.objects.get().ended_on is None
    assert told(run)[-1][:4] == ("new", "contract", "K1", "kept")


def test_the_owner_goes_back_with_what_is_theirs(admin: User, tmp_path: Path) -> None:
    first, second = user(name="Mara Own"), user(name="Nils Other")
    text = "external_id,name,owner\nA1,Acme,{}\nB2,Beta,{}\n"
    folder = write(tmp_path / "in", {"customers.csv": text.format(first.email, first.email)})
    imported(folder, by=admin)
    write(folder, {"customers.csv": text.format(second.email, second.email)})
    run = imported(folder, by=admin)
    Customer.objects.filter(name="Beta").update(owner=admin)
    taken_back(run)
    assert list(Customer.objects.order_by("name").values_list("owner", flat=True)) == [first.pk, admin.pk]
    assert [(title, outcome, field) for _kind, _object, title, outcome, field in told(run)] == [
        ("Acme", "returned", ""),
        ("Beta", "kept", "owner"),
    ]


def test_files_are_undone_from_the_last_and_a_killed_undo_goes_on(
    admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS})
    imported(folder, by=admin)
    before = rows("source_said")
    write(
        folder,
        {"customers.csv": CUSTOMERS.replace("Acme", "Apex"), "contracts.csv": CONTRACTS.replace("12000", "18000")},
    )
    run = imported(folder, by=admin)
    undo, order = running.undo, []

    def dies(file: Any, *rest: Any) -> None:
        undo(file, *rest)
        order.append(file.name)
        if len(order) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(running, "undo", dies)
    requesting.take_back(run, admin, DAY, clock.now())
    with pytest.raises(KeyboardInterrupt):
        work()
    work()
    run.refresh_from_db()
    assert (run.state, order) == ("undone", ["contracts.csv", "contracts.csv", "customers.csv"])
    assert rows("source_said") == before
    with pytest.raises(ValidationError, match="nothing to undo"):
        requesting.take_back(run, admin, DAY, clock.now())
    with pytest.raises(ValidationError, match="cannot be started"):
        requesting.start(run, DAY, clock.now())


AMOUNTS = st.sampled_from([0, 100, 12_000])
DATES = st.sampled_from(["", "2026-12-01", "2027-01-01", "2028-06-01"])
ROWS = st.fixed_dictionaries({
    "name": st.sampled_from(["Acme", "Apex", "青葉"]), "employees": st.sampled_from(["", "1", "300"]),
    "amount": AMOUNTS, "ends_on": DATES, "seats": st.sampled_from(["", "5", "50"]),
    "notice": st.sampled_from(["", "0", "30"]), "title": st.sampled_from(["", "CTO"]),
})  # fmt: skip
FILES = st.lists(ROWS, min_size=1, max_size=3)


def files_of(given_rows: list[dict[str, Any]]) -> dict[str, str]:
    customers = "external_id,name,employees\n"
    contracts = "external_id,customer,starts_on,ends_on,notice_days,product,annual_amount,seats\n"
    contacts = "external_id,customer,name,title\n"
    for number, row in enumerate(given_rows):
        customers += f"A{number},{row['name']},{row['employees']}\n"
        contracts += (
            f"K{number},A{number},2026-01-01,{row['ends_on']},{row['notice']},Suite,{row['amount']},{row['seats']}\n"
        )
        contacts += f"P{number},A{number},Ann,{row['title']}\n"
    return {"customers.csv": customers, "contracts.csv": contracts, "contacts.csv": contacts}


@settings(max_examples=dear(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=FILES, second=FILES)
def test_undo_gives_the_rows_before(
    admin: User, tmp_path: Path, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    """Whatever stood before stands again, and what is new of contracts has no revenue on any day."""
    Contract.objects.all().delete()
    Customer.objects.all().delete()
    folder = write(tmp_path / "in", files_of(first))
    imported(folder, by=admin)
    before = rows("source_said")
    write(folder, files_of(second))
    run = imported(folder, by=admin)
    taken_back(run)
    assert run.state == "undone", run.problem
    known = {(row["model"], row["id"]) for row in before}
    assert [row for row in rows("source_said") if (row["model"], row["id"]) in known] == before
    for contract in Contract.objects.exclude(pk__in=[pk for model, pk in known if model == "Contract"]):
        assert contract.ended_on == contract.starts_on


EVERYTHING = {
    "customers.csv": CUSTOMERS,
    "contacts.csv": "external_id,customer,name\nP1,A1,Ann\nP2,B2,Bob\n",
    "contracts.csv": CONTRACTS,
    "tickets.csv": "external_id,customer,severity,opened_at\nT1,A1,low,2026-11-01T10:00:00Z\n",
    "surveys.csv": "external_id,customer,kind,answer,answered_on\nS1,B2,nps,9,2026-11-01\n",
    "invoices.csv": "external_id,customer,issued_on,due_on,amount,currency\nI1,A1,2026-10-01,2026-11-01,100,USD\n",
}


def everything() -> dict[str, int]:
    """How many rows there are of each kind."""
    models = (Customer, Contact, Contract, ContractLine, ExternalKey, Ticket, SurveyResponse, Invoice)
    return {model.__name__: model._default_manager.count() for model in models}


def test_a_whole_import_leaves_the_record_and_comes_back(admin: User, tmp_path: Path) -> None:
    before = everything()
    assert set(before.values()) == {0}
    folder = write(tmp_path / "in", EVERYTHING)
    run = imported(folder, by=admin)
    there = everything()
    assert there["Customer"] == 2
    run = taken_back(run)
    assert (run.state, run.problem) == ("undone", "")
    assert everything() == before
    assert not ImportLine.objects.filter(file__run=run, outcome="kept").exists()
    kept = WithdrawnRow.objects.filter(run=run.pk)
    assert kept.get(kind="ticket").row["external_id"] == "T1"
    assert sorted(row.row["name"] for row in kept.filter(kind="customer")) == ["Acme", "Beta"]
    again = imported(folder, by=admin)
    assert again.state == "done", again.problem
    assert everything() == there


def test_an_objective_that_came_for_an_outcome_goes_with_it(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    text = "external_id,customer,measure,measured\nR1,A1,Hours,9\n"
    run = imported(write(tmp_path / "in", {"outcomes.csv": text}), by=admin)
    assert (Outcome.objects.count(), Objective.objects.count()) == (1, 1)
    taken_back(run)
    assert (Outcome.objects.count(), Objective.objects.count()) == (0, 0)
    assert {line[3] for line in told(run)} == {"returned"}


def test_why_rows_of_an_earlier_run_stay_is_said_in_its_language(admin: User, tmp_path: Path) -> None:
    """Run A of a Japanese admin is undone, then B of an English one, without which A's row is asked about again."""
    runs = []
    for language, name in (("ja", "Acme"), ("en", "Acme Inc.")):
        with translation.override(language):
            text = f"external_id,name\nA1,{name}\n"
            runs.append(imported(write(tmp_path / language, {"customers.csv": text}), by=admin))
    Touchpoint.objects.create(customer=Customer.objects.get(), kind="call", happened_on=DAY, author=admin)
    for run in runs:
        taken_back(run)
    line = ImportLine.objects.get(file__run=runs[0], outcome="kept")
    for language, reason in (("en", "it stays with what hangs on it: Touch (1)"), ("ja", line.reason)):
        with translation.override(language):
            assert line.told == reason
    assert not line.reason.isascii()


def test_whom_somebody_worked_with_stays_with_what_hangs_on_them(admin: User, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", EVERYTHING)
    run = imported(folder, by=admin)
    acme = Customer.objects.get(name="Acme")
    Touchpoint.objects.create(customer=acme, kind="call", happened_on=DAY, author=admin)
    Ticket.objects.update(csat=2)
    run = taken_back(run)
    assert list(Customer.objects.values_list("name", flat=True)) == ["Acme"]
    assert list(Contact.objects.values_list("name", flat=True)) == []
    stays = {
        (line.object_kind, line.title, line.reason) for line in ImportLine.objects.filter(file__run=run, outcome="kept")
    }
    reason = "changed since, or other rows hang on it: it stays"
    hangs = "it stays with what hangs on it: touchpoint (1); ticket (1)"
    assert stays == {("customer", "Acme", hangs), ("ticket", "", reason)}
