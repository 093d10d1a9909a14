"""Advisory locks by name, held until the transaction ends."""

from __future__ import annotations

from django.db import connection


def try_lock(name: str) -> bool:
    """A lock until the end of this transaction; False when another transaction holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def lock(name: str) -> None:
    """A lock until the end of this transaction; waits for whoever holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
