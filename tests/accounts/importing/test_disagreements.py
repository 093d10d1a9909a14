"""Each disagreement names its row, both values as people read them, and who set the one that stands, and when."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import (
    Attribute,
    Contact,
    ContractLine,
    Customer,
    Disagreement,
    FieldOrder,
    Invoice,
    User,
)
from config import clock
from tests import factories as make
from tests.accounts.importing import runs
from tests.accounts.importing.test_believing import acme, by_hand
from tests.accounts.importing.test_conceding import take
from tests.accounts.imports import bring, write

__all__ = ["acme"]  # a fixture
pytestmark = pytest.mark.django_db
CONTRACTS = "external_id,customer,starts_on,ends_on,currency,product,annual_amount,quantity\n"
LINES = "external_id,customer,starts_on,currency,product,line_starts_on,line_ends_on,annual_amount\n"


@pytest.fixture
def admin() -> User:
    make.organisation()
    return make.user(role="admin", name="Ren Admin")


def rows(client: Client) -> list[str]:
    """The rows of the list, as text."""
    page = client.get(reverse("accounts:sources")).text
    table = page[page.index('aria-labelledby="h-differ"') : page.index('aria-labelledby="h-order"')]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    return [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in body.split("</tr>")[:-1]]


def test_rows_of_every_kind_are_named_and_their_values_worded(
    acme: Customer, admin: User, tmp_path: Path, client: Client
) -> None:
    """A contract in yen with two products, a contact, an invoice, a customer and somebody of the team."""
    seats = Attribute.objects.create(key="floors", label="Floors", kind="number", position=1)
    texts = {
        "contracts": CONTRACTS + "K1,A1,2026-01-01,2026-12-31,JPY,Core,{},1\nK2,A1,2026-02-01,,USD,Base,500,1\n",
        "contacts": "external_id,customer,name,email,roles\nP1,A1,Ann Bell,{}@acme.example,{}\n",
        "invoices": "external_id,customer,issued_on,due_on,amount,currency\nIV-7,A1,2026-10-01,2026-10-31,{},EUR\n",
        "customers": "external_id,name,employees\nA1,Acme,{}\n",
        "users": "email,name,role\nbob@x.example,{},manager\n",
    }
    first = {
        "contracts": (1_200_000,),
        "contacts": ("a", "champion"),
        "invoices": ("1200.50",),
        "customers": (10,),
        "users": ("Bob",),
    }
    then = {
        "contracts": (1_400_000,),
        "contacts": ("b", "champion;buyer"),
        "invoices": ("1900.50",),
        "customers": (12_000,),
        "users": ("Rob",),
    }
    for name, values in first.items():
        bring(write(tmp_path / f"{name}.csv", texts[name].format(*values)))
    bob = User.objects.get(email="bob@x.example")
    by_hand(ContractLine.objects.get(product="Core"), by=admin, annual_amount=1_300_000)  # type: ignore[arg-type]
    by_hand(Contact.objects.get(), by=admin, email="ann@acme.example", roles=[])
    by_hand(Invoice.objects.get(), by=admin, amount=1300)  # type: ignore[arg-type]
    by_hand(acme, by=admin, employees=11_000)
    by_hand(bob, by=admin, name="Bobby")  # type: ignore[arg-type]
    for name, values in then.items():
        bring(write(tmp_path / f"{name}.csv", texts[name].format(*values)))
    Disagreement.objects.create(
        target="customers", field=f"attribute-{seats.pk}", source="csv", object_id=acme.pk, customer=acme,
        given="1250", stands="", by=FieldOrder.HAND, seen_on=make.DAY,
    )  # fmt: skip
    client.force_login(admin)
    found = rows(client)
    assert len(found) == 7
    day = f"{clock.now().day} {clock.now():%b}"
    for words in (
        ["Acme K1 · Core", "Contracts · annual amount", "¥1,300,000", f"Ren Admin {day}", "¥1,400,000", "csv"],
        ["Acme Ann Bell", "Contacts · email", "ann@acme.example", f"Ren Admin {day}", "b@acme.example"],
        ["Acme Ann Bell", "Contacts · roles", "Stands here –", "Economic buyer", "Champion"],
        ["Acme IV-7", "Invoices · amount", "€1,300", "people on the pages", "€1,900.50"],
        ["Acme Customers · employees", "11,000", f"Ren Admin {day}", "12,000"],
        ["Bobby", "People who log in · name", f"Ren Admin {day}", "Rob"],
        ["Acme Customers · Floors", "Stands here –", "1,250"],
    ):
        assert any(all(word in row for word in words) for row in found), (words, found)


def test_a_price_from_some_day_on_is_its_persons_and_one_of_a_source_that_sources(
    acme: Customer, admin: User, tmp_path: Path, client: Client
) -> None:
    """The line that holds from that day on has no history of its own: the one before was let end by whoever made it."""
    path = tmp_path / "contracts.csv"
    bring(
        write(path, LINES + "K1,A1,2026-01-01,USD,Core,2026-01-01,,1200\nK1,A1,2026-01-01,USD,More,2026-01-01,,100\n")
    )
    line = ContractLine.objects.get(product="Core")
    by_hand(line, by=admin, ends_on=dt.date(2026, 6, 1))  # type: ignore[arg-type]
    ContractLine.objects.create(
        contract=line.contract, product="Core", starts_on=dt.date(2026, 6, 1), annual_amount=1500
    )
    for field, given, stands in (("annual_amount", "1900.00", "1500.00"), ("line_ends_on", "", "2026-06-01")):
        Disagreement.objects.create(
            target="contracts", field=field, source="csv", object_id=line.contract_id, customer=acme,
            given=given, stands=stands, by="billing" if given else FieldOrder.HAND, seen_on=make.DAY,
        )  # fmt: skip
    client.force_login(admin)
    ends, price = rows(client)
    assert all(word in ends for word in ("K1 · Core", "1 Jun", "Ren Admin", "The file says –")), ends
    assert all(word in price for word in ("K1 · Core", "$1,500", "billing", "$1,900")), price


def test_the_list_stands_first_and_asks_as_often_for_three_rows_as_for_one(
    acme: Customer, admin: User, tmp_path: Path, client: Client
) -> None:
    head, row = "external_id,customer,name,title\n", "P{n},A1,Ann {n},{title}\n"
    path = tmp_path / "contacts.csv"
    bring(write(path, head + "".join(row.format(n=n, title="CEO") for n in range(3))))
    client.force_login(admin)
    asked = []
    for count in (1, 3):
        for contact in Contact.objects.order_by("pk")[:count]:
            by_hand(contact, by=admin, title=f"COO {count}")
        bring(write(path, head + "".join(row.format(n=n, title="CFO" if n < count else "CEO") for n in range(3))))
        with CaptureQueriesContext(connection) as done:
            assert len(rows(client)) == count
        asked.append(len(done))
    assert asked[0] == asked[1]


def test_the_files_of_an_undone_import_are_marked(admin: User, tmp_path: Path, client: Client) -> None:
    text = "external_id,name,industry\nA1,Acme,{}\n"
    first, second = (
        runs.imported(runs.write(tmp_path / word, {"customers.csv": text.format(word)}), by=admin)
        for word in ("Steel", "Wood")
    )
    runs.taken_back(second)
    client.force_login(admin)
    page = client.get(reverse("accounts:source", args=[first.files.get(written=True).source])).text
    files = page[page.index('aria-labelledby="h-files"') :]
    assert (files.count("/import/runs/"), files.count("Undone")) == (2, 1)
    assert take(admin) == []


def test_fields_stand_by_their_data_and_those_of_an_own_order_are_open(admin: User, client: Client) -> None:
    client.force_login(admin)
    FieldOrder.objects.create(target="contracts", field="seats", sources=["billing", "hand"])
    FieldOrder.objects.create(target="contracts", field="currency", sources=[])
    page = " ".join(client.get(reverse("accounts:sources")).text.split())
    page = page[page.index('aria-labelledby="h-order"') :]
    groups = {group.split("<span")[0].split("</svg>")[-1].strip(): group for group in page.split("<summary>")[1:]}
    assert "2 in an order of its own" in groups["Contracts"]
    assert '<th scope="row">seats</th> <td>billing › people on the pages</td>' in groups["Contracts"]
    assert '<th scope="row">currency</th> <td>the last one</td>' in groups["Contracts"]
    assert "· people on the pages </span>" in groups["Customers"]
    assert page.count("<details") == len(groups) > 10
    assert page.count('<details class="data" open>') == 1
