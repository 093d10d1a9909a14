"""What a person changed of rows that one source brings stays, and is listed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from accounts.imports import believing, edited
from accounts.models import (
    Contract,
    Customer,
    Disagreement,
    FieldOrder,
    Invoice,
    Objective,
    Outcome,
    User,
)
from config.history.actors import acting
from health.models import Ticket
from tests import factories as make
from tests.accounts.importing.test_believing import acme
from tests.accounts.imports import bring, counts, write

__all__ = ["acme"]  # a fixture
pytestmark = pytest.mark.django_db
CONTRACTS = "external_id,customer,starts_on,ends_on,ended_on,product,annual_amount,quantity\n"
OUTCOMES = "external_id,customer,measure,unit,target,state,unit_value,confirmed_on\n"
TICKETS = "external_id,customer,severity,opened_at,solved_at,topic\n"
INVOICES = "external_id,customer,issued_on,due_on,amount\n"


def by_hand(row: models.Model, **fields: object) -> None:
    admin = make.user(role="admin")
    with acting("page", lambda: admin.pk):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=list(fields))


def listed() -> list[tuple[str, str, str, str]]:
    rows = Disagreement.objects.order_by("target", "field")
    return list(rows.values_list("field", "given", "stands", "by"))


def test_a_contract_and_its_price(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    bring(
        write(path, CONTRACTS + "K1,A1,2026-01-01,2026-12-31,,Core,1200,3\nK2,A1,2026-01-01,2026-12-31,,Core,1200,3\n")
    )
    contract, other = Contract.objects.order_by("external_id")
    by_hand(contract, ended_on=dt.date(2026, 6, 30), end_known_on=make.DAY)
    by_hand(other.lines.get(), annual_amount=1500)
    text = "K1,A1,2026-01-01,2027-12-31,2026-07-31,Core,1200,3\nK2,A1,2026-01-01,2027-12-31,,Core,1300,4\n"
    bring(write(path, CONTRACTS + text))
    contract.refresh_from_db()
    assert (contract.ends_on, contract.ended_on) == (dt.date(2027, 12, 31), dt.date(2026, 6, 30))
    assert set(other.lines.values_list("annual_amount", flat=True)) == {1500}
    assert [(name, by) for name, _given, _stands, by in listed()] == [("annual_amount", "hand"), ("ended_on", "hand")]
    assert counts(bring(path)) == (0, 0, 2, 0)
    FieldOrder.objects.create(target="contracts", field="annual_amount", sources=["csv", "hand"])
    FieldOrder.objects.create(target="contracts", field="ended_on", sources=[])
    bring(write(path, CONTRACTS + text.replace("07-31", "08-31")))
    contract.refresh_from_db()
    assert contract.ended_on == dt.date(2026, 8, 31)
    assert 1300 in set(other.lines.values_list("annual_amount", flat=True))
    assert listed() == []


def test_what_stays_and_the_rest_of_a_row_break_no_rule(acme: Customer, tmp_path: Path) -> None:
    """The end that a person set lies before the file's new start: both stay."""
    path = tmp_path / "contracts.csv"
    bring(write(path, CONTRACTS + "K1,A1,2030-01-01,2030-12-31,,Core,1200,3\n"))
    contract = Contract.objects.get()
    by_hand(contract, ends_on=dt.date(2030, 6, 1))
    bring(write(path, CONTRACTS + "K1,A1,2030-09-01,2031-08-31,,Core,1200,3\n"))
    contract.refresh_from_db()
    assert (contract.starts_on, contract.ends_on) == (dt.date(2030, 1, 1), dt.date(2030, 6, 1))
    assert [name for name, *_rest in listed()] == ["ends_on", "starts_on"]


def test_rows_without_history(acme: Customer, tmp_path: Path) -> None:
    """An outcome, a ticket and an invoice: what is no longer as the last file left it was changed here."""
    outcomes, tickets, invoices = (tmp_path / f"{name}.csv" for name in ("outcomes", "tickets", "invoices"))
    bring(write(outcomes, OUTCOMES + "O1,A1,Hours,h,10,open,5,2026-01-02\n"))
    bring(write(tickets, TICKETS + "T1,A1,high,2026-01-02T00:00:00Z,,Login\n"))
    bring(write(invoices, INVOICES + "I1,A1,2026-01-02,2026-02-02,100\n"))
    by_hand(Outcome.objects.get(), state="achieved", unit_value=7)
    by_hand(Ticket.objects.get(), topic="Billing")
    by_hand(Invoice.objects.get(), amount=90)
    bring(write(outcomes, OUTCOMES + "O1,A1,Hours,h,12,missed,6,2026-01-03\n"))
    bring(write(tickets, TICKETS + "T1,A1,low,2026-01-02T00:00:00Z,,Access\n"))
    bring(write(invoices, INVOICES + "I1,A1,2026-01-02,2026-02-09,110\n"))
    outcome, ticket, invoice = Outcome.objects.get(), Ticket.objects.get(), Invoice.objects.get()
    assert (outcome.state, outcome.unit_value, outcome.target) == ("achieved", 7, 12)
    assert (ticket.topic, ticket.severity) == ("Billing", "low")
    assert (invoice.amount, invoice.due_on) == (90, dt.date(2026, 2, 9))
    assert [name for name, *_rest in listed()] == ["amount", "state", "unit_value", "topic"]
    assert Objective.objects.count() == 1
    by_hand(invoice, amount=110)
    believing.settle()
    assert [name for name, *_rest in listed()] == ["state", "unit_value", "topic"]


def test_people_who_log_in(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    bring(write(path, "email,name,role,language\nann@x.example,Ann,csm,en\n"))
    ann = User.objects.get(email="ann@x.example")
    by_hand(ann, name="Ann Hand")
    bring(write(path, "email,name,role,language\nann@x.example,Anne,csm,ja\n"))
    ann.refresh_from_db()
    assert (ann.name, ann.language) == ("Ann Hand", "ja")
    assert listed() == [("name", "Anne", "Ann Hand", "hand")]


def test_an_empty_cell_of_people_is_no_difference_and_a_manager_is_compared_by_email(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    head = "email,name,role,language,manager\n"
    bring(write(path, head + "bob@x.example,Bob,manager,en,\ncy@x.example,Cy,manager,en,\nann@x.example,Ann,csm,en,\n"))
    ann, bob, cy = User.objects.order_by("name")
    by_hand(ann, manager=bob)
    report = bring(write(path, head + "ann@x.example,Ann,,en,\n"))
    assert (counts(report), report.unread, listed()) == ((0, 0, 1, 0), 0, [])
    bring(write(path, head + "ann@x.example,Ann,csm,en,cy@x.example\n"))
    assert listed() == [("manager", "cy@x.example", "bob@x.example", "hand")]
    assert believing.settle() == 0
    by_hand(ann, manager=cy)
    assert (believing.settle(), listed()) == (1, [])


def test_what_a_file_ended_because_it_was_missing_is_nobodys_word(acme: Customer, tmp_path: Path) -> None:
    text = """source = "s"\n[[file]]\nname = "i.csv"\ninto = "integrations"\nmissing = "ended"
[file.fields]\nexternal_id = "id"\ncustomer = { column = "customer", through = "key:csv" }\nname = "name"\nconnected_on = "on"
disconnected_on = "off"\n"""
    mapping = str(write(tmp_path / "m.toml", text))
    head, rows = "id,customer,name,on,off\n", ("1,A1,Mail,2026-01-01,\n", "2,A1,Chat,2026-01-01,\n")
    for given in (rows, rows[:1], rows):
        bring(write(tmp_path / "i.csv", head + "".join(given)), mapping=mapping)
    assert listed() == []


def test_every_target_with_fields_of_its_own_is_offered() -> None:
    offered = edited.comparable()
    assert {
        "customers",
        "contacts",
        "contracts",
        "users",
        "invoices",
        "tickets",
        "outcomes",
        "objectives",
        "surveys",
    } <= set(offered)
    assert {"ends_on", "annual_amount"} <= set(offered["contracts"])


def test_a_file_of_rows_that_nobody_changed_costs_two_statements_more(acme: Customer, tmp_path: Path) -> None:
    seen = []
    for size in (1, 3):
        rows = "".join(f"I{n},A1,2026-01-02,2026-02-02,{size}\n" for n in range(size))
        with CaptureQueriesContext(connection) as executed:
            bring(write(tmp_path / "invoices.csv", INVOICES + rows))
        seen.append(len(executed))
    assert seen[0] == seen[1]
