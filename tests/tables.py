"""Every row that the product keeps, to be compared with what it is later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

# What the frame writes as it likes, and what decides nothing.
FRAME = {
    "django_session",
    "cache_entry",
    "limits_counter",
    "once_sent",
    "django_migrations",
    "auth_permission",
    "django_content_type",
}


def rows(
    without: Iterable[str] = (), *, within: Iterable[str] | None = None, in_place: bool = False
) -> Counter[tuple[str, str]]:
    """Every row of every table, or of those ``within``, as (table, row's text), in one statement.

    ``in_place``: with its place in the table, which changes when a row is written again as it was.
    """
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models if model._meta.managed} - FRAME - set(without)
    if within is not None:
        tables &= set(within)
    if not tables:
        return Counter()
    place = "ctid::text || " if in_place else ""
    parts = [f"SELECT '{table}', {place}(to_jsonb(t) - 'changed_at')::text FROM {table} t" for table in sorted(tables)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return Counter(cursor.fetchall())


# Of the present transaction, with what savepoints have taken back; a partition counts for its table.
WRITTEN = """
    SELECT coalesce(i.inhparent, s.relid)::regclass::text, sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)
    FROM pg_stat_xact_user_tables s LEFT JOIN pg_inherits i ON i.inhrelid = s.relid GROUP BY 1
"""


def writes() -> Counter[str]:
    """How many rows of each table the present transaction has written: two of these say which tables to compare."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return Counter({table: int(count) for table, count in cursor.fetchall()})


def said(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """What rows say, by their key: all but when they last changed."""
    return [
        {name: value for name, value in row.items() if name != "changed_at"} for row in rows.order_by("pk").values()
    ]
