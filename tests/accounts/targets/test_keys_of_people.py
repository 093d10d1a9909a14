"""Keys of contacts and of people who log in, from files and over the API: rows of the other system find them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AdvocacyAct, Contact, ContactKey, Customer, User, UserKey
from tests import factories as make
from tests.accounts.imports import bring, counts, listed, rejected, write
from tests.accounts.test_record_api import ROOT, bulk, statuses
from tests.examples import dear
from tests.factories import DAY

pytestmark = pytest.mark.django_db
# Of another source: its file of customers and what hangs on them.
DESK = """
title = "Desk"
source = "desk"
[[file]]
name = "customers.csv"
into = "customers"
fields = {external_id = "external_id", name = "name", owner = "owner"}
[[file]]
name = "advocacy.csv"
into = "advocacy"
[file.fields]
external_id = "external_id"
customer = { column = "customer", through = "key:csv" }
kind = "kind"
happened_on = "day"
contact = "contact"
"""


@pytest.fixture(autouse=True)
def _people() -> None:
    make.organisation()
    customer = make.customer(name="Acme")
    customer.external_keys.create(source="csv", external_id="A")
    for number, (name, email) in enumerate(
        [("Ada", "ada@acme.example"), ("Ben", "both@acme.example"), ("Cy", "both@acme.example")], 1
    ):
        Contact.objects.create(
            customer=customer, source="csv", external_id=f"P{number}", name=name, email=email, state_on=DAY
        )
    make.user("csm", name="Mara", email="mara@demo.example")
    make.user("csm", name="Otto", email="otto@demo.example")


def contact_keys() -> list[str]:
    return [f"{key} {key.contact.name}" for key in ContactKey.objects.order_by("source", "external_id")]


def user_keys() -> list[str]:
    return [f"{key} {key.user.name}" for key in UserKey.objects.order_by("source", "external_id")]


def test_keys_of_contacts_lead_rows_of_the_other_system_to_them(tmp_path: Path) -> None:
    path = write(tmp_path / "contactkeys.csv", "source,external_id,contact\ndesk,9,P2\ndesk,7,Ada@ACME.example\n")
    assert counts(bring(path)) == (2, 0, 0, 0)
    assert contact_keys() == ["desk:7 Ada", "desk:9 Ben"]
    assert counts(bring(path)) == (0, 0, 2, 0)
    mapping = write(tmp_path / "desk.toml", DESK)
    rows = write(tmp_path / "advocacy.csv", f"external_id,customer,kind,day,contact\n1,A,review,{DAY},9\n")
    assert counts(bring(rows, mapping=str(mapping))) == (1, 0, 0, 0)
    assert AdvocacyAct.objects.get().contact == Contact.objects.get(name="Ben")


def test_keys_of_contacts_that_cannot_be_are_refused_by_line(tmp_path: Path) -> None:
    bring(write(tmp_path / "contactkeys.csv", "source,external_id,contact\ndesk,9,P2\n"))
    rows = [
        "desk,1,both@acme.example",
        "desk,2,nobody",
        "desk,9,P1",
        "csv,P1,P2",
        "csv,P3,P3",
        "desk,3,P1",
        "desk,3,P2",
        ",4,P1",
    ]
    path = write(tmp_path / "contactkeys.csv", "\n".join(["source,external_id,contact", *rows, ""]))
    assert counts(bring(path)) == (1, 0, 1, 6)
    another = "is the key of another contact already: take the row out"
    assert sorted(rejected(path)) == [
        ("2", "contact", "contact “both@acme.example” is neither the key nor the email of one contact alone"),
        ("3", "contact", "contact “nobody” is neither the key nor the email of one contact alone"),
        ("4", "external_id", f"external_id “9” {another}"),
        ("5", "external_id", f"external_id “P1” {another}"),
        ("8", "source + external_id", "source + external_id stands already on line 7 with other content"),
        ("9", "source", "source is empty"),
    ]
    assert contact_keys() == ["desk:3 Ada", "desk:9 Ben"]


def test_keys_of_users_name_owners(tmp_path: Path) -> None:
    path = write(
        tmp_path / "userkeys.csv", "source,external_id,user\ndesk,005x,MARA@demo.example\ncrm,17,Otto\ncrm,18,Nobody\n"
    )
    assert counts(bring(path)) == (2, 0, 0, 1)
    assert rejected(path) == [("4", "user", "user “Nobody” is neither the email nor the name of one of us alone")]
    assert user_keys() == ["crm:17 Otto", "desk:005x Mara"]
    mapping = write(tmp_path / "desk.toml", DESK)
    customers = write(tmp_path / "customers.csv", "external_id,name,owner\n1,Birch,005x\n2,Cedar,17\n")
    assert counts(bring(customers, mapping=str(mapping))) == (2, 0, 0, 0)
    assert Customer.objects.get(name="Birch").owner == User.objects.get(name="Mara")
    assert [cell for _line, column, cell, _why in listed(customers) if column == "owner"] == ["17"]
    taken = write(tmp_path / "userkeys.csv", "source,external_id,user\ndesk,005x,Otto\n")
    assert counts(bring(taken)) == (0, 0, 0, 1)
    assert rejected(taken) == [
        ("2", "external_id", "external_id “005x” is the key of somebody else already: take the row out")
    ]


def test_over_the_api_by_admins_and_read_by_who_sees_the_customer(client: Client) -> None:
    client.force_login(make.user("admin", name="Ren"))
    assert statuses(
        bulk(client, "contactkeys", [{"source": "desk", "external_id": "9", "contact": "P1"}], source="csv")
    ) == ["created"]
    assert statuses(bulk(client, "userkeys", [{"source": "desk", "external_id": "5", "user": "Mara"}])) == ["created"]
    (row,) = client.get(f"{ROOT}contactkeys/", {"source": "csv"}).json()["results"]
    assert {name: row[name] for name in ("source", "external_id", "contact")} == {
        "source": "desk", "external_id": "9", "contact": "P1",
    }  # fmt: skip
    (row,) = client.get(f"{ROOT}userkeys/").json()["results"]
    assert row["user"] == "mara@demo.example"
    stranger = User.objects.get(name="Otto")
    client.force_login(stranger)
    assert client.get(f"{ROOT}contactkeys/", {"source": "csv"}).json()["results"] == []
    assert client.get(f"{ROOT}userkeys/").json()["results"] == []
    Customer.objects.update(owner=stranger)
    assert len(client.get(f"{ROOT}contactkeys/", {"source": "csv"}).json()["results"]) == 1
    assert bulk(client, "contactkeys", [{"source": "x", "external_id": "1", "contact": "P1"}]).status_code == 403


@settings(max_examples=dear(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["desk", "crm", "csv"]), st.sampled_from("12P"), st.sampled_from(["P1", "P2", "P3", "X"])
        ),
        max_size=8,
    )
)
def test_a_key_is_of_one_contact_whatever_comes_in_any_order(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    """The first file decides whose a key is; later ones, in any order, change nothing."""
    ContactKey.objects.all().delete()
    for part in (rows[:4], rows[4:], rows[::-1]):
        held = contact_keys()
        lines = ["source,external_id,contact", *(",".join(row) for row in part), ""]
        bring(write(tmp_path / "contactkeys.csv", "\n".join(lines)))
        assert set(held) <= set(contact_keys())
    settled = contact_keys()
    assert len({key.rpartition(" ")[0] for key in settled}) == len(settled)
    bring(
        write(
            tmp_path / "contactkeys.csv",
            "\n".join(["source,external_id,contact", *(",".join(row) for row in rows), ""]),
        )
    )
    assert contact_keys() == settled
