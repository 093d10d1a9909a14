"""Acts by their words, with the customer that is typed, stood on or known from before."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts import finding
from accounts.models import Customer
from tests import factories
from tests.accounts.finding.world import World, made
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return made()


def offered(user, text: str, on: int | None = None, known: tuple[int, ...] = ()) -> list[str]:
    return [entry.title for entry in finding.offered(user, text, on=on, known=known, day=DAY)]


USUAL = ["Log a touch with 青葉物流", "Start a playbook with 青葉物流", "Add a task for 青葉物流"]


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("あおば", USUAL),
        ("log a call with aoba", USUAL[:1]),
        ("Aoba call", USUAL[:1]),
        ("青葉物流に電話", USUAL[:1]),
        ("あおばで通話を記録", USUAL[:1]),
        ("start playbook aoba", USUAL[1:2]),
        ("プレイブックを開始 青葉", USUAL[1:2]),
        ("add task for aoba", USUAL[2:]),
        ("青葉のタスクを追加", USUAL[2:]),
        ("open case aoba", ["Open a case for 青葉物流"]),
        ("hand over aoba", ["Hand over 青葉物流"]),
        ("snooze aoba", ["Snooze “Quiet for 14 days”", "Snooze “Quiet for 14 days”"]),
        ("青葉を保留", ["Snooze “Quiet for 14 days”", "Snooze “Quiet for 14 days”"]),
        ("new customer", ["New customer"]),
        ("export", ["Export all customers as CSV"]),
        ("log a call with nobody", []),
        ("", []),
    ],
)
def test_an_act_is_understood_with_the_customer_that_is_typed(world, text, acts):
    assert offered(world.mara, text) == acts


def test_without_a_name_it_is_the_customer_one_stands_on_else_those_opened_before(world):
    granite = factories.customer(name="Granite Bank", owner=world.mara)
    assert offered(world.mara, "", on=world.aoba.pk) == USUAL
    assert offered(world.mara, "log call", on=world.aoba.pk) == USUAL[:1]
    assert offered(world.mara, "log call granite", on=world.aoba.pk) == ["Log a touch with Granite Bank"]
    known = (granite.pk, world.aoba.pk)
    assert offered(world.mara, "log call", known=known) == ["Log a touch with Granite Bank", USUAL[0]]
    assert offered(world.mara, "", known=known) == []


def test_up_to_three_customers_answer_to_a_name(world):
    for n in range(4):
        factories.customer(name=f"Granite {n}", owner=world.mara)
    assert offered(world.mara, "log granite") == [f"Log a touch with Granite {n}" for n in range(3)]
    assert offered(world.mara, "granite")[0] == "Log a touch with Granite 0"
    assert len(offered(world.mara, "granite")) == 3


def test_what_one_may_not_do_is_not_offered(world):
    viewer = factories.user("viewer")
    for text in ("log call aoba", "aoba", "new customer", "snooze aoba"):
        assert offered(viewer, text) == []
    assert offered(viewer, "export") == ["Export all customers as CSV"]
    assert offered(world.jonas, "log call aoba") == []
    assert offered(world.jonas, "", on=world.aoba.pk) == []


@pytest.mark.parametrize("customers", [1, 3])
def test_acts_cost_one_statement_and_those_that_list_one_each(world, customers):
    Customer.objects.bulk_create(Customer(name=f"Granite {n}", owner=world.mara) for n in range(customers))
    offered(world.mara, "x")
    with statements() as asked:
        assert len(offered(world.mara, "log granite")) == customers
    assert len(asked) == 1
    with statements() as asked:
        offered(world.mara, "snooze granite")
    assert len(asked) == 3


def test_every_act_leads_to_something_its_reader_may_open(world, client):
    client.force_login(world.mara)
    asked = [
        "log aoba",
        "start playbook aoba",
        "add task aoba",
        "open case aoba",
        "edit aoba",
        "add contact aoba",
        "snooze aoba",
    ]
    entries = [entry for text in asked for entry in finding.offered(world.mara, text, on=None, known=(), day=DAY)]
    assert len(entries) == len(asked) + 1
    for entry in entries:
        response = client.get(entry.url, headers={"HX-Request": "true"})
        assert response.status_code == 200, entry
        assert entry.dialog == (b"<form" in response.content)


@pytest.mark.parametrize(
    ("text", "query", "label"),
    [
        ("log a call with aoba", "kind=call", "Call"),
        ("log a meeting with aoba", "kind=meeting", "Meeting"),
        ("mail aoba", "kind=email", "Email"),
        ("青葉物流に電話", "kind=call", "Call"),
        ("あおばとの打ち合わせを記録", "kind=meeting", "Meeting"),
        ("start playbook champion change for aoba", "playbook=", "Champion change"),
        ("start playbook champ aoba", "playbook=", "Champion change"),
        ("あおばにchampion changeのプレイブックを開始", "playbook=", "Champion change"),
    ],
)
def test_a_choice_that_the_question_names_is_made_in_the_dialog(world, client, text, query, label):
    [entry] = finding.offered(world.mara, text, on=None, known=(), day=DAY)
    assert (entry.note, query in entry.url, "青葉物流" in entry.title) == (label, True, True)
    client.force_login(world.mara)
    assert re.search(rf"<option[^>]*selected[^>]*>\s*{label}", client.get(entry.url).content.decode())


def test_a_choice_goes_with_the_customer_one_stands_on_and_without_one_the_act_asks(world):
    [entry] = finding.offered(world.mara, "log meeting", on=world.aoba.pk, known=(), day=DAY)
    assert entry.url.endswith("?kind=meeting")
    assert (
        finding.offered(world.mara, "start playbook cha aoba", on=None, known=(), day=DAY)[0].note == "Champion change"
    )
    assert (
        finding.offered(world.mara, "start playbook ch aoba", on=None, known=(), day=DAY) == []
    )  # too short to choose
    [entry] = finding.offered(world.mara, "log aoba", on=None, known=(), day=DAY)
    assert (entry.note, "?" in entry.url) == ("", False)
    champion = factories.customer(name="Champion Ltd", owner=world.mara)
    [entry] = finding.offered(world.mara, "start playbook champion", on=None, known=(), day=DAY)
    assert (entry.title, entry.note) == (f"Start a playbook with {champion.name}", "")


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("start playbook", "Start a playbook with …"),
        ("start a playbook champion change", "Start a playbook with …"),
        ("電話を記録", "Log a touch with …"),
        ("add task for", "Add a task for …"),
        ("start playbook with aoba", ""),
        ("log a call with nobody", ""),
        ("new customer", ""),
        ("snooze", ""),
        ("forecast", ""),
        ("", ""),
    ],
)
def test_an_act_without_a_customer_asks_for_its_name(world, client, text, act):
    assert finding.without_customer(world.mara, text) == act
    assert finding.without_customer(factories.user("viewer"), text) == ""
    client.force_login(world.mara)
    assert ("type the customer’s name as well" in found(client, q=text)) == bool(act)


def found(client, **query) -> str:
    return client.get(reverse("accounts:search"), query, headers={"HX-Request": "true"}).content.decode()


def test_the_palette_lists_acts_first_then_records_then_pages(world, client):
    client.force_login(world.mara)
    text = found(client, q="あおば")
    places = [text.index(part) for part in ("Log a touch with", ">青葉物流<", "Quiet for 14 days", "Renewal of")]
    assert places == sorted(places)
    assert "Log a touch with" in found(client, q="> log aoba")
    assert "<h3>Customers" not in found(client, q="> aoba")
    assert "HC-2024-118" in found(client, q="#118")
    assert "Forecast" in found(client, q="見込み")
    assert "Contracts to be settled" in found(client, q="settled")
    assert "Exchange rates" not in found(client, q="exchange")
    assert "Nothing matches “zzz”" in found(client, q="zzz")


def test_an_empty_palette_recalls_what_was_opened_and_acts_with_where_one_is(world, client):
    client.force_login(world.mara)
    text = found(client, recent=f"customer:{world.aoba.pk},case:x,,person:{'9' * 40}", on=world.aoba.pk)
    assert text.index("Log a touch with 青葉物流") < text.index("<h3>Recent") < text.index("<h3>Go to")
    assert found(client, recent=f"customer:{world.aoba.pk}").count("青葉物流") == 1
    client.force_login(world.jonas)
    assert "青葉物流" not in found(client, recent=f"customer:{world.aoba.pk}", on=world.aoba.pk)
