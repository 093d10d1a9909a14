"""Other sessions of the test's database: threads of the live server keep theirs while a browser lives."""

from __future__ import annotations

from django.db import connection

from config.backup import restoring
from config.backup.address import ours


def end_others() -> int:
    """End every session of the test's database, ours too; one with sessions can be neither copied nor dropped.

    Asked from the maintenance database, so that nobody who ends sessions of the test's own ends this one. How many.
    """
    connection.close()
    return restoring.end_sessions(ours())
