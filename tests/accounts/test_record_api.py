"""Writing the record over the API: upsert by source and id, bulk with a status a row, keys against acting twice, Undo."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal

import pytest
from django.db import connection

from accounts.imports import requesting, undoing
from accounts.imports.targets import TARGETS
from accounts.models import Contact, Contract, Customer, ExchangeRate, ExternalKey, ImportLine, ImportRun, User
from config import clock
from config.once import answering
from config.once.models import Answered
from health.models import Feature, Ticket, UsageRecord
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/record/"


@pytest.fixture(autouse=True)
def admin(client):
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def bulk(client, target, rows, source="crm", *, headers=None, **more):
    body = {"source": source, "rows": rows} | more
    return client.post(f"{ROOT}{target}/bulk/", body, "application/json", headers=headers)


def put(client, address, body, **headers):
    return client.put(f"{ROOT}{address}/", body, "application/json", headers=headers)


def statuses(answer):
    assert answer.status_code == 200, answer.content
    return [row["status"] for row in answer.json()["rows"]]


def test_the_registry_is_told(client):
    found = {row["name"]: row for row in client.get(ROOT).json()["results"]}
    assert found.keys() == TARGETS.keys()
    assert (found["customers"]["keyed"], found["rates"]["keyed"], found["keys"]["keyed"]) == (True, False, False)
    name = next(field for field in found["customers"]["fields"] if field["name"] == "name")
    assert (name["kind"], name["required"]) == ("text", True)


def test_a_row_is_created_changed_and_left(client):
    body = {"name": "Acme", "employees": 40, "tags": ["a", "b; c"], "attributes": {"plan": "gold", "seats": 7}}
    answer = put(client, "customers/crm/C1", body)
    assert (answer.status_code, answer.json()["status"]) == (201, "created")
    made = Customer.objects.get(external_keys__external_id="C1")
    assert (made.name, made.employees, made.tags) == ("Acme", 40, ["a", "b; c"])
    assert made.attributes == {"plan": "gold", "seats": "7"}
    assert put(client, "customers/crm/C1", body).json() == {"run": None, "status": "unchanged", "remarks": []}
    answer = put(client, "customers/crm/C1", {"name": "Acme", "employees": None})
    assert (answer.status_code, answer.json()["status"]) == (200, "changed")
    made.refresh_from_db()
    # What is not given stays, null empties.
    assert (made.employees, made.tags) == (None, ["a", "b; c"])


def test_what_refuses_a_row_is_a_problem_at_its_fields(client):
    answer = put(client, "customers/crm/C1", {"employees": "many", "colour": "red", "tags": {"a": 1}})
    assert answer.status_code == 400
    assert told(answer).keys() == {"colour", "tags"}
    answer = put(client, "customers/crm/C1", {"employees": "many"})
    assert told(answer).keys() == {"name", "employees"}
    assert told(answer)["name"] == ["is empty"]
    assert told(put(client, "contacts/crm/P1", {"name": "Ada", "customer": "C9"})).keys() == {"customer"}
    assert not Customer.objects.exists()
    assert not ImportRun.objects.exclude(files__rejected__gt=0).exists()


def test_rows_have_their_own_outcome(client):
    rows = [
        {"external_id": "C1", "name": "Acme"},
        {"external_id": "C2"},
        {"external_id": "C3", "name": "Cedar", "employees": 12},
        "row",
        {"external_id": "C1", "name": "Acme"},
        {"external_id": "C1", "name": "Otherwise"},
    ]
    answer = bulk(client, "customers", rows)
    assert statuses(answer) == ["created", "refused", "created", "refused", "unchanged", "refused"]
    body = answer.json()
    assert [body[name] for name in ("created", "changed", "unchanged", "refused")] == [2, 0, 1, 3]
    assert [row["row"] for row in body["rows"]] == list(range(6))
    assert body["rows"][1]["errors"] == [{"field": "name", "detail": "is empty"}]
    assert body["rows"][5]["errors"][0]["field"] == "external_id"
    assert sorted(Customer.objects.values_list("name", "employees")) == [("Acme", None), ("Cedar", 12)]
    # Rows that give other fields leave what they do not give.
    again = bulk(
        client,
        "customers",
        [{"external_id": "C3", "name": "Cedar"}, {"external_id": "C1", "name": "Acme", "employees": 5}],
    )
    assert statuses(again) == ["unchanged", "changed"]
    assert sorted(Customer.objects.values_list("name", "employees")) == [("Acme", 5), ("Cedar", 12)]


def test_every_kind_of_value_comes_in_by_its_target(client):
    bulk(client, "customers", [{"external_id": "C1", "name": "Acme", "owner": "ren admin"}])
    assert statuses(
        bulk(
            client,
            "contacts",
            [{"external_id": "P1", "customer": "C1", "name": "Ada", "roles": ["champion", "sponsor"]}],
        )
    ) == ["created"]
    assert Contact.objects.get().roles == ["champion", "sponsor"]
    line = {
        "external_id": "K1",
        "customer": "C1",
        "starts_on": "2026-01-01",
        "ends_on": "2027-01-01",
        "auto_renews": True,
        "line_starts_on": "2026-01-01",
    }
    lines = [line | {"product": "Base", "annual_amount": 1200.5}, line | {"product": "More", "annual_amount": "0.1"}]
    answer = bulk(client, "contracts", lines)
    assert statuses(answer) == ["created", "created"], answer.json()["rows"][1]
    contract = Contract.objects.get()
    assert (contract.auto_renews, sorted(contract.lines.values_list("annual_amount", flat=True))) == (
        True,
        [Decimal("0.10"), Decimal("1200.50")],
    )
    day = (DAY - dt.timedelta(days=1)).isoformat()
    usage = {"external_id": "U1", "customer": "C1", "day": day, "feature": "map", "uses": 9}
    assert statuses(bulk(client, "usage", [usage, usage | {"external_id": "U2", "day": "yesterday"}])) == [
        "created",
        "refused",
    ]
    assert statuses(bulk(client, "usage", [usage])) == ["unchanged"]
    assert UsageRecord.objects.get().uses == 9
    ticket = {"customer": "C1", "severity": "high", "opened_at": "2026-11-20T09:00:00+09:00", "csat": 4}
    assert put(client, "tickets/desk/T1", ticket | {"customer": "C9"}).status_code == 400
    bulk(client, "keys", [{"source": "desk", "external_id": "C-77", "customer": "C1"}])
    assert put(client, "tickets/desk/T1", ticket | {"customer": "C-77"}).status_code == 201
    assert Ticket.objects.get().opened_at.isoformat() == "2026-11-20T00:00:00+00:00"


def test_targets_without_customers_tell_each_row_too(client):
    rates = [
        {"currency": "EUR", "fiscal_year": 2026, "rate": 1.1},
        {"currency": "EUR", "fiscal_year": 2025, "rate": "1.2"},
    ]
    assert statuses(bulk(client, "rates", rates)) == ["created", "created"]
    rates[1]["rate"] = "1.3"
    assert statuses(bulk(client, "rates", [*rates, {"currency": "USD", "fiscal_year": 2026, "rate": 2}])) == [
        "unchanged",
        "created",
        "refused",
    ]
    assert ExchangeRate.objects.count() == 3
    people = [{"email": "Ivy@demo.example", "name": "Ivy"}, {"email": "no", "name": "Bo"}]
    assert statuses(bulk(client, "users", people)) == ["created", "refused"]
    people[0]["name"] = "Ivy Ash"
    assert statuses(bulk(client, "users", people)) == ["changed", "refused"]
    assert User.objects.get(email="ivy@demo.example").name == "Ivy Ash"
    assert statuses(bulk(client, "features", [{"key": "map"}, {"key": "map", "name": "Map"}])) == ["created", "changed"]
    assert Feature.objects.get().name == "Map"


def test_a_bulk_leaves_a_run_that_undo_takes_back(client, admin):
    answer = bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}, {"external_id": "C2"}])
    run = ImportRun.objects.get(pk=answer.json()["run"])
    assert (run.state, run.by, run.title) == ("done", admin, "API: Customers")
    file = run.files.get()
    assert (file.rows, file.new, file.rejected, file.written) == (2, 1, 1, True)
    assert ImportLine.objects.get(file=file, kind="refused").field == "name"
    assert client.get(f"/api/v1/imports/{run.pk}/").json()["files"][0]["new"] == 1
    assert requesting.can_be_undone(run)
    undoing.undo(file, admin, DAY, [file.act], "undo:1")
    assert not ExternalKey.objects.filter(
        external_id="C1", customer__merged_into=None, customer__in=Customer.objects.current()
    ).exists()
    assert client.get(f"/import/runs/{run.pk}/").status_code == 200


def test_nothing_that_is_not_among_the_rows_is_gone(client):
    bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}])
    contacts = [{"external_id": f"P{number}", "customer": "C1", "name": f"Ada {number}"} for number in range(3)]
    bulk(client, "contacts", contacts)
    bulk(client, "contacts", contacts[:1])
    assert set(Contact.objects.values_list("state", flat=True)) == {"active"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": "crm", "rows": []}, "rows"),
        ({"source": "crm", "rows": [{}] * 5_001}, "rows"),
        ({"rows": [{}]}, "source"),
        ({"source": "x" * 41, "rows": [{}]}, "source"),
        ({"source": "crm", "rows": [{}], "as_of": "31.12.2026"}, "as_of"),
        ({"source": "crm", "rows": [{}], "as_of": "2027-12-31"}, "rows"),
        ({"source": "crm", "rows": [{}], "more": 1}, "more"),
    ],
)
def test_a_body_that_cannot_be_read_is_named(client, body, field):
    answer = client.post(f"{ROOT}customers/bulk/", body, "application/json")
    assert (answer.status_code, list(told(answer))) == (400, [field])


def test_who_configures_writes_and_nobody_else(client):
    customer(name="Mine", owner=user(name="Mara Own"))
    for role in ("csm", "manager", "viewer"):
        client.force_login(user(role))
        assert bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}]).status_code == 403
        assert put(client, "customers/crm/C1", {"name": "Acme"}).status_code == 403
    assert Customer.objects.count() == 1


def test_an_address_that_is_none_is_a_404(client):
    assert bulk(client, "nothing", [{}]).status_code == 404
    assert put(client, "rates/crm/EUR", {}).status_code == 404
    assert put(client, f"customers/{'x' * 41}/C1", {"name": "Acme"}).status_code == 404
    assert client.patch(f"{ROOT}customers/crm/C1/").status_code == 405


def test_a_key_makes_a_request_act_once(client):
    rows = [{"currency": "EUR", "fiscal_year": 2026, "rate": 1.1}]
    first = bulk(client, "rates", rows, headers={"idempotency-key": "abc"})
    again = bulk(client, "rates", rows, headers={"idempotency-key": "abc"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert (again.headers["Idempotency-Replayed"], "Idempotency-Replayed" in first.headers) == ("true", False)
    # Without it the rows are unchanged, by themselves.
    assert statuses(bulk(client, "rates", rows)) == ["unchanged"]
    other = bulk(client, "rates", [rows[0] | {"rate": 2}], headers={"idempotency-key": "abc"})
    assert other.status_code == 422
    assert ImportRun.objects.count() == 1
    client.force_login(user("admin"))
    assert statuses(bulk(client, "rates", rows, headers={"idempotency-key": "abc"})) == ["unchanged"]
    assert bulk(client, "rates", rows, headers={"idempotency-key": "x" * 256}).status_code == 400


def test_of_a_large_answer_its_size_and_digest_are_told_again(client, monkeypatch):
    monkeypatch.setattr(answering, "MOST", 100)
    rows = [{"currency": "EUR", "fiscal_year": year, "rate": 1} for year in (2024, 2025)]
    first = bulk(client, "rates", rows, headers={"idempotency-key": "large"})
    again = bulk(client, "rates", rows, headers={"idempotency-key": "large"})
    digest = hashlib.sha256(first.content).hexdigest()
    assert (again.status_code, again.json()) == (200, {"bytes": len(first.content), "sha256": digest})


def test_a_refused_request_uses_up_no_key(client):
    touch = {"kind": "call", "happened_on": "2026-11-23", "proactive": True}
    headers = {"idempotency-key": "touch"}
    assert client.post("/api/v1/touchpoints/", touch, "application/json", headers=headers).status_code == 400
    touch["customer"] = customer().pk
    first = client.post("/api/v1/touchpoints/", touch, "application/json", headers=headers)
    assert first.status_code == 201
    assert client.post("/api/v1/touchpoints/", touch, "application/json", headers=headers).json() == first.json()
    assert Answered.objects.get().status == 201
    Answered.objects.update(at=clock.now() - dt.timedelta(days=1, seconds=1))
    later = client.post("/api/v1/touchpoints/", touch, "application/json", headers=headers)
    assert later.json()["id"] != first.json()["id"]


def test_statements_do_not_grow_with_rows(client):
    bulk(client, "customers", [{"external_id": "C0", "name": "Zero"}])
    counts = []
    for many in (1, 3):
        rows = [
            {"external_id": f"C{many}-{number}", "name": f"N{many}{number}", "employees": 3, "tags": ["a"]}
            for number in range(many)
        ]
        with statements() as asked:
            assert statuses(bulk(client, "customers", rows)) == ["created"] * many
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert connection.in_atomic_block


def test_a_key_of_an_act_without_an_answer_is_answered_the_same_again(client):
    view = {"kind": "customers", "name": "Mine"}
    pk = client.post("/api/v1/views/", view, "application/json").json()["id"]
    headers = {"idempotency-key": "delete"}
    for _again in range(2):
        answer = client.post(f"/api/v1/views/{pk}/delete/", {}, "application/json", headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Idempotency-Replayed"] == "true"


def test_invoices_read_back_as_they_were_said_and_refusals_name_nothing_that_a_request_cannot_set(client):
    put(client, "customers/crm/C1", {"name": "Acme"})
    common = {"customer": "C1", "issued_on": "2026-10-01", "due_on": "2026-10-31"}
    said = {"I1": "void", "I2": "paid", "I3": "open"}
    rows = [{"external_id": key, "amount": 10, "status": status, **common} for key, status in said.items()]
    answer = bulk(client, "invoices", [*rows, {"external_id": "I4", "amount": 100.005, **common}])
    assert statuses(answer) == ["created", "created", "created", "refused"]
    assert "at most 2 after the decimal sign" in str(answer.json())
    assert "round = true" not in str(answer.json())
    assert "neither paid_on nor status" not in str(answer.json())
    found = {row["external_id"]: row["status"] for row in client.get(f"{ROOT}invoices/?source=crm").json()["results"]}
    assert found == said
    assert statuses(bulk(client, "invoices", rows)) == ["unchanged"] * 3
