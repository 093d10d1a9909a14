"""Counting against a limit, each time in one statement, which the row's lock serialises, so that none slips through.

Callers are outside the transaction of a page (middlewares), so that a count stays where the page fails, and no other
request waits for the page to end. All instants are the database's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from config.limits.models import Counter

KEPT: Final = dt.timedelta(days=2)

# A sliding window: the earlier window counts by the share that the last ``window`` still covers.
TAKE: Final = """
    INSERT INTO limits_counter AS c (name, count, since)
    VALUES (%(name)s, 1, date_bin(%(window)s, clock_timestamp(), '2000-01-01'))
    ON CONFLICT (name) DO UPDATE SET
        earlier = CASE WHEN c.since >= excluded.since THEN c.earlier
            WHEN c.since = excluded.since - %(window)s THEN c.count ELSE 0 END,
        count = CASE WHEN c.since >= excluded.since THEN c.count + 1 ELSE 1 END,
        since = greatest(c.since, excluded.since)
    WHERE CASE WHEN c.since >= excluded.since THEN c.count ELSE 0 END
        + CASE WHEN c.since >= excluded.since THEN c.earlier
            WHEN c.since = excluded.since - %(window)s THEN c.count ELSE 0 END
        * (1 - extract(epoch FROM clock_timestamp() - greatest(c.since, excluded.since))
             / extract(epoch FROM %(window)s)) <= %(most)s - 1
    RETURNING 1
"""

TRY: Final = """
    INSERT INTO limits_counter AS c (name, count, since, free_at)
    VALUES (%(name)s, 1, clock_timestamp(), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET
        count = CASE WHEN c.since < clock_timestamp() - %(forgotten)s THEN 1 ELSE c.count + 1 END,
        since = clock_timestamp(),
        free_at = clock_timestamp() + CASE
            WHEN c.since < clock_timestamp() - %(forgotten)s OR c.count + 1 < %(free)s THEN interval '0'
            ELSE least(%(first)s * 2 ^ least(c.count + 1 - %(free)s, 20), %(longest)s) END
    WHERE c.free_at <= clock_timestamp()
    RETURNING 1
"""

WAIT: Final = "SELECT extract(epoch FROM free_at - clock_timestamp())::float FROM limits_counter WHERE name = %s"
LEFT: Final = """
    SELECT extract(epoch FROM since + %(window)s - clock_timestamp())::float FROM limits_counter WHERE name = %(name)s
"""
GIVE_BACK: Final = """
    UPDATE limits_counter SET count = greatest(count - 1, 0), free_at = clock_timestamp() WHERE name = ANY(%s)
"""


@dataclass(frozen=True)
class Delay:
    """``free`` tries fail without a wait; the next waits ``first``, each further one twice as long, up to ``longest``.

    After ``forgotten`` without a try the count begins anew.
    """

    free: int
    first: dt.timedelta
    longest: dt.timedelta
    forgotten: dt.timedelta


def name_of(kind: str, *what: str) -> str:
    """The name of a counter: the kind and a keyed digest, so that the table reveals nobody's address."""
    key = settings.SECRET_KEY.encode()[:64]
    return f"{kind}:{hashlib.blake2b(chr(0).join(what).encode(), key=key, digest_size=16).hexdigest()}"


def take(name: str, most: int, window: dt.timedelta) -> int:
    """Take one of the ``most`` in any ``window``. Returns 0 if one was left, else the seconds to wait."""
    parameters = {"name": name, "most": most, "window": window}
    return 0 if _did(TAKE, parameters) else _seconds(LEFT, parameters)


def attempt(name: str, delay: Delay) -> int:
    """Take one try, which counts as failed until it is given back. Returns 0 if allowed, else the seconds to wait."""
    return 0 if _did(TRY, {"name": name, **vars(delay)}) else _seconds(WAIT, [name])


def give_back(names: list[str]) -> None:
    """Give back a successful try."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [names])


def forget(names: list[str]) -> None:
    """Reset these counters."""
    Counter.objects.filter(name__in=names).delete()


def tidy() -> None:
    """Delete counters unused for two days."""
    Counter.objects.filter(since__lt=Now() - KEPT).delete()


def _did(statement: str, parameters: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone() is not None


def _seconds(statement: str, parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return max(1, math.ceil(row[0])) if row else 1
