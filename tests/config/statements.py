"""What a statement reads and writes, asked of PostgreSQL itself.

Every executed statement becomes the body of a function that is rolled back at once: PostgreSQL parses such a body when the
function is made and notes in ``pg_depend`` each column it names, through aliases, sub-selects and CTEs alike. What is
written is seen in the text: a column for UPDATE … SET, else the whole table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from django.db import connection, transaction

ALL: Final = "*"
Columns = dict[str, set[str]]

ATOMIC: Final = "CREATE FUNCTION public.as_executed() RETURNS void LANGUAGE sql BEGIN ATOMIC {sql}; END"
NAMED: Final = """
    SELECT c.relname, a.attname FROM pg_depend d
    JOIN pg_class c ON c.oid = d.refobjid AND c.relnamespace = 'public'::regnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = 'public.as_executed()'::regprocedure
      AND d.refclassid = 'pg_class'::regclass
"""
QUOTED: Final = re.compile(r"E?'(?:[^']|'')*'")
COMMENT: Final = re.compile(r"--[^\n]*")
MADE: Final = re.compile(
    r"\s*CREATE TEMP TABLE\s+\w+\s+(?:WITH \([^)]*\)\s*)?(?:ON COMMIT DROP\s+)?AS\s", re.IGNORECASE
)
CURSOR: Final = re.compile(r"\s*DECLARE\s.*?\sFOR\s", re.IGNORECASE | re.DOTALL)
QUERY: Final = re.compile(r"\s*\(*\s*(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|VALUES)\b", re.IGNORECASE)
WHOLE: Final = re.compile(r'\b(?:INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|COPY)\s+(?:ONLY\s+)?"?(\w+)"?', re.IGNORECASE)
SOME: Final = re.compile(r'\bUPDATE\s+(?:ONLY\s+)?"?(\w+)"?(?:\s+(?:AS\s+)?\w+)?\s+SET\s+', re.IGNORECASE)
PARTITION: Final = re.compile(r"_\d{4}_\d{2}$")


@dataclass
class Touched:
    """Tables with their columns that were read and written; ``*`` is every column."""

    read: Columns = field(default_factory=lambda: defaultdict(set))
    written: Columns = field(default_factory=lambda: defaultdict(set))

    def add(self, sql: str) -> None:
        for statement in filter(str.strip, sql.split(";")):
            for table, column in named(statement):
                self.read[PARTITION.sub("", table)].add(column or ALL)
            for table, columns in written(statement).items():
                self.written[PARTITION.sub("", table)] |= columns


def named(statement: str) -> list[tuple[str, str | None]]:
    """(table, column) of each column that a query names; none for statements that are no query."""
    query = CURSOR.sub("", MADE.sub("", statement, count=1), count=1)
    if not QUERY.match(query):
        return []
    with transaction.atomic(), connection.connection.cursor() as cursor:
        cursor.execute(ATOMIC.format(sql=query).encode())
        found = cursor.execute(NAMED).fetchall()
        transaction.set_rollback(True)
    columns = [(table, column) for table, column in found if column]
    bare = {table for table, _ in found} - {table for table, _ in columns}
    return columns + [(table, None) for table in bare]


def written(statement: str) -> Columns:
    """The tables that a statement writes, with the columns of an UPDATE or all."""
    text = COMMENT.sub("", QUOTED.sub("''", statement))
    found: Columns = defaultdict(set)
    for match in WHOLE.finditer(text):
        found[match[1]].add(ALL)
    for match in SOME.finditer(text):
        found[match[1]] |= set(assigned(text[match.end() :]))
    return found


def assigned(text: str) -> Iterator[str]:
    """The columns of a SET list, which ends with FROM, WHERE, RETURNING, a closing bracket or the statement."""
    depth, word, items = 0, "", []
    for token in re.findall(r"\w+|[^\w\s]", text):
        if depth == 0 and (token.upper() in {"FROM", "WHERE", "RETURNING"} or token == ")"):
            break
        depth += (token == "(") - (token == ")")
        if depth == 0 and token == ",":
            items.append(word)
            word = ""
        else:
            word = word or (token if token not in '"(' else "")
    yield from filter(None, [*items, word])


@contextmanager
def watched() -> Iterator[Touched]:
    """What all statements inside read and wrote."""
    touched = Touched()

    def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
        rows = list(params)[:1] if many else [params]
        for row in rows:
            text = psycopg.ClientCursor(connection.connection).mogrify(sql, row) if row else sql
            touched.add(text if isinstance(text, str) else text.as_string(connection.connection))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield touched
