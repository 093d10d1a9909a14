"""Lists of the record's rows: what changed since when, filters and orders of every field, and the rows that went."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial

import pytest
from django.apps import apps

from accounts import tokens
from accounts.api.gone import RESOURCES
from accounts.api.record_lists import narrowed, plains
from accounts.imports import reading
from accounts.imports.targets import TARGETS
from accounts.models import Customer
from config import clock
from config.web.api import narrowing
from tests.accounts.test_record_api import ROOT, bulk, put, statuses
from tests.accounts.test_record_reading import fill, read
from tests.config.test_stamps import age
from tests.counting import statements
from tests.factories import customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db
GONE = "/api/v1/gone/"
LATELY = {"updated_since": "2026-01-01T00:00:00Z"}


@pytest.fixture(autouse=True)
def admin(client):
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def listed(client, target, **asked):
    answer = client.get(f"{ROOT}{target}/", {"source": "crm"} | asked)
    assert answer.status_code == 200, (target, asked, answer.content[:300])
    return answer.json()


def test_rows_tell_when_they_changed_and_are_asked_for_by_it(client):
    fill(client)
    whole = {target: listed(client, target) for target in TARGETS}
    for target, body in whole.items():
        assert {"next", "until", "results"} == body.keys(), target
        assert all(dt.datetime.fromisoformat(row["updated_at"]).tzinfo for row in body["results"]), target
    age()
    assert {target: listed(client, target, **LATELY)["results"] for target in TARGETS} == {
        target: [] for target in TARGETS
    }
    # What they show with a row changes it as well: a line its contract's, an outcome its objective's.
    Customer.objects.filter(name="Acme").update(industry="Retail")
    bulk(client, "entitlements", [{"contract": "K1", "kind": "module", "name": "Maps", "quantity": 2}])
    put(client, "objectives/crm/O1", {"customer": "C1", "title": "Faster still", "agreed_on": "2026-02-01"})
    found = {target: listed(client, target, **LATELY)["results"] for target in TARGETS}
    changed = {
        target: [row.get("external_id", row.get("name")) for row in rows] for target, rows in found.items() if rows
    }
    assert changed == {
        "customers": ["C1"], "contracts": ["K1"], "entitlements": ["Maps"], "objectives": ["O1"], "outcomes": ["R1"],
    }  # fmt: skip
    # What was read comes in again, with its instant, and has the version that it had.
    (row,) = found["customers"]
    before = client.get(f"{ROOT}customers/crm/C1/").headers["ETag"]
    Customer.objects.filter(name="Acme").update(arr=7)
    assert client.get(f"{ROOT}customers/crm/C1/").headers["ETag"] == before
    assert statuses(bulk(client, "customers", [{name: value for name, value in row.items() if value is not None}])) == [
        "unchanged"
    ]


def test_every_filter_and_order_of_every_target_is_taken(client, admin):
    fill(client)
    for target in TARGETS.values():
        rows, known = reading.rows(target, admin, "crm"), plains(target)
        read_rows = [reading.plain(target, row) for row in rows]
        for name, (plain, way, _form) in narrowing.conditions(known).items():
            field = plain.path.removeprefix(reading.BEFORE)
            values = [row[plain.path] for row in rows if row[plain.path] not in (None, "")]
            if not values:
                continue
            matching = [
                row[field]
                for row in map(partial(reading.plain, target), narrowed(rows, target, "crm", {name: values[0]}))
            ]
            fits = {"": values[0].__eq__, "__gte": values[0].__le__, "__lt": values[0].__gt__}[way]
            kept = [row for row in rows if row[plain.path] not in (None, "") and fits(row[plain.path])]
            assert matching == [reading.plain(target, row)[field] for row in kept], (target.name, name)
        for order in (name for name, plain in known.items() if plain.is_order):
            there = list(narrowing.ordered(rows, known, order))
            assert list(narrowing.ordered(rows, known, f"-{order}")) == there[::-1], (target.name, order)
        assert {"updated_at", *(["customer"] if target.field("customer") else [])} <= known.keys(), target.name
        assert len(read_rows) == len(rows)


def test_numbers_and_amounts_narrow_by_value_and_by_stretch(client):
    fill(client)
    bulk(client, "customers", [{"external_id": "C7", "name": "Small", "employees": 120}])
    for target, asked, found in (
        ("customers", {"employees": 120}, ["C7"]), ("customers", {"employees_from": 120, "employees_before": 121}, ["C7"]),
        ("customers", {"employees_before": 120}, ["C1"]), ("invoices", {"amount": "100"}, ["I1"]),
        ("invoices", {"amount_from": "100.01"}, []), ("usage", {"uses": 9, "customer": "C1"}, ["U1"]),
        ("usage", {"customer": "C2"}, []),
    ):  # fmt: skip
        assert [row["external_id"] for row in listed(client, target, **asked)["results"]] == found, (target, asked)


def test_rows_are_walked_by_any_order_and_refused_by_any_other(client):
    bulk(client, "customers", [{"external_id": f"C{n}", "name": f"N{n % 2}"} for n in range(4)])
    seen, body = [], listed(client, "customers", ordering="-name", page_size=1, name="N1")
    while True:
        seen += [row["external_id"] for row in body["results"]]
        if body["next"] is None:
            break
        body = client.get(body["next"]).json()
    assert seen == ["C3", "C1"]
    for wrong, field in (
        ({"ordering": "employees"}, "ordering"), ({"colour": "red"}, "colour"), ({"name_from": "A"}, "name_from"),
        ({"employees": "many"}, "employees"),
        ({"updated_since": "yesterday"}, "updated_since"),
    ):  # fmt: skip
        answer = client.get(f"{ROOT}customers/", {"source": "crm"} | wrong)
        assert (answer.status_code, list(told(answer))) == (400, [field])
    answer = client.get(f"{ROOT}invoices/", {"source": "crm", "due_on_from": "1.1.2026"})
    assert list(told(answer)) == ["due_on_from"]


def test_a_list_asks_as_many_statements_of_many_rows(client):
    counts = []
    for many in (1, 3):
        bulk(client, "customers", [{"external_id": f"C{n}", "name": f"N{n}", "tags": ["a"]} for n in range(many)])
        with statements() as asked:
            assert len(listed(client, "customers", ordering="name", **LATELY)["results"]) == many
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_rows_of_every_resource_that_go_are_told_with_their_ids(client):
    fill(client)
    ids = {target: {row["external_id"] for row in read(client, target) if row.get("external_id")} for target in TARGETS}
    made = {
        kind: set(model._default_manager.values_list("pk", flat=True))
        for model in apps.get_models() if (kind := model._meta.model_name) in RESOURCES and kind not in {"user", "userkey"}
    }  # fmt: skip
    for kind in ("outcome", "objective", "usagerecord", "touchpoint"):
        model = next(model for model in apps.get_models() if model._meta.model_name == kind)
        model._default_manager.all().delete()
    Customer.objects.all().delete()
    told_rows = client.get(GONE, {"page_size": 1000}).json()["results"]
    found = {}
    for row in told_rows:
        found.setdefault(row["resource"], set()).add(row["row"])
        if row["resource"] in ids and row["source"] == "crm":
            ids[row["resource"]].discard(row["external_id"])
    kinds = {
        kind: resource
        for kind, resource in RESOURCES.items()
        if made.get(kind) and kind not in {"feature", "exchangerate"}
    }
    assert {kind: found.get(resource) for kind, resource in kinds.items()} == {kind: made[kind] for kind in kinds}
    # Customers go by their own numbers, and their ids as keys.
    ids["keys"].discard("D1")
    ids["contactkeys"].discard("P9")
    told_targets = ids.keys() & set(kinds.values()) - {"customers"}
    assert {target: ids[target] for target in told_targets if ids[target]} == {}


def test_a_token_is_told_only_of_what_it_reads(client, admin):
    one = customer(name="Mine", owner=admin)
    bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}])
    one.delete()
    Customer.objects.all().delete()
    client.logout()

    def resources(*scopes: str) -> set[str]:
        _token, secret = tokens.issue(admin, "Script", scopes, days=1, by=admin, now=clock.now())
        rows = client.get(GONE, headers={"authorization": f"Bearer {secret}"}).json()["results"]
        return {row["resource"] for row in rows}

    assert resources("*:read") == {"customers", "keys"}
    assert resources("gone:read") == set()
    assert resources("gone:read", "customers:write") == {"customers", "keys"}


def test_a_page_of_one_customer_reads_no_keys_but_those(client, admin):
    """The keys of a source are as many as its customers: whether there are any is asked in one row."""
    fill(client)
    bulk(client, "customers", [{"external_id": f"N{number}", "name": f"N{number}"} for number in range(3)])
    with statements() as asked:
        assert listed(client, "contracts", customer="C1")["results"]
    keys = [
        sql
        for sql in asked
        if re.search('FROM "accounts_externalkey" WHERE "accounts_externalkey"."source" = [^ ]+ ?(LIMIT.*)?$', sql)
    ]
    assert keys
    assert all("LIMIT 1" in sql for sql in keys), keys
