"""Whose word counts: a person's edit stays, sources come in their order, and differences are listed."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.identity import merging
from accounts.imports import believing, keeping
from accounts.models import (
    Contact,
    ContactKey,
    Customer,
    Disagreement,
    ExternalKey,
    FieldOrder,
    ImportFile,
    ImportRun,
    Merge,
    Source,
    User,
)
from config import clock
from config.history.actors import acting
from config.outbox import housekeeping
from tests import factories as make
from tests.accounts.importing import runs
from tests.accounts.imports import bring, counts, listed, write

pytestmark = pytest.mark.django_db
HEAD = "external_id,name,industry,employees,tags\n"
OTHER = """source = "billing"
[[file]]
name = "other.csv"
into = "customers"
[file.fields]
external_id = "external_id"
name = "name"
industry = "industry"
"""


@pytest.fixture
def acme(tmp_path: Path) -> Customer:
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    return Customer.objects.get()


def by_hand(row: Customer | Contact, by: User | None = None, **fields: object) -> None:
    """What a person does on a page."""
    user = by or make.user(role="admin")
    with acting("page", lambda: user.pk):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=list(fields))


def from_billing(tmp_path: Path, rows: str) -> tuple[int, int, int, int]:
    """A file of another source, which knows the same customers by its own key."""
    mapping = write(tmp_path / "billing.toml", OTHER)
    return counts(bring(write(tmp_path / "other.csv", "external_id,name,industry\n" + rows), mapping=str(mapping)))


def test_what_a_person_set_stays_and_the_difference_is_listed(acme: Customer, tmp_path: Path) -> None:
    by_hand(acme, industry="Wood", tags=["c"])
    path = write(tmp_path / "customers.csv", HEAD + "A1,Acme Ltd,Steel,20,a;b\n")
    assert counts(bring(path)) == (0, 1, 0, 0)
    acme.refresh_from_db()
    assert (acme.name, acme.industry, acme.employees, acme.tags) == ("Acme Ltd", "Wood", 20, ["c"])
    assert {(line, field, cell) for line, field, cell, _reason in listed(path)} == {
        ("2", "industry", "Steel"),
        ("2", "tags", "{a,b}"),
    }
    rows = Disagreement.objects.order_by("field").values_list("field", "given", "stands", "by", "source", "customer")
    assert list(rows) == [
        ("industry", "Steel", "Wood", "hand", "csv", acme.pk),
        ("tags", "{a,b}", "{c}", "hand", "csv", acme.pk),
    ]
    assert counts(bring(path)) == (0, 0, 1, 0)
    assert Disagreement.objects.count() == 2


def test_a_difference_goes_once_both_agree(acme: Customer, tmp_path: Path) -> None:
    by_hand(acme, industry="Wood")
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    assert Disagreement.objects.count() == 1
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Wood,10,a;b\n"))
    assert not Disagreement.objects.exists()


def test_a_difference_goes_by_night_once_a_person_agrees_or_the_order_changes(acme: Customer, tmp_path: Path) -> None:
    by_hand(acme, industry="Wood", employees=20, tags=["c"])
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    assert believing.settle in housekeeping.JOINED
    with CaptureQueriesContext(connection) as asked:
        assert (Disagreement.objects.count(), believing.settle()) == (3, 0)
    assert sum("accounts_attribute" in query["sql"] for query in asked) == 1, (
        "definitions are read once, not a difference"
    )
    by_hand(acme, industry="Steel", tags=["a", "b"])
    assert believing.settle() == 2
    FieldOrder.objects.create(target="customers", field="employees", sources=["csv", "hand"])
    assert (believing.settle(), Disagreement.objects.count()) == (1, 0)


@pytest.mark.parametrize("order", [[], ["csv", "hand"]])
def test_an_admin_may_let_the_file_win(acme: Customer, tmp_path: Path, order: list[str]) -> None:
    FieldOrder.objects.create(target="customers", field="industry", sources=order)
    by_hand(acme, industry="Wood")
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    acme.refresh_from_db()
    assert acme.industry == "Steel"
    assert not Disagreement.objects.exists()


def test_what_a_program_or_nobody_set_does_not_hold_a_file_back(acme: Customer, tmp_path: Path) -> None:
    program = make.user(role="admin")
    with acting("api", lambda: program.pk):
        acme.industry = "Wood"
        acme.save(update_fields=["industry"])
    Customer.objects.update(employees=7)
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    acme.refresh_from_db()
    assert (acme.industry, acme.employees) == ("Steel", 10)


def test_of_two_sources_the_first_in_order_wins(acme: Customer, tmp_path: Path) -> None:
    """The customer came from csv; billing is believed of its name, csv of its industry."""
    ExternalKey.objects.create(customer=acme, source="billing", external_id="B1")
    FieldOrder.objects.create(target="customers", field="industry", sources=["hand", "csv"])
    FieldOrder.objects.create(target="customers", field="name", sources=["hand", "billing", "csv"])
    from_billing(tmp_path, "B1,ACME Inc,Metal\n")
    acme.refresh_from_db()
    assert (acme.name, acme.industry) == ("ACME Inc", "Steel")
    assert list(Disagreement.objects.values_list("field", "given", "by")) == [("industry", "Metal", "csv")]
    said = "kept: what people enter on the pages, and csv, are believed before the file"
    assert listed(tmp_path / "other.csv") == [("2", "industry", "Metal", said)]
    FieldOrder.objects.filter(field="industry").update(sources=["csv"])
    from_billing(tmp_path, "B1,ACME Inc,Tin\n")
    assert [reason for *_cell, reason in listed(tmp_path / "other.csv")] == ["kept: csv is believed before the file"]


def test_contacts_too(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,name,title,roles\n"
    bring(write(tmp_path / "contacts.csv", head + "P1,A1,Ann,Boss,champion\n"))
    ann = Contact.objects.get()
    by_hand(ann, title="Chief", roles=["sponsor"])
    path = write(tmp_path / "contacts.csv", head + "P1,A1,Anne,Boss,champion\n")
    bring(path)
    ann.refresh_from_db()
    assert (ann.name, ann.title, ann.roles) == ("Anne", "Chief", ["sponsor"])
    assert {row.field for row in Disagreement.objects.all()} == {"title", "roles"}


CORRECTING = """source = "csv"
[[file]]
name = "right.csv"
into = "customers"
correction = true
[file.fields]
external_id = "external_id"
name = "name"
industry = "industry"
"""


@pytest.mark.parametrize("by_command", [False, True], ids=["page", "command"])
def test_after_an_undo_the_word_of_a_person_counts_again_for_good(
    acme: Customer, tmp_path: Path, *, by_command: bool
) -> None:
    """Even when the run is forgotten; what the command wrote before keeps its author."""
    make.organisation()
    admin = make.user("admin", name="Ren Admin")
    by_hand(acme, industry="Wood", by=admin)
    mapping = write(tmp_path / "correcting.toml", CORRECTING)
    folder = runs.write(tmp_path / "in", {"right.csv": "external_id,name,industry\nA1,Acme,Metal\n"})
    if by_command:
        with acting("command:import_data"):
            call_command("import_data", str(folder), mapping=str(mapping), stdout=StringIO())
        run = ImportRun.objects.get()
    else:
        run = runs.imported(folder, by=admin, mapping=mapping)
    acme.refresh_from_db()
    assert acme.industry == "Metal"
    runs.taken_back(run)
    nightly = tmp_path / "customers.csv"
    for _before_and_after_it_is_forgotten in range(2):
        bring(write(nightly, HEAD + "A1,Acme,Steel,10,a;b\n"))
        acme.refresh_from_db()
        assert acme.industry == "Wood"
        assert Disagreement.objects.get().by == "hand"
        ImportRun.objects.all().delete()


def test_what_an_undo_left_is_still_the_imports_word(acme: Customer, tmp_path: Path) -> None:
    """A person, an import, another: the second is undone, the first is not, and its value stands."""
    make.organisation()
    admin = make.user("admin", name="Ren Admin")
    by_hand(acme, industry="Wood", by=admin)
    mapping = write(tmp_path / "correcting.toml", CORRECTING)
    for value in ("Metal", "Glass"):
        folder = runs.write(tmp_path / "in", {"right.csv": f"external_id,name,industry\nA1,Acme,{value}\n"})
        run = runs.imported(folder, by=admin, mapping=mapping)
    runs.taken_back(run)
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    acme.refresh_from_db()
    assert acme.industry == "Steel"


def test_after_a_merge_is_undone_the_word_of_a_person_counts_again(acme: Customer, tmp_path: Path) -> None:
    by_hand(acme, industry="Wood")
    admin = make.user(role="admin")
    merge = Merge.objects.create(merged=make.customer(), survivor=acme, undone_at=clock.now())
    for value in ("Metal", "Wood"):
        with acting(f"merge:{merge.pk}", lambda: admin.pk):
            acme.industry = value
            acme.save(update_fields=["industry"])
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    acme.refresh_from_db()
    assert acme.industry == "Wood"
    assert Disagreement.objects.get().by == "hand"


def test_what_a_merge_wrote_is_nobodys_word(acme: Customer, tmp_path: Path) -> None:
    other = make.customer(industry="Wood")
    admin = make.user(role="admin")
    with acting("page", lambda: admin.pk):
        merging.merge(other, acme, taken=["industry"], by=admin, day=make.DAY)
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    acme.refresh_from_db()
    assert acme.industry == "Steel"


JOINING = """source = "help"
[[file]]
name = "companies.csv"
into = "customers"
[file.fields]
external_id = "id"
name = "name"
domain = "domain"
employees = "size"
[[file]]
name = "people.csv"
into = "contacts"
[file.fields]
external_id = "id"
customer = "company"
name = "name"
email = "email"
title = "title"
"""


def test_what_a_person_typed_when_adding_a_customer_stays(tmp_path: Path) -> None:
    """A file fills what they left empty."""
    make.organisation(keys_join=True)
    mapping = str(write(tmp_path / "help.toml", JOINING))
    acme = make.customer(name="Acme by hand", domain="acme.example", employees=None)
    ann = make.contact(acme, name="Ann by hand", email="ann@acme.example", title="")
    companies = write(tmp_path / "companies.csv", "id,name,domain,size\n9,Acme Help,acme.example,120\n")
    people = write(tmp_path / "people.csv", "id,company,name,email,title\nU7,9,Anne,ann@acme.example,Boss\n")
    for _again in range(2):
        bring(companies, mapping=mapping)
        bring(people, mapping=mapping)
        acme.refresh_from_db()
        ann.refresh_from_db()
        assert (acme.name, acme.employees) == ("Acme by hand", 120)
        assert (ann.name, ann.title) == ("Ann by hand", "Boss")
    assert set(Disagreement.objects.values_list("given", "by")) == {("Acme Help", "hand"), ("Anne", "hand")}


def test_keys_that_join_overwrite_no_word_of_a_person(acme: Customer, tmp_path: Path) -> None:
    make.organisation(keys_join=True)
    Customer.objects.update(domain="acme.example")
    ann = make.contact(acme, name="Ann", email="ann@acme.example", source="csv", external_id="P1")
    by_hand(acme, name="Acme by hand")
    by_hand(ann, title="Chief")
    mapping = str(write(tmp_path / "help.toml", JOINING))
    companies = write(tmp_path / "companies.csv", "id,name,domain,size\n9,Acme Help,acme.example,120\n")
    people = write(tmp_path / "people.csv", "id,company,name,email,title\nU7,9,Anne,ann@acme.example,Boss\n")
    for _again in range(2):
        bring(companies, mapping=mapping)
        bring(people, mapping=mapping)
        acme.refresh_from_db()
        ann.refresh_from_db()
        assert (acme.name, ann.name, ann.title) == ("Acme by hand", "Anne", "Chief")
        rows = Disagreement.objects.order_by("target").values_list("target", "field", "given", "stands", "source")
        assert list(rows) == [
            ("contacts", "title", "Boss", "Chief", "help"),
            ("customers", "name", "Acme Help", "Acme by hand", "help"),
        ]


def test_the_page_shows_sources_orders_and_differences(acme: Customer, tmp_path: Path, client: Client) -> None:
    make.organisation()
    by_hand(acme, industry="Wood")
    bring(write(tmp_path / "customers.csv", HEAD + "A1,Acme,Steel,10,a;b\n"))
    client.force_login(make.user(role="admin"))
    page = client.get("/settings/sources/").text
    assert "Steel" in page
    assert "Wood" in page
    assert (
        client.post("/settings/sources/order/customers/industry/", {"first": "csv", "second": "hand"}).status_code
        == 302
    )
    assert FieldOrder.objects.get().sources == ["csv", "hand"]
    wrong = client.post("/settings/sources/order/customers/industry/", {"first": "csv", "second": "csv"})
    assert wrong.status_code == 422
    assert client.get("/settings/sources/order/customers/arr/").status_code == 404
    assert client.post("/settings/sources/silent/csv/", {"silent_days": "8"}).status_code == 302
    assert client.get("/settings/sources/of/csv/").status_code == 200
    assert client.get("/settings/sources/of/none/").status_code == 404
    for nobody in ("none", "typed", "n" * 300):
        assert client.get(f"/settings/sources/silent/{nobody}/").status_code == 404
        assert client.post(f"/settings/sources/silent/{nobody}/", {"silent_days": "8"}).status_code == 404
    assert list(Source.objects.values_list("name", flat=True)) == ["csv"]


def test_statements_do_not_grow_with_differences(client: Client) -> None:
    make.organisation()
    client.force_login(make.user(role="admin"))
    seen = []
    for size in (1, 3):
        for number in range(size):
            customer = make.customer()
            said = {"given": "a", "stands": "b", "by": "hand", "seen_on": make.DAY}
            about = {"target": "customers", "field": "industry", "source": f"s{number}"}
            Disagreement.objects.create(object_id=customer.pk, customer=customer, **about, **said)
        client.get("/settings/sources/")
        with CaptureQueriesContext(connection) as executed:
            assert client.get("/settings/sources/").status_code == 200
        seen.append(len(executed))
    assert seen[0] == seen[1]


def test_a_state_that_is_kept_keeps_its_day(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,name,state,state_on\n"
    path = write(tmp_path / "contacts.csv", head + "P1,A1,Ann,active,2020-01-01\n")
    bring(path)
    ann = Contact.objects.get()
    by_hand(ann, state="left", state_on=dt.date(2026, 10, 1))
    bring(path)
    ann.refresh_from_db()
    assert (ann.state, ann.state_on) == ("left", dt.date(2026, 10, 1))
    ContactKey.objects.create(contact=ann, source="csv", external_id="X1")
    bring(write(tmp_path / "contacts.csv", head + "X1,A1,Ann,active,2020-01-01\n"))
    ann.refresh_from_db()
    assert (ann.state, ann.state_on) == ("left", dt.date(2026, 10, 1))


def test_a_day_of_a_state_is_corrected_by_whichever_key_the_file_has(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,name,state,state_on\n"
    bring(write(tmp_path / "contacts.csv", head + "P1,A1,Ann,left,2026-01-01\n"))
    ann = Contact.objects.get()
    ContactKey.objects.create(contact=ann, source="csv", external_id="X1")
    for key, day in (("X1", "2026-01-03"), ("P1", "2026-01-02")):
        bring(write(tmp_path / "contacts.csv", head + f"{key},A1,Ann,left,{day}\n"))
        ann.refresh_from_db()
        assert ann.state_on.isoformat() == day


def test_the_order_of_sources_holds_when_the_run_is_forgotten(acme: Customer, tmp_path: Path) -> None:
    """The customer came from old; csv, which is believed before billing, changed it in a run that nobody keeps any more."""
    ExternalKey.objects.filter(customer=acme).update(joined=True)
    ExternalKey.objects.create(customer=acme, source="old", external_id="1")
    ExternalKey.objects.create(customer=acme, source="billing", external_id="B1", joined=True)
    FieldOrder.objects.create(target="customers", field="industry", sources=["hand", "csv", "billing"])
    files = {"customers.csv": HEAD + "A1,Acme,Metal,10,a;b\n"}
    run = runs.imported(runs.write(tmp_path / "in", files))
    run.ended_at = clock.now() - dt.timedelta(days=91)
    run.save(update_fields=["ended_at"])
    assert keeping.tidy(clock.now()) == 1
    assert not ImportFile.objects.exists()
    from_billing(tmp_path, "B1,Acme,Wood\n")
    acme.refresh_from_db()
    assert acme.industry == "Metal"
    assert list(Disagreement.objects.values_list("field", "given", "by")) == [("industry", "Wood", "csv")]
