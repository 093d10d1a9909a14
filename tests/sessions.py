"""Other sessions of the test's database: threads of the live server keep theirs while a browser lives."""

from __future__ import annotations

from django.db import connection

LEAVE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def end_others() -> int:
    """End every session of the test's database, ours too; one with sessions can be neither copied nor dropped.

    Asked from the maintenance database, so that nobody who ends sessions of the test's own ends this one. How many.
    """
    connection.close()
    with connection._nodb_cursor() as cursor:  # as Django does to drop it
        cursor.execute(LEAVE, [connection.settings_dict["NAME"]])
        return int(cursor.fetchone()[0])
