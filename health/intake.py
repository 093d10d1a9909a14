"""Usage as it arrives: each fact kept once, its customer-day marked for the roll-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from hashlib import md5
from typing import Any, Final

from django.db import connection, transaction

from health import partitions


@dataclass(frozen=True)
class Usage:
    """One usage fact of a known customer; ``message_id`` is the sender's name for it."""

    customer_id: int
    source: str
    message_id: str
    day: dt.date
    feature_id: int | None = None
    users: int = 0
    uses: int = 0
    seconds: int = 0
    errors: int = 0

    @property
    def digest(self) -> str:
        """Of the content: two different facts under one message id are two facts."""
        words = "|".join(str(value) for value in astuple(self))
        return md5(words.encode(), usedforsecurity=False).hexdigest()


COLUMNS: Final = "customer_id, source, message_id, day, feature_id, users, uses, seconds, errors"
ARRIVED: Final = f"""
    CREATE TEMP TABLE arrived ON COMMIT DROP AS
    SELECT {COLUMNS}, digest FROM health_usagerecord WITH NO DATA
"""  # noqa: S608 (made of constants)
KEEP: Final = f"""
    WITH kept AS (
        INSERT INTO health_usagerecord ({COLUMNS}, digest)
        SELECT {COLUMNS}, digest FROM arrived
        ON CONFLICT (source, message_id, digest) DO NOTHING
        RETURNING customer_id, day
    ), marked AS (
        INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT customer_id, day FROM kept
    )
    SELECT count(*) FROM kept
"""  # noqa: S608 (made of constants)


def record_usage(facts: Iterable[Usage]) -> int:
    """Keep the facts that are new and mark their customer-days; how many were new.

    Five statements and one COPY, whatever their number. The caller has refused days that are not
    ``partitions.acceptable``. Safe to repeat: the same facts again change nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ARRIVED)
        days = _copy(cursor, facts)
        if not days:
            cursor.execute("DROP TABLE arrived")
            return 0
        partitions.ensure_partitions(min(days), max(days))
        cursor.execute(KEEP)
        row = cursor.fetchone()
        cursor.execute("DROP TABLE arrived")
        return int(row[0]) if row else 0


def _copy(cursor: Any, facts: Iterable[Usage]) -> set[dt.date]:
    days: set[dt.date] = set()
    with cursor.copy(f"COPY arrived ({COLUMNS}, digest) FROM STDIN") as copy:
        for fact in facts:
            days.add(fact.day)
            copy.write_row((*astuple(fact), fact.digest))
    return days
