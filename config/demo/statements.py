"""Running the generator's statements: each makes its rows for customers ``lo`` to ``hi``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection


def run(statement: str, parameters: Mapping[str, Any]) -> int:
    """Execute one statement; how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return max(cursor.rowcount, 0)


def table(name: str, query: str, parameters: Mapping[str, Any]) -> int:
    """Keep the rows of ``query`` in a temporary table until the transaction ends, analysed."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}", parameters)
        rows: int = cursor.rowcount
        cursor.execute(f"ANALYZE {name}")
    return rows
