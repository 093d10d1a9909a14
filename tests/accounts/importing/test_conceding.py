"""Differences between what a file says and what a person set are taken one by one; parents are held as other fields are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.imports import believing, hearing
from accounts.imports.conceding import concede
from accounts.models import Attribute, Contact, Contract, Customer, Disagreement, ImportRun, User
from config import clock
from health.models import Ticket
from tests import factories as make
from tests.accounts.importing import runs
from tests.accounts.importing.test_believing import acme, by_hand
from tests.accounts.imports import bring, counts, write

__all__ = ["acme"]  # a fixture
pytestmark = pytest.mark.django_db


def take(admin: User) -> list[ImportRun | None]:
    """Take all there are."""
    rows = Disagreement.objects.order_by("target", "field")
    return [concede(row, seen=row.given, by=admin, day=make.DAY, now=clock.now) for row in rows]


def test_a_parent_that_a_person_set_stays_until_it_is_taken(acme: Customer, tmp_path: Path, client: Client) -> None:
    path = write(tmp_path / "customers.csv", "external_id,name,parent\nA1,Acme,\nB1,Beech,A1\nC1,Cedar,B1\n")
    assert counts(bring(path)) == (2, 0, 1, 0)
    beech, cedar = Customer.objects.get(name="Beech"), Customer.objects.get(name="Cedar")
    admin = make.user(role="admin")
    by_hand(beech, by=admin, parent=None)
    by_hand(cedar, by=admin, parent=make.customer(name="Dogwood"))
    assert counts(bring(path)) == (0, 0, 3, 0)
    listed = Disagreement.objects.order_by("customer").values_list("field", "given", "stands", "by", "customer__name")
    assert list(listed) == [("parent", "A1", "", "hand", "Beech"), ("parent", "B1", "Dogwood", "hand", "Cedar")]
    make.organisation()
    client.force_login(admin)
    page = client.get(reverse("accounts:sources")).text
    row = Disagreement.objects.get(customer=cedar)
    assert reverse("accounts:source_take", args=[row.pk]) in page
    answer = client.post(reverse("accounts:source_take", args=[row.pk]), {"given": "A1"}, follow=True).text
    assert "another value by now" in answer
    assert f'name="given" value="{row.given}"' in answer
    with CaptureQueriesContext(connection) as done:
        answer = client.post(reverse("accounts:source_take", args=[row.pk]), {"given": "B1"}, follow=True).text
    # As a load does: first the lock of imports, then the difference.
    locks = [place for place, one in enumerate(done) if "pg_advisory_xact_lock" in one["sql"]]
    assert locks[0] < next(
        place for place, one in enumerate(done) if "accounts_disagreement" in one["sql"] and "FOR UPDATE" in one["sql"]
    )
    assert "It stands as the file says." in answer
    cedar.refresh_from_db()
    beech.refresh_from_db()
    assert (cedar.parent, beech.parent) == (beech, None)
    run = ImportRun.objects.latest("pk")
    with translation.override("ja"):
        assert (run.title, run.called) == ("parent customer of Cedar as csv says", "csvのとおりの「Cedar」の親会社")
    assert list(Disagreement.objects.values_list("customer__name", flat=True)) == ["Beech"]
    # The file's word from now on: it may say another.
    write(path, "external_id,name,parent\nA1,Acme,\nB1,Beech,A1\nC1,Cedar,A1\n")
    assert counts(bring(path)) == (0, 1, 2, 0)
    # Whoever is let win is believed by the order, too.
    client.post(reverse("accounts:field_order", args=["customers", "parent"]), {"first": "csv", "second": "hand"})
    assert counts(bring(path)) == (0, 1, 2, 0)
    beech.refresh_from_db()
    assert beech.parent == acme
    assert client.post(reverse("accounts:source_take", args=[row.pk])).status_code == 404


def test_a_parent_taken_away_stays_away_and_a_difference_goes_by_night(acme: Customer, tmp_path: Path) -> None:
    """The file names a parent that it brings itself."""
    path = write(tmp_path / "customers.csv", "external_id,name,parent\nA1,Acme,\nB1,Beech,A1\n")
    bring(path)
    beech = Customer.objects.get(name="Beech")
    by_hand(beech, parent=None)
    bring(write(path, "external_id,name,parent\nB1,Beech,N1\nN1,New,\n"))
    beech.refresh_from_db()
    assert beech.parent is None
    assert list(Disagreement.objects.values_list("field", "given", "stands")) == [("parent", "N1", "")]
    assert believing.settle() == 0
    by_hand(beech, parent=Customer.objects.get(name="New"))
    assert (believing.settle(), Disagreement.objects.count()) == (1, 0)


def test_values_of_every_kind_are_taken_and_taken_back(acme: Customer, tmp_path: Path) -> None:
    """A list, a word, an attribute, a number of people, a manager; days of a contract, and its price from today on; an instant."""
    Attribute.objects.create(key="tier", label="Tier", kind="text", position=1)
    by = write(
        tmp_path / "map.toml",
        'source = "csv"\n[[file]]\nname = "customers.csv"\ninto = "customers"\n[file.fields]\nexternal_id = "external_id"\n'
        'name = "name"\nindustry = "industry"\nemployees = "employees"\ntags = "tags"\n'
        'attributes = { attributes = { tier = "tier" } }\n',
    )
    texts = {
        "customers": "external_id,name,industry,employees,tags,tier\nA1,Acme,Steel,10,a;b,gold\n",
        "contacts": "external_id,customer,name,roles\nP1,A1,Ann,champion;buyer\n",
        "contracts": "external_id,customer,starts_on,ends_on,product,annual_amount\nK1,A1,2026-01-01,2026-12-31,Core,1200\n",
        "tickets": "external_id,customer,severity,opened_at,solved_at,topic\nT1,A1,high,2026-11-20T10:00:00Z,2026-11-21T10:00:00Z,bug\n",
        "users": "email,name,role,manager\nbob@x.example,Bob,manager,\nann@x.example,Ann,csm,bob@x.example\n",
    }

    def all_of_them() -> None:
        for name, text in texts.items():
            bring(write(tmp_path / f"{name}.csv", text), **({"mapping": str(by)} if name == "customers" else {}))

    all_of_them()
    admin = make.user(role="admin")
    by_hand(acme, by=admin, industry="", employees=7, tags=["c"], attributes={"tier": "iron"})
    by_hand(Contact.objects.get(), by=admin, roles=[])
    by_hand(Contract.objects.get(), by=admin, ends_on=dt.date(2027, 6, 30))
    by_hand(Contract.objects.get().lines.get(), by=admin, annual_amount=1500)
    by_hand(Ticket.objects.get(), by=admin, topic="idea", solved_at=None)
    by_hand(User.objects.get(name="Ann"), by=admin, manager=None)
    before = state()
    all_of_them()
    assert state() == before
    assert Disagreement.objects.count() == 10
    taken = [run for run in take(admin) if run]
    assert len(taken) == 10
    assert not Disagreement.objects.exists()
    assert state() == {
        "customer": ("Steel", 10, ["a", "b"], {"tier": "gold"}),
        "contact": ["champion", "buyer"],
        "contract": (dt.date(2026, 12, 31), 1200),
        "ticket": ("bug", dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)),
        "manager": "bob@x.example",
    }
    all_of_them()
    assert not Disagreement.objects.exists()
    for run in reversed(taken):
        runs.taken_back(run)
    assert state() == before
    assert Disagreement.objects.count() == 10, "the differences are listed again"
    all_of_them()
    assert state() == before, "what the person set is the person's again"


def test_one_difference_taken_leaves_the_others_and_the_silence(acme: Customer, tmp_path: Path) -> None:
    """A contract of one line with quantity and amount set by hand: the admin takes the quantity."""
    head = "external_id,customer,starts_on,ends_on,product,quantity,annual_amount\n"
    path = write(tmp_path / "contracts.csv", head + "K1,A1,2026-01-01,2026-12-31,Core,10,1200\n")
    bring(path)
    line = Contract.objects.get().lines.get()
    admin = make.user(role="admin")
    by_hand(line, by=admin, quantity=12, annual_amount=1500)
    bring(path)
    sums = [(row.file.pk, row.here) for row in hearing.sums("csv")]
    heard = hearing.sources(clock.now(), clock.UTC)
    concede(Disagreement.objects.get(field="quantity"), seen="10", by=admin, day=make.DAY, now=clock.now)
    assert hearing.sources(clock.now(), clock.UTC) == [replace(row, disagreements=1) for row in heard]
    assert [(row.file.pk, row.here) for row in hearing.sums("csv")] == sums
    for _again in range(2):
        line = Contract.objects.get().lines.latest("starts_on")
        assert (line.quantity, line.annual_amount) == (10, 1500)
        assert list(Disagreement.objects.values_list("field", "given", "stands")) == [
            ("annual_amount", "1200.00", "1500.00")
        ]
        bring(path)


def state() -> dict[str, object]:
    customer, contract, ticket = Customer.objects.get(), Contract.objects.get(), Ticket.objects.get()
    manager = User.objects.get(name="Ann").manager
    return {
        "customer": (customer.industry, customer.employees, customer.tags, customer.attributes),
        "contact": Contact.objects.get().roles,
        "contract": (contract.ends_on, contract.lines.order_by("starts_on").last().annual_amount),
        "ticket": (ticket.topic, ticket.solved_at),
        "manager": manager and manager.email,
    }


def test_what_cannot_be_taken_stays_listed(acme: Customer, tmp_path: Path) -> None:
    """Its source knows the row no more, or the value fits no more."""
    admin = make.user(role="admin")
    by_hand(acme, by=admin, industry="Wood")
    bring(write(tmp_path / "customers.csv", "external_id,name,industry\nA1,Acme,Steel\n"))
    row = Disagreement.objects.get()
    Disagreement.objects.update(given="x" * 81)
    row.refresh_from_db()
    with pytest.raises(ValidationError):
        concede(row, seen=row.given, by=admin, day=make.DAY, now=clock.now)
    acme.external_keys.all().delete()
    with pytest.raises(ValidationError, match="not known by its source"):
        concede(row, seen=row.given, by=admin, day=make.DAY, now=clock.now)
    acme.refresh_from_db()
    assert acme.industry == "Wood"
    assert Disagreement.objects.count() == 1


def test_what_undone_imports_alone_said_is_not_taken(tmp_path: Path) -> None:
    """A withdrawn contract with a price set by hand stays withdrawn, and a customer that stays keeps what a person set, until a
    file that stays names them; then what a person set stays theirs, and is listed. A contract that a person ended on its first
    day may be taken up.
    """
    admin = make.user(role="admin")
    head = "external_id,customer,starts_on,product,annual_amount\n"
    customers = "external_id,name,industry\nA1,Acme,Steel\n"
    folder = runs.write(tmp_path / "in", {"customers.csv": customers})
    contracts = runs.write(tmp_path / "k", {"contracts.csv": head + "K1,A1,2026-01-01,Core,1100000\n"})
    made, signed = runs.imported(folder, by=admin), runs.imported(contracts, by=admin)
    by_hand(Customer.objects.get(), by=admin, industry="Wood")
    by_hand(Contract.objects.get().lines.get(), by=admin, annual_amount=1300000)
    runs.write(folder, {"customers.csv": customers.replace("Steel", "Glass")})
    runs.write(contracts, {"contracts.csv": head + "K1,A1,2026-01-01,Core,1400000\n"})
    for later in (runs.imported(folder, by=admin), runs.imported(contracts, by=admin)):
        runs.taken_back(later)
    listed = Disagreement.objects.order_by("target")
    price, industry = listed
    assert (price.given, industry.given) == ("1100000.00", "Steel")
    runs.taken_back(signed)
    runs.taken_back(made)
    assert not Disagreement.objects.exists()
    for row in (price, industry):
        row.save()  # as a page shown before has it
        with pytest.raises(ValidationError, match="was undone: import a file that names it again"):
            concede(row, seen=row.given, by=admin, day=make.DAY, now=clock.now)
    contract = Contract.objects.get()
    assert (contract.ended_on, contract.lines.get().annual_amount) == (dt.date(2026, 1, 1), 1300000)
    assert Customer.objects.get().industry == "Wood"
    assert runs.imported(folder, by=admin).files.get(written=True).rejected == 0
    runs.imported(contracts, by=admin)
    assert (Contract.objects.get().ended_on, Contract.objects.get().lines.get().annual_amount) == (None, 1300000)
    assert [(row.field, row.given, row.stands) for row in Disagreement.objects.order_by("target")] == [
        ("annual_amount", "1400000.00", "1300000.00"), ("industry", "Glass", "Wood"),
    ]  # fmt: skip
    by_hand(Contract.objects.get(), by=admin, ended_on=dt.date(2026, 1, 1))
    assert len(take(admin)) == 2
    assert (Customer.objects.get().industry, Disagreement.objects.count()) == ("Glass", 0)
