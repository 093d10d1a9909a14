"""Advisory locks by name, held until the transaction ends. No other module takes one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

# Others hold what this one needs: nothing is broken, and a later try goes through.
IN_THE_WAY: Final = (DeadlockDetected, LockNotAvailable)
MILLISECOND: Final = dt.timedelta(milliseconds=1)


def try_lock(name: str) -> bool:
    """A lock until the end of this transaction; False when another transaction holds it."""
    return bool(_ask("pg_try_advisory_xact_lock", name))


def lock_within(name: str, limit: dt.timedelta) -> bool:
    """A lock until the end of this transaction, waited for as long as ``limit`` (milliseconds or more); False where another
    transaction holds it still. Whoever waits gets it next.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{limit // MILLISECOND}ms"])
            lock(name)
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True


def lock(name: str) -> None:
    """A lock until the end of this transaction; waits for its holder."""
    _ask("pg_advisory_xact_lock", name)


def share(name: str) -> None:
    """A shared lock until the end of this transaction; waits for an exclusive holder."""
    _ask("pg_advisory_xact_lock_shared", name)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """A transaction that holds the lock until it ends. One statement."""
    with transaction.atomic():
        lock(name)
        yield


def _ask(function: str, name: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
        return cursor.fetchone()[0]
