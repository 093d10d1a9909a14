"""One line of a file as an import would read it: what stands in its cells, and what would be written of them.

Rows and values are read by what imports read them with; only the beginning of a file is looked at, however long it is.
"""

from __future__ import annotations

import datetime as dt
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction

from accounts.imports import beside, tables
from accounts.imports.cells import Field
from accounts.imports.dialects import COMPOUND, ZIP, Dialect, first_bytes
from accounts.imports.foot import LONGEST_FOOT
from accounts.imports.keyed import keep, made
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.opening import opened
from accounts.imports.parts import Part
from accounts.imports.planning import as_typed, plan_here
from accounts.imports.recognising import sampling
from accounts.imports.recognising.keeping import KEPT_SECONDS, digest
from accounts.imports.rows import Row, Table
from accounts.imports.staging import Staged
from accounts.imports.targets import Target
from config import clock

# So many records from the first can be looked at.
MOST: Final = 500
CELLS: Final = "cells"


class Beginning(Table):
    """The first records of a file that was opened before; ``is_whole``: it has no others."""

    def __init__(self, table: Table, found: list[Row], *, is_whole: bool) -> None:
        super().__init__(table.path)
        self.columns, self.found, self.is_whole = table.columns, found, is_whole
        self.is_typed, self.is_escaped = table.is_typed, table.is_escaped

    def records(self) -> Iterator[Row]:
        return iter(self.found)

    def rows(self) -> Iterator[Row]:
        return iter(self.found)


@dataclass(frozen=True)
class Cell:
    """One field of a line: the columns and texts it is read from, and its value; ``reasons`` why it has none, or refuses its row.

    ``is_left_out``: the row goes in without it.
    """

    field: Field
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    value: Any
    reasons: tuple[str, ...] = ()
    is_left_out: bool = False


@dataclass(frozen=True)
class Line:
    """A line with its fields; ``troubles`` are (column, reason) of what refuses it, "" for the line as a whole.

    ``before`` and ``behind`` are the lines of the records beside it, None where there is none to look at; ``last`` is the last one
    that can be looked at. ``currency`` is that of its amounts.
    """

    number: int
    before: int | None
    behind: int | None
    last: int
    is_whole: bool
    is_skipped: bool
    troubles: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    values: dict[str, Any]
    fields: tuple[Field, ...]
    currency: str


def line_of(
    path: Path,
    file: FileMap,
    target: Target,
    number: int,
    day: dt.date,
    looks: Sequence[beside.Look] = (),
) -> Line | None:
    """The record that begins on line ``number`` or last before it, else the first; None where the file has none.

    ``file`` may lack what every row needs. Raises Unreadable or MappingError, each one sentence.
    """
    begun = beginning(path, file.dialect)
    with looked_up(begun, looks) as table:
        found = list(table.rows())
        if not found:
            return None
        place = max((place for place, row in enumerate(found) if row.line <= number), default=0)
        row, around = found[place], (found[place - 1] if place else None, *found[place + 1 : place + 2])
        file = as_typed(file, table)
        home, _frozen = clock.organisation() or (clock.UTC, None)
        plan = plan_here(file, target, table, day, home, is_whole=False)
        is_fit = len(row.cells) == len(table.columns)
        is_skipped = is_fit and plan.leaves_out(row.cells, is_in_trouble=bool(row.trouble))
        values, troubles, unread = ({}, [row.trouble], []) if row.trouble else plan.values(row.cells)
        parts = (*plan.parts, *(duration.part for duration in plan.durations))
        left_out = {name: reason for name, _column, reason in unread}
        cells = [] if row.trouble else [cell(file, part, table, row, values, troubles, left_out) for part in parts]
        return Line(
            row.line,
            around[0].line if around[0] else None,
            around[1].line if len(around) > 1 and around[1] else None,
            found[-1].line,
            begun.is_whole,
            is_skipped,
            tuple(trouble for trouble in troubles if trouble),
            tuple(cells),
            values,
            plan.fields,
            values.get("currency") or plan.currency,
        )


def cell(
    file: FileMap,
    part: Part,
    table: Table,
    row: Row,
    values: dict[str, Any],
    troubles: Sequence[tuple[str, str] | None],
    left_out: dict[str, str],
) -> Cell:
    """One field of the row."""
    given = file.field(part.field.name)
    columns = read_from(given) if given else ()
    texts = tuple(table.cell(row, name) for name in columns)
    reasons = tuple(reason for column, reason in filter(None, troubles) if column in {part.column, *columns} - {""})
    if part.field.name in left_out:
        return Cell(part.field, columns, texts, None, (left_out[part.field.name],), is_left_out=True)
    return Cell(part.field, columns, texts, values.get(part.field.name), reasons)


def customer_of(line: Line, file: FileMap, day: dt.date) -> int | None:
    """The customer to whom the line's word for one leads, as an import finds it; None for none. Nothing is written."""
    own = tuple(field for field in line.fields if field.name == "customer")
    word = line.values.get("customer")
    if not own or not word:
        return None
    with transaction.atomic():
        staged = Staged(file, own, day, today=day)
        staged.create()
        staged.copy([[line.number, None, word]])
        found = staged.rows(staged.customers)
        transaction.set_rollback(True)
    return found[0][1] if found else None


def read_from(given: FieldMap) -> tuple[str, ...]:
    """The columns that a field is read from, each once."""
    return tuple(dict.fromkeys((*given.columns, *given.attributes.values(), *given.by, *given.per)))


def beginning(path: Path, dialect: Dialect) -> Beginning:
    """The first records of the file, read once an hour as the reader's language tells what is wrong with them. Raises Unreadable."""
    key = f"import-beginning:{digest(path, repr(dialect), {})}"
    if known := cache.get(key):
        found: Beginning = pickle.loads(known)  # noqa: S301  our own, of our own cache
        return found
    with first_piece(path) as (piece, is_whole), opened(piece, dialect) as table:
        rows = list(islice(table.rows(), MOST + 1))
        if not is_whole and len(rows) <= MOST:
            # The last one may be cut in its middle, and none of them ends a report.
            rows = rows[:-LONGEST_FOOT]
        begun = Beginning(table, rows[:MOST], is_whole=is_whole and len(rows) <= MOST)
    begun.path = path
    cache.set(key, pickle.dumps(begun), KEPT_SECONDS)
    return begun


@contextmanager
def first_piece(path: Path) -> Iterator[tuple[Path, bool]]:
    """A file of the first bytes of a long text, and whether that is all of it; a workbook is read whole."""
    if path.stat().st_size <= sampling.BEGINNING or first_bytes(path).startswith((ZIP, COMPOUND)):
        yield path, True
        return
    with tempfile.TemporaryDirectory() as folder, path.open("rb") as stream:
        piece = Path(folder) / path.name
        piece.write_bytes(stream.read(sampling.BEGINNING))
        yield piece, False


@contextmanager
def looked_up(table: Table, looks: Sequence[beside.Look]) -> Iterator[Table]:
    """The table with the columns of the other files as far as these were looked at: a row that is not among these says nothing."""
    with ExitStack() as stack:
        others = []
        columns = list(table.columns)
        for look in looks:
            join = look.join if look.found.is_whole else replace(look.join, optional=True)
            sought = tables.Look(join, None, look.columns, columns.index(join.by))
            rows = stack.enter_context(made(":memory:", {sought.own: CELLS}))
            keep(rows, look.found.samples, look.found.columns, join.key, {sought.own: CELLS})
            others.append(tables.Other(sought, rows, CELLS))
            columns += look.columns
        yield tables.Joined(table, others) if others else table
