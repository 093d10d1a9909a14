"""An upgrade, from the recorded state before the latest release to this code, touches no row and ends where an empty database does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import pytest
from psycopg import sql

from config.backup import programs, restoring
from config.backup.address import Address, ours
from config.environment import BASE_DIR
from tests.faults.conftest import test_database

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

FILLED: Final = BASE_DIR / "tests" / "data" / "before_history.sql"
LEAVES: Final = {
    "accounts": "0027_fewer_customer_indexes",
    "health": "0020_part_well",
    "renewals": "0009_contracts_beside",
    "playbooks": "0009_audiences_name_rows_by_id",
    "outbox": "0002_cache",
    "setaside": "0003_steps_that_have_begun",
    "demo": "0001_initial",
    "admin": "0003_logentry_add_action_flag_choices",
    "sessions": "0001_initial",
    "account": "0009_emailaddress_unique_primary_email",
}
TO_LEAVES: Final = f"""
import django
django.setup()
from tests import migrating
migrating.go_to(*{list(LEAVES.items())!r})
"""
COLUMNS: Final = """
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND NOT starts_with(table_name, 'django_')
      AND table_name <> 'auth_permission'
    GROUP BY table_name
"""
Rows = dict[str, list[str]]


@contextmanager
def database(name: str) -> Iterator[Address]:
    """An empty database of ours, dropped in the end."""
    there = ours()
    address = there.at(f"{there.name}_{name}")
    restoring.drop(there, address.name)
    with there.at("postgres").session() as session:
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(address.name)))
    yield address
    restoring.drop(there, address.name)


@pytest.fixture
def before() -> Iterator[Address]:
    """A database at the recorded migrations, half-way in those that were squashed since, filled."""
    with database("upgrade") as address:
        run(address, "-c", TO_LEAVES)
        with address.session(autocommit=False) as session:
            session.execute(FILLED.read_text())  # type: ignore[arg-type]  # a script of ours
        yield address


@pytest.fixture
def empty() -> Iterator[Address]:
    with database("empty") as address:
        run(address, "manage.py", "migrate", "--verbosity", "0")
        yield address


def run(address: Address, *command: str) -> None:
    url = test_database().rpartition("/")[0] + f"/{address.name}"
    environ = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings", "TSUNAGU_PROCESS": "migrate"}
    subprocess.run([sys.executable, *command], cwd=BASE_DIR, env=os.environ | environ, check=True)


def schema(address: Address) -> list[str]:
    """What ``pg_dump`` writes of a database, statements and columns in order of their text; without the months of use."""
    with address.session() as session:
        dump = programs.program("pg_dump", session.info.server_version // 10_000)
    command = [dump, "--schema-only", "--no-owner", "--exclude-table=health_*day_*_*", address.conninfo]
    said = subprocess.run(command, env=address.environment(), capture_output=True, text=True, check=True).stdout
    lines = [line for line in said.splitlines() if line and not line.startswith(("SET ", "\\"))]
    parts = re.split(r"(?:^--.*\n)+", "\n".join(lines), flags=re.MULTILINE)
    return sorted(
        "\n".join(sorted(part.replace(",\n", "\n").splitlines())) if part.startswith("CREATE TABLE") else part
        for part in parts
    )


def columns(session: psycopg.Connection) -> dict[str, list[str]]:
    return dict(session.execute(COLUMNS).fetchall())


def rows(session: psycopg.Connection, known: dict[str, list[str]]) -> Rows:
    """Every row of the tables ``known`` in those columns, as text."""
    found: Rows = {}
    for table, names in known.items():
        fields = sql.SQL(", ").join(map(sql.Identifier, names))
        query = sql.SQL("SELECT ROW({})::text FROM {} ORDER BY 1").format(fields, sql.Identifier(table))
        found[table] = [row for (row,) in session.execute(query)]
    return found


def test_an_upgrade_touches_no_row_that_was_there_and_ends_with_the_schema_of_an_empty_database(
    before: Address, empty: Address
):
    with before.session() as session, empty.session() as of_today:
        today = columns(of_today)
        known = {
            table: [name for name in names if name in today.get(table, names)]
            for table, names in columns(session).items()
        }
        was = rows(session, known)
    assert sum(map(len, was.values())) > 800
    run(before, "manage.py", "migrate", "--verbosity", "0")
    assert schema(before) == schema(empty)
    run(before, "manage.py", "prepare")
    with before.session() as session:
        now = rows(session, known)
    assert now == was
    run(before, "manage.py", "run_cycle")
