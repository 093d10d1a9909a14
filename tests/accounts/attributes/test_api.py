"""Attributes over the API: rows of customers asked for by them, and what is read comes in again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Customer
from tests import factories
from tests.accounts.attributes.rows import one_of_each
from tests.counting import statements

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/record/customers/"
ROWS = {
    "A": {"Seats": 9, "Signed": "2026-01-02", "Plan": "gold", "Public": True, "Free": "x"},
    "B": {"Seats": "1250.5", "Signed": "2025-12-31", "Plan": "Bronze", "Public": "no", "Free": "y"},
    "C": {"Note": "nothing else"},
}
ASKED: list[tuple[dict[str, Any], str]] = [
    ({"attributes": {"Plan": "GOLD"}}, "A"), ({"attributes": {"Seats": "1,250.5"}}, "B"), ({"attributes": {"Public": False}}, "B"),
    ({"attributes": {"Signed": "2026-01-02", "Free": "x"}}, "A"), ({"attributes": {"Free": "z"}}, ""),
    ({"attributes_from": {"Seats": 9}}, "AB"), ({"attributes_before": {"Seats": 1250.5}}, "A"),
    ({"attributes_from": {"Signed": "2026-01-01"}}, "A"), ({"attributes_before": {"Signed": "2026-01-02"}}, "B"),
    ({"attributes": {"Note": "nothing else"}}, "C"),
]  # fmt: skip
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"attributes": {"Seats": "many"}}, "Seats: “many” is not a number: write one such as 1250 or 12.5"),
    ({"attributes_from": {"Plan": "Gold"}}, "Plan: is neither a number nor a day"),
    ({"attributes_from": {"Free": "x"}}, "Free: is neither a number nor a day"),
    ({"attributes": {"Seats": None}}, "Seats: needs a value"), ({"attributes": {"": "x"}}, ": needs a value"),
    ({"attributes": ["Plan"]}, "Give a JSON object of at most 20 values by key."), ({"attributes": {}}, "Give a JSON object"),
    ({"attributes": {"Free": {"a": 1}}}, "Free: is an object where one value is needed"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def company(client: Client) -> None:
    factories.organisation()
    one_of_each()
    client.force_login(factories.user("admin"))
    rows = [{"external_id": name, "name": name, "attributes": values} for name, values in ROWS.items()]
    answer = client.post(f"{ROOT}bulk/", {"source": "crm", "rows": rows}, content_type="application/json")
    assert [row["status"] for row in answer.json()["rows"]] == ["created"] * 3


def asked(client: Client, **parameters: Any) -> Any:
    given = {name: json.dumps(value) for name, value in parameters.items()}
    return client.get(ROOT, {"source": "crm", **given})


def test_rows_are_asked_for_by_attributes(client: Client) -> None:
    for parameters, expected in ASKED:
        answer = asked(client, **parameters)
        assert answer.status_code == 200, answer.content
        assert "".join(row["external_id"] for row in answer.json()["results"]) == expected, parameters


def test_what_cannot_be_asked_is_told(client: Client) -> None:
    for parameters, reason in REFUSED:
        answer = asked(client, **parameters)
        assert answer.status_code == 400
        assert reason in str(answer.json())
    assert client.get("/api/v1/record/rates/", {"attributes": "{}"}).status_code == 400


def test_what_is_read_comes_in_again(client: Client) -> None:
    rows = client.get(ROOT, {"source": "crm"}).json()["results"]
    assert rows[0]["attributes"] == {"Seats": "9", "Signed": "2026-01-02", "Plan": "Gold", "Public": "yes", "Free": "x"}
    again = [{name: value for name, value in row.items() if value is not None} for row in rows]
    answer = client.post(f"{ROOT}bulk/", {"source": "crm", "rows": again}, content_type="application/json")
    assert [row["status"] for row in answer.json()["rows"]] == ["unchanged"] * 3


def test_more_rows_take_no_more_statements(client: Client) -> None:
    def counted() -> int:
        with statements() as taken:
            asked(client, attributes_from={"Seats": 1})
        return len(taken)

    Customer.objects.filter(name="A").update(attributes={})
    one = counted()
    Customer.objects.update(attributes={"Seats": "5"})
    assert counted() == one
