"""Rejected rows in a file of their own, written as theirs is, to be corrected and imported again; and a list of single cells left out."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from shutil import copyfileobj
from types import TracebackType
from typing import IO, Final

from django.utils.translation import gettext as _

from accounts.imports.maps import TOGETHER
from accounts.imports.rows import OURS, Row, Unreadable
from accounts.imports.spooling import Spool
from accounts.imports.texts import SURROGATE, escaped, unescaped
from config.text import PLAINER

MARKED: Final = "utf-8-sig"
# Between the columns, reasons or cells of a list.
BETWEEN: Final = "; "
CELL: Final = ("line", "column", "cell", "reason")


def cells_path(rejects: Path) -> Path:
    """The path of the list of cells left out: beside the rejected rows."""
    return rejects.with_name(f"cells-{rejects.name}")


class Cells(AbstractContextManager["Cells"]):
    """Cells that could not be read in rows that went in without them, in the file's order; no file where there is none.

    UTF-8 with its mark, as spreadsheets need it, and separated as the file is.
    """

    def __init__(self, path: Path, delimiter: str = ",") -> None:
        self.path, self._delimiter = path, delimiter
        self.count = 0
        self._kept = Spool()

    def add(self, line: int, column: str, cell: str, reason: str) -> None:
        self.count += 1
        self._kept.add(line, column, cell, reason)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._kept:
            if self.count and error is None:
                self._write_all()

    def _write_all(self) -> None:
        with Written(self.path, MARKED, self._delimiter) as written:
            written.add(CELL)
            for note in self._kept:
                written.add([escaped(str(word)) for word in note])


def cells_in(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a list of cells, as they were before ``escaped``."""
    with path.open(encoding=MARKED, newline="") as stream:
        delimiter = stream.readline()[len(CELL[0]) + 2]
        stream.seek(0)
        for row in csv.DictReader(stream, delimiter=delimiter):
            yield {name: unescaped(cell) for name, cell in row.items() if name is not None and isinstance(cell, str)}


class Written(AbstractContextManager["Written"]):
    """Lines of cells in quotes, written to ``path`` one by one; no file where there is none.

    Where ``encoding`` has not all their characters, the whole is UTF-8 with its mark, which says so; ``encoding`` is then that.
    """

    def __init__(self, path: Path, encoding: str, delimiter: str) -> None:
        self.path, self.encoding, self._delimiter = path, encoding, delimiter
        self._stream: IO[str] | None = None

    def add(self, cells: Sequence[str], above: str = "") -> None:
        """Write a line, ``above`` it what stands there as it is. Raises Unreadable where the file cannot be written."""
        text = SURROGATE.sub("\ufffd", above) + self._line(cells)
        if not encodable(text, self.encoding):
            self._begin_anew()
        if self._stream is None:
            self._stream = self._opened()
        self._stream.write(text)

    def _line(self, cells: Sequence[str]) -> str:
        line = StringIO()
        csv.writer(line, delimiter=self._delimiter, quoting=csv.QUOTE_ALL).writerow(cells)
        return line.getvalue()

    def _begin_anew(self) -> None:
        """Write what there is once more, in UTF-8."""
        before, self.encoding = self.encoding, MARKED
        if self._stream:
            self._stream.close()
            with self.path.open(encoding=before, newline="") as written:
                self.path.unlink()  # still open, and read to its end
                self._stream = self._opened()
                copyfileobj(written, self._stream)

    def _opened(self) -> IO[str]:
        try:
            return self.path.open("w", encoding=self.encoding, newline="")
        except OSError as error:
            sentence = _("Rejected rows cannot be written to %(file)s: %(reason)s.")
            raise Unreadable(sentence % {"file": self.path, "reason": error.strerror or error}) from error

    def __exit__(self, *_raised: object) -> None:
        if self._stream:
            self._stream.close()


class Rejects(AbstractContextManager["Rejects"]):
    """Line, columns, reason and day, then the original cells, in the dialect of the file and its order; no file where nothing
    is rejected, or where the import fails.

    A row that is rejected once more keeps the day on which it was first.
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
        self.path, self._above = path, above
        self._day = str(day)
        self._day_at = columns.index(OURS[3]) if OURS[3] in columns else None
        self.count = 0
        self._columns = columns
        self._kept = [index for index, name in enumerate(columns) if name not in OURS]
        self._written = Written(path, encoding, delimiter)
        self._rows = Spool()

    def add(self, row: Row, troubles: Sequence[tuple[str, str]]) -> None:
        """Note one row with everything that is wrong with it. Raises Unreadable where the file cannot be written."""
        if not self.count:
            self._begin()
        self.count += 1
        self._rows.add(row.line, row.cells, row.tail, [[column, str(reason)] for column, reason in troubles])

    def _begin(self) -> None:
        names = [escaped(self._columns[index]) for index in self._kept]
        self._written.add([*OURS, *names], self._above)

    def _write_row(self, row: Row, troubles: Sequence[tuple[str, str]]) -> None:
        fields = BETWEEN.join(dict.fromkeys(column for column, _reason in troubles if column))
        reasons = BETWEEN.join(f"{c} {r}" if c else r for c, r in troubles)
        cells, day = row.cells, self._day
        if len(cells) == len(self._columns):
            day = day if self._day_at is None else cells[self._day_at] or day
            cells = [cells[index] for index in self._kept]
        ours = [str(row.line), fields, self._plain(reasons), day]
        self._written.add([escaped(cell) for cell in [*ours, *cells]])
        for number, text in enumerate(row.tail, row.line + 1):
            reason = self._plain(_("belongs to line %(line)d") % {"line": row.line})
            self._written.add([escaped(cell) for cell in [str(number), "", reason, day, text]])

    def _plain(self, reason: str) -> str:
        """The reason in characters that the file's encoding has, as far as there are such."""
        return reason if encodable(reason, self._written.encoding) else reason.translate(PLAINER)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._rows, self._written:
            if error is None:
                for line, cells, tail, troubles in self._rows:
                    self._write_row(Row(line, cells, tail=tuple(tail)), troubles)
        if error is not None and self.count:
            self.path.unlink(missing_ok=True)


def line_in(cell: str) -> int | None:
    """The line of a rejected row, or of a cell left out, as the cell has it; None where it is no number."""
    return int(cell) if cell.isascii() and cell.isdigit() else None


def named(text: str, columns: Iterable[str]) -> list[str]:
    """The ``columns`` of a file that the list in a rejected row names, in its order: also those whose own names have the signs
    of such a list in them, and each of those that are one value together.
    """
    known = sorted((name for name in columns if name and name in text and name not in OURS), key=len, reverse=True)
    found: list[str] = []
    while text:
        starts = (name for name in known if text.startswith(name))
        column = next(
            (name for name in starts if text[len(name) :].startswith((BETWEEN, TOGETHER)) or text == name), ""
        )
        found += [column] if column and column not in found else []
        behind = text[len(column) :].removeprefix(BETWEEN).removeprefix(TOGETHER)
        text = behind if column else text.partition(BETWEEN)[2]
    return found


def encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
