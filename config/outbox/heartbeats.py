"""Heartbeats of web, worker, beat and relay, each written from the loop that does its work.

A member whose loop hangs stops writing, so that its group notices and restarts it.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Final

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

MEMBERS: Final = ("web", "beat", "relay", "worker")
EVERY: Final = 5.0  # seconds between two heartbeats of one process
START: Final = "MEMBER_START"  # the variable by which a group names one start of a member to it and to all it starts

# The table by its name: gunicorn loads this before Django has its models.
WRITE: Final = """
INSERT INTO outbox_heartbeat (process, member, beat_at, redis_ok, redis_version, clock_ahead)
VALUES (%s, %s, statement_timestamp(), %s, %s, %s - extract(epoch FROM clock_timestamp()))
ON CONFLICT (process) DO UPDATE
   SET beat_at = excluded.beat_at, redis_ok = excluded.redis_ok,
       redis_version = excluded.redis_version, clock_ahead = excluded.clock_ahead
"""
FORGET: Final = "DELETE FROM outbox_heartbeat WHERE beat_at < now() - interval '1 hour'"


def process(member: str) -> str:
    """The name of the running process among those of all machines: ``host/pid/start/member``.

    ``start`` is the group's name of this start of the member, empty without a group: process ids are reused, in a
    container after each restart.
    """
    return f"{socket.gethostname()[:80]}/{os.getpid()}/{os.environ.get(START, '')[:16]}/{member}"


def beat(
    member: str, *, redis_ok: bool | None = None, redis_version: str = "", over: BaseDatabaseWrapper | None = None
) -> None:
    """Write a heartbeat of this process of ``member``, with the state of Redis and its clock. One statement."""
    with (over or connection).cursor() as cursor:
        cursor.execute(WRITE, [process(member), member, redis_ok, redis_version, time.time()])


def tidy() -> None:
    """Delete heartbeats older than an hour."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET)


class Pulse:
    """Heartbeats of a process whose loop holds no database connection: each opens one of its own and closes it.

    Nothing forked from such a process inherits a connection. While the database is away nothing is written.
    """

    def __init__(self, member: str) -> None:
        self.member = member
        self.due_at = 0.0

    def is_due(self) -> bool:
        return time.monotonic() >= self.due_at

    def beat(self, *, redis_ok: bool | None = None) -> None:
        """Write a heartbeat unless the latest is younger than ``EVERY`` seconds; never raises for the database."""
        if not self.is_due():
            return
        self.due_at = time.monotonic() + EVERY
        own, was_open = connections.create_connection(DEFAULT_DB_ALIAS), connection.connection is not None
        try:
            beat(self.member, redis_ok=redis_ok, over=own)
        except (DatabaseError, InterfaceError):
            pass  # readers of heartbeats notice by themselves that the database was away
        finally:
            own.close()
            if not was_open:  # Django asks once over the thread's own which types there are
                connection.close()
