"""The CSV files of refused rows and of cells left out, kept with the imported file for download; memory stays flat however
long they are.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from django.db import connection

from accounts.models import ImportFile

LARGEST: Final = 32 * 1024 * 1024
# Bytes in memory at once; of a parameter of SQL there are several copies.
PIECE: Final = 1024 * 1024
QUOTE: Final = '"'
CREATE: Final = """
    CREATE TEMP TABLE import_pieces (number bigint GENERATED ALWAYS AS IDENTITY, content bytea) ON COMMIT DROP
"""
FILL: Final = """
    UPDATE accounts_importfile SET {part} = (SELECT string_agg(content, ''::bytea ORDER BY number) FROM import_pieces)
    WHERE id = %(file)s
"""


@dataclass(frozen=True)
class Attachment:
    """The CSV file at ``path``, for the column ``part`` of ImportFile: of one beyond 32 MB the whole rows before that.

    ``above``: so many characters stand above the names of its columns, with quotes of their own.
    """

    part: str
    path: Path
    encoding: str = "utf-8"
    above: int = 0

    @property
    def is_cut(self) -> bool:
        return self.path.stat().st_size > LARGEST

    @cached_property
    def _end(self) -> int:
        """How many characters the whole rows have that stand in the first 32 MB."""
        end = read = quotes = 0
        for text in self._texts():
            begins = max(self.above - read, 0)
            quotes += text.count(QUOTE, begins)
            end = read + at if (at := row_end(text, begins, quotes)) else end
            read += len(text)
        return end

    def _texts(self) -> Iterator[str]:
        """The text of the first 32 MB, so much at a time."""
        decoder = codecs.getincrementaldecoder(self.encoding)("ignore")
        left = LARGEST
        with self.path.open("rb") as stream:
            while piece := stream.read(min(PIECE, left)):
                left -= len(piece)
                yield decoder.decode(piece)

    def pieces(self) -> Iterator[bytes]:
        """What is kept of it, at most about a MB at a time."""
        if not self.is_cut:
            with self.path.open("rb") as stream:
                while piece := stream.read(PIECE):
                    yield piece
            return
        encoder = codecs.getincrementalencoder(self.encoding)()
        left = self._end
        for text in self._texts():
            yield encoder.encode(text[:left], final=len(text) >= left)
            left -= len(text)
            if left <= 0:
                return


def row_end(text: str, begins: int, quotes: int) -> int:
    """Where the last line of ``text`` ends that is not within a cell, 0 where none does; ``quotes`` stand before the end of
    ``text``, of its own those from ``begins`` on.
    """
    end = len(text)
    while at := text.rfind("\n", 0, end) + 1:
        quotes -= text.count(QUOTE, max(at, begins), end)
        if quotes % 2 == 0:
            return at
        end = at - 1
    return 0


def attach(file: ImportFile, attachments: Sequence[Attachment]) -> None:
    """Store the attachments with ``file``, inside the caller's transaction; the object in memory does not get them."""
    for attachment in attachments:
        with connection.cursor() as cursor:
            cursor.execute(CREATE)
            with cursor.copy("COPY import_pieces (content) FROM STDIN") as copy:
                for piece in attachment.pieces():
                    copy.write_row([piece])
            cursor.execute(FILL.format(part=attachment.part), {"file": file.pk})
            cursor.execute("DROP TABLE import_pieces")
