"""Waiting for another connection in a test."""

from __future__ import annotations

import time
from typing import Final

import pytest
from django.db import connection

# The server may hold other databases, whose transactions are nobody's concern here. What sessions do is not asked:
# within a transaction that is seen once and stays.
WAITING: Final = """
    SELECT count(*) FROM pg_locks w
    WHERE NOT w.granted AND w.locktype IN ('transactionid', 'tuple') AND EXISTS (
        SELECT FROM pg_locks r WHERE r.pid = w.pid
          AND r.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def until_somebody_waits() -> None:
    """Until a transaction waits for a row that is locked; the test fails after ten seconds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    pytest.fail("nobody waits")
