"""One writer of enrolments at a time, so that two sweeps cannot lock the same rows crosswise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

KEY: Final = 0x706C6179  # "play"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction that holds the advisory lock of enrolments until it ends. One statement."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [KEY])
        yield
