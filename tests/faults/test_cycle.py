"""The real daily cycle on a small portfolio: run twice, or killed and run again, it leaves the same rows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from config.cycle import STEPS
from config.environment import BASE_DIR
from tests.faults.conftest import test_database

# Marked so that the run has a database of its own to copy.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

LAST_DAY = "2026-05-01"
CYCLE_DAY = "2026-05-31"
STEPS_DONE = (0, 2, 8)
HERE_ALREADY = ("customer_id", "contract_id", "owner_id", "segment_id", "measure_id", "playbook_id", "contact_id")

TABLES = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
   AND relname !~ '^(django_|outbox_|cache_|auth_|setaside_)'
 ORDER BY relname
"""

# What a second, equally good run may number or time differently.
OWN_NUMBERS = """
SELECT column_name FROM information_schema.columns
 WHERE table_name = %s
   AND (column_name = 'id' OR data_type = 'timestamp with time zone'
        OR column_name LIKE '%%\\_id' AND column_name <> ALL(%s))
"""


@dataclass(frozen=True)
class Database:
    """One of the databases of this test."""

    url: str

    def manage(self, *arguments: str) -> subprocess.Popen[bytes]:
        env = os.environ | {"DATABASE_URL": self.url, "TSUNAGU_PROCESS": "command", "PYTHONUNBUFFERED": "1"}
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=env, **quiet)  # type: ignore[call-overload]

    def done(self, *arguments: str) -> None:
        """Run a command to its end."""
        process = self.manage(*arguments)
        said = process.communicate()[0].decode()
        assert process.returncode == 0, said

    def killed(self, lines: int, *arguments: str, later: float = 0) -> None:
        """Run a command and kill it when it has said so many lines, or some seconds ``later``."""
        with self.manage(*arguments) as process:
            assert process.stdout
            said = [process.stdout.readline() for _ in range(lines)]
            assert process.poll() is None, said
            time.sleep(later)
            process.kill()

    def rows(self, *, exactly: bool) -> dict[str, tuple[int, str]]:
        """Count and fingerprint of each table; unless ``exactly``, without row numbers and instants."""
        with psycopg.connect(self.url) as session:
            tables = [name for (name,) in session.execute(TABLES)]
            return {name: fingerprint(session, name, exactly=exactly) for name in tables}


def fingerprint(session: psycopg.Connection, table: str, *, exactly: bool) -> tuple[int, str]:
    own = [] if exactly else [name for (name,) in session.execute(OWN_NUMBERS, [table, list(HERE_ALREADY)])]
    query = sql.SQL(
        "SELECT count(*), md5(coalesce(string_agg(line, '|' ORDER BY line), ''))"
        " FROM (SELECT md5((to_jsonb(t) - %s::text[])::text) AS line FROM {} t) lines"
    )
    found = session.execute(query.format(sql.Identifier(table)), [own]).fetchone()
    assert found
    return found[0], found[1]


def ours() -> tuple[str, str]:
    """The server's address and the name of the test's own database."""
    server, name = test_database().rsplit("/", 1)
    return server, name


def copied(source: str, label: str) -> Database:
    """A copy of a database of this test run; whoever is still connected to that is sent away."""
    server, name = ours()
    with psycopg.connect(f"{server}/postgres", autocommit=True) as session:
        drop(session, f"{name}_{label}")
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            " AND backend_type = 'client backend'",
            [source],
        )
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        session.execute(query.format(sql.Identifier(f"{name}_{label}"), sql.Identifier(source)))
    return Database(f"{server}/{name}_{label}")


def drop(session: psycopg.Connection, name: str) -> None:
    session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def demo(django_db_setup: None) -> Iterator[str]:
    """The name of a database with a small demo, made once: a copy of the test's own, which is migrated already."""
    server, name = ours()
    connections.close_all()
    made = copied(name, "base")
    made.done("demo", "--customers", "40", "--seed", "3", "--until", LAST_DAY, "--yes", "--replace")
    with psycopg.connect(made.url) as session:
        session.execute("UPDATE accounts_organisation SET frozen_today = %s", [CYCLE_DAY])
    yield f"{name}_base"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as session:
        for label in ("base", "steady", "killed"):
            drop(session, f"{name}_{label}")


@pytest.fixture
def copies(demo: str) -> dict[str, Database]:
    """Two databases with one demo."""
    return {label: copied(demo, label) for label in ("steady", "killed")}


@pytest.mark.long
def test_cycle_run_twice_or_killed_leaves_the_same_rows(copies: dict[str, Database]):
    steady, shot = copies["steady"], copies["killed"]
    before = steady.rows(exactly=True)
    steady.done("run_cycle", "--day", CYCLE_DAY)
    once = steady.rows(exactly=True)
    assert before != once

    steady.done("run_cycle", "--day", CYCLE_DAY)
    assert changed(once, steady.rows(exactly=True)) == {}

    for steps in STEPS_DONE:
        shot.killed(steps, "run_cycle", "--day", CYCLE_DAY, later=0.1)
    shot.done("run_cycle", "--day", CYCLE_DAY)
    assert changed(steady.rows(exactly=False), shot.rows(exactly=False)) == {}


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_cycle_killed_in_every_step_leaves_the_same_rows(copies: dict[str, Database]):
    steady, shot = copies["steady"], copies["killed"]
    steady.done("run_cycle", "--day", CYCLE_DAY)
    for steps in range(len(STEPS)):
        shot.killed(steps, "run_cycle", "--day", CYCLE_DAY, later=0.05 * (steps % 4))
    shot.done("run_cycle", "--day", CYCLE_DAY)
    assert changed(steady.rows(exactly=False), shot.rows(exactly=False)) == {}


def changed(
    expected: dict[str, tuple[int, str]], found: dict[str, tuple[int, str]]
) -> dict[str, tuple[tuple[int, str], tuple[int, str]]]:
    """The tables that differ, with both sides."""
    return {name: (rows, found[name]) for name, rows in expected.items() if rows != found[name]}
