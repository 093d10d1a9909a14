"""Rows that were written while their customer was merged or parted, brought to whom they belong to by now."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection

from accounts import changes
from accounts.identity.merging import ROWS, Rows

# Rows that stand at a merged customer and are not asleep.
STRAYS: Final = """
    WITH moved AS (
        UPDATE {table} t SET customer_id = c.merged_into_id, named_id = coalesce(t.named_id, c.id) FROM accounts_customer c
        WHERE c.id = t.customer_id AND c.merged_into_id IS NOT NULL AND NOT ({double})
        RETURNING t.*
    ) {noted}
    SELECT customer_id FROM moved
"""
# Rows that stayed with a customer from which the one they name was parted. Those of ``found`` are as they were before.
STAYED: Final = """
    WITH parted(id) AS (
        SELECT s.id FROM accounts_merge m JOIN accounts_customer s ON s.id = m.survivor_id WHERE m.undone_at IS NOT NULL
        UNION SELECT s.merged_into_id FROM accounts_merge m JOIN accounts_customer s ON s.id = m.survivor_id
        WHERE m.undone_at IS NOT NULL
    ), found AS (
        SELECT t.* FROM {table} t JOIN accounts_customer n ON n.id = t.named_id
        WHERE t.customer_id IN (SELECT id FROM parted) AND coalesce(n.merged_into_id, n.id) <> t.customer_id AND NOT ({double})
    ), brought AS (
        UPDATE {table} t SET customer_id = coalesce(n.merged_into_id, n.id), named_id = CASE WHEN n.merged_into_id > 0 THEN n.id END
        FROM found f JOIN accounts_customer n ON n.id = f.named_id WHERE t.id = f.id RETURNING t.*
    ), moved AS (
        SELECT * FROM found UNION ALL SELECT * FROM brought
    ) {noted}
    SELECT customer_id FROM moved
"""


def gather(_now: dt.datetime | None = None) -> int:
    """Give rows that were written for a customer while it was merged or parted to whom they belong to; how many.

    Two statements a table of rows that wake, one a table of others. Safe to run again.
    """
    found: set[int] = set()
    gathered = 0
    for rows in ROWS.values():
        late = _moved(STRAYS, rows, rows.double.replace("%(to)s", "c.merged_into_id")) if rows.wakes else []
        double = rows.double.replace("%(to)s", "coalesce(n.merged_into_id, n.id)")
        # At home it may stand beside its like, as after an Undo.
        stayed = _moved(STAYED, rows, double if rows.is_strict else f"n.merged_into_id IS NOT NULL AND {double}")
        gathered += len(late) + len(stayed) // 2
        found.update(late, stayed)
    changes.mark(found, "merge")
    return gathered


def _moved(statement: str, rows: Rows, double: str) -> list[int]:
    """Run it for one table; the customers of the rows that moved."""
    noted = f", noted AS ({rows.noted})" * bool(rows.noted)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=rows.table, double=double, noted=noted))
        return [pk for (pk,) in cursor.fetchall()]
