"""The contents of a database, in a form for comparing two databases."""

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
# The sum does not depend on the order of the rows, and a duplicate row counts twice.
SUM: Final = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM ONLY {} t"
SEQUENCES: Final = "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences ORDER BY 1"
MIGRATIONS: Final = "SELECT app || '.' || name FROM django_migrations ORDER BY 1"
# Smaller tables are read too quickly for a progress line.
SAID_FROM: Final = 100_000
Say = Callable[[str], object]


@dataclass(frozen=True)
class Contents:
    """Rows and sum of row hashes of each table, the minimum value of each sequence, and the applied migrations."""

    tables: dict[str, tuple[int, str]]
    sequences: dict[str, int | None]
    migrations: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Contents:
        """Raises KeyError, TypeError, ValueError, AttributeError or OverflowError for invalid data."""
        tables = {str(name): (int(rows), str(total)) for name, (rows, total) in data["tables"].items()}
        positions = {str(name): None if value is None else int(value) for name, value in data["sequences"].items()}
        return cls(tables, positions, [str(name) for name in data["migrations"]])

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.tables.values())

    def not_in(self, restored: Contents) -> list[str]:
        """The names of what differs in ``restored``, a restored dump of these contents; empty where all is equal.

        A sequence may have advanced before the dump read it, but may not be behind.
        """
        names = sorted(self.tables.keys() | restored.tables.keys())
        differences = [f"table {name}" for name in names if self.tables.get(name) != restored.tables.get(name)]
        behind = {name for name, value in self.sequences.items() if (restored.sequences.get(name) or 0) < (value or 0)}
        differences += [
            f"sequence {name}" for name in sorted(behind | self.sequences.keys() ^ restored.sequences.keys())
        ]
        return differences + (["migrations"] if self.migrations != restored.migrations else [])


def silent(_line: str) -> None:
    """Says nothing."""


def sequences(session: psycopg.Connection) -> dict[str, int | None]:
    """The present value of each sequence; sequences advance outside transactions."""
    return dict(session.execute(SEQUENCES).fetchall())


def migrations(session: psycopg.Connection) -> list[str]:
    return [name for (name,) in session.execute(MIGRATIONS)]


def read(session: psycopg.Connection, say: Say = silent) -> Contents:
    """The contents in the session's transaction; reads every table once and reports the large ones."""
    positions, tables = sequences(session), {}
    for schema, name in session.execute(TABLES).fetchall():
        query = sql.SQL(SUM).format(sql.Identifier(schema, name))
        rows, total = session.execute(query).fetchone() or (0, "0")
        tables[f"{schema}.{name}"] = (rows, total)
        if rows >= SAID_FROM:
            say(f"Counted {name}, {rows:,} rows")
    return Contents(tables, positions, migrations(session))
