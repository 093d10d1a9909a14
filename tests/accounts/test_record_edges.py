"""Writing and reading the record where others write, see or merged the same: locks, versions, scopes, shapes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client

from accounts import tokens
from accounts.identity import merging
from accounts.imports import requesting
from accounts.imports.loading import LOCK
from accounts.models import Contact, Customer, ImportFile, ImportLine, ImportRun, User
from config import clock
from tests.accounts.importing.runs import CUSTOMERS, previewed, taken_back, write
from tests.accounts.test_record_api import ROOT, bulk, put, statuses
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def admin(client):
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


@contextmanager
def importing() -> Iterator[None]:
    """Another session holds the lock of imports, for which we wait 50 ms."""
    other = connection.get_new_connection(connection.get_connection_params())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout TO '50ms'")
    try:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [LOCK])
        yield
    finally:
        other.close()


def read(client, address, **asked):
    answer = client.get(f"{ROOT}{address}/", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_load_that_waits_for_an_import_may_come_again(client):
    with importing():
        answer = bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}])
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert put(client, "customers/crm/C1", {"name": "Acme"}).status_code == 503
    assert not ImportRun.objects.exists()
    assert put(client, "customers/crm/C1", {"name": "Acme"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_an_import_is_requested_while_another_is_looked_at(tmp_path):
    run = previewed(write(tmp_path / "in", {"customers.csv": CUSTOMERS}) / "customers.csv")
    with importing():
        assert requesting.start(run, DAY, clock.now()).state == "running"


def secret_of(person, *scopes: str):
    return tokens.issue(person, "Script", scopes, days=1, by=person, now=clock.now())[1]


def by_token(secret, address, body):
    return Client().post(address, body, "application/json", headers={"authorization": f"Bearer {secret}"})


def test_people_are_written_under_a_scope_of_their_own(admin):
    body = {"source": "hr", "rows": [{"email": "a@demo.example", "name": "A", "role": "admin"}]}
    address = f"{ROOT}users/bulk/"
    for scopes in (["*:write"], ["record:write"], ["users:read"]):
        answer = by_token(secret_of(admin, *scopes), address, body)
        assert answer.status_code == 403, scopes
        assert "users:write" in answer.json()["detail"]
    assert not User.objects.filter(email="a@demo.example").exists()
    assert statuses(by_token(secret_of(admin, "users:write"), address, body)) == ["created"]


def test_a_token_of_everything_writes_people_where_that_is_chosen(client, admin):
    body = {"name": "Sync", "access": "write", "days": "7", "reads": [], "writes": ["users", "cases"]}
    assert client.post("/me/tokens/new/", body).status_code == 200
    assert admin.tokens.get().scopes == ["*:write", "users:write"]


def test_an_act_on_many_rows_needs_the_scope_of_those_rows(admin):
    one = customer()
    body = {"kind": "customers", "act": "tag", "values": {"tags": ["pilot"]}, "ids": [one.pk]}
    secret = secret_of(admin, "bulk-acts:write")
    answer = by_token(secret, "/api/v1/bulk-acts/", body)
    assert answer.status_code == 403
    assert "customers:write" in answer.json()["detail"]
    both = secret_of(admin, "bulk-acts:write", "customers:write")
    made = by_token(both, "/api/v1/bulk-acts/", body)
    assert made.status_code == 201, made.content
    address = f"/api/v1/bulk-acts/{made.json()['id']}/undo/"
    assert by_token(secret, address, {}).status_code == 404  # it may not read that row, so it knows of no act on it
    assert by_token(both, address, {}).status_code == 200


def test_the_id_of_a_customer_that_one_may_not_see_is_not_told(client):
    bulk(client, "customers", [{"external_id": "C1", "name": "Secret"}])
    bulk(client, "customers", [{"external_id": "C2", "name": "Mine", "parent": "C1"}])
    mara = user(name="Mara")
    Customer.objects.filter(name="Mine").update(owner=mara)
    assert read(client, "customers/crm/C2")["parent"] == "C1"
    client.force_login(mara)
    assert read(client, "customers/crm/C2")["parent"] is None


def test_rows_of_a_merged_customer_name_its_own_key(client):
    bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}, {"external_id": "C2", "name": "Acme Twin"}])
    bulk(client, "contacts", [{"external_id": "P1", "customer": "C2", "name": "Ada"}])
    line = {"external_id": "K1", "customer": "C2", "product": "Base", "annual_amount": 12, "starts_on": "2026-01-01"}
    bulk(client, "contracts", [line])
    one, twin = (Customer.objects.get(external_keys__external_id=key) for key in ("C1", "C2"))
    merging.merge(twin, one, by=None, day=DAY)
    Customer.objects.filter(pk=one.pk).update(owner=(mara := user(name="Mara")))
    client.force_login(mara)
    for target in ("contacts", "contracts"):
        assert [row["customer"] for row in read(client, target, source="crm")["results"]] == ["C2"]
    assert [row["external_id"] for row in read(client, "customers", source="crm")["results"]] == ["C1", "C2"]


def test_a_reference_of_another_source_is_none(client):
    bulk(client, "customers", [{"external_id": "C1", "name": "Acme"}])
    bulk(client, "contacts", [{"external_id": "P1", "customer": "C1", "name": "Ada"}])
    act = {"external_id": "A1", "customer": "C1", "kind": "referral", "happened_on": "2026-11-23", "contact": "P1"}
    assert statuses(bulk(client, "advocacy", [act])) == ["created"]
    assert read(client, "advocacy/crm/A1")["contact"] == "P1"
    Contact.objects.update(source="desk")
    assert read(client, "advocacy/crm/A1")["contact"] is None


@pytest.mark.parametrize("target", ["customers", "contacts", "keys", "entitlements"])
def test_rows_are_read_of_one_source(client, target):
    assert told(client.get(f"{ROOT}{target}/")).keys() == {"source"}
    assert client.get(f"{ROOT}users/").status_code == 200


def test_a_row_is_not_written_where_it_could_not_be_found_again(client):
    for source, key, field in (("%20crm", "C1", "source"), ("crm", "C%0A1", "key"), ("crm", "C1%20", "key")):
        assert told(put(client, f"customers/{source}/{key}", {"name": "Acme"})).keys() == {field}
    assert not Customer.objects.exists()


def test_a_version_that_is_unwanted_holds_off_too(client):
    seen = put(client, "customers/crm/C1", {"name": "Acme"}).headers["ETag"]
    assert put(client, "customers/crm/C1", {"name": "Birch"}, **{"if-none-match": f'"abc", {seen}'}).status_code == 412
    assert put(client, "customers/crm/C1", {"name": "Birch"}, **{"if-none-match": '"abc"'}).status_code == 200


def test_a_version_is_held_against_forms_as_well(client):
    """What is compared is locked: a form that saves in between waits."""
    seen = put(client, "customers/crm/C1", {"name": "Acme"}).headers["ETag"]
    with statements() as asked:
        put(client, "customers/crm/C1", {"name": "Birch"}, **{"if-match": seen})
    locks = [place for place, sql in enumerate(asked) if "accounts_customer" in sql and "FOR NO KEY UPDATE" in sql]
    compared = [place for place, sql in enumerate(asked) if '"field_name"' in sql and "FOR NO KEY UPDATE" not in sql]
    written = next(place for place, sql in enumerate(asked) if "UPDATE accounts_customer" in sql)
    assert any(locks[0] < read < written for read in compared)
    bulk(client, "contacts", [{"external_id": "P1", "customer": "C1", "name": "Ada"}])
    for target, key in (("contacts", "P1"), ("usage", "U1"), ("outcomes", "R1"), ("contracts", "K1")):
        assert put(client, f"{target}/crm/{key}", {}, **{"if-match": '"old"'}).status_code == 412


def test_an_id_with_different_fields_is_refused(client):
    rows = [
        {"external_id": "C1", "name": "Acme"},
        {"external_id": "C1", "name": "Acme", "employees": 5},
        {"external_id": "C2", "name": "Birch", "employees": 5},
    ]
    answer = bulk(client, "customers", rows)
    assert statuses(answer) == ["refused", "refused", "created"]
    assert answer.json()["rows"][0]["errors"][0]["field"] == "external_id"
    lines = [
        {"external_id": "K1", "customer": "C2", "starts_on": "2026-01-01", "product": product, "annual_amount": 12}
        | more
        for product, more in (
            ("Base", {"line_starts_on": "2026-01-01", "discount_percent": 10}),
            ("Maps", {"line_starts_on": "2026-02-01"}),
        )
    ]
    assert statuses(bulk(client, "contracts", lines)) == ["refused", "refused"]
    lines[1]["discount_percent"] = None
    answer = bulk(client, "contracts", lines)
    assert statuses(answer) == ["created", "created"], answer.json()["rows"]


def test_a_parent_may_come_with_other_fields_than_its_children(client):
    rows = [
        {"external_id": "C2", "name": "Birch", "parent": "C1"},
        {"external_id": "C1", "name": "Acme"},
    ]
    answer = bulk(client, "customers", rows)
    assert (statuses(answer), answer.json()["rows"][0]["remarks"]) == (["created", "created"], [])
    assert Customer.objects.get(name="Birch").parent == Customer.objects.get(name="Acme")


@pytest.mark.parametrize("turned", [False, True])
def test_parents_of_several_sets_of_fields_go_in_in_any_order(client, *, turned):
    rows = [
        {"external_id": "C2", "name": "Birch", "parent": "C1"},
        {"external_id": "C1", "name": "Acme", "parent": None, "industry": "Rail"},
        {"external_id": "C3", "name": "Cedar", "parent": "C2", "industry": "Steel"},
        {"external_id": "C4", "name": "", "parent": "C2", "industry": "Steel"},
        {"external_id": "C5", "name": "Dogwood"},
    ]
    rows = rows[::-1] if turned else rows
    for came in ("created", "unchanged"):
        answer = bulk(client, "customers", rows).json()["rows"]
        told = {row["external_id"]: (said["status"], said["remarks"]) for row, said in zip(rows, answer, strict=True)}
        assert told == {key: ("refused" if key == "C4" else came, []) for key in ("C1", "C2", "C3", "C4", "C5")}
        found = dict(Customer.objects.values_list("name", "parent__name"))
        assert found == {"Acme": None, "Birch": "Acme", "Cedar": "Birch", "Dogwood": None}
    assert Customer.objects.get(name="Acme").industry == "Rail"
    taken_back(ImportRun.objects.get())
    assert not Customer.objects.exists()


def test_rows_without_an_id_are_refused_for_that(client):
    answer = bulk(
        client, "customers", [{"external_id": "", "name": "A"}, {"external_id": "", "name": "B", "reading": "b"}]
    )
    assert [row["errors"][0]["detail"] for row in answer.json()["rows"]] == ["is empty"] * 2


def test_errors_of_a_row_have_an_end(client):
    few = {f"x{number}" * 100: 1 for number in range(12)}
    many = {f"x{number}": 1 for number in range(3_000)}
    errors = [row["errors"] for row in bulk(client, "customers", [few, many]).json()["rows"]]
    assert [len(found) for found in errors] == [12, 1]
    assert max(len(row["field"]) for row in errors[0]) == 100


def test_rows_that_cannot_be_read_are_counted_where_others_went_in(client):
    assert bulk(client, "customers", ["row", {"colour": "red"}]).json()["run"] is None
    assert not ImportRun.objects.exists()
    run = bulk(client, "customers", ["row", {"external_id": "C1", "name": "Acme"}]).json()["run"]
    file = ImportFile.objects.get(run=run)
    assert (file.rows, file.new, file.rejected, file.unchanged) == (2, 1, 1, 0)
    assert ImportLine.objects.get(file=file, kind="refused").reason == "is no object"
