"""Scheduled runs, each claimed once in the transaction that does its work."""

from __future__ import annotations

import datetime as dt

from django.db import connection


def claim(schedule: str, tick: str) -> bool:
    """Whether this transaction is the one to do ``schedule``'s run ``tick``.

    The claim commits or vanishes with the caller's work. A second claimant waits for the first
    to end: it then gets False, or True where the first was rolled back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A tick is claimed inside the transaction that does its work.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outbox_tick (schedule, tick) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [schedule, tick],
        )
        return cursor.rowcount == 1


def claimed(schedule: str, tick: str) -> bool:
    """Whether that run is done; cheaper than a claim, without a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM outbox_tick WHERE schedule = %s AND tick = %s", [schedule, tick])
        return cursor.fetchone() is not None


def database_now() -> dt.datetime:
    """The database's clock, which all machines share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: dt.datetime = cursor.fetchone()[0]
        return instant
