"""Attributes in the list of customers: columns, orders and filters by kind, and the CSV."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.conditions.attributes import key_of
from accounts.lists import page
from accounts.models import Attribute, Customer
from tests import factories
from tests.accounts.attributes.rows import one_of_each
from tests.counting import statements

pytestmark = pytest.mark.django_db
URL = reverse("accounts:portfolio")
KEYS = [
    "attribute_number:Seats",
    "attribute:Note",
    "attribute_day:Signed",
    "attribute_choice:Plan",
    "attribute_flag:Public",
]
ROWS = {
    "A": {"Seats": "9", "Note": "b", "Signed": "2026-01-02", "Plan": "Gold", "Public": "yes"},
    "B": {"Seats": "1250.5", "Note": "a", "Signed": "2025-12-31", "Plan": "Bronze", "Public": "no"},
    "C": {"Seats": "many", "Note": "c", "Signed": "soon", "Plan": "Silver", "Public": "perhaps"},
    "D": {},
}
# By each order: the names, those without a value of the kind last.
ORDERS = [
    ("attribute_number:Seats", "ABCD"), ("-attribute_number:Seats", "BADC"), ("attribute:Note", "BACD"),
    ("-attribute:Note", "CABD"), ("attribute_day:Signed", "BACD"), ("-attribute_day:Signed", "ABDC"),
    ("attribute_choice:Plan", "ACBD"), ("-attribute_choice:Plan", "BCAD"), ("attribute_flag:Public", "BACD"), ("-attribute_flag:Public", "ABDC"),
]  # fmt: skip
FILTERS = [
    ("attribute_number:Seats~at_least~10", "B"), ("attribute_number:Seats~missing", "CD"), ("attribute_day:Signed~before~2026-01-01", "B"),
    ("attribute_choice:Plan~is_in~Gold,Bronze", "AB"), ("attribute_flag:Public~is~no", "B"), ("attribute_flag:Public~missing", "CD"),
    ("attribute_flag:Public~known", "AB"), ("attribute:Note~contains~C", "C"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def defined(client: Client) -> dict[str, Attribute]:
    factories.organisation()
    client.force_login(factories.user("admin"))
    for name, attributes in ROWS.items():
        factories.customer(name=f"Customer {name}", attributes=attributes)
    return one_of_each()


def names(client: Client, **asked: str) -> str:
    text = client.get(URL, asked).content.decode()
    return "".join(re.findall(r">Customer ([A-Z])<", text))


def test_columns_are_chosen_by_their_label_and_say_values_by_their_kind(client: Client) -> None:
    chooser = client.get(reverse("accounts:list_columns", args=["customers"])).content.decode()
    assert all(f'value="{key}"' in chooser for key in KEYS)
    assert "Our seats" in chooser
    Attribute.objects.filter(key="Note").update(is_active=False)
    assert "Our note" not in client.get(reverse("accounts:list_columns", args=["customers"])).content.decode()
    text = client.get(URL, {"columns": ",".join(KEYS)}).content.decode()
    assert all(words in text for words in ("Our seats", "Our note", "1,250.5", "31 Dec 2025", "Bronze", "yes"))
    assert "many" not in text


def test_rows_are_sorted_by_kind_and_walked_page_by_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {order: names(client, sort=order, columns=order.removeprefix("-")) for order, _names in ORDERS} == dict(
        ORDERS
    )
    monkeypatch.setattr(page, "PAGE", 2)
    for order, expected in ORDERS:
        after = client.get(URL, {"sort": order}).context["page"].after
        assert names(client, sort=order) + names(client, sort=order, after=after) == expected


def test_filters_ask_by_kind(client: Client) -> None:
    assert {asked: names(client, **{"if": asked, "sort": "name"}) for asked, _names in FILTERS} == dict(FILTERS)


def test_the_form_of_a_filter_offers_the_choices(client: Client) -> None:
    url = reverse("accounts:list_filter", args=["customers"])
    text = client.get(url, {"member": "attribute_choice:Plan~is~Gold"}).content.decode()
    assert "Our plan" in text
    assert all(f'value="{choice}"' in text for choice in ("Gold", "Silver", "Bronze"))
    page = client.get(URL, {"if": "attribute_flag:Public~missing"}).content.decode()
    assert "Our public is missing" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_csv_has_the_chosen_columns(client: Client) -> None:
    answer = client.get(
        reverse("accounts:list_export", args=["customers"]), {"columns": ",".join(KEYS), "sort": "name"}
    )
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").replace('"', "").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "Customer,Our seats,Our note,Our signed,Our plan,Our public"
    assert lines[1:4] == [
        "Customer A,9,b,2026-01-02,Gold,yes", "Customer B,1250.5,a,2025-12-31,Bronze,no", "Customer C,,c,,Silver,",
    ]  # fmt: skip


def test_an_unknown_order_is_told(client: Client) -> None:
    text = client.get(URL, {"sort": "attribute_colour:Plan"}).content.decode()
    assert "The list has no order “attribute_colour:Plan”." in text


def test_statements_do_not_depend_on_rows(client: Client, defined: dict[str, Attribute]) -> None:
    assert [key_of(defined[kind]) for kind in ("number", "text", "day", "choice", "flag")] == KEYS
    asked = {"columns": ",".join(KEYS), "sort": KEYS[0], "if": "attribute_choice:Plan~is~Gold"}
    client.get(URL, asked)
    with statements() as one:
        client.get(URL, asked)
    for _number in range(2):
        Customer.objects.create(name="Customer E", status="live", attributes=ROWS["A"])
    with statements() as three:
        assert names(client, **asked) == "AEE"
    assert len(three) == len(one)
