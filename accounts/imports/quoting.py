"""Lines of a file, and the quotes that hold some of them together."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import IO, Any, Final

LONGEST_LINE: Final = 1 << 20
ENDS: Final = ("\n", "\r")


class Lines:
    """The lines of a file, which can be looked at before they are read; one that never ends is cut, so that memory stays bounded.

    ``read``: those read since it was emptied.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._ahead: deque[str] = deque()
        self._held = ""
        self.read: list[str] = []

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._next()
        if not line:
            raise StopIteration
        self.read.append(line)
        return line

    def ahead(self, place: int) -> str:
        """The line that follows after ``place`` others; "" behind the last."""
        while len(self._ahead) <= place:
            line = self._next()
            if not line:
                return ""
            self._ahead.append(line)
        return self._ahead[place]

    def _next(self) -> str:
        """The next line of the file; of one that is too long its beginning."""
        line = self._piece()
        if len(line) >= LONGEST_LINE and not line.endswith(ENDS):
            while (rest := self._piece()) and not rest.endswith(ENDS):
                pass
            line += "\n" if rest else ""
        return line

    def _piece(self) -> str:
        """A line or as much of it as may be read at once, never cut between the two characters of a line's end."""
        piece, self._held = self._held + self._stream.readline(LONGEST_LINE), ""
        if len(piece) >= LONGEST_LINE and piece.endswith("\r"):
            following = self._stream.read(1)
            if following == "\n":
                return piece + following
            self._held = following
        return piece

    def skip(self, lines: int) -> list[str]:
        """Skip so many lines that were looked at; returns them."""
        return [self._ahead.popleft() for _line in range(lines)]


class Quotes:
    """How quotation marks are read in one file."""

    def __init__(self, delimiter: str, escape: str = "") -> None:
        self._delimiter, self._escape = delimiter, escape or None
        edge = re.escape(delimiter) + r"\r\n"
        pair = re.escape(escape) if escape else ""
        inside = rf'[^"{pair}]|""' + (f"|{pair}." if escape else "")
        cell = rf'(?:"(?:{inside})*+"|[^"{edge}]*+)'
        self._plain = re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*+[\r\n]*", re.DOTALL)
        self._stray = re.compile(rf'[^"]*[^"{edge}]"')
        self._opens = re.compile(rf'(?:^|[{edge}])"+(?=[^{edge}"])')
        self._closes = re.compile(rf'[^{edge}"]"+(?=[{edge}]|$)')
        self._escaped = re.compile(f"{pair}.", re.DOTALL) if escape else None

    def reader(self, lines: Iterator[str]) -> Any:
        """Records as lists of cells; csv.Error where quotes leave open what was meant, instead of a guess."""
        return csv.reader(lines, delimiter=self._delimiter, escapechar=self._escape, strict=True)

    def are_plain(self, record: str) -> bool:
        """Whether all quotation marks enclose whole cells or are doubled inside."""
        return bool(self._plain.fullmatch(record))

    def are_stray(self, line: str) -> bool:
        """Whether the first quotation mark is not at the beginning of a cell."""
        return bool(self._stray.match(line))

    def leave_open(self, text: str) -> bool:
        """Whether no mark at the end of a cell comes after the last one at the beginning of a cell."""
        text = self._escaped.sub("  ", text) if self._escaped else text
        opened, closed = ([match.start() for match in marks.finditer(text)] for marks in (self._opens, self._closes))
        return not closed or (bool(opened) and opened[-1] > closed[-1])
