"""Other sessions of the test's database: threads of the live server keep theirs while a browser lives."""

from __future__ import annotations

from django.db import connection


def end_others() -> int:
    """End every session but our own; a database with sessions can be neither copied nor dropped. How many ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])
