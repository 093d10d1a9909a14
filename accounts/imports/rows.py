"""Reads a CSV file row by row; a row that cannot be read is reported and the rest goes on."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Final

from django.utils.translation import gettext as _

from accounts.imports.quoting import Lines, Quotes
from config.text import storable

OURS: Final = ("rejected_line", "rejected_field", "rejected_reason", "rejected_on")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class Unreadable(Exception):  # noqa: N818  a verdict on a file, not a fault
    """Why a file as a whole cannot be imported; one sentence."""


@dataclass(frozen=True)
class Row:
    """The cells of one record and the line it begins on; ``trouble`` (column, reason) or None."""

    line: int
    cells: list[str]
    trouble: tuple[str, str] | None = None


class Table:
    """A CSV file that is open: its ``columns``, then its rows, once. ``is_corrected``: rejected rows, corrected;
    ``rejected_on`` is then the first day on which one of those read so far was rejected.
    """

    def __init__(self, path: Path, stream: IO[str], delimiter: str, escape: str = "") -> None:
        self.path = path
        self._source = Lines(stream)
        self._quotes = Quotes(delimiter, escape)
        self._lines = self._quotes.reader(self._source)
        self.columns = self._header()
        self._before = 0
        self.is_corrected = OURS[0] in self.columns
        if self.is_corrected and escape:
            # Our own files of rejected rows escape nothing.
            self._quotes = Quotes(delimiter)
            self._before, self._lines = self._lines.line_num, self._quotes.reader(self._source)
        self.rejected_on: dt.date | None = None

    def _header(self) -> list[str]:
        try:
            columns = [name.strip() for name in next(self._lines)]
        except StopIteration:
            raise Unreadable(_("%(file)s is empty.") % {"file": self.path.name}) from None
        except csv.Error:
            raise self._unreadable() from None
        names = [name for name in columns if name]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated or not names or any(trouble_of([name]) for name in names):
            raise self._unreadable(repeated)
        return columns

    def _unreadable(self, repeated: list[str] | None = None) -> Unreadable:
        if repeated:
            sentence = _("%(file)s: the column %(column)s stands twice in its first line.")
            return Unreadable(sentence % {"file": self.path.name, "column": repeated[0]})
        sentence = _("%(file)s: its first line does not name columns.")
        return Unreadable(sentence % {"file": self.path.name})

    def rows(self) -> Iterator[Row]:
        """Every record after the first; empty lines are no records."""
        while True:
            line = self._line() + 1
            self._source.read.clear()
            try:
                cells = next(self._lines)
            except StopIteration:
                return
            except csv.Error as error:
                self._skip_tail()
                yield Row(line, [], ("", self._why(error, line)))
                continue
            if cells:
                yield self._row(line, cells)

    def _line(self) -> int:
        """The last line that was read."""
        return self._before + self._lines.line_num

    def _skip_tail(self) -> int:
        """Skip the lines that could still belong to the record just read; returns how many."""
        text = "".join(self._source.read)
        lines = self._source.skip(self._tail(text)) if '"' in text else 0
        self._before += lines
        return lines

    def _tail(self, refused: str) -> int:
        """How many of the lines ahead could still belong to the record ``refused``, whose quotes leave open where it ends.

        Looks no further than the longest cell. Lines without a quotation mark belong to it where the next mark shows no surely
        readable record; that record must not be followed by a mark that closes what nothing opened.
        """
        tail = seen = size = 0
        is_open, is_sure = self._quotes.leave_open(refused), False
        while (line := self._source.ahead(seen)) and size < csv.field_size_limit():
            size += len(line)
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
        return tail

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
        else:
            reason = message
        return _("cannot be read as CSV: %(error)s") % {"error": self._with_lines(reason, line)}

    def _with_lines(self, reason: str, line: int) -> str:
        """The reason, with the lines from ``line`` to the last where these are several."""
        if (last := self._line()) == line:
            return reason
        return reason + " " + _("(lines %(first)d to %(last)d)") % {"first": line, "last": last}

    def cell(self, row: Row, column: str) -> str:
        """The cell of ``row`` in ``column``; "" for a field joined from several columns."""
        return row.cells[self.columns.index(column)] if column in self.columns else ""

    def _row(self, line: int, cells: list[str]) -> Row:
        if len(cells) != len(self.columns):
            counts = {"found": len(cells), "wanted": len(self.columns)}
            reason = _("%(found)d cells where the first line names %(wanted)d columns") % counts
            return Row(line, cells, ("", self._with_lines(reason, line) if self._skip_tail() else reason))
        if self.is_corrected:
            cells = [unescaped(cell) for cell in cells]
            self._note_day(cells)
        joined = "".join(cells)
        if joined.isascii() and "\0" not in joined:
            return Row(line, cells)
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
        return None


def trouble_of(cells: list[str]) -> str:
    """Why these cells are no text: a NUL or bytes that are not of the file's encoding; or ""."""
    joined = "".join(cells)
    if "\0" in joined:
        return _("holds a NUL character")
    try:
        joined.encode()
    except UnicodeEncodeError:
        return _("holds bytes that are not text in the file's encoding")
    if not storable(joined):
        return _("holds a control character or one that turns the direction of text")
    return ""


@contextmanager
def opened(path: Path, encoding: str, delimiter: str, escape: str = "") -> Iterator[Table]:
    """The table in ``path``; raises Unreadable with one sentence.

    ``escape``: the character before a quotation mark that is part of its cell; without it such a mark is doubled.
    """
    name = "utf-8-sig" if encoding.casefold() in {"utf-8", "utf8"} else encoding
    try:
        with path.open(encoding=name, errors="surrogateescape", newline="") as stream:
            yield Table(path, stream, delimiter, escape)
    except (OSError, UnicodeError) as error:
        raise Unreadable(sentence_of(path, encoding, error)) from error


def sentence_of(path: Path, encoding: str, error: Exception) -> str:
    names = {"file": path.name, "encoding": encoding}
    if isinstance(error, UnicodeError):
        return _("%(file)s is not text in the encoding %(encoding)s.") % names
    names["reason"] = getattr(error, "strerror", None) or str(error)
    return _("%(file)s cannot be read: %(reason)s.") % names


def escaped(cell: str) -> str:
    """The cell in a form that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    clean = cell.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return f"'{clean}" if clean.lstrip(" ").startswith(FORMULA) else clean


def unescaped(cell: str) -> str:
    """Reverses ``escaped``, for a file of rejected rows that comes in again, corrected."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(FORMULA) else cell
