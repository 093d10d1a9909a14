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


def lines_in(path: Path, dialect: Dialect) -> frozenset[int]:
    """The lines whose rows the file at ``path`` has, mended. Raises Unreadable."""
    with opened(path, dialect) as table:
        return frozenset(row.line for row in as_numbered(table))
