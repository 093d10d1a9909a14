"""Every row that a warehouse would load knows when it last changed, whoever changed it and how."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import ContractLine, Customer, Touchpoint
from config.api import Since, api_router
from config.stamps import Stamped
from tests.factories import DAY, contract, customer, organisation, user

pytestmark = pytest.mark.django_db
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def stamped():
    return [model for model in apps.get_models() if issubclass(model, Stamped)]


def age():
    """Let every row have changed long ago."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the end of the transaction is in the way
        for model in stamped():
            table = model._meta.db_table
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER note_change")
            cursor.execute(f"UPDATE {table} SET changed_at = %s", [LONG_AGO])
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER note_change")


def test_the_database_notes_the_changes_of_each_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_change' AND tgparentid = 0")
        assert {table for (table,) in cursor.fetchall()} == {model._meta.db_table for model in stamped()}


def test_each_list_of_such_rows_is_asked_by_when_they_changed():
    for prefix, viewset, _name in api_router().registry:
        model = getattr(getattr(viewset, "queryset", None), "model", None)
        if model is not None and issubclass(model, Stamped):
            assert issubclass(viewset.parameters, Since), prefix
            assert "changed_at" in viewset.serializer_class().fields, prefix


@pytest.mark.parametrize("way", ["save", "update", "bulk_update", "upsert", "sql"])
def test_every_way_of_writing_is_noted(way):
    one, other = customer(name="One"), customer(name="Other")
    age()
    one.refresh_from_db()
    one.industry = "Retail"
    if way == "save":
        one.save(update_fields=["industry"])
    elif way == "update":
        Customer.objects.filter(pk=one.pk).update(industry="Retail")
    elif way == "bulk_update":
        Customer.objects.bulk_update([one], ["industry"])
    elif way == "upsert":
        fields = {"update_conflicts": True, "unique_fields": ["id"], "update_fields": ["industry"]}
        Customer.objects.bulk_create([one], **fields)
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_customer SET industry = 'Retail' WHERE id = %s", [one.pk])
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.changed_at > LONG_AGO
    assert other.changed_at == LONG_AGO


def test_what_is_written_as_it_was_has_not_changed():
    one, said = (
        customer(name="One"),
        Touchpoint.objects.create(customer=customer(), kind="call", happened_on=DAY, note="Rang"),
    )
    age()
    Customer.objects.filter(pk=one.pk).update(name="One")
    Touchpoint.objects.filter(pk=said.pk).update(note="Rang")
    assert set(Customer.objects.values_list("changed_at", flat=True)) == {LONG_AGO}
    assert Touchpoint.objects.get(pk=said.pk).changed_at == LONG_AGO
    Touchpoint.objects.filter(pk=said.pk).update(note="Wrote")
    assert Touchpoint.objects.get(pk=said.pk).changed_at > LONG_AGO


def test_a_warehouse_loads_what_changed(client):
    organisation()
    client.force_login(user("admin"))
    for name in ("A", "B", "C"):
        contract(customer(name=name, status="live"))
    age()
    since = {"changed_since": "2026-01-01T00:00:00Z"}
    assert client.get("/api/v1/customers/", since).json()["results"] == []
    Customer.objects.filter(name="B").update(industry="Retail")
    line = ContractLine.objects.filter(contract__customer__name="C").get()
    ContractLine.objects.filter(pk=line.pk).update(quantity=7)
    assert [row["name"] for row in client.get("/api/v1/customers/", since).json()["results"]] == ["B"]
    assert [row["id"] for row in client.get("/api/v1/contracts/", since).json()["results"]] == [line.contract_id]
    for asked in ({"changed_since": "yesterday"}, since | {"as_of": str(DAY - dt.timedelta(days=3))}):
        answer = client.get("/api/v1/customers/", asked)
        assert (answer.status_code, list(answer.json())) == (400, ["changed_since"])
