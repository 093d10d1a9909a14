"""Advisory locks: who waits for one, and for how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import pytest
from django.db import connection, transaction

from config import locks

NAME = "a test of locks"


@contextmanager
def held(seconds: float) -> Iterator[None]:
    """Another connection holds the lock for so long."""
    other = connection.copy()
    other.inc_thread_sharing()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [NAME])
    ending = Timer(seconds, other.close)
    ending.start()
    try:
        yield
    finally:
        ending.join()


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_waited_for_as_long_as_it_may_be() -> None:
    before = limit()
    with transaction.atomic(), held(0.2):
        assert locks.lock_within(NAME, dt.timedelta(milliseconds=1)) is False
        # The transaction goes on, with the limit that it had.
        assert limit() == before
        assert locks.lock_within(NAME, dt.timedelta(seconds=20)) is True
        assert limit() == before
        assert locks.try_lock(NAME) is True
