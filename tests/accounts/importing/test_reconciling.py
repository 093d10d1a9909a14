"""By night each source is compared with the record: what differs, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.identity import merging
from accounts.imports import reconciling, saying
from accounts.imports.compared import compared
from accounts.imports.loading import load
from accounts.imports.mapping import find
from accounts.imports.maps import FieldMap
from accounts.imports.targets import TARGETS
from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    Deviation,
    ImportFile,
    ImportRun,
    Post,
    Reconciled,
    WithdrawnRow,
    Word,
)
from config.history.actors import acting
from config.setaside.models import SetAside
from tests import factories as make
from tests.accounts.attributes.rows import attribute
from tests.accounts.importing.test_believing import acme, by_hand, from_billing
from tests.accounts.imports import bring, write
from tests.factories import DAY

__all__ = ["acme"]  # a fixture
pytestmark = pytest.mark.django_db
HEAD = "external_id,name,industry,employees,tags\n"
CONTRACTS = "external_id,customer,starts_on,ends_on,product,annual_amount,quantity\n"


def current_act() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def differences() -> list[tuple[str, str, str, str, str]]:
    """(row, field, reason, what the source says, what stands) after the night."""
    reconciling.sweep(DAY)
    rows = Deviation.objects.order_by("target", "external_id", "field")
    return list(rows.values_list("external_id", "field", "reason", "given", "stands"))


def standing() -> tuple[int, int]:
    row = Reconciled.objects.get()
    return row.rows, row.same


def test_what_stands_as_the_source_said_does_not_differ(acme: Customer) -> None:
    assert differences() == []
    assert standing() == (1, 1)
    word = Word.objects.get()
    assert (word.external_id, word.object_id, word.kept) == ("A1", acme.pk, {})
    assert word.fields == {"name": "Acme", "industry": "Steel", "employees": "10", "tags": "{a,b}"}


def test_the_same_file_again_writes_no_word(acme: Customer, tmp_path: Path) -> None:
    before = Word.objects.extra(select={"at": "xmin::text"}).get().at  # type: ignore[attr-defined]
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    assert Word.objects.extra(select={"at": "xmin::text"}).get().at == before  # type: ignore[attr-defined]


def test_a_person_another_source_and_nobody(acme: Customer, tmp_path: Path) -> None:
    acme.external_keys.create(source="billing", external_id="B1")
    run = ImportRun.objects.create(title="x", day=DAY)
    about = {"name": "x.csv", "target": "customers", "source": "billing", "act": current_act()}
    ImportFile.objects.create(run=run, position=1, written=True, **about)
    admin = make.user(role="admin")
    with acting(f"import:{run.pk}", lambda: admin.pk):
        from_billing(tmp_path, "B1,ACME Inc,Steel\n")
    acme.refresh_from_db()
    by_hand(acme, industry="Wood")
    Customer.objects.update(employees=99)
    assert differences() == [
        ("A1", "employees", "other", "10", "99"),
        ("A1", "industry", "hand", "Steel", "Wood"),
        ("A1", "name", "source", "Acme", "ACME Inc"),
        ("B1", "industry", "hand", "Steel", "Wood"),
    ]
    assert Deviation.objects.get(field="name").by == "billing"
    csv = Reconciled.objects.get(source="csv")
    assert (csv.rows, csv.same) == (1, 0)
    by_hand(acme, industry="Steel", name="Acme", employees=10)
    assert [row[:3] for row in differences()] == [("B1", "name", "hand")]


def test_a_cell_that_was_left_out_is_what_the_file_says(acme: Customer, tmp_path: Path) -> None:
    """Steel was refused for Wood, Steam is what a file says now; an unreadable number says nothing."""
    by_hand(acme, industry="Wood")
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steam,many,a;b\n"))
    assert differences() == [("A1", "industry", "hand", "Steam", "Wood")]
    assert Word.objects.get().fields["employees"] == "10"


def test_attributes_that_an_admin_defines_are_compared_one_by_one(acme: Customer, tmp_path: Path) -> None:
    """Of several in one file each is a field: by whom it differs, held or not; what the file does not say does not differ."""
    plan, seats = attribute("Plan", "choice"), attribute("Seats", "number")
    attribute("Note")
    table = next(each for each in find("tsunagu").files if each.into == "customers")
    own = FieldMap("attributes", attributes={"Plan": "Plan", "Seats": "Seats"})
    file = replace(table, fields=(*(each for each in table.fields if each.name in {"external_id", "name"}), own))

    def brought(row: str) -> None:
        path = write(tmp_path / "customers.csv", f"external_id,name,Plan,Seats\n{row}\n")
        load(path, file, TARGETS["customers"], day=DAY, rejects=tmp_path / "rejects.csv")

    brought("A1,Acme,Gold,40")
    assert Word.objects.get().fields.items() >= {f"attribute-{plan.pk}": "Gold", f"attribute-{seats.pk}": "40"}.items()
    assert differences() == []
    acme.refresh_from_db()
    by_hand(acme, attributes={"Plan": "Silver", "Seats": "40", "Note": "ours"})
    Customer.objects.update(attributes={"Plan": "Silver", "Seats": "50", "Note": "ours"})
    assert set(differences()) == {
        ("A1", f"attribute-{plan.pk}", "hand", "Gold", "Silver"),
        ("A1", f"attribute-{seats.pk}", "other", "40", "50"),
    }
    brought("A1,Acme,Bronze,60")
    acme.refresh_from_db()
    assert acme.attributes == {"Plan": "Silver", "Seats": "60", "Note": "ours"}
    assert differences() == [("A1", f"attribute-{plan.pk}", "hand", "Bronze", "Silver")]


def test_rows_that_are_gone_merged_or_named_no_more(tmp_path: Path) -> None:
    rows = [f"C{number},Customer {number},,{number},\n" for number in range(1, 6)]
    bring(write(tmp_path / "customers.csv", HEAD + "".join(rows)))
    by_key = {word.external_id: Customer.objects.get(pk=word.object_id) for word in Word.objects.all()}
    merging.merge(by_key["C1"], by_key["C2"], by=make.user(role="admin"), day=DAY)
    WithdrawnRow.objects.create(kind="customer", object_id=by_key["C3"].pk, row={}, run=1, file="x")
    Customer.objects.filter(pk__in=[by_key["C3"].pk, by_key["C4"].pk]).delete()
    reconciling.sweep(DAY)
    assert Word.objects.get(external_id="C4").fields == {}
    bring(write(tmp_path / "customers.csv", HEAD + "".join(rows[:2]) + "C8,Eight,,8,\nC9,Nine,,9,\n"))
    found = {(key, reason) for key, field, reason, _given, _stands in differences() if not field}
    assert found == {("C1", "merged"), ("C3", "withdrawn"), ("C4", "missing"), ("C5", "unnamed")}
    assert standing() == (7, 3)
    bring(write(tmp_path / "customers.csv", HEAD + rows[4]))
    assert ("C5", "", "unnamed", "", "") not in differences()
    assert ("C2", "", "unnamed", "", "") not in differences()  # one row is no full file


def test_contracts_with_their_price(tmp_path: Path, acme: Customer) -> None:
    bring(write(tmp_path / "contracts.csv", CONTRACTS + "K1,A1,2026-01-01,2026-12-31,Core,1200,3\n"))
    assert differences() == []
    contract = Contract.objects.get()
    ContractLine.objects.update(annual_amount=1500)
    admin = make.user(role="admin")
    by_hand(contract, ended_on=dt.date(2026, 6, 30), end_known_on=DAY)
    assert admin.pk
    assert ("K1", "annual_amount", "hand", "1200.00", "1500.00") in differences()


def test_contacts_under_a_further_key(tmp_path: Path, acme: Customer) -> None:
    head = "external_id,customer,name,title,roles\n"
    bring(write(tmp_path / "contacts.csv", head + "P1,A1,Ann,Boss,champion\n"))
    by_hand(Contact.objects.get(), title="Chief")
    assert differences() == [("P1", "title", "hand", "Boss", "Chief")]


def test_keys_of_other_systems_are_not_compared(acme: Customer, tmp_path: Path) -> None:
    """The billing system knows Acme by the same id: its key is no row of the file's source that would differ."""
    bring(write(tmp_path / "keys.csv", "source,external_id,customer\nbilling,A1,A1\n"))
    assert acme.external_keys.count() == 2
    assert differences() == []
    assert standing() == (1, 1)


def test_a_source_that_fails_is_named_and_stops_no_other(acme: Customer) -> None:
    Word.objects.create(target="nothing", source="bad", external_id="1", object_id=1)
    assert differences() == []
    assert Reconciled.objects.get(source="csv").same == 1
    assert Reconciled.objects.get(source="bad").problem == "LookupError: nothing"
    assert SetAside.objects.get().words == "bad: nothing"
    Word.objects.filter(source="bad").update(target="contacts")
    reconciling.sweep(DAY)
    assert Reconciled.objects.filter(source="csv", problem="").exists()


def test_of_a_source_without_a_word_nothing_is_left(acme: Customer) -> None:
    """Its only import was undone: no comparison stands, nor what was set aside."""
    reconciling.set_aside("csv", "customers", ValueError("x"))
    Customer.objects.filter(pk=acme.pk).update(employees=99)
    Deviation.objects.create(
        target="customers", source="csv", external_id="A1", reason="other", object_id=acme.pk, since=DAY
    )
    Word.objects.all().delete()
    assert differences() == []
    assert not Reconciled.objects.exists()
    assert not SetAside.objects.exists()


def test_statements_do_not_grow_with_rows(tmp_path: Path) -> None:
    seen = []
    for size in (1, 3):
        bring(write(tmp_path / "customers.csv", HEAD + "".join(f"A{n},Acme {n},S,1,\n" for n in range(size))))
        Customer.objects.update(industry="T")
        with CaptureQueriesContext(connection) as executed:
            reconciling.sweep(DAY)
        seen.append(len(executed))
    assert seen[0] == seen[1]


def test_each_count_opens_to_its_rows_and_all_show_the_same(
    acme: Customer, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    make.organisation()
    by_hand(acme, industry="Wood")
    reconciling.sweep(DAY)
    client.force_login(make.user(role="admin"))
    page = client.get("/settings/sources/of/csv/").text
    address = "/settings/sources/differences/customers/hand/csv/"
    assert address in page
    rows = client.get(address).text
    assert "Steel" in rows
    assert "Wood" in rows
    assert client.get("/settings/sources/differences/customers/why/csv/").status_code == 404
    (told,) = client.get("/api/v1/sources/").json()["results"]
    (comparison,) = told["comparisons"]
    assert (comparison["rows"], comparison["same"], comparison["differences"]) == (1, 0, {"hand": 1})
    call_command("sources")
    assert "customers\t0 of 1 as it said\thand 1" in capsys.readouterr().out
    call_command("sources", "--json")
    assert '"hand": 1' in capsys.readouterr().out


@pytest.mark.parametrize("target", [name for name in TARGETS if compared(name)])
def test_every_target_that_is_compared_is_asked_in_sql_that_stands(target: str) -> None:
    known = compared(target)
    assert known
    reconciling.compare("crm", target, DAY)
    assert Reconciled.objects.get(target=target, source="crm").rows == 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {known.customer} FROM {known.table} t")


def test_posts_from_a_file_are_compared_and_one_edited_on_a_page_stays(acme: Customer, tmp_path: Path) -> None:
    bring(write(tmp_path / "contacts.csv", "external_id,customer,name\nP1,A1,Ann\n"))
    path = write(tmp_path / "posts.csv", "external_id,contact,department,title\nB1,P1,営業部,部長\n")
    bring(path)
    reconciling.sweep(DAY)
    assert not SetAside.objects.exists()
    assert not Deviation.objects.filter(target="posts").exists()
    by_hand(Post.objects.get(), title="本部長")
    bring(write(path, "external_id,contact,department,title\nB1,P1,営業部,課長\n"))
    assert Post.objects.get().title == "本部長"
    reconciling.sweep(DAY)
    found = Deviation.objects.get(target="posts")
    assert (found.field, found.given, found.stands, found.reason, found.customer_id) == (
        "title",
        "課長",
        "本部長",
        "hand",
        acme.pk,
    )


def test_what_a_file_names_no_more_is_sought_once_for_all_rows() -> None:
    """A count for each of them would take the square of the rows."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE import_staged (external_id text) ON COMMIT DROP")
        cursor.execute("CREATE TEMP TABLE import_refused (external_id text) ON COMMIT DROP")
        cursor.execute(f"EXPLAIN {saying.GONE}", {"target": "contacts", "source": "crm", "today": DAY, "day": DAY})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "InitPlan" in plan
    assert "SubPlan" not in plan
