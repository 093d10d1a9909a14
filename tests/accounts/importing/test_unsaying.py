"""After an Undo whose word counts is as before the import: what a person set stays a person's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from accounts import outcomes
from accounts.imports import edited, reconciling, running, unsaying
from accounts.imports.mapping import OWN_NAMES
from accounts.models import (
    Absence,
    Contact,
    Contract,
    ContractLine,
    Customer,
    Deviation,
    Disagreement,
    ImportLine,
    ImportRun,
    Outcome,
    User,
    Word,
    WordChange,
)  # fmt: skip
from config.history.actors import acting
from health.models import Ticket
from tests.accounts.attributes.rows import attribute
from tests.accounts.importing.runs import CONTRACTS, CUSTOMERS, imported, taken_back, write
from tests.accounts.test_typed import edited as edited_on_page
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
OUTCOMES = "external_id,customer,measure,period\nO1,A1,{},{}\n"
PEOPLE = "external_id,customer,name,email\nP1,B2,Kim,{}\n"
TICKETS = "external_id,customer,severity,opened_at,topic\nT1,A1,{},2026-01-02T00:00:00Z,{}\n"


@pytest.fixture
def admin(tmp_path: Path) -> User:
    organisation()
    admin = user("admin", name="Ren Admin")
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    return admin


def by_hand(row: models.Model, by: User, **fields: object) -> None:
    with acting("page", lambda: by.pk):
        type(row).objects.filter(pk=row.pk).update(**fields)


def differing() -> list[tuple[str, str, str]]:
    rows = Disagreement.objects.order_by("field")
    return list(rows.values_list("field", "given", "stands"))


def test_what_a_person_set_is_not_overwritten_after_an_undo(admin: User, tmp_path: Path) -> None:
    """The Undo takes back what its file said, and no word of the files before."""
    imported(write(tmp_path / "a", {"outcomes.csv": OUTCOMES.format("Hours", "")}), by=admin)
    outcomes.say_period(Outcome.objects.get(), "year", outcomes.Decimal(2))
    run = imported(write(tmp_path / "b", {"outcomes.csv": OUTCOMES.format("Days", "month")}), by=admin)
    outcome = Outcome.objects.get()
    assert (outcome.measure, outcome.period) == ("Days", "year")
    taken_back(run)
    assert Outcome.objects.get().measure == "Hours"
    assert Word.objects.get(target="outcomes").fields["measure"] == "Hours"
    imported(write(tmp_path / "c", {"outcomes.csv": OUTCOMES.format("Weeks", "month")}), by=admin)
    outcome = Outcome.objects.get()
    assert (outcome.measure, outcome.period) == ("Weeks", "year")
    assert differing() == [("period", "month", "year")]


def test_what_a_correction_overwrote_is_a_persons_again(admin: User, tmp_path: Path) -> None:
    """Of rows without history and of the price of a line; and what the source itself had said may be said anew."""
    imported(write(tmp_path / "a", {"tickets.csv": TICKETS.format("low", "Login")}), by=admin)
    by_hand(Ticket.objects.get(), admin, topic="Billing")
    by_hand(ContractLine.objects.get(), admin, annual_amount=11_000)
    files = {"tickets.csv": TICKETS.format("high", "Access"), "contracts.csv": CONTRACTS.replace("12000", "13000")}
    mapping = write(tmp_path, {"m.toml": "correction = true\n" + OWN_NAMES.read_text()}) / "m.toml"
    run = imported(write(tmp_path / "b", files), by=admin, mapping=mapping)
    assert (Ticket.objects.get().topic, ContractLine.objects.get().annual_amount) == ("Access", 13_000)
    taken_back(run)
    ticket, line = Ticket.objects.get(), ContractLine.objects.get()
    assert (ticket.topic, ticket.severity, line.annual_amount) == ("Billing", "low", 11_000)
    later = {"tickets.csv": TICKETS.format("medium", "Mail"), "contracts.csv": CONTRACTS.replace("12000", "14000")}
    imported(write(tmp_path / "c", later), by=admin)
    ticket = Ticket.objects.get()
    assert (ticket.topic, ticket.severity) == ("Billing", "medium")
    assert set(ContractLine.objects.values_list("annual_amount", flat=True)) == {11_000}
    assert [row[0] for row in differing()] == ["annual_amount", "topic"]


def test_a_price_that_went_back_with_its_new_line_may_be_said_anew(admin: User, tmp_path: Path) -> None:
    run = imported(write(tmp_path / "b", {"contracts.csv": CONTRACTS.replace("12000", "13000")}), by=admin)
    assert ContractLine.objects.count() == 2
    taken_back(run)
    assert Word.objects.get(target="contracts").fields["annual_amount"] == "12000.00"
    imported(write(tmp_path / "c", {"contracts.csv": CONTRACTS.replace("12000", "14000")}), by=admin)
    assert [line.annual_amount for line in ContractLine.objects.order_by("annual_amount")] == [12_000, 14_000]
    assert differing() == []


def test_of_attributes_the_word_on_those_that_changed_is_that_of_before(admin: User, tmp_path: Path) -> None:
    plan, seats = attribute("Plan", "choice"), attribute("Seats", "number")
    own = """source = "csv"
[[file]]
name = "customers.csv"
into = "customers"
[file.fields]
external_id = "id"
name = "name"
attributes = { attributes = { Plan = "plan", Seats = "seats" } }
"""
    mapping = write(tmp_path, {"m.toml": own}) / "m.toml"
    for tier in ("Gold", "Silver"):
        row = f"id,name,plan,seats\nN1,New,{tier},40\n"
        run = imported(write(tmp_path / tier, {"customers.csv": row}), by=admin, mapping=mapping)
    taken_back(run)
    said = Word.objects.get(target="customers", external_id="N1").fields
    assert said[f"attribute-{plan.pk}"] == "Gold"
    assert said[f"attribute-{seats.pk}"] == "40"


def test_a_person_who_set_it_before_the_import_is_named_by_night(admin: User, tmp_path: Path) -> None:
    """Who wrote what stands again is not the Undo; what an import wrote before is its source's."""
    customer = Customer.objects.get(name="Acme")
    by_hand(customer, admin, country="FR")
    mapping = write(tmp_path, {"m.toml": "correction = true\n" + OWN_NAMES.read_text()}) / "m.toml"
    text = CUSTOMERS.replace("A1,Acme,JP", "A1,Acme,DE")
    run = imported(write(tmp_path / "b", {"customers.csv": text}), by=admin, mapping=mapping)
    taken_back(run)
    Word.objects.filter(target="customers", object_id=customer.pk).update(fields={"country": "DE", "employees": "13"})
    reconciling.sweep(DAY)
    assert list(Deviation.objects.order_by("field").values_list("field", "reason")) == [
        ("country", "hand"), ("employees", "other"),
    ]  # fmt: skip


def test_a_value_that_an_undo_left_standing_goes_back_no_further(admin: User, tmp_path: Path) -> None:
    """The first Undo kept the end because somebody had changed the contract; the second one takes back only its own."""
    head = "external_id,customer,starts_on,ends_on,notice_days,product,annual_amount\n"
    row = "K1,A1,2026-01-01,{},{},Suite,12000\n"
    first = imported(write(tmp_path / "b", {"contracts.csv": head + row.format("2026-12-31", 60)}), by=admin)
    by_hand(Contract.objects.get(), admin, notice_days=30)
    taken_back(first)
    assert Contract.objects.get().ends_on == dt.date(2026, 12, 31)
    second = imported(write(tmp_path / "c", {"contracts.csv": head + row.format("2027-06-30", 60)}), by=admin)
    assert Contract.objects.get().ends_on == dt.date(2027, 6, 30)
    taken_back(second)
    assert Contract.objects.get().ends_on == dt.date(2026, 12, 31)


def test_a_value_that_a_person_set_between_two_imports_is_what_comes_back(admin: User, tmp_path: Path) -> None:
    first = imported(write(tmp_path / "b", {"customers.csv": CUSTOMERS.replace("Acme,JP", "Acme,DE")}), by=admin)
    customer = Customer.objects.get(name="Acme")
    by_hand(customer, admin, country="FR")
    by_hand(customer, admin, country="DE")
    mapping = write(tmp_path, {"m.toml": "correction = true\n" + OWN_NAMES.read_text()}) / "m.toml"
    text = CUSTOMERS.replace("Acme,JP", "Acme,IT")
    second = imported(write(tmp_path / "c", {"customers.csv": text}), by=admin, mapping=mapping)
    taken_back(first)
    taken_back(second)
    customer.refresh_from_db()
    assert customer.country == "DE"


def priced(amount: int) -> dict[str, str]:
    return {"contracts.csv": CONTRACTS.replace("12000", str(amount))}


def said() -> tuple[str, list[tuple[str, str]]]:
    """What the source last said the contract costs, and the differences that are listed."""
    rows = Disagreement.objects.filter(target="contracts").values_list("given", "stands")
    return Word.objects.get(target="contracts").fields["annual_amount"], list(rows)


def test_a_difference_is_what_the_source_said_before_the_undone_file(
    admin: User, tmp_path: Path, client: Client
) -> None:
    """12,000 by file, 13,000 by hand, 14,000 by a file that is undone; of what was never said no difference stays."""
    by_hand(ContractLine.objects.get(), admin, annual_amount=13_000)
    by_hand(Customer.objects.get(name="Beta"), admin, country="FR")
    files = {"customers.csv": CUSTOMERS.replace("B2,Beta,", "B2,Beta,DE"), **priced(14_000)}
    run = imported(write(tmp_path / "b", files), by=admin)
    assert said() == ("14000.00", [("14000.00", "13000.00")])
    assert differing() == [("annual_amount", "14000.00", "13000.00"), ("country", "DE", "FR")]
    taken_back(run)
    assert said() == ("12000.00", [("12000.00", "13000.00")])
    assert differing() == [("annual_amount", "12000.00", "13000.00")]
    assert Word.objects.get(target="customers", external_id="B2").fields["country"] == ""
    # What is taken then is what the source said.
    client.force_login(admin)
    row = Disagreement.objects.get()
    client.post(reverse("accounts:source_take", args=[row.pk]), {"given": "12000.00"})
    assert set(ContractLine.objects.values_list("annual_amount", flat=True)) == {12_000, 13_000}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_in_whichever_order_files_are_undone_the_word_is_that_of_those_that_stay(
    admin: User, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """The second of three files agrees with what a person set, and settles the difference that the first one listed; so the
    third one may change it. Once all are undone it is the person's.
    """
    by_hand(ContractLine.objects.get(), admin, annual_amount=13_000)
    amounts = [14_000, 13_000, 15_000]
    found = [imported(write(tmp_path / f"{amount}", priced(amount)), by=admin) for amount in amounts]
    assert said() == ("15000.00", [])
    left = dict(enumerate(amounts))
    for number in order:
        taken_back(found[number])
        del left[number]
        value, listed = said()
        assert value == f"{left[max(left)] if left else 12_000}.00"
        # A difference that a later file had overruled is listed by the next file.
        assert listed in ([[], [(value, "13000.00")]] if left.keys() <= {0} else [[]])
    assert not WordChange.objects.exists()
    imported(write(tmp_path / "d", priced(16_000)), by=admin)
    assert said() == ("16000.00", [("16000.00", "13000.00")])
    assert set(ContractLine.objects.values_list("annual_amount", flat=True)) == {13_000}


def test_a_first_word_on_a_row_that_was_there_goes_and_one_that_was_gone_is_so_again(
    admin: User, tmp_path: Path
) -> None:
    Word.objects.filter(target="customers", external_id="A1").delete()
    run = imported(write(tmp_path / "b", {"customers.csv": CUSTOMERS.replace("B2,Beta", "B2,Bee")}), by=admin)
    assert Word.objects.filter(target="customers").count() == 2
    taken_back(run)
    assert Word.objects.get(target="customers").fields["name"] == "Beta"
    whole = "external_id,name,country,employees\nN1,New,,\nN2,Newer,,\nB2,Beta,,\n"
    imported(write(tmp_path / "c", {"customers.csv": whole}), by=admin)
    without = imported(write(tmp_path / "d", {"customers.csv": whole.replace("N1,New,,\n", "")}), by=admin)
    assert Word.objects.get(external_id="N1").gone_on == DAY
    taken_back(without)
    assert Word.objects.get(external_id="N1").gone_on is None


def test_a_difference_is_listed_again_as_it_is_and_of_whom_it_is_now(admin: User, tmp_path: Path) -> None:
    """A price that changed since, one that stands as its source said, and a contact whose customer is another, the first one gone."""
    line = ContractLine.objects.get()
    imported(write(tmp_path / "a", {"contacts.csv": PEOPLE.format("kim@old.example")}), by=admin)
    by_hand(line, admin, annual_amount=13_000)
    by_hand(Contact.objects.get(), admin, email="kim@hand.example")
    imported(write(tmp_path / "b", priced(14_000) | {"contacts.csv": PEOPLE.format("kim@new.example")}), by=admin)
    kept = WordChange.objects.count()
    imported(write(tmp_path / "c", priced(14_000) | {"contacts.csv": PEOPLE.format("kim@new.example")}), by=admin)
    assert WordChange.objects.count() == kept  # listed anew, nothing new was said
    listed = [("annual_amount", "14000.00", "13000.00"), ("email", "kim@new.example", "kim@hand.example")]
    assert differing() == listed
    settling = [
        imported(write(tmp_path / name, priced(13_000) | {"contacts.csv": PEOPLE.format("kim@hand.example")}), by=admin)
        for name in ("d", "e")
    ]
    assert differing() == []
    by_hand(line, admin, annual_amount=15_000)
    by_hand(Contact.objects.get(), admin, customer=Customer.objects.get(name="Acme"))
    Customer.objects.get(name="Beta").delete()
    taken_back(settling[1])
    assert differing() == []
    taken_back(settling[0])
    connection.check_constraints()
    assert differing() == [("annual_amount", "14000.00", "15000.00"), listed[1]]
    assert set(Disagreement.objects.values_list("customer__name", flat=True)) == {"Acme"}
    last = imported(write(tmp_path / "f", priced(15_000)), by=admin)
    assert differing() == listed[1:]
    by_hand(line, admin, annual_amount=14_000)
    taken_back(last)
    assert said()[0] == "14000.00"
    assert differing() == listed[1:]


def test_what_a_rule_held_is_listed_again_and_what_ended_unnamed_is_not(admin: User, tmp_path: Path) -> None:
    """The file's last day lies before the first day that a person set; a ticket that its source names no more is nobody's."""
    terms = "external_id,customer,starts_on,ends_on,product,annual_amount\nK1,A1,{},{},Suite,12000\n"

    def brought(name: str, starts_on: str, ends_on: str, topic: str) -> ImportRun:
        ticket = TICKETS.format("high", topic)
        files = {"contracts.csv": terms.format(starts_on, ends_on), "tickets.csv": ticket}
        return imported(write(tmp_path / name, files), by=admin)

    brought("a", "2026-01-01", "2026-12-31", "Login")
    by_hand(Contract.objects.get(), admin, starts_on=dt.date(2026, 9, 1))
    by_hand(Ticket.objects.get(), admin, topic="Billing")
    brought("b", "2026-01-01", "2026-08-01", "Access")
    held = [("ends_on", "2026-08-01", "2026-12-31"), ("starts_on", "2026-01-01", "2026-09-01")]
    assert differing() == [*held, ("topic", "Access", "Billing")]
    settling = brought("c", "2026-09-01", "2026-12-31", "Billing")
    assert differing() == []
    Absence.objects.create(table="health_ticket", row_id=Ticket.objects.get().pk, before={}, after={})
    taken_back(settling)
    assert differing() == held


def test_of_every_field_it_can_be_asked_what_stands(admin: User) -> None:
    attribute("Plan", "choice")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE import_differ (object_id bigint, field text, row jsonb)")
    try:
        for target, fields in edited.comparable().items():
            unsaying.list_again([*fields, "gone"], {"target": target, "source": "csv", "today": DAY})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE import_differ")


def test_what_the_database_would_refuse_at_the_end_is_said(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def undo(*_given: object) -> None:
        Disagreement.objects.create(
            target="customers", field="name", source="x", object_id=1, customer_id=0, seen_on=DAY
        )

    monkeypatch.setattr(running, "undo", undo)
    run = taken_back(ImportRun.objects.get())
    assert run.state == "failed"
    assert run.problem.startswith("contracts.csv: nothing was undone, the database refused it: ")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_first_word_on_a_row_that_was_there_is_the_next_files_after_the_undo_of_its_own(
    admin: User, tmp_path: Path, order: tuple[int, ...]
) -> None:
    Word.objects.filter(target="customers", external_id="A1").delete()
    runs = [
        imported(
            write(tmp_path / country, {"customers.csv": CUSTOMERS.replace("Acme,JP", f"Acme,{country}")}), by=admin
        )
        for country in ("DE", "IT")
    ]
    taken_back(runs[order[0]])
    said = Word.objects.get(target="customers", external_id="A1").fields
    assert said["country"] == ("IT", "DE")[order[0]]
    assert said["name"] == "Acme", "the other one repeated it: a person's is still told from it"
    taken_back(runs[order[1]])
    assert list(Word.objects.filter(target="customers").values_list("external_id", flat=True)) == ["B2"]
    assert not WordChange.objects.exists()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_added_line_leaves_once_nothing_that_stays_changed_it(
    admin: User, tmp_path: Path, order: tuple[int, ...]
) -> None:
    text = (
        "external_id,customer,starts_on,product,line_starts_on,annual_amount\n"
        "K1,A1,2026-01-01,Suite,2026-01-01,12000\nK1,A1,2026-01-01,Extra,2026-01-01,{}\n"
    )
    runs = [
        imported(write(tmp_path / f"{amount}", {"contracts.csv": text.format(amount)}), by=admin)
        for amount in (5_000, 6_000)
    ]
    amounts = ContractLine.objects.filter(product="Extra").values_list("annual_amount", flat=True)
    assert set(amounts) == {5_000, 6_000}
    for number in order:
        taken_back(runs[number])
    assert list(ContractLine.objects.values_list("product", "annual_amount", "ends_on")) == [("Suite", 12_000, None)]
    assert not ImportLine.objects.filter(file__run__in=runs, outcome="kept").exists()


@pytest.mark.parametrize("by_line", [False, True])
def test_a_price_and_seats_typed_from_today_on_stay_after_the_undo(
    admin: User, tmp_path: Path, client: Client, *, by_line: bool
) -> None:
    """The old line ends and a new one begins, which no history has; how many of it were sold follows the source."""
    head = "external_id,customer,starts_on,product,annual_amount,quantity,seats\nK2,A1,2026-01-01,Core,{}\n"
    head = head.replace("product", "product,line_starts_on").replace("Core", "Core,2026-01-01") if by_line else head
    run = imported(write(tmp_path / "b", {"contracts.csv": head.format("12000,3,40")}), by=admin)
    client.force_login(admin)
    contract = Contract.objects.get(external_id="K2")
    answer = edited_on_page(client, contract, "contracts", {"r-0-annual_amount": "13000", "seats": "50"})
    assert answer.redirect_chain, answer.context["form"].errors
    taken_back(run)
    assert not Word.objects.filter(target="contracts", external_id="K2").exists()
    imported(write(tmp_path / "c", {"contracts.csv": head.format("14000,4,45")}), by=admin)
    running = contract.lines.get(ends_on=None)
    assert (running.annual_amount, running.quantity) == (13_000, 4)
    assert contract.entitlements.get(ends_on=None).quantity == 50
    assert differing() == [("annual_amount", "14000.00", "13000.00"), ("seats", "45", "50")]
