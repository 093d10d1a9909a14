"""Rows of a file that were mended on the page of its import: they are told by the lines that they have in that file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from accounts.imports.dialects import Dialect
from accounts.imports.opening import opened
from accounts.imports.rejects import line_in
from accounts.imports.rows import OURS, Row, Table


def as_numbered(table: Table) -> Iterator[Row]:
    """The rows of mended ones, each with its line in the file where it was refused."""
    place = table.columns.index(OURS[0])
    for row in table.rows():
        line = line_in(row.cells[place]) if place < len(row.cells) else None
        yield row if line is None else replace(row, line=line)


def rows_in(path: Path, dialect: Dialect) -> dict[int, list[str]]:
    """The rows of the file at ``path``, mended and not, by their lines, as ``own_cells``. Raises Unreadable."""
    with opened(path, dialect) as table:
        return {row.line: own_cells(table, row) for row in as_numbered(table)}


def own_cells(table: Table, row: Row) -> list[str]:
    """The cells of a row but those that a file of rejected rows has before them."""
    return [cell for name, cell in zip(table.columns, row.cells, strict=False) if name not in OURS]
