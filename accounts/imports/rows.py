"""Reads a table row by row; a row that cannot be read is reported and the rest goes on."""

from __future__ import annotations

import csv
import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import IO, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.dialects import SEPARATOR, Dialect
from accounts.imports.foot import FOOT_BEGINS, LONGEST_FOOT, is_foot
from accounts.imports.quoting import Lines, Quotes
from accounts.imports.texts import tidy, trouble_of, unescaped

OURS: Final = ("rejected_line", "rejected_field", "rejected_reason", "rejected_on")


class Unreadable(Exception):  # noqa: N818  a verdict on a file, not a fault
    """Why a file as a whole cannot be imported; one sentence."""


class Unfitting(Unreadable):
    """The columns that were looked for are not there; ``columns`` are those that the first line names, where it names some."""

    def __init__(self, sentence: str, columns: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.columns = columns


@dataclass(frozen=True)
class Row:
    """The cells of one record and the line it begins on; ``trouble`` (column, reason) or None.

    Of a record that leaves open where it ends, the cells are the text of its line, and ``tail`` the lines after it that could be
    its own.
    """

    line: int
    cells: list[str]
    trouble: tuple[str, str] | None = None
    tail: tuple[str, ...] = ()


def kept_names(names: list[str]) -> list[str]:
    """The names of columns as they are kept: composed, and those of rejected rows as they were before ``escaped``."""
    columns = [name.strip() for name in tidy(names)]
    return [unescaped(name) for name in columns] if OURS[0] in columns else columns


class Table(ABC):
    """A file that is open: its ``columns``, then its rows, once. ``is_corrected``: rejected rows, corrected;
    ``rejected_on`` is then the first day on which one of those read so far was rejected. ``is_typed``: days and numbers
    are such in the file and were made texts. ``is_escaped``: apostrophes stand before what a spreadsheet would run. ``absent``: other files in
    which rows could be looked up and that are not there. ``encoding``, ``delimiter`` and ``above``, the lines above the names of the
    columns, are how its rejected rows are written.
    """

    is_typed = False
    is_escaped = False
    absent: tuple[str, ...] = ()
    encoding = "utf-8"
    delimiter = ","
    above = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: list[str] = []
        self.rejected_on: dt.date | None = None

    @cached_property
    def is_corrected(self) -> bool:
        return OURS[0] in self.columns

    @abstractmethod
    def records(self) -> Iterator[Row]:
        """Every record after the names of the columns; empty lines are no records."""

    def rows(self) -> Iterator[Row]:
        """Every record; the last one is in trouble where it sums up the others instead of being one."""
        held: list[Row] = []
        for row in self.records():
            if not held and not row.trouble and row.cells[0][:1] not in FOOT_BEGINS:
                yield row
                continue
            if held and row.trouble and len(held) < LONGEST_FOOT:
                held.append(row)
                continue
            yield from held
            held.clear()
            if not row.trouble and is_foot(row.cells):
                held.append(row)
            else:
                yield row
        if held:
            yield replace(held[0], trouble=("", _("is the foot of a report, no record")))
            yield from held[1:]

    def named(self, names: list[str]) -> list[str]:
        """The names of the columns as they are kept; raises Unreadable where they are none."""
        columns = kept_names(names)
        given = [name for name in columns if name]
        repeated = sorted({name for name in given if given.count(name) > 1})
        if repeated or not given or any(trouble_of([name]) for name in given):
            raise self.unreadable(repeated, given)
        return columns

    def unreadable(self, repeated: Sequence[str] = (), given: Sequence[str] = ()) -> Unfitting:
        if repeated:
            sentence = _("%(file)s: the column %(column)s stands twice in its first line.")
            return Unfitting(sentence % {"file": self.path.name, "column": repeated[0]}, given)
        sentence = _("%(file)s: its first line does not name columns.")
        return Unfitting(sentence % {"file": self.path.name})

    def cell(self, row: Row, column: str) -> str:
        """The cell of ``row`` in ``column``; "" for a field joined from several columns."""
        return row.cells[self.columns.index(column)] if column in self.columns else ""

    def fitted(self, cells: list[str]) -> list[str]:
        """The cells without one that only a trailing delimiter makes."""
        if len(cells) == len(self.columns) + 1 and not cells[-1].strip():
            return cells[:-1]
        if len(cells) == len(self.columns) - 1 and not self.columns[-1]:
            return [*cells, ""]
        return cells

    def counted(self, cells: list[str]) -> str:
        found, wanted = len(cells), len(self.columns)
        counts = {
            "cells": ngettext("%(n)d cell", "%(n)d cells", found) % {"n": found},
            "columns": ngettext("%(n)d column", "%(n)d columns", wanted) % {"n": wanted},
        }
        return _("%(cells)s where the first line names %(columns)s") % counts

    def whole(self, line: int, cells: list[str]) -> Row:
        """A row with a cell for each column."""
        if self.is_corrected or self.is_escaped:
            cells = [unescaped(cell) for cell in cells]
            self._note_day(cells)
        joined = "".join(cells)
        if joined.isascii() and "\0" not in joined:
            return Row(line, cells)
        cells = tidy(cells)
        return Row(line, cells, self._trouble(cells))

    def _note_day(self, cells: list[str]) -> None:
        """Keep the first of the days on which rows were rejected; ignore unreadable ones."""
        if OURS[3] in self.columns:
            with suppress(ValueError):
                day = dt.date.fromisoformat(cells[self.columns.index(OURS[3])].strip())
                self.rejected_on = min(day, self.rejected_on or day)

    def _trouble(self, cells: list[str]) -> tuple[str, str] | None:
        for column, cell in zip(self.columns, cells, strict=True):
            if reason := trouble_of([cell]):
                return column, reason
            if self.is_corrected and "\ufffd" in cell:
                return column, _("holds a character that could not be read (\ufffd)")
        return None


class Delimited(Table):
    """A text file of cells between delimiters (RFC 4180, and what people make of it)."""

    def __init__(self, path: Path, stream: IO[str], dialect: Dialect) -> None:
        super().__init__(path)
        self._source = Lines(stream)
        delimiter = dialect.delimiter
        self.encoding, self.is_escaped = dialect.encoding, dialect.escaped
        self._before = 0
        self._was_short = False
        if separator := SEPARATOR.fullmatch(self._source.ahead(0).removeprefix("\ufeff")):
            delimiter = separator[1]
            self.above = self._source.ahead(0)
            self._before = len(self._source.skip(1))
        for _title in range(dialect.skip_lines):
            if self._source.ahead(0):
                self.above += self._source.ahead(0)
                self._before += len(self._source.skip(1))
        self.delimiter = delimiter
        self._quotes = Quotes(delimiter, dialect.escape)
        self._lines = self._quotes.reader(self._source)
        self.columns = self._header()

    def _header(self) -> list[str]:
        try:
            return self.named(next(self._lines))
        except StopIteration:
            raise Unreadable(_("%(file)s is empty.") % {"file": self.path.name}) from None
        except csv.Error:
            raise self.unreadable() from None

    def records(self) -> Iterator[Row]:
        while True:
            line = self._line() + 1
            self._source.read.clear()
            try:
                cells = next(self._lines)
            except StopIteration:
                return
            except csv.Error as error:
                read = [*self._source.read, *self._skip_tail()]
                first, *tail = (text.rstrip("\r\n")[: csv.field_size_limit()] for text in read)
                yield Row(line, [first], ("", self._why(error, line)), tuple(tail))
                continue
            if cells:
                yield self._row(line, cells)

    def _line(self) -> int:
        """The last line that was read."""
        return self._before + self._lines.line_num

    def _skip_tail(self) -> list[str]:
        """Skip the lines that could still belong to the record just read; returns them."""
        text = "".join(self._source.read)
        lines = self._source.skip(self._tail(text)) if '"' in text else []
        self._before += len(lines)
        return lines

    def _tail(self, refused: str) -> int:
        """How many of the lines ahead could still belong to the record ``refused``, whose quotes leave open where it ends.

        Looks no further than the longest cell; where no mark at all is ahead, nothing was opened. Lines without a quotation mark belong to it where the next mark shows no surely
        readable record; that record must not be followed by a mark that closes what nothing opened.
        """
        tail = seen = size = 0
        is_open, is_sure, is_marked = self._quotes.leave_open(refused), False, False
        while (line := self._source.ahead(seen)) and size < csv.field_size_limit():
            size += len(line)
            is_marked = is_marked or '"' in line
            if is_open:
                tail = seen = seen + 1
                is_open = self._quotes.leave_open(line)
            elif '"' not in line:
                seen += 1
            elif (lines := self._sure(seen)) and not is_sure:
                seen, is_sure = seen + lines, True
            elif not lines and self._quotes.are_stray(line):
                tail = seen = seen + 1
                is_open, is_sure = False, False
            else:
                return tail if is_sure else seen
        return tail if is_marked else 0

    def _sure(self, place: int) -> int:
        """How many lines the record takes that begins ``place`` lines ahead; 0 where it cannot be read surely."""
        ahead = iter(map(self._source.ahead, count(place)).__next__, "")
        trial = self._quotes.reader(ahead)
        try:
            cells = next(trial)
        except csv.Error:
            return 0
        lines: int = trial.line_num
        text = "".join(self._source.ahead(place + number) for number in range(lines))
        return lines if len(cells) == len(self.columns) and self._quotes.are_plain(text) else 0

    def _why(self, error: csv.Error, line: int) -> str:
        """Why the record that begins on ``line`` cannot be read, with the lines that are lost by it where these are several."""
        message = str(error)
        if "expected after" in message:
            reason = _('a quotation mark inside quotes is neither doubled nor after the "escape" of the mapping')
        elif "unexpected end" in message:
            reason = _("quotes that are opened and never closed")
        elif "field limit" in message:
            reason = _("a cell is longer than %(most)s characters") % {"most": f"{csv.field_size_limit():,}"}
        else:
            reason = message
        return _("cannot be read as CSV: %(error)s") % {"error": self._with_lines(reason, line)}

    def _with_lines(self, reason: str, line: int) -> str:
        """The reason, with the lines from ``line`` to the last where these are several."""
        if (last := self._line()) == line:
            return reason
        return reason + " " + _("(lines %(first)d to %(last)d)") % {"first": line, "last": last}

    def _stands_alone(self) -> bool:
        """Whether a record without its last cell is whole: neither the record before it nor the one behind it is short."""
        following = self._source.ahead(0)
        return not self._was_short and (not following.strip() or bool(self._sure(0)))

    def _row(self, line: int, cells: list[str]) -> Row:
        if len(cells) != len(self.columns):
            cells = self.fitted(cells)
        if len(cells) == len(self.columns) - 1 > 1 and self._stands_alone():
            cells = [*cells, ""]
        self._was_short = len(cells) != len(self.columns)
        if self._was_short:
            reason, tail = self.counted(cells), self._skip_tail()
            lines = tuple(text.rstrip("\r\n")[: csv.field_size_limit()] for text in tail)
            return Row(line, cells, ("", self._with_lines(reason, line) if tail else reason), lines)
        return self.whole(line, cells)
