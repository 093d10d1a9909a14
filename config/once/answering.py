"""The second sending of a request of the API: ``Idempotency-Key`` makes it act once and answer the same for a day.

The row of a key is written in the transaction of its request; the same key again waits for that and then finds the
answer. Where the first request was refused or failed there is no row, and the next one acts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from psycopg.errors import LockNotAvailable

from config.once.models import Answered
from config.once.pressing import PATIENCE, UnderWay

KEPT: Final = dt.timedelta(days=1)
LONGEST_KEY: Final = 255
MOST: Final = 2**20
HEADERS: Final = ("ETag", "Location")
WRITE: Final = """
    INSERT INTO once_answered AS a (name, content) VALUES (%(name)s, %(content)s)
    ON CONFLICT (name) DO UPDATE SET at = now(), content = excluded.content, status = 0
    WHERE a.at < now() - make_interval(secs => %(kept)s)
"""


class OtherContent(Exception):  # noqa: N818 (no fault of ours)
    """The key came before, with another request."""


def name_of(person: int, key: str) -> str:
    """A keyed digest of a person's key, which reveals neither."""
    return salted_hmac("config.once.answering", f"{person} {key}", algorithm="sha256").hexdigest()


def content_of(method: str, path: str, body: Any) -> str:
    """A keyed digest of a request."""
    text = json.dumps([method, path, body], sort_keys=True, default=str)
    return salted_hmac("config.once.answering", text, algorithm="sha256").hexdigest()


def before(name: str, content: str) -> Answered | None:
    """The answer that this key got before; None where the request is the first, whose row this writes.

    Raises OtherContent, and UnderWay where the first has not been answered within ten seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE.seconds}s"])
        try:
            cursor.execute(WRITE, {"name": name, "content": content, "kept": KEPT.total_seconds()})
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise UnderWay from error
            raise
        is_first = cursor.rowcount == 1
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    if is_first:
        return None
    answered = Answered.objects.get(name=name)
    if answered.content != content:
        raise OtherContent
    return answered


def keep(name: str, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Store the answer of the first request, JSON or b""; of one larger than ``MOST`` its size and digest."""
    if len(body) > MOST:
        body = json.dumps({"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}).encode()
    kept = {header: value for header, value in headers.items() if header in HEADERS}
    Answered.objects.filter(name=name).update(status=status, body=json.loads(body) if body else None, headers=kept)


def tidy() -> int:
    """Delete answers older than a day; returns how many."""
    return Answered.objects.filter(at__lt=Now() - KEPT).delete()[0]
