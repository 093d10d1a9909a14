"""Rows that a test begins with, built once a worker and then written back as they were: a tenth of the time of building.

For tests that commit, after which the database is emptied. Sequences go on, so that no number of a row is given twice.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from django.db import connection, transaction

from tests.emptying import tables

if TYPE_CHECKING:
    from collections.abc import Callable

Built = TypeVar("Built")


class Kept(NamedTuple):
    result: bytes
    rows: dict[str, bytes]


KEPT: Final[dict[str, Kept]] = {}
# Each with the columns that are written. What refers at once, and not at the end of a transaction, is written last.
TABLES: Final = """
    SELECT c.relname || ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind IN ('r', 'p') AND c.relname = ANY(%s)
    GROUP BY c.oid, c.relname
    ORDER BY EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND NOT k.condeferrable), c.relname
"""


def again(name: str, build: Callable[[], Built]) -> Built:
    """What ``build`` returns and writes to an empty database; from the second time on without calling it."""
    if name not in KEPT:
        result = build()
        KEPT[name] = Kept(pickle.dumps(result), _rows())
        return result
    kept = KEPT[name]
    _write(kept.rows)
    result: Built = pickle.loads(kept.result)
    return result


def _rows() -> dict[str, bytes]:
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [tables()])
        for (table,) in cursor.fetchall():
            name, columns = table.split(" ", 1)
            with cursor.copy(f"COPY (SELECT {columns[1:-1]} FROM {name}) TO STDOUT") as copy:
                if rows := b"".join(bytes(part) for part in copy):
                    found[table] = rows
    return found


def _write(rows: dict[str, bytes]) -> None:
    """Without the triggers that would note each row in the history once more."""
    names = [table.partition(" ")[0] for table in rows]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for name in names:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        for table, content in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(content)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in names:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
