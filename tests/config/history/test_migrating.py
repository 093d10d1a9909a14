"""Migrations alter what a trigger names; what other hosts write meanwhile is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import connection, migrations, models
from pytest_django import DjangoDbBlocker

from accounts.models import Change, Customer
from config.history import kept, triggers, way
from config.history.models import Entry
from tests import factories
from tests.config.history.world import address, alter, definitions, migrated

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'accounts_customer'::regclass"


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Customer]:
    """A customer that other sessions see; it goes with its history, which costs less than to empty every table."""
    with django_db_blocker.unblock():
        yield factories.customer()
        Customer.objects.all().delete()
        Change.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT history_forget(clock_timestamp())")
        connection.close()


def test_what_another_host_writes_while_a_migration_alters_the_table_is_kept(committed: Customer):
    def write() -> None:
        with psycopg.connect(**{name: value for name, value in address().items() if value}) as other:
            other.execute("UPDATE accounts_customer SET industry = 'Printing' WHERE id = %s", [committed.pk])

    writer = Thread(target=write)

    def meanwhile(*_state: Any) -> None:
        writer.start()
        with connection.cursor() as cursor:
            waits = 0
            while not waits and writer.is_alive():
                cursor.execute(WAITING)
                (waits,) = cursor.fetchone()
        assert waits == 1

    migrated([alter(), migrations.RunPython(meanwhile), alter()])
    writer.join()
    assert Entry.objects.get(kind="customer", object_id=committed.pk).after == {"industry": "Printing"}


@pytest.mark.django_db
@pytest.mark.parametrize("backwards", [False, True])
def test_migrations_may_alter_what_a_trigger_names_and_leave_the_triggers_as_they_were(*, backwards: bool):
    standing, seen = definitions(), []

    def look(*_state: Any) -> None:
        seen.append({each.split(".")[0] for each in standing.keys() - definitions().keys()})

    looks = migrations.RunPython(look, look)
    steps = [looks, alter(), looks, alter(), looks]
    migrated(steps, backwards=backwards)
    assert seen == [set(), {"accounts_customer"}, set()]
    assert definitions() == standing
    assert triggers.install() == []
    way.make_way("default", [(migrations.Migration("0001_what_was_changed", "history"), True)])
    assert definitions() == {}


@pytest.mark.django_db
def test_triggers_that_name_what_a_later_migration_makes_stay_as_they_were_until_then():
    declared = kept.REGISTER["customer"]
    factories.customer()
    kept.REGISTER["customer"] = dataclasses.replace(declared, customer="{row}.made_later")
    standing = definitions()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    try:
        migrated([alter()])
    finally:
        kept.REGISTER["customer"] = declared
    assert definitions() == standing
    Customer.objects.update(industry="Printing")
    assert Entry.objects.get().after == {"industry": "Printing"}
    assert triggers.install() == [declared.table]  # nothing says any more that they are what is declared


@pytest.mark.parametrize(
    ("operation", "backwards", "goes"),
    [
        (migrations.AddField("customer", "more", models.TextField(default="")), False, False),
        (migrations.AddField("customer", "more", models.TextField(default="")), True, True),
        (migrations.RemoveField("customer", "name"), False, True),
        (migrations.RenameField("customer", "name", "called"), False, True),
        (migrations.RenameModel("customer", "client"), False, True),
        (migrations.RunSQL("UPDATE accounts_customer SET name = name"), False, False),
        (migrations.RunSQL("ALTER TABLE accounts_contact ALTER name TYPE text"), False, False),
        (migrations.RunSQL("alter table only accounts_customer\nALTER name TYPE text"), False, True),
        (migrations.RunSQL(["SELECT 1"], ["ALTER TABLE accounts_customer DROP name"]), True, True),
    ],
)
def test_triggers_go_only_for_what_they_would_hinder(operation: Any, *, backwards: bool, goes: bool):
    migration = migrations.Migration("next", "accounts")
    assert way.hinders(migration, operation, kept.REGISTER["customer"], backwards) is goes
