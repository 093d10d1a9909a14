"""Reading the record as it would come in: who sees what, versions against lost updates, and export → import."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts.imports.targets import TARGETS
from accounts.models import Customer, ImportRun
from tests import tables
from tests.accounts.test_record_api import ROOT, bulk, put, statuses
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db
YESTERDAY = (DAY - dt.timedelta(days=1)).isoformat()

# One of everything that is read back.
RECORD = {
    "users": [{"email": "mara@demo.example", "name": "Mara", "role": "csm", "language": "ja"}],
    "rates": [{"currency": "EUR", "fiscal_year": 2026, "rate": "1.10000000"}],
    "features": [{"key": "map", "name": "Map", "is_core": True, "module": ""}],
    "customers": [
        {"external_id": "C1", "name": "Acme", "reading": "", "domain": "acme.example", "industry": "Rail", "use_case": "",
         "employees": 40, "country": "JP", "owner": "mara@demo.example", "tags": ["a", "b; c"],
         "attributes": {"plan": "gold"}},
        {"external_id": "C2", "name": "Cedar", "parent": "C1"},
    ],
    "keys": [{"source": "desk", "external_id": "D1", "customer": "C1"}],
    "contacts": [{"external_id": "P1", "customer": "C1", "name": "Ada", "email": "ada@acme.example", "title": "CFO",
                  "roles": ["buyer", "sponsor"], "state": "active"}],
    "posts": [{"external_id": "B1", "contact": "P1", "department": "Finance", "title": "Head", "starts_on": "2026-04-01"}],
    "contactkeys": [{"source": "desk", "external_id": "P9", "contact": "P1"}],
    "userkeys": [{"source": "desk", "external_id": "005x", "user": "mara@demo.example"}],
    "contracts": [
        {"external_id": "K1", "customer": "C1", "starts_on": "2026-01-01", "ends_on": "2027-01-01", "notice_days": 90,
         "auto_renews": True, "currency": "USD", "product": "Base", "line_starts_on": "2026-01-01", "quantity": 3,
         "annual_amount": "1200.50", "seats": 12},
    ],
    "cancellations": [{"external_id": "X1", "customer": "C2", "on": "2026-10-01", "stated_reason": "price", "note": "Dear",
                       "controllable": True}],
    "objectives": [{"external_id": "O1", "customer": "C1", "title": "Faster", "agreed_on": "2026-02-01"}],
    "outcomes": [{"external_id": "R1", "objective": "O1", "measure": "Days", "unit": "d", "baseline": 9, "target": 3}],
    "touchpoints": [{"external_id": "T1", "customer": "C1", "kind": "call", "happened_on": YESTERDAY, "contacts": ["P1"],
                     "author": "mara@demo.example", "note": "Rang\ntwice", "minutes": 20}],
    "invoices": [{"external_id": "I1", "customer": "C1", "issued_on": "2026-10-01", "due_on": "2026-11-01", "amount": 100}],
    "integrations": [{"external_id": "N1", "customer": "C1", "name": "CRM", "connected_on": "2026-03-01"}],
    "advocacy": [{"external_id": "A1", "customer": "C1", "kind": "referral", "happened_on": YESTERDAY, "contact": "P1"}],
    "tickets": [{"external_id": "S1", "customer": "C1", "subject": "Slow", "severity": "high",
                 "opened_at": "2026-11-20T09:00:00Z", "csat": 4}],
    "surveys": [{"external_id": "V1", "customer": "C1", "kind": "nps", "answer": 9, "answered_on": YESTERDAY, "contact": "P1"}],
    "community": [{"external_id": "M1", "customer": "C1", "kind": "question", "happened_on": YESTERDAY}],
    "usage": [{"external_id": "U1", "customer": "C1", "day": YESTERDAY, "feature": "map", "uses": 9, "users": 2}],
    "entitlements": [{"contract": "K1", "kind": "module", "name": "Maps", "quantity": 1}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def admin(client):
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def read(client, target, source="crm"):
    answer = client.get(f"{ROOT}{target}/", {"source": source})
    assert answer.status_code == 200, (target, answer.content[:300])
    return answer.json()["results"]


def fill(client):
    for target, rows in RECORD.items():
        answer = bulk(client, target, rows)
        assert set(statuses(answer)) == {"created"}, (target, answer.json()["rows"])


def test_there_is_a_row_of_every_target():
    assert RECORD.keys() == TARGETS.keys()


def test_what_came_in_is_read_as_it_came(client):
    fill(client)
    written = {"baseline": "9.00", "target": "3.00", "amount": "100.00", "rate": "1.10000000"}
    for target, rows in RECORD.items():
        # The contract's seats are an entitlement, and the admin is a user, too.
        found = [row for row in read(client, target) if row.get("kind") != "seats" and row.get("role") != "admin"]
        assert len(found) == len(rows), target
        for row, given in zip(found, rows, strict=True):
            expected = {name: written.get(name, value) for name, value in given.items()}
            differing = {name: (row[name], expected[name]) for name in given if row[name] != expected[name]}
            assert differing == {}, target


def test_an_export_comes_in_again_and_changes_nothing(client):
    fill(client)
    exported = {target: read(client, target) for target in RECORD}
    # An export gives fields that the rows did not: of them the source has said something now, and was heard.
    beside = {"history_entry", "limits_counter", "once_answered", "accounts_word", "accounts_source"}
    before = tables.rows(without=beside)
    for target, rows in exported.items():
        given = [{name: value for name, value in row.items() if value is not None} for row in rows]
        answer = bulk(client, target, given)
        assert set(statuses(answer)) <= {"unchanged"}, (target, answer.json()["rows"])
    assert ImportRun.objects.count() == len(RECORD)
    after = tables.rows(without=beside)
    assert sorted({table for table, _row in (after - before) + (before - after)}) == []


def test_a_line_that_changed_comes_in_again_stretch_by_stretch(client):
    """As a price that rose on the day reads: two rows, of which the second began on it."""
    fill(client)
    first = RECORD["contracts"][0]
    assert statuses(bulk(client, "contracts", [first | {"annual_amount": "1500.00"}])) == ["changed"]
    rows = read(client, "contracts")
    assert [(row["line_starts_on"], row["line_ends_on"], row["annual_amount"]) for row in rows] == [
        ("2026-01-01", DAY.isoformat(), "1200.50"), (DAY.isoformat(), None, "1500.00"),
    ]  # fmt: skip
    assert statuses(bulk(client, "contracts", rows)) == ["unchanged"] * 2
    assert statuses(bulk(client, "contracts", [first | {"annual_amount": "1500.00"}])) == ["unchanged"]
    dearer = [rows[0], rows[1] | {"annual_amount": "1600.00"}]
    assert statuses(bulk(client, "contracts", dearer)) == ["unchanged", "changed"]
    assert [row["annual_amount"] for row in read(client, "contracts")] == ["1200.50", "1600.00"]


def test_others_read_their_own_customers_only(client):
    fill(client)
    mine = user(name="Otto")
    client.force_login(mine)
    for target in RECORD:
        rows = read(client, target)
        assert rows == [], target
    assert client.get(f"{ROOT}customers/crm/C1/").status_code == 404
    Customer.objects.filter(external_keys__external_id="C1").update(owner=mine)
    for target in RECORD.keys() - {"users", "userkeys", "rates", "features", "cancellations", "entitlements"}:
        assert len(read(client, target)) == 1, target
    assert client.get(f"{ROOT}customers/crm/C1/").json()["name"] == "Acme"


def test_a_row_has_a_version_that_holds_off_who_saw_an_older_one(client):
    first = put(client, "customers/crm/C1", {"name": "Acme"})
    seen = client.get(f"{ROOT}customers/crm/C1/")
    assert seen.headers["ETag"] == first.headers["ETag"]
    theirs = put(client, "customers/crm/C1", {"name": "Acme", "industry": "Rail"}, **{"if-match": seen.headers["ETag"]})
    assert (theirs.status_code, theirs.headers["ETag"] != seen.headers["ETag"]) == (200, True)
    mine = put(client, "customers/crm/C1", {"name": "Acme", "industry": "Ships"}, **{"if-match": seen.headers["ETag"]})
    assert mine.status_code == 412
    assert (mine.json()["now"]["industry"], mine.json()["sent"]["industry"]) == ("Rail", "Ships")
    assert Customer.objects.get().industry == "Rail"
    assert put(client, "customers/crm/C1", {"name": "Acme"}, **{"if-none-match": "*"}).status_code == 412
    assert put(client, "customers/crm/C2", {"name": "Birch"}, **{"if-none-match": "*"}).status_code == 201
    assert put(client, "customers/crm/C3", {"name": "Cedar"}, **{"if-match": "*"}).status_code == 412
    assert Customer.objects.count() == 2


def test_rows_are_walked(client):
    bulk(client, "customers", [{"external_id": f"C{number}", "name": f"N{number}"} for number in range(5)])
    customer(name="Of no source")
    bulk(client, "customers", [{"external_id": "C1", "name": "Other"}], source="desk")
    address, found = f"{ROOT}customers/?source=crm&page_size=2", []
    while address:
        body = client.get(address).json()
        found += [row["external_id"] for row in body["results"]]
        address = body["next"]
    assert found == [f"C{number}" for number in range(5)]
    assert list(told(client.get(f"{ROOT}customers/", {"nonsense": 1}))) == ["nonsense"]
    assert client.get(f"{ROOT}nothing/").status_code == 404


def test_statements_do_not_grow_with_rows(client):
    counts = []
    for many in (1, 3):
        bulk(
            client,
            "customers",
            [{"external_id": f"C{number}", "name": f"N{number}", "tags": ["a"]} for number in range(many)],
        )
        with statements() as asked:
            assert len(read(client, "customers")) == many
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert connection.in_atomic_block
