"""Defining attributes: taking over values, refusing what would leave some behind, order, Undo, and the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.attributes import defining, definitions
from accounts.models import Attribute, Customer
from config.history.models import Entry
from tests import factories
from tests.accounts.attributes.rows import attribute
from tests.counting import statements

pytestmark = pytest.mark.django_db
NEW = reverse("accounts:attribute_new")
PLAN = {"label": "Plan", "kind": "choice", "choices": "Gold\nSilver", "is_shown": "on", "is_active": "on"}


@pytest.fixture(autouse=True)
def admin(client: Client) -> None:
    factories.organisation()
    client.force_login(factories.user("admin"))


def customers() -> list[Customer]:
    return [
        factories.customer(name=name, attributes={"Plan": plan})
        for name, plan in (("Acme", "Gold"), ("Beta", "Silver"), ("Gamma", "Tin"), ("Delta", ""))
    ]


def undo_url(client: Client) -> str:
    page = client.get(reverse("accounts:attributes"))
    (message,) = page.context["messages"]
    return next(tag.removeprefix("undo:") for tag in message.extra_tags.split(" ") if tag.startswith("undo:"))


def test_a_definition_takes_over_the_values_that_are_there(client: Client) -> None:
    customers()
    page = client.get(reverse("accounts:attributes")).content.decode()
    assert "attributes/new/?key=Plan" in page
    assert 'value="Plan"' in client.get(NEW, {"key": "Plan"}).content.decode()
    answer = client.post(NEW, PLAN, follow=True)
    assert "“Plan” is saved. The value of 1 customer does not fit" in answer.content.decode()
    row = Attribute.objects.get()
    assert (row.key, row.choices, row.position) == ("Plan", ["Gold", "Silver"], 1)
    page = client.get(reverse("accounts:attribute", args=[row.pk])).content.decode()
    assert "Gamma" in page
    assert "Tin" in page
    assert "Beta" not in page
    assert Customer.objects.get(name="Gamma").attributes == {"Plan": "Tin"}
    assert "?key=Plan" not in client.get(reverse("accounts:attributes")).content.decode()


def test_removing_a_choice_with_values_is_refused_with_their_number(client: Client) -> None:
    customers()
    row = attribute("Plan", "choice", choices=["Gold", "Silver"])
    url = reverse("accounts:attribute", args=[row.pk])
    answer = client.post(url, PLAN | {"choices": "Silver"})
    assert answer.status_code == 422
    (reason,) = answer.context["form"].errors["choices"]
    assert reason == "1 customer has a value that would not fit any more (Acme: “Gold”): give it another one first."
    answer = client.post(url, PLAN | {"kind": "day", "choices": ""})
    (reason,) = answer.context["form"].errors["kind"]
    assert reason.startswith("2 customers have a value that would not fit any more (Acme: “Gold”, Beta: “Silver”)")
    row.refresh_from_db()
    assert (row.kind, row.choices) == ("choice", ["Gold", "Silver"])
    # What does not fit now does not hold up a change: of Gamma nothing is lost.
    assert client.post(url, PLAN | {"choices": "Silver\nGold\nBronze"}).status_code == 302
    assert client.post(url, PLAN | {"kind": "text", "choices": ""}).status_code == 302


def test_a_saved_change_is_undone_and_kept_in_the_history(client: Client) -> None:
    row = attribute("Plan", "choice", choices=["Gold"])
    url = reverse("accounts:attribute", args=[row.pk])
    client.post(url, PLAN | {"label": "Tier"})
    entry = Entry.objects.get(kind="attribute")
    assert (entry.before["label"], entry.after["label"]) == ("Plan", "Tier")
    back = undo_url(client)
    assert client.post(back).status_code == 302
    row.refresh_from_db()
    assert (row.label, row.choices) == ("Plan", ["Gold"])
    assert "Tier" in client.get(reverse("history:of", args=["attribute", row.pk])).content.decode()
    client.post(url, PLAN | {"label": "Later"})
    client.post(back)
    row.refresh_from_db()
    assert row.label == "Later"


def test_a_new_one_is_undone_unless_somebody_changed_it(client: Client) -> None:
    client.post(NEW, PLAN)
    back = undo_url(client)
    Attribute.objects.update(label="Changed")
    client.post(back)
    assert Attribute.objects.exists()
    Attribute.objects.update(label="Plan")
    client.post(back)
    assert not Attribute.objects.exists()


@pytest.mark.parametrize(
    ("more", "field", "reason"),
    [
        ({"choices": ""}, "choices", "A choice needs something to choose from."),
        ({"choices": "Gold\ngold"}, "choices", "Two choices differ only in capital letters."),
        ({"choices": "x" * 81}, "choices", "A choice has at most 80 characters."),
        ({"label": "seats", "key": "other"}, "__all__", "There is an attribute of this name already."),
        ({"label": "Other", "key": "Seats"}, "__all__", "There is an attribute with this key already."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(client: Client, more: dict[str, str], field: str, reason: str) -> None:
    attribute("Seats", "number")
    answer = client.post(NEW, PLAN | more)
    assert answer.status_code == 422
    assert [*answer.context["form"].errors.get(field, [])] == [reason]


def test_the_database_holds_what_a_definition_is() -> None:
    attribute("Plan")
    wrong: list[dict[str, Any]] = [
        {"key": "Plan", "label": "Other"}, {"key": "Other", "label": "PLAN"}, {"key": ""}, {"label": ""},
        {"key": "a", "label": "a", "kind": "colour"}, {"key": "a", "label": "a", "kind": "choice", "choices": []},
        {"key": "a", "label": "a", "kind": "number", "choices": ["1"]},
    ]  # fmt: skip
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            attribute(**{"key": "b"} | fields)


def test_attributes_change_places(client: Client) -> None:
    first, second = attribute("A"), attribute("B")
    client.post(reverse("accounts:attribute_move", args=[second.pk]), {"to": "up"})
    assert [row.key for row in definitions.defined()] == ["B", "A"]
    client.post(reverse("accounts:attribute_move", args=[second.pk]), {"to": "up"})
    client.post(reverse("accounts:attribute_move", args=[first.pk]), {"to": "down"})
    assert [row.key for row in definitions.defined()] == ["B", "A"]


def test_there_are_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "MOST", 1)
    defining.save(Attribute(key="a", label="a", kind="text"))
    with pytest.raises(ValidationError, match="There are 1 attributes already"):
        defining.save(Attribute(key="b", label="b", kind="text"))


def test_pages_take_as_many_statements_for_three(client: Client) -> None:
    def asked() -> list[int]:
        counts = []
        for url in (reverse("accounts:attributes"), reverse("accounts:attribute", args=[row.pk])):
            with statements() as counted:
                client.get(url)
            counts.append(len(counted))
        return counts

    row = attribute("Plan", "choice")
    factories.customer(attributes={"Plan": "Tin", "Free": "a"})
    one = asked()
    for number in range(3):
        factories.customer(attributes={"Plan": "Tin", f"Free {number}": "a"})
    attribute("Other")
    assert asked() == one
