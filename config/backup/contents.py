"""What a database holds, in a form that two databases can be compared by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

TABLES: Final = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    ORDER BY n.nspname, c.relname
"""
# Sums do not depend on the order of the rows, and a row that stands twice counts twice.
SUM: Final = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM ONLY {} t"
SEQUENCES: Final = "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences ORDER BY 1"
MIGRATIONS: Final = "SELECT app || '.' || name FROM django_migrations ORDER BY 1"
# A table of fewer rows is read before anybody waits for it.
SAID_FROM: Final = 100_000
Say = Callable[[str], object]


@dataclass(frozen=True)
class Contents:
    """Rows and sum of row hashes of each table, where each sequence stands at least, and the migrations applied."""

    tables: dict[str, tuple[int, str]]
    sequences: dict[str, int | None]
    migrations: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Contents:
        """Raises KeyError, TypeError, ValueError, AttributeError or OverflowError where that is no description."""
        tables = {str(name): (int(rows), str(total)) for name, (rows, total) in given["tables"].items()}
        stand = {str(name): None if value is None else int(value) for name, value in given["sequences"].items()}
        return cls(tables, stand, [str(name) for name in given["migrations"]])

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.tables.values())

    def not_in(self, restored: Contents) -> list[str]:
        """What ``restored``, made of a dump of these, holds otherwise, by name; empty where it is what it should be.

        A sequence may have gone on before the dump came to it, but may not stand behind.
        """
        names = sorted(self.tables.keys() | restored.tables.keys())
        found = [f"table {name}" for name in names if self.tables.get(name) != restored.tables.get(name)]
        behind = {name for name, value in self.sequences.items() if (restored.sequences.get(name) or 0) < (value or 0)}
        found += [f"sequence {name}" for name in sorted(behind | self.sequences.keys() ^ restored.sequences.keys())]
        return found + (["migrations"] if self.migrations != restored.migrations else [])


def silent(_line: str) -> None:
    """Says nothing."""


def sequences(session: psycopg.Connection) -> dict[str, int | None]:
    """Where each sequence stands now: no transaction holds them still, they only go on."""
    return dict(session.execute(SEQUENCES).fetchall())


def migrations(session: psycopg.Connection) -> list[str]:
    return [name for (name,) in session.execute(MIGRATIONS)]


def read(session: psycopg.Connection, say: Say = silent) -> Contents:
    """The contents as the session's transaction sees them; every table is read once, the large ones are said."""
    stand, tables = sequences(session), {}
    for schema, name in session.execute(TABLES).fetchall():
        query = sql.SQL(SUM).format(sql.Identifier(schema, name))
        rows, total = session.execute(query).fetchone() or (0, "0")
        tables[f"{schema}.{name}"] = (rows, total)
        if rows >= SAID_FROM:
            say(f"Counted {name}, {rows:,} rows")
    return Contents(tables, stand, migrations(session))
