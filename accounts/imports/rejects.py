"""Rejected rows in a file of their own, written as theirs is, to be corrected and imported again; and a list of single cells left out."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from django.utils.translation import gettext as _

from accounts.imports.rows import OURS, Row, Unreadable
from accounts.imports.texts import SURROGATE, escaped
from config.text import PLAINER


def cells_path(rejects: Path) -> Path:
    """The path of the list of cells left out: beside the rejected rows."""
    return rejects.with_name(f"cells-{rejects.name}")


class Cells(AbstractContextManager["Cells"]):
    """Cells that could not be read in rows that went in without them; no file where there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._stream: IO[str] | None = None
        self._lines: Any = None

    def add(self, line: int, column: str, cell: str, reason: str) -> None:
        if self._lines is None:
            self._stream = opened(self.path)
            self._lines = csv.writer(self._stream, quoting=csv.QUOTE_ALL)
            self._lines.writerow(["line", "column", "cell", "reason"])
        self.count += 1
        self._lines.writerow(escaped(word) for word in (str(line), column, cell, reason))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream:
            self._stream.close()


def opened(path: Path, encoding: str = "utf-8") -> IO[str]:
    try:
        return path.open("w", encoding=encoding, newline="")
    except OSError as error:
        sentence = _("Rejected rows cannot be written to %(file)s: %(reason)s.")
        raise Unreadable(sentence % {"file": path, "reason": error.strerror or error}) from error


class Rejects(AbstractContextManager["Rejects"]):
    """Line, column, reason and day, then the original cells, in the dialect of the file; no file where nothing is rejected.

    A row that is rejected once more keeps the day on which it was first. Where the file's encoding has not all characters
    (of a reason, or composed ones), the whole is UTF-8 with its mark, which says so.
    """

    def __init__(
        self,
        path: Path,
        columns: list[str],
        day: dt.date,
        *,
        encoding: str = "utf-8",
        delimiter: str = ",",
        above: str = "",
    ) -> None:
        self.path, self._encoding, self._delimiter, self._above = path, encoding, delimiter, above
        self._day = str(day)
        self._day_at = columns.index(OURS[3]) if OURS[3] in columns else None
        self.count = 0
        self._columns = columns
        self._kept = [index for index, name in enumerate(columns) if name not in OURS]
        self._stream: IO[str] | None = None

    def add(self, row: Row, troubles: Sequence[tuple[str, str]]) -> None:
        """Write one row with everything that is wrong with it."""
        if self._stream is None:
            names = [escaped(self._columns[index]) for index in self._kept]
            self._write(self._above, [*OURS, *names])
        self.count += 1
        fields = "; ".join(dict.fromkeys(column for column, _reason in troubles if column))
        reasons = "; ".join(f"{c} {r}" if c else r for c, r in troubles)
        cells, day = row.cells, self._day
        if len(cells) == len(self._columns):
            day = day if self._day_at is None else cells[self._day_at] or day
            cells = [cells[index] for index in self._kept]
        ours = [str(row.line), fields, self._plain(reasons), day]
        self._write("", [escaped(cell) for cell in [*ours, *cells]])

    def _write(self, above: str, cells: list[str]) -> None:
        text = SURROGATE.sub("\ufffd", above) + self._line(cells)
        if not encodable(text, self._encoding):
            self._begin_anew()
        if self._stream is None:
            self._stream = opened(self.path, self._encoding)
        self._stream.write(text)

    def _line(self, cells: list[str]) -> str:
        line = StringIO()
        csv.writer(line, delimiter=self._delimiter, quoting=csv.QUOTE_ALL).writerow(cells)
        return line.getvalue()

    def _plain(self, reason: str) -> str:
        """The reason in characters that the file's encoding has, as far as there are such."""
        return reason if encodable(reason, self._encoding) else reason.translate(PLAINER)

    def _begin_anew(self) -> None:
        """Write what there is once more, in UTF-8."""
        before, self._encoding = self._encoding, "utf-8-sig"
        if self._stream:
            self._stream.close()
            text = self.path.read_bytes().decode(before)
            self._stream = opened(self.path, self._encoding)
            self._stream.write(text)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream:
            self._stream.close()


def encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
