"""The first cycle after a bulk load plans nothing for an empty table, though no autovacuum has come by.

Inside the test's own transaction nobody else sees the new rows, so that autovacuum cannot help.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from accounts import statistics
from accounts.models import Customer
from config import cycle
from config.demo import generate
from config.demo.plan import three_years
from tests.config.statements import named
from tests.factories import DAY, organisation

pytestmark = pytest.mark.django_db

# Small enough for a quick test, as a thousand rows are for a hundred thousand customers.
FEW = 30
BEHIND = """
    SELECT c.relname, c.reltuples::bigint, (s.n_tup_ins - s.n_tup_del)::bigint
    FROM pg_stat_xact_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE c.relpersistence <> 't' AND c.relname = ANY(%s) AND s.n_tup_ins - s.n_tup_del >= %s
      AND c.reltuples * 10 < s.n_tup_ins - s.n_tup_del
"""


@contextmanager
def planned() -> Iterator[list[tuple[str, int, int, str]]]:
    """Tables that a query inside was planned for a tenth of their rows or less: name, believed, real, and the query."""
    found: list[tuple[str, int, int, str]] = []

    def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
        if isinstance(sql, str) and not many and "pg_class" not in sql:
            text = psycopg.ClientCursor(connection.connection).mogrify(sql, params) if params else sql
            read = {table for statement in text.split(";") for table, _ in named(statement)}
            with connection.connection.cursor() as cursor:
                rows = cursor.execute(BEHIND, [list(read), 2 * FEW]).fetchall()
            found.extend((*row, " ".join(sql.split())[:200]) for row in rows)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "FEW_ROWS", FEW)
    with connection.cursor() as cursor:
        # What earlier tests analysed stays known, though their rows were rolled back.
        cursor.execute("SELECT pg_clear_relation_stats('public', relname) FROM pg_class "
                       "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")  # fmt: skip


def run(day: dt.date) -> None:
    for _done in cycle.run(day):
        pass


def test_first_cycle_after_the_demo(few: None) -> None:
    generate.fresh(three_years(12, 1, DAY), frozen=True)
    with planned() as behind:
        run(DAY)
    assert sorted({f"{table}: {query[:60]}" for table, _, _, query in behind}) == []


def test_first_cycle_after_an_import(few: None, tmp_path: Path) -> None:
    organisation()
    numbers = range(4 * FEW)
    customers = ["external_id,name", *(f"c{n},Customer {n}" for n in numbers)]
    contracts = [
        "external_id,customer,starts_on,term_months,product,annual_amount",
        *(f"k{n},c{n},2025-0{1 + n % 9}-01,12,Platform,{1000 + n}" for n in numbers),
    ]
    for name, rows in (("customers", customers), ("contracts", contracts)):
        (tmp_path / f"{name}.csv").write_text("\n".join(rows))
    call_command("import_data", str(tmp_path), "--mapping", "tsunagu", "--rejects", str(tmp_path), stdout=StringIO())
    assert Customer.objects.count() == 4 * FEW
    with planned() as behind:
        run(DAY)
    assert sorted({f"{table}: {query[:60]}" for table, _, _, query in behind}) == []


def test_the_watch_sees_a_table_that_nobody_analysed(few: None) -> None:
    Customer.objects.bulk_create(Customer(name=f"Customer {n}") for n in range(4 * FEW))
    with planned() as behind:
        list(Customer.objects.filter(name="x"))
    assert [(table, real) for table, _, real, _ in behind] == [("accounts_customer", 4 * FEW)]


def test_what_a_file_brought_is_known_before_the_next_is_read(
    few: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five hundred customers taken for none made the usage of a second file wait for minutes."""
    monkeypatch.undo()
    organisation()
    few_rows = statistics.FEW_ROWS
    assert few_rows <= 100
    rows = ["external_id,name", *(f"c{n},Customer {n}" for n in range(few_rows))]
    (tmp_path / "customers.csv").write_text("\n".join(rows))
    call_command("import_data", str(tmp_path), "--mapping", "tsunagu", "--rejects", str(tmp_path), stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname IN ('accounts_customer', 'accounts_externalkey')")
        assert cursor.fetchall() == [(few_rows,), (few_rows,)]
