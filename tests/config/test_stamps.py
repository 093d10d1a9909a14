"""Every row that a warehouse would load knows when it last changed, whoever changed it and how."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from rest_framework.serializers import ListSerializer, ManyRelatedField

from accounts.models import Contract, ContractLine, Customer, Entitlement, Post, Touchpoint
from config import stamps
from config.embedded.postgres import ADMIN
from config.stamps import EVENTS, Stamped
from config.web.api.bodies import Since
from config.web.api.routes import api_router
from health.models import CaseEvidence
from tests.factories import DAY, contact, contract, customer, organisation, user
from tests.playbooks.rows import case
from tests.problems import told

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
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET changed_at = %s", [LONG_AGO])
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_the_database_notes_the_changes_of_each_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_change' AND tgparentid = 0")
        assert {table for (table,) in cursor.fetchall()} == {model._meta.db_table for model in stamped()}


def test_each_list_of_such_rows_is_asked_by_when_they_changed():
    for prefix, viewset, _name in api_router().registry:
        model = getattr(getattr(viewset, "queryset", None), "model", None)
        if model is not None and issubclass(model, Stamped) and prefix != "loads":  # of people, reckoned anew
            assert issubclass(viewset.parameters, Since), prefix
            assert {"updated_at", "changed_at"} <= viewset.serializer_class().fields.keys(), prefix


def parts():
    """Of each list that can be asked for changes: the model, and the table and column of each part that its rows show.

    Rows of the record show the seats of a contract.
    """
    yield Contract, "accounts_entitlement", "contract_id"
    for _prefix, viewset, _name in api_router().registry:
        fields = viewset.serializer_class().fields if issubclass(viewset.parameters, Since) else {}
        for name, field in fields.items():
            if isinstance(field, ManyRelatedField | ListSerializer) and name != "parts":  # a score keeps its own
                model = viewset.serializer_class.Meta.model
                relation = model._meta.get_field(field.source)
                if relation.many_to_many:
                    yield model, relation.m2m_db_table(), relation.m2m_column_name()
                else:
                    yield model, relation.related_model._meta.db_table, relation.field.column


def test_the_parts_that_a_row_shows_are_parts_of_it():
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT tgrelid::regclass::text, encode(tgargs, 'escape'), count(*) FROM pg_trigger
            WHERE tgname LIKE 'note_part_%' GROUP BY 1, 2
        """)
        found = {(table, *args.rstrip("\\0").split("\\000")[:2], events) for table, args, events in cursor.fetchall()}
    assert found == {(table, model._meta.db_table, column, len(EVENTS)) for model, table, column in parts()}


def contract_line(whole):
    return ContractLine(contract=whole, product=str(uuid4()), starts_on=DAY, annual_amount=12)


def seats(whole):
    return Entitlement(contract=whole, kind="seats", name=str(uuid4()), quantity=5)


def touched(whole):
    return Touchpoint.contacts.through(touchpoint=whole, contact=contact(whole.customer, name=str(uuid4())))


def evidence(whole):
    return CaseEvidence(case=whole, day=DAY, note="Seen")


def a_touch():
    return Touchpoint.objects.create(customer=customer(), kind="call", happened_on=DAY)


def post(whole):
    return Post(contact=whole, title=str(uuid4()))


PARTS = {
    "accounts_entitlement": (lambda: contract(customer()), seats, {"quantity": 7}),
    "accounts_post": (lambda: contact(customer()), post, {"title": "Chief"}),
    "accounts_contractline": (lambda: contract(customer()), contract_line, {"quantity": 7}),
    "accounts_touchpoint_contacts": (a_touch, touched, {}),
    "health_caseevidence": (lambda: case(customer(), 1), evidence, {"note": "Seen again"}),
}


@pytest.mark.parametrize("table", [table for _model, table, _column in parts()])
def test_a_row_changes_with_its_parts_and_with_no_others(table):
    make, part_of, change = PARTS[table]
    mine, other = make(), make()
    part = part_of(mine)
    of_other = part_of(other)
    of_other.save()
    rows, links = type(mine).objects, type(part).objects.filter(pk=of_other.pk)
    (link,) = [field.name for field in type(part)._meta.fields if field.related_model is type(mine)]

    def changed(act):
        age()
        act()
        return {row for row in (mine, other) if rows.get(pk=row.pk).changed_at > LONG_AGO}

    assert changed(part.save) == {mine}
    if change:
        assert changed(lambda: type(part).objects.filter(pk=part.pk).update(**change)) == {mine}
        assert changed(lambda: type(part).objects.filter(pk=part.pk).update(**change)) == set()
    assert changed(lambda: links.update(**{link: mine})) == {mine, other}
    assert changed(lambda: type(part).objects.filter(pk=part.pk).delete()) == {mine}


def outside(role=""):
    """A connection of somebody else to this test's database; the embedded server's own ``role`` has the same password."""
    given = connection.settings_dict
    user = role or given["USER"]
    return psycopg.connect(
        host=given["HOST"], port=given["PORT"], user=user, password=given["PASSWORD"], dbname=given["NAME"]
    )


def until():
    look_again()
    return stamps.safe_until()


def look_again():
    """All of a test is one transaction, which sees its activity once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")


ENTER = "INSERT INTO accounts_exchangerate (currency, fiscal_year, rate, known_on) VALUES (%s, 2026, 1.5, %s)"


@pytest.fixture
def _no_rates_left():
    yield
    with outside() as session:
        session.execute("DELETE FROM accounts_exchangerate WHERE currency IN ('SEK', 'NOK', 'DKK')")
        session.execute("SELECT history_forget(now() + interval '1 hour')")


@pytest.mark.usefixtures("_no_rates_left")
@pytest.mark.parametrize("rates", ["rates", "record/rates"])
def test_nothing_is_missed_of_a_transaction_that_commits_late(client, monkeypatch, rates):
    """Whoever sends the ``until`` of the last walk gets every row, however long its transaction lasted."""
    monkeypatch.setattr(stamps, "UNTIL", stamps.UNTIL.replace("1 second", "0 seconds"))
    organisation()
    client.force_login(user("admin"))

    def walk(**asked):
        look_again()
        answer = client.get(f"/api/v1/{rates}/", asked | {"page_size": 1}).json()
        told, untils = answer["results"], [answer["until"]]
        while answer["next"]:
            answer = client.get(answer["next"]).json()
            told, untils = [*told, *answer["results"]], [*untils, answer["until"]]
        assert len(set(untils)) == 1
        return {row["currency"] for row in told} & {"SEK", "NOK", "DKK"}, untils[0]

    with outside() as long, outside() as short:
        long.execute(ENTER, ["SEK", DAY])
        written_at = long.execute("SELECT clock_timestamp()").fetchone()[0]
        short.execute(ENTER, ["NOK", DAY])
        short.commit()
        told, until = walk()
        assert told == {"NOK"}
        assert dt.datetime.fromisoformat(until) < written_at
        long.execute(ENTER, ["DKK", DAY])
        short.execute("UPDATE accounts_exchangerate SET rate = 2 WHERE currency = 'NOK'")
        told, later = walk(changed_since=until)
        assert told == {"NOK"}  # again, as it was: not yet as it will be
        long.commit()
        short.commit()
        told, _last = walk(changed_since=later)
        assert told == {"SEK", "NOK", "DKK"}
    assert dt.datetime.fromisoformat(until) == dt.datetime.fromisoformat(later)
    _told, last = walk(changed_since=later)
    assert dt.datetime.fromisoformat(last) > dt.datetime.fromisoformat(later)


def test_it_cannot_be_told_while_a_role_writes_whose_start_is_hidden():
    try:
        hidden = outside(ADMIN)
    except psycopg.OperationalError:
        pytest.skip("a server of somebody else, who alone makes roles")
    with hidden:
        assert until() is not None
        hidden.execute("SELECT 1")
        assert until() is not None  # it has only read: what it may write it stamps later
        hidden.execute("SELECT pg_current_xact_id()")
        assert until() is None
        hidden.rollback()
        assert until() is not None


@pytest.fixture
def _wholes():
    """Tables with the product's triggers that other connections see: two wholes, each with a part."""
    triggers = [*stamps.stamp("whole").sql, *stamps.stamp_whole("whole", part="part", link="whole_id").sql]
    with outside() as session:
        session.execute("""
            DROP TABLE IF EXISTS whole, part;
            CREATE TABLE whole (id bigint PRIMARY KEY, said text, changed_at timestamptz DEFAULT statement_timestamp());
            CREATE TABLE part (whole_id bigint, said text)
        """)
        for trigger in triggers:
            if "CREATE OR REPLACE TRIGGER" in trigger:  # the functions are as the migrations left them
                session.execute(trigger)
        session.execute("INSERT INTO whole VALUES (1, 'a'), (2, 'a'); INSERT INTO part VALUES (1, 'a'), (2, 'a')")
    yield
    with outside() as session:
        session.execute("DROP TABLE whole, part")


@pytest.mark.usefixtures("_wholes")
@pytest.mark.parametrize("read", ["SELECT FROM whole", "UPDATE whole SET said = said WHERE id = 1"])
def test_a_part_that_changes_after_mere_reading_changes_its_whole(read, monkeypatch):
    """A transaction that has written nothing holds nobody back: its start says nothing of what a walk has passed."""
    monkeypatch.setattr(stamps, "UNTIL", stamps.UNTIL.replace("1 second", "0 seconds"))
    for act in (
        "INSERT INTO part VALUES (1, 'b')",
        "UPDATE part SET said = 'c' WHERE whole_id = 1",
        "DELETE FROM part",
    ):
        with outside() as late, outside() as short:
            late.execute("SELECT FROM whole")
            short.execute("UPDATE whole SET said = said || '.'")
            short.commit()
            passed = until()
            late.execute(read)
            late.execute(act)
            late.commit()
            stamp = short.execute("SELECT changed_at FROM whole WHERE id = 1").fetchone()[0]
            assert stamp >= passed, act


@pytest.mark.usefixtures("_wholes")
def test_a_whole_that_its_own_transaction_made_or_stamped_is_not_written_again():
    with outside() as session:
        written = "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'whole'"
        session.execute("INSERT INTO whole VALUES (3, 'a')")
        session.execute("INSERT INTO part VALUES (3, 'a')")
        assert session.execute(written).fetchone() == (0,)
        for said in ("b", "c"):
            session.execute("UPDATE part SET said = %s WHERE whole_id = 1", [said])
        assert session.execute(written).fetchone() == (1,)
        session.rollback()


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


def test_a_score_is_no_fact_of_its_customer():
    one = customer(name="One")
    age()
    Customer.objects.update(score_changed_at=LONG_AGO)
    rows = Customer.objects.filter(pk=one.pk)

    def changed(**values):
        rows.update(**values)
        fact, score = rows.values_list("changed_at", "score_changed_at").get()
        return fact > LONG_AGO, score > LONG_AGO

    assert changed(scored_at=LONG_AGO) == (False, False)
    assert changed(score=60, band="yellow", scored_at=LONG_AGO) == (False, True)
    assert changed(arr=12) == (True, True)


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
    Customer.objects.filter(name="A").update(score=60, band="yellow")
    assert [row["name"] for row in client.get("/api/v1/customers/", since).json()["results"]] == ["B"]
    Customer.objects.exclude(name="A").update(score_changed_at=LONG_AGO)
    scored = {"score_changed_since": "2026-01-01T00:00:00Z"}
    assert [row["name"] for row in client.get("/api/v1/customers/", scored).json()["results"]] == ["A"]
    assert [row["id"] for row in client.get("/api/v1/contracts/", since).json()["results"]] == [line.contract_id]
    past = {"as_of": str(DAY - dt.timedelta(days=3))}
    assert list(told(client.get("/api/v1/customers/", scored | past))) == ["score_changed_since"]
    for asked in ({"changed_since": "yesterday"}, since | past):
        answer = client.get("/api/v1/customers/", asked)
        assert (answer.status_code, list(told(answer))) == (400, ["changed_since"])
