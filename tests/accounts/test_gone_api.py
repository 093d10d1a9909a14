"""What the API tells of rows that are no longer there."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection
from django.test import Client

from accounts import tokens
from accounts.api.gone import RESOURCES
from accounts.imports.reading import base_of
from accounts.imports.targets import TARGETS
from accounts.models import Customer, ExchangeRate, User
from config import clock
from config.history.kept import REGISTER
from config.web.api.routes import APPS
from health.models import Feature
from tests.accounts.test_record_reading import RECORD, fill, read
from tests.counting import statements
from tests.factories import contact, customer, organisation, user

pytestmark = pytest.mark.django_db
LIST = "/api/v1/gone/"


def told(client, **asked):
    answer = client.get(LIST, asked)
    assert answer.status_code == 200, answer.content
    return [(row["resource"], row["row"], row["reason"], row["into"]) for row in answer.json()["results"]]


def test_deletions_and_merges_are_told_to_who_saw_the_customer(client):
    organisation()
    mara = user(name="Mara Own")
    mine, twin = customer(name="Mine", owner=mara), customer(name="Twin", owner=mara)
    theirs = customer(name="Theirs", owner=user(name="Nils Other"))
    for one in (mine, theirs):
        contact(one, name="Ada").delete()
    Customer.objects.filter(pk=twin.pk).update(merged_into=mine)
    client.force_login(mara)
    (first, row, reason, into), merge = told(client)
    assert (first, reason, into) == ("contacts", "deleted", None)
    assert row
    assert merge == ("customers", twin.pk, "merged", mine.pk)
    until = client.get(LIST).json()
    assert until.keys() == {"next", "until", "results"}
    Customer.objects.filter(pk=twin.pk).update(merged_into=None)
    at = client.get(LIST).json()["results"][-1]["at"]
    assert (
        told(client, updated_since=at) == told(client, changed_since=at) == [("customers", twin.pk, "returned", None)]
    )
    client.force_login(user("admin"))
    assert len(told(client)) == 4


def test_who_had_a_deleted_customer_is_told(client):
    organisation()
    mara, boss = user(name="Mara Own"), user("manager", name="Mio Boss")
    mine, theirs, nobodys = (
        customer(name="Mine", owner=mara), customer(name="Theirs", owner=user(name="Nils Other")), customer(name="Free")
    )  # fmt: skip
    person = contact(mine, name="Ada")
    gone = [("contacts", person.pk, "deleted", None), ("customers", mine.pk, "deleted", None)]
    free = ("customers", nobodys.pk, "deleted", None)
    mine.external_keys.create(source="crm", external_id="C-9")
    for one in (mine, theirs, nobodys):
        one.delete()
    client.force_login(mara)
    assert sorted(row for row in told(client) if row[0] != "keys") == gone
    named = {(row["resource"], row["source"], row["external_id"]) for row in client.get(LIST).json()["results"]}
    assert {("customers", "crm", "C-9"), ("keys", "crm", "C-9")} < named, "by the key that went with it"
    client.force_login(boss)
    assert told(client) == [free]


def test_a_customer_that_one_may_not_see_is_not_named_as_the_survivor(client):
    organisation()
    mara = user(name="Mara Own")
    twin, other = customer(name="Twin", owner=mara), customer(name="Other", owner=user())
    Customer.objects.filter(pk=twin.pk).update(merged_into=other)
    client.force_login(mara)
    assert told(client) == [("customers", twin.pk, "merged", None)]
    client.force_login(user("admin"))
    assert told(client) == [("customers", twin.pk, "merged", other.pk)]


def test_the_gone_are_found_by_an_index_of_their_own(client):
    organisation()
    client.force_login(user("admin"))
    with statements() as asked:
        told(client, updated_since="2026-11-24T00:00:00Z")
    (found,) = [sql for sql in asked if sql.startswith("SELECT") and "history_entry" in sql]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off")
        cursor.execute(f"EXPLAIN {found}")
        assert any("history_of_gone" in row for (row,) in cursor.fetchall())


def test_what_the_history_keeps_of_customers_and_the_api_lists_is_told():
    listed = {}
    for app in APPS:
        for prefix, viewset, _basename in import_module(f"{app}.api").ROUTES:
            model = getattr(getattr(viewset, "queryset", None), "model", None)
            if model and (kept := REGISTER.get(model._meta.model_name)) and kept.customer:
                listed[kept.kind] = prefix
    assert listed.items() <= RESOURCES.items()


def test_every_row_of_the_record_leaves_an_entry():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_gone' AND tgparentid = 0")
        noted = {table for (table,) in cursor.fetchall()}
    kinds = {table.partition("_")[2] for table in noted}
    assert kinds.isdisjoint(REGISTER)
    assert kinds | (RESOURCES.keys() & REGISTER.keys()) == RESOURCES.keys()
    # Of a line its contract tells.
    assert {base_of(target)._meta.model_name for target in TARGETS.values()} - RESOURCES.keys() == {"contractline"}


def test_a_copy_of_every_target_can_forget_by_what_is_told(client):
    """By the number of the row, or by source and id; of what has no id, by the fields that name it."""
    organisation()
    client.force_login(user("admin", name="Ren Admin"))
    fill(client)
    copy = {(target, row["id"], row.get("external_id")) for target in RECORD for row in read(client, target)}
    copy = {row for row in copy if row[0] != "users"}
    Customer.objects.all().delete()
    Feature.objects.all().delete()
    ExchangeRate.objects.all().delete()
    User.objects.get(email="mara@demo.example").delete()
    rows = client.get(LIST, {"page_size": 1000}).json()["results"]
    numbers = {(row["resource"], row["row"]) for row in rows}
    ids = {(row["resource"], row["external_id"]) for row in rows if row["source"] in {"crm", "desk"}}
    assert {
        (target, key) for target, number, key in copy if (target, number) not in numbers and (target, key) not in ids
    } == set()
    named = {row["resource"]: row["named"] for row in rows if row["named"]}
    assert named["users"] == {"email": "mara@demo.example"}
    assert named["rates"] == {"currency": "EUR", "fiscal_year": 2026}
    assert (
        named["entitlements"].items() >= {"kind": "module", "name": "Maps"}.items()
        or named["entitlements"]["kind"] == "seats"
    )
    # Each row of a list of customers is a key: who may read customers alone is told of it.
    other = user("admin", name="Nils Other")
    _token, secret = tokens.issue(other, "Script", ["customers:read", "gone:read"], days=30, by=other, now=clock.now())
    told_to = Client().get(LIST, headers={"Authorization": f"Bearer {secret}"}).json()["results"]
    keys = {(row["source"], row["external_id"]) for row in told_to if row["resource"] == "keys"}
    assert {row["resource"] for row in told_to} == {"customers", "keys"}
    assert keys == {("crm", "C1"), ("crm", "C2"), ("desk", "D1")}
