"""Overrides and sentiments over the API: the same rules, the same messages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Customer, Sentiment, User
from health.models import Override
from tests import factories as make
from tests.counting import statements
from tests.problems import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    make.organisation()
    return make.user()


@pytest.fixture
def customer(owner: User) -> Customer:
    return make.customer(owner=owner)


def post(client: Client, address: str, body: Any) -> Any:
    return client.post(f"/api/v1/{address}/", body, content_type="application/json")


def body(customer: Customer, **fields: Any) -> dict[str, Any]:
    return {"customer": customer.pk, "value": 20, "until": "2026-12-24", "reason": "Stops"} | fields


def test_an_override_is_made_read_and_withdrawn(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    made = post(client, "overrides", body(customer)).json()
    expected = {"value": 20, "band": "red", "from_day": "2026-11-24", "until_day": "2026-12-24", "author": owner.email}
    assert expected.items() <= made.items()
    assert client.get(f"/api/v1/overrides/?customer={customer.pk}").json()["results"] == [made]
    ended = post(client, f"overrides/{made['id']}/withdraw", {}).json()
    assert ended["withdrawn_on"] == "2026-11-24"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value": 101}, "value"),
        ({"reason": ""}, "reason"),
        ({"until": "2027-12-24"}, "until"),
        ({"begins": "2026-11-01"}, "begins"),
    ],
)
def test_what_is_wrong_is_named(
    client: Client, owner: User, customer: Customer, fields: dict[str, Any], field: str
) -> None:
    client.force_login(owner)
    answer = post(client, "overrides", body(customer, **fields))
    assert (answer.status_code, list(told(answer))) == (400, [field])
    assert not Override.objects.exists()


def test_a_body_that_is_no_object_and_a_strangers_customer(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    theirs = make.customer(owner=make.user())
    for address, fields in (("overrides", body(theirs)), ("sentiments", {"customer": theirs.pk, "value": 1})):
        assert post(client, address, [1]).status_code == 400
        assert post(client, address, fields).status_code == 404
        assert client.get(f"/api/v1/{address}/?customer=x").status_code == 400


def test_a_sentiment_is_said_and_read(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    made = post(client, "sentiments", {"customer": customer.pk, "value": 2, "note": "Asks what it saved"}).json()
    expected = {"value": 2, "day": "2026-11-24", "author": owner.email, "note": "Asks what it saved", "touch": None}
    assert expected.items() <= made.items()
    assert client.get("/api/v1/sentiments/").json()["results"] == [made]
    assert list(told(post(client, "sentiments", {"customer": customer.pk, "value": 9}))) == ["value"]
    customer.refresh_from_db()
    assert (customer.sentiment, Sentiment.objects.count()) == (2, 1)


@pytest.mark.parametrize("address", ["overrides", "sentiments"])
def test_lists_cost_the_same_for_more_rows(client: Client, owner: User, address: str) -> None:
    client.force_login(owner)
    asked = []
    for count in (1, 2):
        for _ in range(count):
            one = make.customer(owner=owner)
            post(client, "overrides", body(one))
            post(client, "sentiments", {"customer": one.pk, "value": 2})
        with statements() as seen:
            client.get(f"/api/v1/{address}/")
        asked.append(len(seen))
    assert asked[0] == asked[1]
