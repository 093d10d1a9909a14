"""Taking rows of the record out over the API, and writing by people who are no admins."""

from __future__ import annotations

import csv
import datetime as dt
import re
from io import StringIO

import pytest
from django.db import connection

from accounts.imports.loading import LOCK
from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    FieldOrder,
    Invoice,
    Organisation,
    Sentiment,
    Touchpoint,
    WithdrawnRow,
)
from config.history.actors import acting
from health.models import FeatureDay, UsageDay, UsageRecord
from health.signals import forgetting
from health.signals.rollup import roll_up_changed
from tests.accounts.test_record_api import ROOT, bulk, put, statuses
from tests.accounts.test_record_reading import RECORD, YESTERDAY, fill
from tests.counting import statements
from tests.factories import contact, customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db
GONE = "/api/v1/gone/"
YESTERDAY_ON = dt.date.fromisoformat(YESTERDAY)


@pytest.fixture(autouse=True)
def admin(client):
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


@pytest.fixture
def mara(client, admin):
    """A CSM who is signed in, with a customer."""
    person = user(name="Mara Own", email="mara@demo.example")
    person.mine = customer(name="Mine", owner=person)
    person.theirs = customer(name="Theirs", owner=user(name="Nils Other"))
    client.force_login(person)
    return person


def delete(client, address, **headers):
    return client.delete(f"{ROOT}{address}/", headers=headers)


def test_rows_go_one_by_one_are_kept_apart_and_told(client):
    fill(client)
    address = {"invoices": "I1", "tickets": "S1", "surveys": "V1", "integrations": "N1", "advocacy": "A1", "community": "M1",
               "touchpoints": "T1", "outcomes": "R1", "objectives": "O1", "cancellations": "X1", "contracts": "K1", "posts": "B1"}  # fmt: skip
    for target, key in address.items():
        assert delete(client, f"{target}/crm/{key}").status_code == 204, target
        assert client.get(f"{ROOT}{target}/crm/{key}/").status_code == 404, target
        assert delete(client, f"{target}/crm/{key}").status_code == 404, target
    gone = {(row["resource"], row["external_id"]) for row in client.get(GONE).json()["results"]}
    assert gone >= {*address.items()}
    kept = set(WithdrawnRow.objects.values_list("kind", flat=True))
    assert kept >= {"invoice", "ticket", "contract", "contractline", "entitlement", "touchpoint", "objective"}
    # An admin reads in the browser what programs took out, who did, and takes it home as a file that comes in again.
    groups = client.get("/import/taken-out/").text
    assert "/import/taken-out/invoices/rows/crm/" in groups
    rows = client.get("/import/taken-out/invoices/rows/crm/").text
    assert re.search(r"\bI1\b", rows)
    assert "Ren Admin" in rows
    assert not re.search(r"\bI1\b", client.get("/import/taken-out/invoices/rows/erp/").text)
    assert client.get("/import/taken-out/nothing/rows/crm/").status_code == 404
    file = client.get("/import/taken-out/invoices/file/crm/")
    (row,) = csv.DictReader(StringIO(b"".join(file.streaming_content).decode("utf-8-sig")))
    assert (row["external_id"], row["customer"]) == ("I1", "C1")
    # What comes in again is there again.
    assert put(client, "invoices/crm/I1", RECORD["invoices"][0]).status_code == 201
    # Another system has a key for P1, so that it stays; nobody has one for P2.
    assert delete(client, "contacts/crm/P1").status_code == 409
    bulk(client, "contacts", [{"external_id": "P2", "customer": "C1", "name": "Bo"}])
    assert delete(client, "contacts/crm/P2").status_code == 204
    assert delete(client, "features/crm/map").status_code in {404, 405}
    assert statuses(bulk(client, "contracts", RECORD["contracts"])) == ["created"]


def test_what_stays_holds_a_row_back(client):
    fill(client)
    for held in ("contacts/crm/P1", "objectives/crm/O1", "customers/crm/C1"):
        answer = delete(client, held)
        assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json"), held
    assert not WithdrawnRow.objects.exists()
    # The key that another system has for it says that this one knows it.
    bulk(client, "customers", [{"external_id": "C7", "name": "Birch"}])
    bulk(client, "keys", [{"source": "desk", "external_id": "D7", "customer": "C7"}])
    assert delete(client, "customers/crm/C7").status_code == 409
    bulk(client, "customers", [{"external_id": "C8", "name": "Cork"}])
    assert delete(client, "customers/crm/C8").status_code == 204
    # Their own entries are found by the customer: the index by object leaves them out.
    with statements() as asked:
        rows = client.get("/import/taken-out/customers/rows/crm/").text
    assert rows.count("Ren Admin") > client.get("/import/taken-out/").text.count("Ren Admin")
    assert any('"history_entry"."customer_id" IN' in one for one in asked)
    assert not Customer.objects.filter(name="Cork").exists()


def test_what_a_person_changed_goes_only_where_that_is_said(client, admin):
    """Of rows with a history, of the lines of a contract, and of rows without one."""
    fill(client)
    with acting("page", lambda: admin.pk):
        Invoice.objects.update(amount=7)
        ContractLine.objects.filter(contract__external_id="K1").update(annual_amount=7)
        Contact.objects.filter(external_id="P1").update(title="CTO")
    bulk(client, "contacts", [{"external_id": "P2", "customer": "C1", "name": "Bo"}])
    with acting("page", lambda: admin.pk):
        Contact.objects.filter(external_id="P2").update(title="CTO")
    for address in ("cancellations/crm/X1", "outcomes/crm/R1", "objectives/crm/O1"):
        assert delete(client, address).status_code == 204, address
    for address in ("invoices/crm/I1", "contracts/crm/K1", "contacts/crm/P2"):
        answer = delete(client, address)
        assert (answer.status_code, "edited=true" in answer.json()["detail"]) == (409, True), address
        assert client.delete(f"{ROOT}{address}/?edited=true").status_code == 204, address
        assert client.delete(f"{ROOT}{address}/?edited=true").status_code == 404, address


def test_what_the_source_wrote_over_since_goes(client, admin):
    row = {"external_id": "P2", "customer": "C1", "name": "Bo"}
    bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}])
    bulk(client, "contacts", [row])
    with acting("page", lambda: admin.pk):
        Contact.objects.update(title="CTO")
    assert delete(client, "contacts/crm/P2").status_code == 409
    FieldOrder.objects.create(target="contacts", field="title", sources=["crm", "hand"])
    assert statuses(bulk(client, "contacts", [row | {"title": "COO"}])) == ["changed"]
    answer = delete(client, "contacts/crm/P2")
    assert answer.status_code == 204, answer.content
    assert client.delete(f"{ROOT}tickets/crm/S1/?edit=true").status_code == 400


@pytest.mark.parametrize(("lock", "row"), [(LOCK, "invoices/crm/I1"), (forgetting.LOCK, "customers/crm/C1")])
def test_a_row_waits_for_an_import_or_a_roll_up_under_way(client, lock, row):
    """A file that has just looked it up does not fail for it."""
    if lock == forgetting.LOCK:
        bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}])
    beside = connection.copy()
    try:
        with beside.cursor() as cursor:
            cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        answer = delete(client, row)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
    finally:
        beside.close()


def test_a_row_goes_only_in_the_version_that_is_named(client):
    fill(client)
    etag = client.get(f"{ROOT}invoices/crm/I1/").headers["ETag"]
    Invoice.objects.update(amount=7)
    assert delete(client, "invoices/crm/I1", **{"if-match": etag}).status_code == 412
    etag = client.get(f"{ROOT}invoices/crm/I1/").headers["ETag"]
    assert delete(client, "invoices/crm/I1", **{"if-match": etag}).status_code == 204


def test_use_goes_with_its_day_and_is_kept_apart(client):
    fill(client)
    bulk(client, "usage", [{"external_id": "U2", "customer": "C1", "day": "2026-11-20", "feature": "map", "uses": 3}])
    roll_up_changed()
    assert sorted(UsageDay.objects.values_list("day", "uses")) == [(dt.date(2026, 11, 20), 3), (YESTERDAY_ON, 9)]
    assert delete(client, "usage/crm/U1", **{"if-match": '"other"'}).status_code == 412
    assert delete(client, "usage/crm/U1").status_code == 204
    assert delete(client, "usage/crm/U1").status_code == 404
    roll_up_changed()
    assert (UsageRecord.objects.get().message_id, UsageDay.objects.get().uses, FeatureDay.objects.get().day) == (
        "U2", 3, dt.date(2026, 11, 20),
    )  # fmt: skip
    kept = WithdrawnRow.objects.get(kind="usagerecord")
    assert (kept.row["message_id"], kept.row["uses"], "person" in kept.row) == ("U1", 9, False)


def test_who_may_take_out_what(client, mara):
    assert delete(client, "invoices/crm/I1").status_code == 403
    assert delete(client, "customers/typed/C1").status_code == 403
    assert delete(client, "invoices/typed/I1").status_code == 404
    client.force_login(user("viewer"))
    assert delete(client, "invoices/typed/I1").status_code == 403
    client.force_login(user("admin"))
    assert delete(client, "usage/crm/U1").status_code == 404
    assert delete(client, "rates/crm/EUR").status_code == 404


def test_a_csm_writes_rows_of_the_own_customers(client, mara):
    mine, theirs = f"id:{mara.mine.pk}", f"id:{mara.theirs.pk}"
    contacts = [
        {"external_id": "P1", "customer": mine, "name": "Ada"},
        {"external_id": "P2", "customer": theirs, "name": "Bo"},
        {"external_id": "P3", "customer": "id:999999", "name": "Cy"},
    ]
    answer = bulk(client, "contacts", contacts, "typed")
    assert statuses(answer) == ["created", "refused", "refused"]
    # Of somebody else's as of none.
    numbers = [str(mara.theirs.pk), "999999"]
    refused = [row["errors"][0] for row in answer.json()["rows"][1:]]
    assert [error["field"] for error in refused] == ["customer", "customer"]
    details = {error["detail"].replace(number, "") for error, number in zip(refused, numbers, strict=True)}
    assert len(details) == 1
    line = {name: value for name, value in RECORD["contracts"][0].items() if name != "external_id"}
    bodies = {
        "contracts": line | {"customer": mine},
        "objectives": {"customer": mine, "title": "Faster", "agreed_on": "2026-02-01"},
        "outcomes": {"objective": "1", "measure": "Days", "baseline": 9, "target": 3},
        "cancellations": {"customer": mine, "on": "2026-10-01", "stated_reason": "price", "contract": "1"},
        "invoices": {"customer": mine, "issued_on": "2026-10-01", "due_on": "2026-11-01", "amount": 100},
        "touchpoints": {"customer": mine, "kind": "call", "happened_on": "2026-11-20", "contacts": ["P1"]},
    }
    other = user("csm", email="nils@demo.example")
    ada = contact(mara.mine, name="Eve", email="eve@x.example", source="crm", external_id="E1")
    bodies["touchpoints"]["contacts"].append(ada.email)
    amounts = {"baseline": "9.00", "target": "3.00", "amount": "100.00"}
    for target, body in bodies.items():
        assert put(client, f"{target}/typed/1", body).status_code == 201, target
        row = client.get(f"{ROOT}{target}/typed/1/").json()
        expected = {name: amounts.get(name, value) for name, value in body.items()}
        assert {name: row[name] for name in body} == expected, target
        assert row["customer"] == mine, target
        # What is read comes in again, and is found by its customer.
        given = {name: value for name, value in row.items() if value is not None}
        assert put(client, f"{target}/typed/1", given).json()["status"] == "unchanged", target
        found = client.get(f"{ROOT}{target}/", {"source": "typed", "customer": mine}).json()["results"]
        assert [each["external_id"] for each in found] == ["1"], target
    assert Touchpoint.objects.get().author == mara
    assert put(client, "invoices/typed/1", bodies["invoices"] | {"amount": 7}).status_code == 200
    assert delete(client, "invoices/typed/1").status_code == 204
    assert told(put(client, "touchpoints/typed/1", bodies["touchpoints"] | {"author": other.email})).keys() == {
        "author"
    }


def test_a_touch_under_typed_is_its_authors_alone(client, mara):
    """Whoever else may change the customer; an admin may put right whose it is."""
    body = {"customer": f"id:{mara.mine.pk}", "kind": "call", "happened_on": "2026-11-20", "sentiment": 2}
    assert put(client, "touchpoints/typed/1", body).status_code == 201
    boss = user("manager", name="Mio Boss")
    mara.manager = boss
    mara.save(update_fields=["manager"])
    client.force_login(boss)
    assert (
        "who logged this touch changes it"
        in told(put(client, "touchpoints/typed/1", body | {"note": "Mine"}))["author"][0]
    )
    rows = [{"external_id": key, **body} for key in ("1", "2")]
    assert statuses(bulk(client, "touchpoints", rows, "typed")) == ["refused", "created"]
    assert delete(client, "touchpoints/typed/1").status_code == 403
    assert Touchpoint.objects.get(external_id="1").author == mara
    Touchpoint.objects.filter(external_id="2").update(author=None)  # nobody's: whoever may change it may take it out
    assert delete(client, "touchpoints/typed/2").status_code == 204
    client.force_login(mara)
    assert put(client, "touchpoints/typed/1", body | {"note": "Rang twice"}).status_code == 200
    client.force_login(user("admin"))
    assert put(client, "touchpoints/typed/1", body | {"note": "Put right"}).status_code == 200
    assert Touchpoint.objects.get().author == mara
    assert Sentiment.objects.get().author == mara
    assert delete(client, "touchpoints/typed/1").status_code == 204


def test_what_is_not_a_csms_to_write_is_not_there(client, mara, admin):
    client.force_login(admin)
    theirs = f"id:{mara.theirs.pk}"
    bulk(client, "contacts", [{"external_id": "P2", "customer": theirs, "name": "Bo"}], "typed")
    bulk(
        client,
        "objectives",
        [{"external_id": "O2", "customer": theirs, "title": "T", "agreed_on": "2026-02-01"}],
        "typed",
    )
    client.force_login(mara)
    mine = f"id:{mara.mine.pk}"
    for address, body, status in (
        ("contacts/typed/P2", {"customer": mine, "name": "Taken"}, 404),
        ("contacts/typed/P9", {"customer": theirs, "name": "Taken"}, 400),
        ("outcomes/typed/R1", {"objective": "O2", "measure": "Days"}, 400),
        ("objectives/typed/O2", {"customer": mine, "title": "Taken", "agreed_on": "2026-02-01"}, 404),
    ):
        assert put(client, address, body).status_code == status, address
    assert delete(client, "contacts/typed/P2").status_code == 404
    assert Contact.objects.get().name == "Bo"
    # Rows of other systems, what only admins write, and the past.
    for target, source in (("contacts", "crm"), ("customers", "typed"), ("usage", "typed"), ("users", "typed")):
        assert bulk(client, target, [{"external_id": "1"}], source).status_code == 403, target
    assert bulk(client, "contacts", [{}], "typed", correction=True).status_code == 403
    client.force_login(user("viewer"))
    assert bulk(client, "contacts", [{}], "typed").status_code == 403


def test_who_imports_sees_the_runs_of_the_own_rows_and_others_none(client, mara):
    row = {"external_id": "P1", "customer": f"id:{mara.mine.pk}", "name": "Ada"}
    assert bulk(client, "contacts", [row], "typed").json()["run"] is None
    assert put(client, "contacts/typed/P2", {"customer": f"id:{mara.mine.pk}", "name": "Bo"}).json()["run"] is None
    assert client.get("/api/v1/imports/").json()["results"] == []
    Organisation.objects.update(importers=["csm"])
    run = bulk(client, "contacts", [row | {"name": "Ada B"}], "typed").json()["run"]
    assert run in [other["id"] for other in client.get("/api/v1/imports/").json()["results"]]
    assert client.get(f"/import/runs/{run}/").status_code == 200


def test_a_csms_rows_cost_no_statement_more_each(client, mara):
    counts = []
    for many in (1, 3):
        rows = [
            {
                "external_id": f"{many}-{n}",
                "customer": f"id:{mara.mine.pk}",
                "kind": "call",
                "happened_on": "2026-11-20",
            }
            for n in range(many)
        ]
        with statements() as asked:
            assert statuses(bulk(client, "touchpoints", rows, "typed")) == ["created"] * many
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_touch_and_a_sentiment_are_taken_back_by_who_said_them(client, mara):
    touch = {"customer": mara.mine.pk, "kind": "call", "happened_on": "2026-11-20", "sentiment": 2}
    pk = client.post("/api/v1/touchpoints/", touch, "application/json").json()["id"]
    of_touch = Sentiment.objects.get().pk
    said = {"customer": mara.mine.pk, "value": 4}
    entry = client.post("/api/v1/sentiments/", said, "application/json").json()["id"]
    assert client.delete(f"/api/v1/sentiments/{of_touch}/").status_code == 403
    client.force_login(user("admin"))
    assert client.delete(f"/api/v1/touchpoints/{pk}/").status_code == 403
    client.force_login(mara)
    for address in (f"touchpoints/{pk}", f"sentiments/{entry}"):
        assert [client.delete(f"/api/v1/{address}/").status_code for _again in range(2)] == [204, 404]
    assert not Sentiment.objects.exists()
    mara.mine.refresh_from_db()
    assert mara.mine.sentiment is None
    gone = {(row["resource"], row["row"]) for row in client.get(GONE).json()["results"]}
    assert gone == {("touchpoints", pk), ("sentiments", entry), ("sentiments", of_touch)}


def test_a_contract_that_somebody_works_on_stays(client):
    fill(client)
    other = contact(Customer.objects.get(name="Acme"), name="Eve")
    assert other.pk
    bulk(client, "cancellations", [{"external_id": "X9", "customer": "C1", "on": "2026-10-01", "stated_reason": "price",
                                    "contract": "K1"}])  # fmt: skip
    assert delete(client, "contracts/crm/K1").status_code == 409
    assert Contract.objects.exists()
