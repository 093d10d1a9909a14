"""Rejected rows in a CSV of their own, to be put right and imported again."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from django.utils.translation import gettext as _

from accounts.imports.rows import OURS, Row, Unreadable, escaped


class Rejects(AbstractContextManager["Rejects"]):
    """Line, column and reason, then the original cells; no file where nothing is rejected."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self.path = path
        self.count = 0
        self._columns = columns
        self._kept = [at for at, name in enumerate(columns) if name not in OURS]
        self._stream: IO[str] | None = None
        self._lines: Any = None

    def add(self, row: Row, troubles: Sequence[tuple[str, str]]) -> None:
        """Write one row with everything that is wrong with it."""
        if self._lines is None:
            self._open()
        self.count += 1
        fields = "; ".join(dict.fromkeys(column for column, _reason in troubles if column))
        reasons = "; ".join(f"{c} {r}" if c else r for c, r in troubles)
        cells = row.cells
        if len(cells) == len(self._columns):
            cells = [cells[at] for at in self._kept]
        self._lines.writerow(escaped(cell) for cell in [str(row.line), fields, reasons, *cells])

    def _open(self) -> None:
        try:
            self._stream = self.path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            sentence = _("Rejected rows cannot be written to %(file)s: %(reason)s.")
            names = {"file": self.path, "reason": error.strerror or error}
            raise Unreadable(sentence % names) from error
        self._lines = csv.writer(self._stream, quoting=csv.QUOTE_ALL)
        named = [self._columns[at] for at in self._kept]
        self._lines.writerow([*OURS, *(escaped(name) for name in named)])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream:
            self._stream.close()
