"""A sheet of an XLSX workbook, read by python-calamine: values as they were last computed, never formulas or macros."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import python_calamine as calamine
from django.utils.translation import gettext as _

from accounts.imports.dialects import COMPOUND, Dialect, first_bytes
from accounts.imports.rows import Row, Table, Unreadable
from accounts.uploads.archives import DAMAGED, Frugal

# A workbook is read as a whole: what it unpacks to bounds the memory it takes.
MOST_UNPACKED: Final = 200_000_000
MOST_PARTS: Final = 2_000
MOST_CELLS: Final = 10_000_000
CHUNK: Final = 1 << 18
OVERLAP: Final = 256
FILLED_CELL: Final = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?(?<!/)>')


class Sheet(Table):
    """One sheet; ``skip_lines`` of its rows stand above the names of the columns."""

    is_typed = True
    # A spreadsheet reads rejected rows as UTF-8 by this mark.
    encoding = "utf-8-sig"

    def __init__(self, path: Path, sheet: calamine.CalamineSheet, dialect: Dialect) -> None:
        super().__init__(path)
        self._rows = rows_of(sheet, dialect.decimal)
        for line, names in self._rows:
            if line > dialect.skip_lines:
                while names and not names[-1]:
                    names.pop()
                self.columns = self.named(names)
                return
        raise Unreadable(_("%(file)s is empty.") % {"file": path.name})

    def records(self) -> Iterator[Row]:
        width = len(self.columns)
        for line, cells in self._rows:
            if any(cells[width:]):
                while not cells[-1]:
                    cells.pop()
                yield Row(line, cells, ("", self.counted(cells)))
            else:
                yield self.whole(line, (cells + [""] * width)[:width])


def rows_of(sheet: calamine.CalamineSheet, decimal: str) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of every row that is not empty."""
    for line, cells in enumerate(sheet.iter_rows(), 1):
        texts = [cell_text(cell, decimal) for cell in cells]
        if any(texts):
            yield line, texts


@contextmanager
def workbook(path: Path, dialect: Dialect) -> Iterator[Sheet]:
    """The sheet that the dialect names, or the only one that is filled; raises Unreadable with one sentence."""
    with opened_book(path) as book:
        sheets = sheets_of(path, book, dialect.sheet)
        if len(sheets) > 1:
            sentence = _('%(file)s has several sheets (%(sheets)s): set sheet = "%(sheet)s" or another.')
            listed = ", ".join(sheet.name for sheet in sheets)
            raise Unreadable(sentence % {"file": path.name, "sheets": listed, "sheet": sheets[0].name})
        yield Sheet(path, sheets[0], dialect)


@contextmanager
def opened_book(path: Path) -> Iterator[calamine.CalamineWorkbook]:
    """The workbook, once it is sure that it fits the memory; raises Unreadable with one sentence."""
    check(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
    except BaseException as error:
        raise broken(path, error) from error
    try:
        yield book
    finally:
        book.close()


def sheets_of(path: Path, book: calamine.CalamineWorkbook, name: str) -> list[calamine.CalamineSheet]:
    """The sheet called ``name``, else the visible ones that have cells: at least one."""
    if name and name not in book.sheet_names:
        sentence = _("%(file)s has no sheet %(sheet)s; it has %(sheets)s.")
        raise Unreadable(sentence % {"file": path.name, "sheet": name, "sheets": ", ".join(sheet_names(book))})
    try:
        sheets = [book.get_sheet_by_name(name)] if name else filled_sheets(book)
    except BaseException as error:
        raise broken(path, error) from error
    if not sheets:
        raise Unreadable(_("%(file)s is empty.") % {"file": path.name})
    return sheets


def filled_sheets(book: calamine.CalamineWorkbook) -> list[calamine.CalamineSheet]:
    """The visible sheets that have cells."""
    return [sheet for sheet in map(book.get_sheet_by_name, sheet_names(book)) if sheet.height]


def sheet_names(book: calamine.CalamineWorkbook) -> list[str]:
    """The visible sheets, in the workbook's order."""
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet and sheet.visible == calamine.SheetVisibleEnum.Visible
    ]


def broken(path: Path, error: BaseException) -> BaseException:
    """The verdict on a workbook that the library cannot read; what is no fault of the file goes on as it is."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        sentence = _("%(file)s is no workbook (XLSX) that can be read: save it again as XLSX or CSV.")
        return Unreadable(sentence % {"file": path.name})
    return error


def check(path: Path) -> None:
    """Refuse what would take more memory than a workbook may: by what its parts unpack to and where its cells are."""
    if first_bytes(path).startswith(COMPOUND):
        sentence = _("%(file)s is an old or protected Excel file: save it as XLSX without a password, or as CSV.")
        raise Unreadable(sentence % {"file": path.name})
    try:
        with Frugal(path) as file, ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise too_large(path)
            for part in parts:
                # Reading a part to its end also proves that it is no longer than it says.
                columns = rows = 0
                tail = b""
                with archive.open(part) as stream:
                    while chunk := stream.read(CHUNK):
                        if part.filename.startswith("xl/worksheets/"):
                            for match in FILLED_CELL.finditer(tail + chunk):
                                columns, rows = max(columns, column_number(match[1])), max(rows, int(match[2]))
                            tail = chunk[-OVERLAP:]
                if columns * rows > MOST_CELLS:
                    raise too_large(path)
    except DAMAGED as error:
        raise broken(path, error) from error


def too_large(path: Path) -> Unreadable:
    sentence = _("%(file)s is too large a workbook (over %(most)d MB unpacked, or %(cells)d cells): save it as CSV.")
    return Unreadable(sentence % {"file": path.name, "most": MOST_UNPACKED // 1_000_000, "cells": MOST_CELLS})


def column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def cell_text(cell: Any, decimal: str) -> str:
    """A cell as text: days in ISO 8601, numbers with as many digits as a spreadsheet keeps."""
    match cell:
        case bool():
            text = "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004  the digits of a spreadsheet
            text = str(int(cell))
        case float():
            text = f"{cell:.15g}".replace(".", decimal)
        case dt.datetime() if cell.time() == dt.time():
            text = cell.date().isoformat()
        case dt.date() | dt.time():
            text = cell.isoformat()
        case dt.timedelta():
            text = str(cell.total_seconds()).removesuffix(".0").replace(".", decimal)
        case _:
            text = "" if cell is None else str(cell)
    return text
