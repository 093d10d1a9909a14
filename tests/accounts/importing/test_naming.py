"""What people type is of a source of its own, whose customers go by their number: nobody else's key leads there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.imports.mapping import parse
from accounts.imports.maps import MappingError
from accounts.models import ContactKey, Customer, ExternalKey, Invoice, Objective, UserKey
from tests import factories as make
from tests.accounts.importing.test_drafts import begun, page, sent, text, upload
from tests.accounts.test_record_api import bulk, put, statuses
from tests.problems import told

pytestmark = pytest.mark.django_db
INVOICE = {"issued_on": "2026-11-01", "due_on": "2026-11-30", "amount": 100}


@pytest.fixture
def theirs(client: Client) -> Customer:
    """Somebody else's customer; a CSM who may import is signed in."""
    make.organisation(importers=["csm"])
    client.force_login(make.user(name="Mara"))
    return make.customer(owner=make.user(name="Nils"), name="Theirs")


def test_nobody_makes_a_customer_that_is_named_as_another_by_its_number(client: Client, theirs: Customer) -> None:
    number = f"id:{theirs.pk}"
    assert put(client, f"customers/typed/{number}", {"name": "Trap"}).status_code == 400
    assert put(client, f"customers/crm/{number}", {"name": "Trap"}).status_code == 404
    client.force_login(make.user("admin"))
    row = {"external_id": number, "name": "Trap"}
    assert "under “typed” they go by their number here" in str(told(bulk(client, "customers", [row], "typed")))
    assert statuses(bulk(client, "customers", [row], "crm")) == ["refused"]
    assert statuses(bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}], "crm")) == ["created"]
    keys = [{"source": source, "external_id": key, "customer": "C1"} for source, key in (
        ("typed", number), ("typed", "C1"), ("desk", number), ("desk", "D1"))]  # fmt: skip
    assert statuses(bulk(client, "keys", keys, "crm")) == ["refused", "refused", "refused", "created"]
    make.contact(theirs, name="Bo", email="bo@theirs.example")
    of_contact = {"source": "typed", "external_id": "P1", "contact": "bo@theirs.example"}
    assert statuses(bulk(client, "contactkeys", [of_contact], "crm")) == ["refused"]
    of_user = {"source": "typed", "external_id": "U1", "user": theirs.owner.email}
    assert statuses(bulk(client, "userkeys", [of_user], "crm")) == ["refused"]
    assert (ContactKey.objects.count(), UserKey.objects.count()) == (0, 0)
    assert set(ExternalKey.objects.values_list("source", "external_id")) == {("crm", "C1"), ("desk", "D1")}


def test_a_key_that_is_there_already_leads_nobody_astray(client: Client, theirs: Customer) -> None:
    trap = make.customer(name="Trap", domain="trap.example")
    for source in ("typed", "crm"):
        trap.external_keys.create(source=source, external_id=f"id:{theirs.pk}")
    trap.external_keys.create(source="typed", external_id="T1")
    client.force_login(make.user("admin"))
    for source in ("typed", "crm"):
        row = INVOICE | {"external_id": "I1", "customer": f"id:{theirs.pk}"}
        assert statuses(bulk(client, "invoices", [row], source)) == ["created"]
    # What is typed names its customer by nothing but the number.
    rows = [INVOICE | {"external_id": f"I-{word}", "customer": word} for word in ("T1", "trap.example")]
    assert statuses(bulk(client, "invoices", rows, "typed")) == ["refused", "refused"]
    goal = {"title": "Fewer calls", "agreed_on": "2026-11-01"}
    client.post(reverse("accounts:typed", args=[theirs.pk, "objectives"]), goal)
    client.post(
        reverse("accounts:typed_change", args=[theirs.pk, "objectives", Objective.objects.get().pk]),
        goal | {"title": "No calls"},
    )
    for model in (Invoice, Objective):
        assert set(model.objects.values_list("customer", flat=True)) == {theirs.pk}, model


@pytest.mark.parametrize("source", ["typed", "..", "../x", "a/./b"])
def test_no_file_is_of_the_source_of_what_people_type_or_of_one_without_an_address(source: str) -> None:
    mapping = f'source = "{source}"\n[[file]]\nname = "c.csv"\ninto = "customers"\n'
    with pytest.raises(MappingError, match=f"source “{source}” "):
        parse(mapping, "x.toml")
    assert parse(mapping.replace(source, "a..b/.c"), "x.toml").source == "a..b/.c"


def test_a_form_takes_no_source_of_what_people_type(client: Client, theirs: Customer) -> None:
    # Not even where most customers have such keys.
    theirs.external_keys.create(source="typed", external_id="old")
    admin = make.user("admin")
    client.force_login(admin)
    run = begun(client, upload(admin, "customers.csv", "external_id,name\n1,Acme\n"))
    assert sent(client, run)["source"] == "csv"
    answer = client.post(page(run), sent(client, run, source="typed"))
    assert (answer.status_code, "name the system that the file comes from" in text(answer)) == (422, True)


def test_a_program_names_no_source_without_an_address(client: Client, theirs: Customer) -> None:
    client.force_login(make.user("admin"))
    for source in ("..", "../x"):
        assert "source" in told(bulk(client, "customers", [{"external_id": "1", "name": "A"}], source))
    assert not Customer.objects.exclude(pk=theirs.pk).exists()


def test_what_people_typed_is_written_out_without_a_mapping(tmp_path: Path, theirs: Customer, capsys) -> None:
    admin = make.user("admin")
    make.contact(theirs, name="Bo", source="typed", external_id="P1")
    call_command("export_record", tmp_path / "out", source="typed", user=admin.email)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "contacts.csv", "users.csv",
    ]  # fmt: skip
    assert "To bring it in" not in capsys.readouterr().out
