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


def lines_of(path: Path, dialect: Dialect, *, is_mended: bool) -> dict[int, int]:
    """By the line by which the import tells a row of the corrected ones at ``path``: its line where it was refused.

    Rows that name no such line are left out. Raises Unreadable.
    """
    with opened(path, dialect) as table:
        if OURS[0] not in table.columns:
            return {}
        place = table.columns.index(OURS[0])
        lines = ((row.line, line_in(row.cells[place]) if place < len(row.cells) else None) for row in table.rows())
        return {line if is_mended else own: line for own, line in lines if line is not None}
