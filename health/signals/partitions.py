"""Monthly partitions of usage days, feature days and person-days: each writer first ensures those it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.db import connection, transaction

from config import locks

TABLES: Final = ("health_usageday", "health_featureday", "health_personday")
LOCK: Final = "health.signals.partitions"
OLDEST: Final = dt.timedelta(days=20 * 366)
NEWEST: Final = dt.timedelta(days=2)

EXISTING = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = ANY(%s::regclass[])
"""
# Created apart and then attached: readers and writers of the other months are not blocked.
CREATE = "CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)"
ATTACH = "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{after}')"


def acceptable(day: dt.date, today: dt.date) -> bool:
    """Whether usage dated ``day`` may be stored: at most 20 years old and 2 days ahead.

    Writers refuse the rest with a reason, so that a mistyped year makes no partition.
    """
    return today - OLDEST <= day <= today + NEWEST


def ensure_partitions(first: dt.date, last: dt.date) -> int:
    """Create the missing months from ``first`` to ``last``; returns how many tables.

    One statement when all are there; otherwise two more a table, under a lock held to the end of the
    transaction. Safe to repeat and from several writers at once.
    """
    partitions = {name: bounds for name, *bounds in _partitions(first, last)}
    if not partitions.keys() - _existing():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        locks.lock(LOCK)
        missing = partitions.keys() - _existing()
        for name in sorted(missing):
            table, start, after = partitions[name]
            params = {"name": name, "table": table, "first": start, "after": after}
            cursor.execute(CREATE.format(**params))
            cursor.execute(ATTACH.format(**params))
    return len(missing)


def month_after(day: dt.date) -> dt.date:
    """The first day of the month after ``day``'s."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _partitions(first: dt.date, last: dt.date) -> Iterator[tuple[str, str, dt.date, dt.date]]:
    month = first.replace(day=1)
    while month <= last:
        after = month_after(month)
        for table in TABLES:
            yield f"{table}_{month:%Y_%m}", table, month, after
        month = after


def _existing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(EXISTING, [list(TABLES)])
        return {row[0] for row in cursor.fetchall()}
