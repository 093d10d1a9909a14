"""The same acts over the API: rows by number or by a filter, refusals by field, and the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import BulkAct, Customer
from tests import factories
from tests.accounts.bulk.selected import Selected, selected
from tests.counting import statements
from tests.problems import fields

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/bulk-acts/"


@pytest.fixture
def world(client: Client) -> Selected:
    made = selected(3)
    client.force_login(made.csm)
    return made


def send(client: Client, address: str = ADDRESS, **body: Any) -> tuple[int, Any]:
    answer = client.post(address, json.dumps(body), "application/json")
    return answer.status_code, answer.json()


def test_rows_by_number_are_done_told_and_taken_back(client: Client, world: Selected) -> None:
    ids = [*world.rows["customers"], world.foreign["customers"]]
    status, made = send(client, kind="customers", act="tag", values={"tags": "pilot"}, ids=ids)
    assert (status, made["state"], made["done"], made["refused"]) == (201, "done", 3, 1)
    assert made["made_at"] <= made["ended_at"]
    rows = client.get(f"/api/v1/bulk-rows/?act={made['id']}&state=refused").json()["results"]
    assert [(row["row"], row["reason"]) for row in rows] == [(ids[-1], "This is no longer there.")]
    status, back = send(client, f"{ADDRESS}{made['id']}/undo/")
    assert (status, back["state"], back["returned"]) == (200, "returned", 3)
    assert not Customer.objects.filter(tags__contains=["pilot"]).exists()
    assert send(client, f"{ADDRESS}{made['id']}/undo/")[0] == 400


def test_a_filter_means_what_it_finds_and_no_more(client: Client, world: Selected) -> None:
    asked = {"kind": "customers", "act": "tag", "values": {"tags": "pilot"}, "filter": "owner=me"}
    status, refused = send(client, **asked, count=4)
    assert (status, fields(refused)) == (400, {"count": ["The filter finds 3 rows."]})
    status, made = send(client, **asked, count=3)
    assert (status, made["done"]) == (201, 3)
    tagged = Customer.objects.filter(tags__contains=["pilot"])
    assert sorted(tagged.values_list("pk", flat=True)) == world.rows["customers"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"act": "paint"}, "act"),
        ({"kind": "people"}, "act"),
        ({"values": {"tags": ""}}, "values"),
        ({"values": {"tags": "a", "colour": "red"}}, "values"),
        ({"ids": []}, "ids"),
        ({"filter": "owner=me"}, "ids"),
        ({"ids": None, "filter": "status=odd"}, "filter"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(
    client: Client, world: Selected, wrong: dict[str, Any], field: str
) -> None:
    asked = {"kind": "customers", "act": "tag", "values": {"tags": "pilot"}, "ids": world.rows["customers"]} | wrong
    status, answer = send(client, **{name: value for name, value in asked.items() if value is not None})
    assert (status, list({name.split(".")[0] for name in fields(answer)})) == (400, [field])
    assert not BulkAct.objects.exists()


@pytest.mark.parametrize(
    ("act", "values"),
    [
        ("task", {"title": "t", "due_on": ["2026-12-01"]}),
        ("task", {"title": "t", "due_on": {"a": 1}}),
        ("task", {"due_on": 20261201, "title": "t"}),
        ("task", {"title": ["t"], "due_on": "2026-12-01"}),
        ("task", {"to": 1.5, "title": "t", "due_on": "2026-12-01"}),
        ("task", {"to": [1], "title": "t", "due_on": "2026-12-01"}),
        ("tag", {"tags": {"a": 1}}),
        ("tag", {"tags": True}),
        ("tag", {"tags": ["a", 1]}),
        ("tag", {"tags": ["a, b"]}),
        ("tag", {"tags": []}),
        ("playbook", {"playbook": True}),
        ("pin", {"segment": True, "reason": "x"}),
        ("pin", {"segment": 10**400, "reason": "x"}),
    ],
)
def test_a_value_of_another_type_is_refused_at_its_field(
    client: Client, world: Selected, act: str, values: dict[str, Any]
) -> None:
    wrong = next(name for name, value in values.items() if not isinstance(value, str))
    status, answer = send(client, kind="customers", act=act, values=values, ids=world.rows["customers"])
    assert (status, list(fields(answer))) == (400, [f"values.{wrong}"])
    assert not BulkAct.objects.exists()


def test_tags_come_as_a_list_and_rows_by_number(client: Client, world: Selected) -> None:
    ids = world.rows["customers"]
    assert send(client, kind="customers", act="tag", values={"tags": ["pilot", "a b"]}, ids=ids)[0] == 201
    assert Customer.objects.filter(pk__in=ids, tags__contains=["pilot", "a b"]).count() == len(ids)
    segment = factories.segment()
    assert send(client, kind="customers", act="pin", values={"segment": segment.pk, "reason": "x"}, ids=ids)[0] == 201
    assert set(Customer.objects.filter(pk__in=ids).values_list("pinned_segment", flat=True)) == {segment.pk}


def test_the_list_counts_rows_without_reading_their_numbers(client: Client, world: Selected) -> None:
    body = {"kind": "customers", "act": "tag", "ids": world.rows["customers"]}
    for tags in ("pilot", "2027"):
        send(client, **body, values={"tags": tags})
    client.get(ADDRESS)
    with statements() as asked:
        answer = client.get(ADDRESS).json()["results"]
    assert [row["total"] for row in answer] == [3, 3]
    assert client.get(f"{ADDRESS}{answer[0]['id']}/").json()["total"] == 3
    (listed,) = [sql for sql in asked if 'FROM "accounts_bulkact"' in sql]
    assert '"accounts_bulkact"."ids",' not in listed
