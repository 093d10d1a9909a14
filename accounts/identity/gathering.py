"""Rows that were written while their customer was merged or parted, brought to whom they belong to by now."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction

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
# Rows that stayed with a customer from which the one they name was parted.
FOUND: Final = """
    WITH parted(id) AS (
        SELECT s.id FROM accounts_merge m JOIN accounts_customer s ON s.id = m.survivor_id WHERE m.undone_at IS NOT NULL
        UNION SELECT s.merged_into_id FROM accounts_merge m JOIN accounts_customer s ON s.id = m.survivor_id
        WHERE m.undone_at IS NOT NULL
    ), found AS (
        SELECT t.* FROM {table} t JOIN accounts_customer n ON n.id = t.named_id
        WHERE t.customer_id IN (SELECT id FROM parted) AND coalesce(n.merged_into_id, n.id) <> t.customer_id AND NOT ({double})
    )
"""
NAMED: Final = f"{FOUND} SELECT DISTINCT named_id FROM found"  # noqa: S608 (made of constants)
# Merges lock their customers, too, and the rows of those that they name do not move meanwhile.
LOCK: Final = "SELECT id FROM accounts_customer WHERE id = ANY(%s) ORDER BY id FOR SHARE"
# Those of ``found`` are as they were before.
STAYED: Final = f"""
    {FOUND}, brought AS (
        UPDATE {{table}} t SET customer_id = coalesce(n.merged_into_id, n.id), named_id = CASE WHEN n.merged_into_id > 0 THEN n.id END
        FROM found f JOIN accounts_customer n ON n.id = f.named_id
        WHERE t.id = f.id AND t.customer_id = f.customer_id AND n.id = ANY(%(named)s) RETURNING t.*
    ), moved AS (
        SELECT f.* FROM found f WHERE f.id IN (SELECT id FROM brought) UNION ALL SELECT * FROM brought
    ) {{noted}}
    SELECT customer_id FROM moved
"""  # noqa: S608 (made of constants)


def gather(_now: dt.datetime | None = None) -> int:
    """Give rows that were written for a customer while it was merged or parted to whom they belong to; how many.

    Two statements a table of rows that wake, one a table of others, and two more a table of which rows stayed. Safe to run again.
    """
    found: set[int] = set()
    gathered = 0
    for rows in ROWS.values():
        late = _moved(STRAYS, rows, rows.double.replace("%(to)s", "c.merged_into_id")) if rows.wakes else []
        double = rows.double.replace("%(to)s", "coalesce(n.merged_into_id, n.id)")
        # At home it may stand beside its like, as after an Undo.
        stayed = _brought(rows, double if rows.is_strict else f"n.merged_into_id IS NOT NULL AND {double}")
        gathered += len(late) + len(stayed) // 2
        found.update(late, stayed)
    changes.mark(found, "merge")
    return gathered


@transaction.atomic
def _brought(rows: Rows, double: str) -> list[int]:
    """Bring home what stayed, once no merge is at the customers that it names; who had the rows before and after."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED.format(table=rows.table, double=double))
        named = [pk for (pk,) in cursor.fetchall()]
        if not named:
            return []
        cursor.execute(LOCK, [named])
    return _moved(STAYED, rows, double, {"named": named})


def _moved(statement: str, rows: Rows, double: str, params: dict[str, list[int]] | None = None) -> list[int]:
    """Run it for one table; the customers of the rows that moved."""
    noted = f", noted AS ({rows.noted})" * bool(rows.noted)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=rows.table, double=double, noted=noted), params)
        return [pk for (pk,) in cursor.fetchall()]
