"""Rejected rows in a CSV of their own, to be corrected and imported again; and a list of single cells left out."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from django.utils.translation import gettext as _

from accounts.imports.rows import OURS, Row, Unreadable, escaped


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


def opened(path: Path) -> IO[str]:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        sentence = _("Rejected rows cannot be written to %(file)s: %(reason)s.")
        raise Unreadable(sentence % {"file": path, "reason": error.strerror or error}) from error


class Rejects(AbstractContextManager["Rejects"]):
    """Line, column, reason and day, then the original cells; no file where nothing is rejected.

    A row that is rejected once more keeps the day on which it was first.
    """

    def __init__(self, path: Path, columns: list[str], day: dt.date) -> None:
        self.path = path
        self._day = str(day)
        self._day_at = columns.index(OURS[3]) if OURS[3] in columns else None
        self.count = 0
        self._columns = columns
        self._kept = [index for index, name in enumerate(columns) if name not in OURS]
        self._stream: IO[str] | None = None
        self._lines: Any = None

    def add(self, row: Row, troubles: Sequence[tuple[str, str]]) -> None:
        """Write one row with everything that is wrong with it."""
        if self._lines is None:
            self._open()
        self.count += 1
        fields = "; ".join(dict.fromkeys(column for column, _reason in troubles if column))
        reasons = "; ".join(f"{c} {r}" if c else r for c, r in troubles)
        cells, day = row.cells, self._day
        if len(cells) == len(self._columns):
            day = day if self._day_at is None else cells[self._day_at] or day
            cells = [cells[index] for index in self._kept]
        self._lines.writerow(escaped(cell) for cell in [str(row.line), fields, reasons, day, *cells])

    def _open(self) -> None:
        self._stream = opened(self.path)
        self._lines = csv.writer(self._stream, quoting=csv.QUOTE_ALL)
        names = [self._columns[index] for index in self._kept]
        self._lines.writerow([*OURS, *(escaped(name) for name in names)])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream:
            self._stream.close()
