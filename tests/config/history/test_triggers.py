"""Every change of what is kept is written down, however it was made; what is a sweep's own is not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from accounts import ownership
from accounts.models import ClosingDay
from config import clock
from config.history import keeping, kept, triggers
from config.history.actors import Actor, acting
from config.history.models import Departure, Entry
from config.history.reading import last_change
from config.run import prepare
from health.models import Case
from playbooks.models import PlaybookVersion, Task
from tests import factories
from tests.config.history.world import CHANGES, address, definitions, rows
from tests.factories import DAY

pytestmark = pytest.mark.django_db


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_every_column_is_kept_or_a_sweeps_own():
    for each in kept.REGISTER.values():
        columns = {field.name for field in each.model._meta.concrete_fields if not field.primary_key}
        assert {*each.fields} | {*each.own} == columns, each.kind
        assert not {*each.fields} & {*each.own}, each.kind
        assert {*each.hidden} <= {*each.fields}


def test_no_table_of_the_issue_is_forgotten():
    assert kept.REGISTER.keys() == CHANGES.keys()
    # A field that names what is secret is hidden.
    secret = {"password", "secret", "token", "key_hash"}
    for each in kept.REGISTER.values():
        assert secret & {*each.fields} <= {*each.hidden}


def test_the_database_holds_the_triggers_that_are_declared():
    standing = definitions()
    assert len(standing) == sum(len(triggers.statements(each)) - 1 for each in kept.REGISTER.values())
    assert triggers.install() == []
    triggers.install(anew=True)
    assert definitions() == standing


def test_triggers_are_mended_and_forgotten_ones_go():
    standing = definitions()
    run("DROP TRIGGER history_changed ON accounts_segment")
    run(
        "CREATE TRIGGER history_more AFTER UPDATE ON accounts_user"
        " REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION history_of_accounts_user()"
    )
    run("DROP FUNCTION history_of_accounts_contact() CASCADE")
    run("CREATE FUNCTION history_of_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    assert sorted(triggers.install()) == ["accounts_contact", "accounts_segment", "accounts_user"]
    assert definitions() == standing


def test_a_start_brings_the_triggers_back_though_nothing_is_to_migrate():
    standing = definitions()
    triggers.drop("default", ["history_of_accounts_customer"])
    assert definitions() != standing
    prepare.migrate()
    assert definitions() == standing


def save(row: models.Model, field: str, value: Any) -> None:
    setattr(row, field, value)
    row.save(update_fields=[field])


def update(row: models.Model, field: str, value: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**{field: value})


def bulk_update(row: models.Model, field: str, value: Any) -> None:
    setattr(row, field, value)
    type(row)._default_manager.bulk_update([row], [field])


def raw(row: models.Model, field: str, value: Any) -> None:
    run(f'UPDATE {row._meta.db_table} SET "{field}" = %s WHERE id = %s', value, row.pk)


def by_with(row: models.Model, field: str, value: Any) -> None:
    run(
        f'WITH one AS (UPDATE {row._meta.db_table} t SET "{field}" = %s WHERE id = %s RETURNING 1) SELECT * FROM one',
        value, row.pk,
    )  # fmt: skip


def upsert(row: models.Model, field: str, value: Any) -> None:
    names = ", ".join(f'"{each.column}"' for each in row._meta.concrete_fields)
    run(
        f"INSERT INTO {row._meta.db_table} ({names}) SELECT {names} FROM {row._meta.db_table} WHERE id = %s"
        f' ON CONFLICT (id) DO UPDATE SET "{field}" = %s',
        row.pk, value,
    )  # fmt: skip


@pytest.mark.parametrize("way", [save, update, bulk_update, raw, by_with, upsert])
def test_every_kind_is_kept_whatever_way_it_is_changed(way):
    made = rows()
    start = Entry.objects.count()
    with acting("page", lambda: 12):
        for kind, (field, value) in CHANGES.items():
            way(made[kind], field, value)
    entries = {entry.kind: entry for entry in Entry.objects.order_by("pk")[start:]}
    assert entries.keys() == CHANGES.keys()
    assert Entry.objects.count() == start + len(CHANGES)
    for kind, (column, value) in CHANGES.items():
        entry, field = entries[kind], column.removesuffix("_id")
        assert (entry.object_id, entry.operation, entry.actor_id, entry.door) == (made[kind].pk, "changed", 12, "page")
        assert entry.before.keys() == entry.after.keys() == {field}, kind
        assert str(entry.after[field]) == str(value)
        assert entry.before[field] != entry.after[field]
        owned = kind in {
            "customer",
            "contact",
            "post",
            "contract",
            "contractline",
            "entitlement",
            "case",
            "renewal",
            "preppart",
            "task",
        }
        assert entry.customer_id == (made["customer"].pk if owned else None), kind
        whole = kept.REGISTER[kind].whole
        assert entry.whole == (whole[0] if whole else None)
        assert entry.whole_id == (made[whole[0]].pk if whole else None)
    # Of one act, which reads together.
    assert len({entry.act for entry in entries.values()}) == 1


def test_the_same_again_and_what_is_a_sweeps_own_are_not_kept():
    made = rows()
    start = Entry.objects.count()
    for kind, row in made.items():
        each = kept.REGISTER[kind]
        columns = [row._meta.get_field(name).column for name in [*each.fields, *each.own]]
        same = ", ".join(f'"{column}" = "{column}"' for column in columns)
        run(f"UPDATE {each.table} SET {same}")
    type(made["customer"])._default_manager.update(score=50, band="yellow", arr=7, stage="mature")
    type(made["user"])._default_manager.update(last_login="2026-11-24T00:00Z")
    assert Entry.objects.count() == start


def test_what_is_deleted_is_kept_whole():
    made = rows()
    start = Entry.objects.count()
    with acting("command:prune"):
        for kind in ["preppart", "task", "case", "entitlement", "ceiling", "scorecard_segments", "post"]:
            type(made[kind])._default_manager.filter(pk=made[kind].pk).delete()
        run("DELETE FROM accounts_contact")
        made["closingday"].delete()
    entries = list(Entry.objects.order_by("pk")[start:])
    assert [entry.kind for entry in entries] == [
        "preppart", "task", "case", "entitlement", "ceiling", "scorecard_segments", "post", "contact", "closingday",
    ]  # fmt: skip
    for entry in entries:
        assert (entry.operation, entry.after, entry.door) == ("deleted", {}, "command:prune")
        assert entry.before.keys() == {*kept.REGISTER[entry.kind].fields}
    assert entries[7].before["name"] == made["contact"].name


def test_what_is_added_to_something_that_stands_is_kept_and_not_what_it_begins_with():
    made = rows()
    adding = {kind: each for kind, each in kept.REGISTER.items() if each.inserts}
    assert {"scorecard_segments", "measuregroup", "scorecardmeasure", "ceiling", "playbookstep"} <= adding.keys()
    assert not Entry.objects.filter(operation="added").exists()
    for kind, each in adding.items():
        columns = [field for field in each.model._meta.concrete_fields if not field.primary_key]
        names = ", ".join(f'"{field.column}"' for field in columns)
        unique = {"playbookstep": "position", "measuregroup": "key", "scorecardmeasure": "measure"}
        unique |= {"playbookversion": "number"} | {
            "ceiling": "condition",
            "tenurethreshold": "from_days",
            "scorecard_segments": "segment_id",
            "segment_pool": "user_id",
        }
        other = {"key": "'other'", "measure": "'nps'", "condition": "'overdue'"}.get(unique[kind])
        others = {"scorecard_segments": factories.segment, "segment_pool": factories.user}
        other = other or (str(others[kind]().pk) if kind in others else "9")
        if kind == "playbookversion":  # of drafts there is one
            PlaybookVersion.objects.update(published_at=clock.now())
        values = names.replace(f'"{unique[kind]}"', other)
        run(f"INSERT INTO {each.table} ({names}) SELECT {values} FROM {each.table} WHERE id = %s", made[kind].pk)
        entry = Entry.objects.latest("pk")
        assert each.whole is not None
        assert (entry.kind, entry.operation, entry.before) == (kind, "added", {})
        assert (entry.whole, entry.whole_id) == (each.whole[0], made[each.whole[0]].pk)
        assert entry.after.keys() == {*each.fields}
    assert Entry.objects.filter(operation="added").count() == len(adding)


def test_of_a_password_it_is_kept_that_it_changed():
    user = factories.user()
    user.set_password("another long password")
    user.save(update_fields=["password"])
    entry = Entry.objects.get(kind="user")
    assert (entry.before, entry.after) == ({"password": None}, {"password": None})
    run("DELETE FROM accounts_user WHERE id = %s", user.pk)
    assert Entry.objects.latest("pk").before["password"] is None


def test_what_follows_an_owner_is_not_kept_beside_it():
    before, heir = factories.user(), factories.user()
    customer = factories.customer(owner=before)
    dates = {"opened_on": DAY, "due_on": DAY, "newest_evidence_on": DAY}
    case = Case.objects.create(customer=customer, kind="risk", reason="a", title="A", owner=before, **dates)
    task = Task.objects.create(customer=customer, title="Call", due_on=DAY, assignee=before, assigned_as="owner")
    leavers = Task.objects.create(
        customer=customer, title="Write", due_on=DAY, assignee=factories.user(is_active=False)
    )
    ownership.hand_over([customer.pk], heir, day=DAY, door=ownership.Door.PAGE)
    assert {Case.objects.get().owner_id, *Task.objects.values_list("assignee_id", flat=True)} == {heir.pk}
    assert [(entry.kind, entry.object_id, entry.after) for entry in Entry.objects.order_by("pk")] == [
        ("customer", customer.pk, {"owner": heir.pk}), ("task", leavers.pk, {"assigned_as": "owner"}),
    ]  # fmt: skip
    update(case, "owner", before)
    update(task, "assignee", before)
    assert [entry.after for entry in Entry.objects.order_by("pk")[2:]] == [
        {"owner": before.pk},
        {"assignee": before.pk},
    ]


def test_a_session_outside_the_product_is_unknown():
    customer = factories.customer()
    with acting("page", lambda: 12):
        update(customer, "industry", "Printing")
    # As psql does: nobody says anything. What this transaction was told before is not what another one is told.
    assert connection.connection is not None
    with psycopg.connect(**{name: value for name, value in address().items() if value}) as other:
        assert other.execute("SELECT current_setting('tsunagu.actor', true)").fetchone() == (None,)
    run("SELECT set_config('tsunagu.actor', '', true), set_config('tsunagu.door', '', true)")
    connection.connection.execute("UPDATE accounts_customer SET industry = 'Film' WHERE id = %s", [customer.pk])
    first, second = Entry.objects.filter(kind="customer").order_by("pk")
    assert (first.actor_id, first.door, second.actor_id, second.door) == (12, "page", None, "")


@pytest.mark.parametrize("sql", ["UPDATE history_{} SET door = 'x'", "DELETE FROM history_{}"])
@pytest.mark.parametrize("table", ["entry", "departure"])
def test_history_is_never_changed(sql, table):
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        run(sql.format(table))


def test_what_is_older_is_forgotten_by_one_function():
    update(factories.customer(), "industry", "Printing")
    Departure.objects.create(what="portfolio")
    run("SELECT history_forget(now() - interval '1 hour')")
    assert (Entry.objects.count(), Departure.objects.count()) == (1, 1)
    run("SELECT history_forget(clock_timestamp())")
    assert (Entry.objects.count(), Departure.objects.count()) == (0, 0)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        run("DELETE FROM history_entry")


def test_history_stays_for_as_long_as_it_is_set_to(settings):
    update(factories.customer(), "industry", "Printing")
    later = clock.now() + dt.timedelta(days=31)
    settings.HISTORY_DAYS = 0
    assert (keeping.tidy(later, 9), Entry.objects.count()) == (0, 1)
    settings.HISTORY_DAYS = 31
    assert (keeping.tidy(later - dt.timedelta(hours=1), 9), Entry.objects.count()) == (0, 1)
    assert (keeping.tidy(later + dt.timedelta(hours=1), 9), Entry.objects.count()) == (1, 0)


def test_the_last_change_of_a_field_or_of_all_that_one_alone_changed(django_assert_num_queries):
    made, before = rows(), clock.now() - dt.timedelta(hours=1)
    customer = made["customer"]
    assert last_change(customer, before, ["industry"]) is None
    for person, field in ((7, "industry"), (8, "use_case")):
        with acting("api", lambda person=person: person):
            update(customer, field, "Printing")
    update(made["ceiling"], "at_most", 40)
    with django_assert_num_queries(1):
        change = last_change(customer, before, ["industry", "name"])
    assert change is not None
    assert (change.person, change.actor, change.fields) == (7, Actor("7", "api"), ("industry",))
    assert last_change(customer, before, ["name"]) is None
    assert last_change(customer, clock.now() + dt.timedelta(hours=1), ["industry"]) is None
    assert last_change(customer, before) is None  # two people: nobody knows which of them
    parts = last_change(made["scorecard"], before)
    assert parts is not None
    assert parts.fields == ("at_most",)
    with pytest.raises(KeyError):
        last_change(apps.get_model("accounts", "Touchpoint")(), before)


def test_many_rows_are_compared_at_once_also_by_a_session_that_has_changed_one_at_a_time():
    days = [ClosingDay(day=DAY + dt.timedelta(days=number)) for number in range(4_000)]
    ClosingDay.objects.bulk_create(days)
    for number in range(8):  # from the sixth on the plan stands
        ClosingDay.objects.filter(pk=days[0].pk).update(name=str(number))
    planned_for_one = seconds_in_triggers("UPDATE accounts_closingday SET name = 'A'")
    run("DISCARD PLANS")
    planned_for_all = seconds_in_triggers("UPDATE accounts_closingday SET name = 'B'")
    assert planned_for_one < 5 * planned_for_all
    assert Entry.objects.filter(after={"name": "B"}).count() == len(days)


def seconds_in_triggers(sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        ((told,),) = cursor.fetchall()
    return sum(each["Time"] for each in told[0]["Triggers"]) / 1000
