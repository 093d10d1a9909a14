"""The attributes on a customer's page: the panel, the form by their kinds, Undo, who may, and the past."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import conditions
from accounts.models import Attribute, Customer, User
from config import clock
from config.history.models import Entry
from tests import factories
from tests.accounts.attributes.rows import attribute, one_of_each
from tests.counting import statements

pytestmark = pytest.mark.django_db
STANDS = {"Seats": "1250", "Note": "Old", "Signed": "2026-02-28", "Plan": "Gold", "Public": "yes", "Free": "stays"}


@pytest.fixture
def mara(client: Client) -> User:
    factories.organisation()
    person = factories.user(name="Mara")
    client.force_login(person)
    return person


@pytest.fixture
def defined() -> dict[str, Attribute]:
    return one_of_each()


def acme(mara: User, **attributes: str) -> Customer:
    return factories.customer(name="Acme", owner=mara, attributes=STANDS | attributes)


def address(name: str, customer: Customer) -> str:
    return reverse(f"accounts:attributes_{name}", args=[customer.pk])


def sent(defined: dict[str, Attribute], **values: str) -> dict[str, str]:
    """What the form sends, by the kinds."""
    whole = {"number": "1250", "text": "Old", "day": "2026-02-28", "choice": "Gold", "flag": "yes"} | values
    return {f"attribute-{defined[kind].pk}": value for kind, value in whole.items()}


def undo_in(answer: Any) -> str:
    text = answer.content.decode()
    return text.split('action="')[1].split('"')[0].replace("&amp;", "&")


HX = {"HX-Request": "true"}


def test_the_panel_says_each_value_by_its_kind(client: Client, mara: User, defined: dict[str, Attribute]) -> None:
    customer = acme(mara, Plan="Tin", Seats="-1250.5")
    Attribute.objects.filter(key="Note").update(is_shown=False)
    Attribute.objects.filter(key="Public").update(is_active=False)
    text = client.get(address("panel", customer), headers=HX).content.decode()
    assert all(words in text for words in ("Our seats", "−1,250.5", "28 Feb", "Tin", "does not fit", "Edit attributes"))
    assert not any(words in text for words in ("Our note", "Our public", "stays"))


def test_there_is_no_panel_where_nothing_is_defined(client: Client, mara: User) -> None:
    text = client.get(address("panel", acme(mara)), headers=HX).content.decode()
    assert "<h2" not in text


def test_values_are_typed_and_taken_back(client: Client, mara: User, defined: dict[str, Attribute]) -> None:
    customer = acme(mara)
    text = client.get(address("edit", customer), headers=HX).content.decode()
    assert 'value="2026-02-28"' in text
    answer = client.post(
        address("edit", customer),
        sent(defined, number="１３００．５", day="", choice="Silver", flag="no", text=" New "), headers=HX,
    )  # fmt: skip
    customer.refresh_from_db()
    assert customer.attributes == {
        "Seats": "1300.5", "Note": "New", "Plan": "Silver", "Public": "no", "Free": "stays",
    }  # fmt: skip
    entry = Entry.objects.get(kind="customer", customer_id=customer.pk, after__has_key="attributes")
    assert (entry.actor_id, entry.before["attributes"]) == (mara.pk, STANDS)
    client.post(undo_in(answer), headers=HX)
    customer.refresh_from_db()
    assert customer.attributes == STANDS


def test_an_undo_is_refused_where_the_value_was_changed_since(
    client: Client, mara: User, defined: dict[str, Attribute]
) -> None:
    customer = acme(mara)
    first = client.post(address("edit", customer), sent(defined, choice="Silver"), headers=HX)
    client.post(address("edit", customer), sent(defined, choice="Silver", number="7"), headers=HX)
    client.post(undo_in(first), headers=HX)
    customer.refresh_from_db()
    # Another attribute that changed since does not stand in the way.
    assert (customer.attributes["Plan"], customer.attributes["Seats"]) == ("Gold", "7")
    second = client.post(address("edit", customer), sent(defined, choice="Silver", number="7"), headers=HX)
    client.post(address("edit", customer), sent(defined, choice="Bronze", number="7"), headers=HX)
    assert "nothing was taken back" in client.post(undo_in(second), headers=HX).content.decode()
    customer.refresh_from_db()
    assert customer.attributes["Plan"] == "Bronze"


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("number", "many", "Enter a number"), ("number", "1e12", "has more digits than are kept"),
        ("day", "2026-02-30", "Enter a valid date"), ("choice", "Tin", "Select a valid choice"),
        ("text", "x" * 201, "at most 200 characters"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    client: Client, mara: User, defined: dict[str, Attribute], kind: str, value: str, reason: str
) -> None:
    customer = acme(mara)
    answer = client.post(address("edit", customer), sent(defined, **{kind: value}), headers=HX)
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    customer.refresh_from_db()
    assert customer.attributes == STANDS


def test_a_value_that_does_not_fit_stays_until_another_is_given(
    client: Client, mara: User, defined: dict[str, Attribute]
) -> None:
    customer = acme(mara, Seats="many", Plan="Tin")
    text = client.get(address("edit", customer), headers=HX).content.decode()
    assert "It says “many”, which does not fit" in text
    client.post(address("edit", customer), sent(defined, number="", choice="", text="New"), headers=HX)
    customer.refresh_from_db()
    assert (customer.attributes["Seats"], customer.attributes["Plan"]) == ("many", "Tin")
    client.post(address("edit", customer), sent(defined, number="5", choice="", text="New"), headers=HX)
    customer.refresh_from_db()
    assert (customer.attributes["Seats"], customer.attributes["Plan"]) == ("5", "Tin")


def test_a_past_day_learns_nothing_of_a_later_one(mara: User, defined: dict[str, Attribute]) -> None:
    """Of each kind: what stood at the end of a day, whatever is written after it."""
    customer, now = acme(mara), clock.now()
    day, today, tomorrow = (now.date() + dt.timedelta(days=days) for days in (-10, 0, 1))
    unknown = factories.customer(name="Late", attributes=STANDS)
    leaves = {
        "attribute_choice:Plan": ("is", "Gold"), "attribute_number:Seats": ("at_least", 1000), "attribute:Note": ("is", "Old"),
        "attribute_day:Signed": ("before", "2026-03-01"), "attribute_flag:Public": ("is", "yes"),
    }  # fmt: skip

    def held_on(day: dt.date, today: dt.date | None) -> dict[str, set[str]]:
        return {
            key: set(
                Customer.objects.filter(
                    conditions.Holds([{"field": key, "test": test, "value": value}], day, today)
                ).values_list("name", flat=True)
            )
            for key, (test, value) in leaves.items()
        }

    Customer.objects.filter(pk=customer.pk).update(created_at=now - dt.timedelta(days=20))
    Customer.objects.filter(pk=unknown.pk).update(created_at=now - dt.timedelta(days=5))
    assert held_on(day, today) == {key: {"Acme"} for key in leaves}
    later = {"Seats": "1", "Note": "New", "Signed": "2026-04-01", "Plan": "Silver", "Public": "no"}
    Customer.objects.update(attributes=later)
    assert held_on(day, today) == {key: {"Acme"} for key in leaves}
    assert held_on(today, tomorrow) == {key: set() for key in leaves}
    assert held_on(today, None) == {key: set() for key in leaves}
    # Before a customer was there nothing is known of it: neither that it is so nor that it is not.
    stored = [{"field": "attribute_choice:Plan", "test": "is_not", "value": "Bronze"}]
    truths = Customer.objects.annotate(truth=conditions.Holds(stored, day, today, exact=True))
    assert dict(truths.values_list("name", "truth")) == {"Acme": True, "Late": None}


def test_a_viewer_sees_and_does_not_change(client: Client, mara: User, defined: dict[str, Attribute]) -> None:
    customer = acme(mara)
    client.force_login(factories.user("viewer"))
    text = client.get(address("panel", customer), headers=HX).content.decode()
    assert "Edit attributes" not in text
    assert client.post(address("edit", customer), sent(defined)).status_code == 403


def test_the_panel_takes_as_many_statements_for_three(client: Client, mara: User) -> None:
    attribute("Plan", "choice")
    customer = acme(mara)
    with statements() as one:
        client.get(address("panel", customer), headers=HX)
    attribute("Seats", "number")
    attribute("Signed", "day")
    with statements() as three:
        client.get(address("panel", customer), headers=HX)
    assert len(three) == len(one)


def test_a_value_that_only_a_reader_of_cells_understands_is_mended_by_the_form(
    client: Client, mara: User, defined: dict[str, Attribute]
) -> None:
    """Lists and filters take it for none, so the page says so, and the value as it should be is written."""
    customer = acme(mara, Seats="1,250", Plan="gold")
    text = client.get(address("edit", customer), headers=HX).content.decode()
    assert all(f"It says “{value}”, which does not fit" in text for value in ("1,250", "gold"))
    client.post(address("edit", customer), sent(defined, number="1250", choice="Gold"), headers=HX)
    customer.refresh_from_db()
    assert (customer.attributes["Seats"], customer.attributes["Plan"]) == ("1250", "Gold")


def test_a_new_customer_is_given_its_attributes_in_its_form(client: Client, mara: User, defined) -> None:
    """Read as those of files are; what cannot be is refused at its field, and another person's rows are not asked."""
    names = {kind: f"attribute-{each.pk}" for kind, each in defined.items()}
    url = reverse("accounts:customer_new")
    shown = client.get(url).context["form"]
    assert [shown.fields[name].label for name in names.values()] == [each.label for each in defined.values()]
    body = {
        "name": "Birch",
        "owner": str(mara.pk),
        names["number"]: "1,250.50",
        names["day"]: "2026-02-28",
        names["flag"]: "yes",
    }
    refused = client.post(url, body | {names["choice"]: "Lead"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [names["choice"]])
    assert not Customer.objects.exists()
    assert client.post(url, body | {names["choice"]: "Gold"}).status_code == 302
    assert Customer.objects.get().attributes == {
        "Seats": "1250.5",
        "Signed": "2026-02-28",
        "Plan": "Gold",
        "Public": "yes",
    }
    edit = client.get(reverse("accounts:customer_edit", args=[Customer.objects.get().pk])).context["form"]
    assert not [name for name in edit.fields if name.startswith("attribute-")]
