"""Rows of one source whose customers, parents and people go by keys of other sources, or by none, come back as well."""

from __future__ import annotations

import io
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.imports import exporting
from accounts.imports import given as giving
from accounts.imports.targets import TARGETS
from accounts.models import Contact, ContactKey, Customer, ExternalKey, Touchpoint, User
from config import clock
from tests import tables
from tests.accounts.exporting.test_coming_back import BESIDE, bring, changing, record_of
from tests.accounts.exporting.test_packing import ROUND, content, imported, packed
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
TERMS: Final = {"starts_on": "2026-01-01", "product": "Suite", "annual_amount": "1200", "auto_renews": False}
# As long as an id and an address may be.
FAR: Final = f"C:{'2' * 198}"
POST: Final = f"{'p' * 60}@{'.'.join(['acme' * 15] * 3)}.exampleexa"
# As a name of a source may be, "a:b" among them: where it ends the key says.
RECORD: Final[list[tuple[str, str, list[dict[str, Any]]]]] = [
    ("crm", "customers", [{"external_id": "C/1", "name": "Acme"}, {"external_id": FAR, "name": "Birch"}]),
    ("crm", "contacts", [{"external_id": "P1", "customer": "C/1", "name": "Ada", "email": "ada@acme.example"}]),
    ("crm", "contacts", [{"external_id": "P2", "customer": "C/1", "name": "Eve", "email": POST}]),
    ("a:b", "customers", [{"external_id": "B:1", "name": "Cedar", "parent": f"key:crm:{FAR}"}]),
    ("a:b", "contracts", [{"external_id": "K1", "customer": f"key:crm:{FAR}", **TERMS}]),
    ("a:b", "surveys", [{"external_id": "S1", "customer": "C1", "kind": "nps", "answer": 9, "answered_on": "2026-01-01", "contact": "D1"}]),
    ("a:b", "surveys", [{"external_id": "S2", "customer": "C1", "kind": "nps", "answer": 8, "answered_on": "2026-01-01", "contact": POST}]),
    ("a:b", "touchpoints",
        [{"external_id": "T1", "customer": "key:crm:C/1", "kind": "call", "happened_on": "2026-01-01", "contacts": ["ada@acme.example"]}]),
    ("a:b", "touchpoints", [{"external_id": "T2", "customer": "C1", "kind": "call", "happened_on": "2026-01-01", "contacts": [POST]}]),
    ("crm", "contracts", [{"external_id": "K1", "customer": "key:a:b:B:1", **TERMS}]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def admin(client: Client) -> User:
    organisation()
    person = user("admin", name="Ren Admin", email="ren@demo.example")
    client.force_login(person)
    return person


def send(source: str, target: str, rows: list[dict[str, Any]], by: User) -> list[giving.Outcome]:
    terms = giving.Terms(source)
    return giving.take(rows, TARGETS[target], terms, by=by, day=DAY, now=clock.now).outcomes


def fill(by: User) -> None:
    """``a:b`` has a further key of Acme and one of Ada."""
    for source, target, rows in RECORD:
        if target == "contracts" and source == "a:b":
            ContactKey.objects.create(contact=Contact.objects.get(name="Ada"), source="a:b", external_id="D1")
            # A second key of Cedar, and one by which both systems know Acme.
            acme, cedar = (Customer.objects.get(name=name) for name in ("Acme", "Cedar"))
            ExternalKey.objects.create(customer=acme, source="a:b", external_id="C1")
            ExternalKey.objects.create(customer=cedar, source="a:b", external_id="B:9")
        outcomes = send(source, target, rows, by)
        assert {(one.status, one.errors, one.remarks) for one in outcomes} == {("created", (), ())}, (source, target)


def emptied() -> None:
    for model in (Touchpoint, ContactKey, ExternalKey):
        model.objects.all().delete()
    for target in ("surveys", "contracts"):
        TARGETS[target].models[0]._default_manager.all().delete()
    Contact.objects.all().delete()
    Customer.objects.all().delete()


def packed_bytes(client: Client, by: User) -> tuple[bytes, str]:
    export = packed("", by)
    with content(client, export) as archive:
        assert isinstance(archive.fp, io.BytesIO)
        return archive.fp.getvalue(), export.problem


def test_rows_named_by_others_keys_come_back_whole_and_change_nothing(client: Client, admin: User) -> None:
    fill(admin)
    kept = {source: record_of(admin, source) for source in ("crm", "a:b")}
    named = {name: rows[0] for name, rows in kept["a:b"].items() if rows}
    assert {name: named[name].get("customer") for name in ("contracts", "surveys", "touchpoints")} == {
        "contracts": f"key:crm:{FAR}", "surveys": "C1", "touchpoints": "C1",
    }  # fmt: skip
    assert (named["surveys"]["contact"], named["touchpoints"]["contacts"]) == ("D1", ["D1"])
    for word in (f"key:crm:{FAR}", "C1"):
        found = client.get("/api/v1/record/contracts/", {"source": "a:b", "customer": word}).json()["results"]
        assert [row["customer"] for row in found] == [word] * (word != "C1")
    whole, problem = packed_bytes(client, admin)
    assert problem == ""
    before = tables.rows(without=BESIDE | ROUND)
    run = imported(client, whole)
    assert {(each.new, each.changed, each.rejected, each.unread) for each in run.files.all()} == {(0, 0, 0, 0)}
    assert tables.rows(without=BESIDE | ROUND) == before
    emptied()
    run = imported(client, whole)
    assert {(each.rejected, each.unread) for each in run.files.all()} == {(0, 0)}
    assert {source: record_of(admin, source) for source in kept} == kept
    assert dict(Customer.objects.values_list("name", "parent__name")) == {"Acme": None, "Birch": None, "Cedar": "Birch"}


def test_a_customer_of_no_system_goes_by_its_number_here_and_is_counted(
    client: Client, admin: User, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(admin)
    typed = Customer.objects.create(name="By hand")
    assert [
        one.status
        for one in send("a:b", "contracts", [{"external_id": "K2", "customer": f"id:{typed.pk}", **TERMS}], admin)
    ] == ["created"]
    assert [
        one.status
        for one in send("crm", "customers", [{"external_id": FAR, "name": "Birch", "parent": f"id:{typed.pk}"}], admin)
    ] == ["changed"]
    kept, (whole, problem) = record_of(admin, "a:b"), packed_bytes(client, admin)
    assert problem.startswith("2 rows name customers that no system has a key of")
    assert "other systems" not in problem
    call_command("export_record", str(tmp_path / "out"), source="a:b", user=admin.email)
    said = capsys.readouterr().out
    assert "1 row names a customer that no system has a key of" in said
    assert "2 rows name their customers by keys of other systems" in said, (
        "one customer's parent, one contract's customer"
    )
    assert changing(bring(tmp_path / "out")) == {}
    assert {(each.new, each.changed, each.rejected) for each in imported(client, whole).files.all()} == {(0, 0, 0)}
    emptied()
    run = imported(client, whole)
    assert {(each.name, each.rejected) for each in run.files.all() if each.rejected} == {("a-b.contracts.csv", 1)}
    kept["contracts"] = [row for row in kept["contracts"] if row["external_id"] != "K2"]
    assert record_of(admin, "a:b") == kept


def test_what_names_two_customers_or_a_customer_out_of_sight_names_none(admin: User) -> None:
    """“key:a:b:c” may be the key “b:c” of “a”, and “c” of “a:b”."""
    for source, key in (("a", "b:c"), ("a:b", "c")):
        send(source, "customers", [{"external_id": key, "name": source}], admin)
    (outcome,) = send("crm", "contracts", [{"external_id": "K1", "customer": "key:a:b:c", **TERMS}], admin)
    assert outcome.errors == (("customer", "“key:a:b:c” is not known: no customer has this id"),)
    (outcome,) = send("crm", "customers", [{"external_id": "C1", "name": "Dogwood", "parent": "key:a:b:c"}], admin)
    assert outcome.remarks == (("parent", "“key:a:b:c” is not known: no customer has this id"),)
    (outcome,) = send("crm", "customers", [{"external_id": "key:a:b", "name": "Elm"}], admin)
    assert outcome.errors[0][0] == "external_id"
    mine = user()
    Customer.objects.filter(name="Dogwood").update(owner=mine, parent=Customer.objects.get(name="a"))
    (row,) = record_of(mine, "crm")["customers"]
    assert (row["name"], row["parent"]) == ("Dogwood", None)


def test_sources_go_in_after_those_whose_customers_are_their_parents(admin: User) -> None:
    for source, parent in (("z", None), ("m", "key:z:1"), ("a", "key:m:1"), ("b", None)):
        send(source, "customers", [{"external_id": "1", "name": source, "parent": parent}], admin)
    assert exporting.in_turn(["a", "b", "m", "z"]) == ["z", "m", "a", "b"]
    Customer.objects.filter(name="z").update(parent=Customer.objects.get(name="b"))
    send("b", "customers", [{"external_id": "2", "name": "b2", "parent": "key:a:1"}], admin)
    assert sorted(exporting.in_turn(["a", "b", "m", "z"])) == ["a", "b", "m", "z"], "a circle ends"
