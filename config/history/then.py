"""What a kept column said at the end of a past day, as SQL.

The history keeps each change with what was there before it, so the first change after the day tells what was there then. A later
change cannot reach an earlier day.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings

from config.history.models import CUSTOMER

# A merge moves rows and an Undo takes them back: nobody wrote that, and what they moved counts as it stands now.
BY_SOMEBODY: Final = "split_part(e.door, ':', 1) NOT IN ('merge', 'undo')"


def changed_since(kind: str, field: str, row: str, over: str) -> str:
    """The value (jsonb) that the field of the row, an alias, had before its first change from the instant ``over`` on; NULL without one."""
    column = "customer_id" if kind == CUSTOMER else "object_id"
    return f"""(SELECT e.before -> '{field}' FROM history_entry e
        WHERE e.kind = '{kind}' AND e.{column} = {row}.id AND e.at >= {over} AND e.before ? '{field}'
        ORDER BY e.id LIMIT 1)"""  # noqa: S608 (made of our own names)


def fields_since(kind: str, row: str, over: str, **fields: str) -> str:
    """``changed_since`` of several fields as one row, to join; the history is read once.

    Of each field its condition says which entries ``e`` count (empty: all).
    """
    column = "customer_id" if kind == CUSTOMER else "object_id"
    values = ", ".join(
        f"(array_agg(e.before -> '{field}' ORDER BY e.id) FILTER (WHERE e.before ? '{field}' AND {which or 'true'}))[1] AS {field}"
        for field, which in fields.items()
    )
    return f"SELECT {values} FROM history_entry e WHERE e.kind = '{kind}' AND e.{column} = {row}.id AND e.at >= {over}"  # noqa: S608 (made of our own names)


def is_told(over: str) -> str:
    """Whether the history is kept as far back as the instant ``over``."""
    if not settings.HISTORY_DAYS:
        return "true"
    return f"{over} >= now() - interval '{settings.HISTORY_DAYS:d} days'"
