"""The order of the night's steps, held against what their statements really read and write."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts.models import Customer
from config import cycle, settled
from config.cycle import STEPS, Step
from health.models import CaseRule
from tests import factories as make
from tests.config.statements import ALL, Columns, Touched, assigned, named, watched, written
from tests.config.test_changed import company, months, new_customer
from tests.factories import DAY
from tests.health.signals.test_rollup import arrive, fact

__all__ = ["company", "months"]  # fixtures


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("INSERT INTO a (x) SELECT y FROM b", {"a": {ALL}}),
        ("WITH gone AS (DELETE FROM a RETURNING id) INSERT INTO b SELECT id FROM gone", {"a": {ALL}, "b": {ALL}}),
        ('UPDATE "a" SET "x" = 1, y = (SELECT max(z) FROM b WHERE z > 2), z = 3 WHERE q', {"a": {"x", "y", "z"}}),
        ("WITH u AS (UPDATE a k SET x = coalesce(1, 2) RETURNING x) SELECT 1", {"a": {"x"}}),
        ("UPDATE a AS k SET (x, y) = (1, 2) FROM b", {"a": {"x"}}),
        ("MERGE INTO a USING b ON true WHEN MATCHED THEN UPDATE SET x = 1", {"a": {ALL}}),
        ("INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET x = excluded.x", {"a": {ALL}}),
        ("SELECT 'DELETE FROM a', 1 FROM b FOR UPDATE SKIP LOCKED -- INSERT INTO c", {}),
        ("COPY a (x) FROM STDIN", {"a": {ALL}}),
    ],
)
def test_what_a_statement_writes(sql: str, expected: Columns):
    assert dict(written(sql)) == expected


def test_columns_of_a_set_list():
    assert list(assigned('x = 1, "y" = f(a, b), z = CASE WHEN q THEN 1 END')) == ["x", "y", "z"]


@pytest.mark.django_db
def test_what_a_statement_reads():
    sql = "SELECT c.name FROM accounts_customer c JOIN (SELECT customer_id AS who FROM health_case) h ON h.who = c.id"
    assert sorted(named(sql)) == [
        ("accounts_customer", "id"), ("accounts_customer", "name"), ("health_case", "customer_id"),
    ]  # fmt: skip
    assert named("SELECT count(*) FROM health_case") == [("health_case", None)]
    assert named("ANALYZE health_case") == named("SELECT 1") == []


@pytest.mark.django_db
def test_temporary_tables_are_read_through():
    with watched() as seen, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE t ON COMMIT DROP AS SELECT id FROM accounts_customer WHERE band = %s", ["red"]
        )
        cursor.execute("UPDATE health_case SET value = 1 FROM t WHERE t.id = customer_id; DROP TABLE t")
        list(Customer.objects.filter(name="x").values_list("pk"))
    assert seen.read["accounts_customer"] == {"id", "band", "name"}
    assert seen.read["health_case"] == {"customer_id", "value"}
    assert dict(seen.written) == {"health_case": {"value"}}


@pytest.fixture(scope="module")
def touched(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> dict[str, Touched]:
    """What each step reads and writes on two days of a small world; rolled back."""
    from django.db import transaction

    seen = {step.name: Touched() for step in STEPS}
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        months.__wrapped__(None)
        company.__wrapped__()
        CaseRule.objects.update(swept_on=None)
        for field, test, value in (("band", "is", "red"), ("score", "at_most", 20)):
            make.segment(rule=[{"field": field, "test": test, "value": value}], position=100 + len(field))
        everybody = make.segment(assigning="load", position=900)
        everybody.pool.add(make.user())
        for number in range(3):
            arrive([fact(new_customer(name=f"Customer {number}"), f"{number}", uses=3)])
        make.customer(status="live", pinned_segment=everybody, pin_reason="x")
        for day in (DAY, DAY + dt.timedelta(days=1)):
            for step in STEPS:
                with watched() as statements:
                    done = cycle.run_here(step, day)
                assert not done.failed, done
                for columns, more in (
                    (seen[step.name].read, statements.read),
                    (seen[step.name].written, statements.written),
                ):
                    for table, names in more.items():
                        columns[table] |= names
        transaction.set_rollback(True)
    return seen


# Written by the machinery around the steps, not by what they work out.
AROUND = ("setaside_", "outbox_", "django_", "accounts_change")


def shared(read: Columns, wrote: Columns, own: Columns) -> set[str]:
    """``table`` or ``table.column`` that one step reads and another writes, but for what the first writes itself."""
    found = set()
    for table, columns in wrote.items():
        mine = own.get(table, set())
        if table.startswith(AROUND) or table not in read or ALL in mine:
            continue
        if ALL in columns or ALL in read[table]:
            found.add(table)
        else:
            found |= {f"{table}.{column}" for column in columns & read[table] - mine}
    return found


def declared(found: set[str], names: tuple[str, ...]) -> set[str]:
    """What of ``found`` is not declared, by its table or its column."""
    return {one for one in found if one not in names and one.partition(".")[0] not in names}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_step_reads_nothing_that_a_later_one_writes_unless_it_says_so(step: Step, touched: dict[str, Touched]):
    mine = touched[step.name]
    late: dict[str, set[str]] = {}
    for later in STEPS[STEPS.index(step) + 1 :]:
        found = shared(mine.read, touched[later.name].written, mine.written)
        if undeclared := declared(found, step.yesterday):
            late[later.name] = undeclared
    assert late == {}, f"{step.name} reads what these write after it: move it, or declare yesterday=…"


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_step_needs_those_whose_output_it_reads(step: Step, touched: dict[str, Touched]):
    mine = touched[step.name]
    before = STEPS[: STEPS.index(step)]
    needed = {one.name for one in before if shared(mine.read, touched[one.name].written, {})}
    assert needed - set(step.needs) == set()
    assert set(step.needs) <= {one.name for one in before}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_what_a_step_declares_as_yesterdays_is_written_later(step: Step, touched: dict[str, Touched]):
    later = STEPS[STEPS.index(step) + 1 :]
    for name in step.yesterday:
        table, _, column = name.partition(".")
        writers = [one for one in later if touched[one.name].written.get(table, set()) & {column or ALL, ALL}]
        assert writers or (not column and any(table in touched[one.name].written for one in later)), name


def test_steps_that_read_service_rules_of_segments_say_so(touched: dict[str, Touched]):
    rules = {"touch_every_days", "qbr_every_days", "ebr_every_days", "renewal_lead_days", "customers_per_csm"}
    reads = {name for name, seen in touched.items() if seen.read.get("accounts_segment", set()) & rules}
    assert {step.name for step in STEPS if step.name in reads and step.scoped} - {"segments"} == {
        step.name for step in STEPS if step.by_segment
    }


def test_milestones_come_before_the_scores_that_count_them(touched: dict[str, Touched]):
    assert "health_milestone" in touched["scores"].read
    assert ALL in touched["milestones"].written["health_milestone"]
    order = [step.name for step in STEPS]
    assert order.index("milestones") < order.index("scores")


def test_copied_columns_have_one_writer(touched: dict[str, Touched]):
    writers: dict[str, list[str]] = {}
    for name, seen in touched.items():
        for column in seen.written.get("accounts_customer", set()):
            writers.setdefault(column, []).append(name)
    assert {column: names for column, names in writers.items() if len(names) > 1} == {}
    assert writers["band"] == ["scores"]


@pytest.mark.django_db
def test_what_settles_a_step_covers_all_that_it_reads(touched: dict[str, Touched]):
    """Each table is one of rules, hangs on a customer (whoever writes it marks the customer), or is written by a step."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name ~ "
            "'^(customer|contract|case|renewal|touchpoint|objective|contact|enrolment)_id$'"
        )
        of_customers = {name for (name,) in cursor.fetchall()} | {"accounts_customer"}
    # The model of the forecast was fitted before these two days and has not changed since.
    stepped = {table for seen in touched.values() for table in seen.written} | {"renewals_calibration"}
    for step in STEPS:
        if step.settles:
            loose = set(touched[step.name].read) - of_customers - stepped - set(settled.RULES)
            assert {table for table in loose if not table.startswith(AROUND)} == set(), step.name
