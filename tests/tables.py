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


def rows(without: Iterable[str] = (), *, in_place: bool = False) -> Counter[tuple[str, str]]:
    """Every row of every table as (table, row's text), in one statement.

    ``in_place``: with its place in the table, which changes when a row is written again as it was.
    """
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models if model._meta.managed} - FRAME - set(without)
    place = "ctid::text || " if in_place else ""
    parts = [f"SELECT '{table}', {place}(to_jsonb(t) - 'changed_at')::text FROM {table} t" for table in sorted(tables)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return Counter(cursor.fetchall())


def said(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """What rows say, by their key: all but when they last changed."""
    return [
        {name: value for name, value in row.items() if name != "changed_at"} for row in rows.order_by("pk").values()
    ]
