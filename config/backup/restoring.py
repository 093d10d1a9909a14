"""A backup brought back into a database of its own, compared with what it says it holds, and put in the old one's place."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import psycopg
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from config.backup import contents
from config.backup.address import Address
from config.backup.archive import Archive
from config.backup.contents import Say, silent
from config.backup.programs import program, run
from config.embedded import Trouble
from config.environment import BASE_DIR

MAINTENANCE: Final = "postgres"
NAME_AT_MOST: Final = 63
JOBS_AT_MOST: Final = 4
# PostgreSQL's own (autovacuum) give way by themselves, and only a superuser may end them.
SESSIONS: Final = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
THERE: Final = "SELECT 1 FROM pg_database WHERE datname = %s"


class Kept(Trouble):
    """The backup is restored and stays where it is."""


def verify(archive: Archive, database: Address, say: Say = silent) -> None:
    """Restore the backup beside ``database``, compare every table, and drop it again; raises Trouble."""
    with brought_back(archive, database, say) as fresh:
        drop(database, fresh)


@contextmanager
def brought_back(archive: Archive, database: Address, say: Say = silent) -> Iterator[str]:
    """The name of a new database with the backup's contents, equal to what it says; dropped when anything fails."""
    fresh = _named(database.name, f"back_{secrets.token_hex(4)}")
    _create(database, fresh)
    try:
        jobs = str(min(os.cpu_count() or 1, JOBS_AT_MOST))
        command: list[str | Path] = [
            program("pg_restore", archive.server), "--exit-on-error", "--no-owner", "--no-privileges",
            f"--jobs={jobs}", f"--dbname={database.at(fresh).conninfo}", archive.file,
        ]  # fmt: skip
        run(command, database.environment(), f"{archive.file} could not be restored")
        say("Restored; comparing it with what the backup says")
        _compare(archive, database.at(fresh), say)
        yield fresh
    except Kept:
        raise
    except BaseException:
        drop(database, fresh)
        raise


def restore(archive: Archive, database: Address, now: dt.datetime, say: Say = silent) -> str:
    """Put the backup in the place of ``database``; the name under which the database of before is kept.

    Until it is restored, compared and brought to the migrations of this code nothing is changed. Then the sessions of
    the old one end and the names change in one go; who comes meanwhile is told to come again. Raises Trouble.
    """
    kept, is_behind = kept_name(database, now), _behind(archive)
    with brought_back(archive, database, say) as fresh:
        if is_behind:
            say("Bringing it to the migrations of this version")
            _migrate(database.at(fresh))
        swap(database, fresh, kept)
    return kept


def kept_name(database: Address, now: dt.datetime) -> str:
    """Under which a database that gives up its place is kept."""
    return f"{kept_prefix(database.name)}{now.astimezone(dt.UTC):%Y%m%d_%H%M%S}"


def kept_prefix(database: str) -> str:
    return f"{database[: NAME_AT_MOST - len('_before_20260101_000000')]}_before_"


def swap(database: Address, fresh: str, kept: str) -> None:
    """Call ``database`` ``kept`` and ``fresh`` by its name; with nothing changed, raises Trouble where that fails."""
    for name, wanted in ((fresh, True), (kept, False)):
        if exists(database, name) != wanted:
            message = f"There is {'no' if wanted else 'already a'} database {name}."
            raise Trouble(message)
    old = database.name
    with _maintenance(database) as session:
        _let_in(session, old, allowed=False)
        try:
            session.execute(SESSIONS, [old])
            session.execute(SESSIONS, [fresh])
            with session.transaction():
                _rename(session, old, kept)
                _rename(session, fresh, old)
        except psycopg.Error as error:
            _let_in(session, old, allowed=True)
            message = (
                f"The databases could not change places ({error}). Nothing was changed but that {fresh} holds the "
                f"backup: name it in DATABASE_URL, or drop it."
            )
            raise Kept(message) from error
        _let_in(session, kept, allowed=True)


def end_sessions(database: Address) -> int:
    """End every session of the database; how many there were."""
    with _maintenance(database) as session:
        row = session.execute(SESSIONS, [database.name]).fetchone()
        return int(row[0]) if row else 0


def exists(database: Address, name: str) -> bool:
    with _maintenance(database) as session:
        return session.execute(THERE, [name]).fetchone() is not None


def drop(database: Address, name: str) -> None:
    with _maintenance(database) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(database: Address, name: str) -> None:
    with _maintenance(database) as session:
        try:
            # Of template0, as the dump holds everything that a template could bring.
            session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            message = "The role of DATABASE_URL may not create databases: a backup is restored into one of its own."
            raise Trouble(message) from None


def _behind(archive: Archive) -> bool:
    """Whether the backup lacks migrations of this code; raises Trouble where it knows some that this code does not."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    there = set(archive.held.migrations)
    newer = sorted(there - known)
    if newer:
        message = f"{archive.file} is of a newer Tsunagu ({newer[0]} is not known here): use that one."
        raise Trouble(message)
    return bool(known - there)


def _migrate(database: Address) -> None:
    """Bring a restored database to this code's migrations, in a process that knows no other database."""
    url = f"postgresql:///{quote(database.name)}?{urlencode(database.server)}"
    environment = database.environment() | {"DATABASE_URL": url, "TSUNAGU_PROCESS": "migrate"}
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    run(command, environment, "The backup cannot be brought to this version", cwd=BASE_DIR)


def _compare(archive: Archive, database: Address, say: Say) -> None:
    with database.session(autocommit=False) as session:
        different = archive.held.differences(contents.read(session, say))
    if different:
        message = f"{archive.file} restored does not hold what it says: {', '.join(different[:5])}."
        raise Trouble(message)


def _named(database: str, ending: str) -> str:
    return f"{database[: NAME_AT_MOST - len(ending) - 1]}_{ending}"


def _let_in(session: psycopg.Connection, name: str, *, allowed: bool) -> None:
    words = "ALTER DATABASE {} ALLOW_CONNECTIONS true" if allowed else "ALTER DATABASE {} ALLOW_CONNECTIONS false"
    session.execute(sql.SQL(words).format(sql.Identifier(name)))


def _rename(session: psycopg.Connection, name: str, wanted: str) -> None:
    session.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(wanted)))


@contextmanager
def _maintenance(database: Address) -> Iterator[psycopg.Connection]:
    with database.at(MAINTENANCE).session() as session:
        yield session
