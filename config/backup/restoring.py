"""Restoring a backup into a new database, comparing it with its description, and swapping it with the old one."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
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
from config.backup.programs import jobs, program, run
from config.embedded import Trouble
from config.environment import BASE_DIR
from config.mail import KIND as MAIL

MAINTENANCE: Final = "postgres"
NAME_AT_MOST: Final = 63
ATTEMPTS: Final = 5
DROP_PATIENCE: Final = 15.0  # seconds
KEPT: Final = r"before_\d{8}_\d{12}"
LEFT: Final = r"back_[0-9a-f]{8}"
# Client sessions only: PostgreSQL's own (autovacuum) end by themselves, and only a superuser may end them.
SESSIONS: Final = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# Mail pending in the backup may have been sent since: it becomes "unknown", so that nothing is sent twice.
MAILS: Final = """
    UPDATE outbox_outbox SET state = 'unknown', sending_since = NULL, settled_at = clock_timestamp(),
        error = 'Waiting when the backup was made: it may have been sent since.'
    WHERE kind = %s AND state IN ('pending', 'sending')
"""
# In the restored database the row of its own backup is unfinished.
UNENDED: Final = "DELETE FROM backup_backup WHERE ended_at IS NULL"
THERE: Final = "SELECT 1 FROM pg_database WHERE datname = %s"


class NotExchanged(Trouble):
    """The swap failed: the restored database is complete and stays under its own name."""


def verify(archive: Archive, database: Address, say: Say = silent, mark: str = "") -> None:
    """Restore the backup beside ``database``, compare every table, and drop it again; raises Trouble.

    ``mark`` (eight hexadecimal digits) names the copy, so that the next try can drop one left by a killed process.
    """
    with brought_back(archive, database, say, mark) as fresh:
        drop(database, fresh)


def copy_of(database: Address, mark: str) -> str:
    """The name of the copy with this mark."""
    return _named(database.name, f"back_{mark}")


@contextmanager
def brought_back(archive: Archive, database: Address, say: Say = silent, mark: str = "") -> Iterator[str]:
    """The name of a new database with the backup's contents, verified; dropped when anything fails."""
    fresh = copy_of(database, mark or secrets.token_hex(4))
    begun = False
    try:
        if mark:
            drop(database, fresh)
        with _maintenance(database) as session:
            begun = True
            _create(session, fresh)
        command: list[str | Path] = [
            program("pg_restore", archive.version), "--exit-on-error", "--no-owner", "--no-privileges",
            f"--jobs={jobs()}", f"--dbname={database.at(fresh).conninfo}", archive.file,
        ]  # fmt: skip
        run(command, database.environment(), f"{archive.file} could not be restored")
        say("Restored; comparing it with what the backup says")
        _compare(archive, database.at(fresh), say)
        yield fresh
    except NotExchanged:
        raise
    except BaseException as error:
        try:
            if begun:
                drop(database, fresh)
        except (psycopg.Error, Trouble):
            error.add_note(f"{fresh} may have been left: `manage.py restore --drop {fresh}` deletes it.")
        raise


def restore(archive: Archive, database: Address, now: dt.datetime, say: Say = silent) -> str:
    """Put the backup in the place of ``database``; the name under which the database of before is kept.

    Until it is restored, compared and brought to the migrations of this code nothing is changed. Then the sessions of
    the old one end and the names change in one go; who comes meanwhile is told to come again. Mails that wait in the
    backup are in doubt afterwards. Raises Trouble.
    """
    kept = kept_name(database, now)
    refuse_newer(str(archive.file), archive.held.migrations)
    with brought_back(archive, database, say) as fresh:
        bring_up(database.at(fresh), archive.held.migrations, say)
        with database.at(fresh).session() as session:
            session.execute(MAILS, [MAIL])
            session.execute(UNENDED)
            session.execute("ANALYZE")
        swap(database, fresh, kept, say)
    return kept


def bring_back(name: str, database: Address, now: dt.datetime, say: Say = silent) -> str:
    """Swap the database ``name``, kept by an earlier restore, with ``database``; as ``restore``."""
    kept = kept_name(database, now)
    with database.at(name).session() as session:
        there = contents.migrations(session)
    refuse_newer(name, there)
    bring_up(database.at(name), there, say)
    swap(database, name, kept, say)
    return kept


def kept_name(database: Address, now: dt.datetime) -> str:
    """The name under which the replaced database is kept."""
    return _named(database.name, f"before_{now.astimezone(dt.UTC):%Y%m%d_%H%M%S%f}")


def is_ours(name: str, database: str) -> bool:
    """Whether a restore of ``database`` has kept ``name``, or an interrupted one has left it."""
    ending = re.search(f"(?:{KEPT}|{LEFT})$", name)
    return ending is not None and name == _named(database, ending[0])


def is_orphan(name: str, database: Address) -> bool:
    """Whether a restore has kept or left ``name`` of a database that does not exist on the server."""
    if not re.search(f"_(?:{KEPT}|{LEFT})$", name):
        return False
    with _maintenance(database) as session:
        databases = session.execute("SELECT datname FROM pg_database").fetchall()
    return not any(is_ours(name, other) for (other,) in databases)


def swap(database: Address, fresh: str, kept: str, say: Say = silent) -> None:
    """Rename ``database`` to ``kept`` and ``fresh`` to its name, both or neither; raises Trouble where that fails.

    The first renaming locks the database against new sessions. Sessions opened between the termination and the lock are
    ended in the next attempt.
    """
    if exists(database, kept):
        message = f"There is already a database {kept}."
        raise Trouble(message)
    say(f"Changing places; what is there now goes on as {kept}")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _maintenance(database) as session:
                session.execute(SESSIONS, [database.name])
                session.execute(SESSIONS, [fresh])
                with session.transaction():
                    _rename(session, database.name, kept)
                    _rename(session, fresh, database.name)
                return
        except psycopg.Error as error:
            if isinstance(error, psycopg.errors.ObjectInUse) and attempt < ATTEMPTS:
                continue
            message = (
                f"The databases could not change places ({error}). {database.name} is as it was; {fresh} stays: "
                f"`manage.py restore --drop {fresh}` deletes it."
            )
            raise NotExchanged(message) from error


def end_sessions(database: Address) -> int:
    """End every session of the database; returns how many."""
    with _maintenance(database) as session:
        row = session.execute(SESSIONS, [database.name]).fetchone()
        return int(row[0]) if row else 0


def exists(database: Address, name: str) -> bool:
    with _maintenance(database) as session:
        return session.execute(THERE, [name]).fetchone() is not None


def drop(database: Address, name: str) -> None:
    """End the sessions of ``name`` and drop it, if it exists; raises Trouble where new sessions keep coming.

    Not WITH (FORCE): that would end PostgreSQL's own sessions too, which only a superuser may. Those end by themselves.
    """
    deadline = time.monotonic() + DROP_PATIENCE
    with _maintenance(database) as session:
        while True:
            session.execute(SESSIONS, [name])
            try:
                session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            except psycopg.errors.ObjectInUse as error:
                if time.monotonic() < deadline:
                    continue
                message = f"{name} could not be dropped: {error}"
                raise Trouble(message) from None
            return


def _create(session: psycopg.Connection, name: str) -> None:
    try:
        # From template0: the dump already contains whatever another template would add.
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege:
        message = "The role of DATABASE_URL may not create databases: a backup is restored into one of its own."
        raise Trouble(message) from None


def refuse_newer(what: str, there: Sequence[str]) -> None:
    """Raise Trouble where ``there`` has migrations that this code does not know."""
    newer = sorted(set(there) - _known())
    if newer:
        message = f"{what} is of a newer Tsunagu ({newer[0]} is not known here): use that one."
        raise Trouble(message)


def bring_up(database: Address, there: Sequence[str], say: Say = silent) -> None:
    """Migrate a database to this code's version, in a process with no other database; nothing if it is up to date."""
    if not _known() - set(there):
        return
    say("Bringing it to the migrations of this version")
    url = f"postgresql:///{quote(database.name)}?{urlencode(database.server)}"
    environment = database.environment() | {"DATABASE_URL": url, "TSUNAGU_PROCESS": "migrate"}
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    run(command, environment, f"{database.name} cannot be brought to this version", cwd=BASE_DIR)


def _known() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def _compare(archive: Archive, database: Address, say: Say) -> None:
    with database.session(autocommit=False) as session:
        different = archive.held.not_in(contents.read(session, say))
    if different:
        message = f"{archive.file} restored does not hold what it says: {', '.join(different[:5])}."
        raise Trouble(message)


def _named(database: str, ending: str) -> str:
    room = NAME_AT_MOST - len(ending) - 1
    return f"{database.encode()[:room].decode(errors='ignore')}_{ending}"


def _rename(session: psycopg.Connection, name: str, wanted: str) -> None:
    session.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(wanted)))


@contextmanager
def _maintenance(database: Address) -> Iterator[psycopg.Connection]:
    with database.at(MAINTENANCE).session() as session:
        yield session
