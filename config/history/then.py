"""What a kept column said at the end of a past day, as SQL.

The history keeps each change with what was there before it, so the first change after the day tells what was there then. A later
change cannot reach an earlier day.
"""

from __future__ import annotations

from django.conf import settings

from config.history.models import CUSTOMER


def changed_since(kind: str, field: str, row: str, over: str) -> str:
    """The value (jsonb) that the field of the row, an alias, had before its first change from the instant ``over`` on; NULL without one."""
    column = "customer_id" if kind == CUSTOMER else "object_id"
    return f"""(SELECT e.before -> '{field}' FROM history_entry e
        WHERE e.kind = '{kind}' AND e.{column} = {row}.id AND e.at >= {over} AND e.before ? '{field}'
        ORDER BY e.id LIMIT 1)"""  # noqa: S608 (made of our own names)


def is_told(over: str) -> str:
    """Whether the history is kept as far back as the instant ``over``."""
    if not settings.HISTORY_DAYS:
        return "true"
    return f"{over} >= now() - interval '{settings.HISTORY_DAYS:d} days'"
