"""How the text of a file is laid out, and what its first bytes say about that whatever a mapping says."""

from __future__ import annotations

import codecs
import csv
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from accounts.imports.encodings import encoding_of, encodings

SAMPLE: Final = 1 << 16
ZIP: Final = b"PK\x03\x04"
COMPOUND: Final = bytes.fromhex("d0cf11e0a1b11ae1")
SEPARATOR: Final = re.compile(r'"?sep=([^"\r\n])"?[,;\t|]*[\r\n]*', re.IGNORECASE)
CORRECTED: Final = re.compile(r'^"?rejected_line"?([^"\w\r\n])', re.MULTILINE)
# So many lines may stand above the names of the columns.
MOST_TITLE_LINES: Final = 100


@dataclass(frozen=True)
class Dialect:
    """The layout of a file: ``format`` is csv, xlsx or jsonl; "": as its content says.

    ``skip_lines`` stand above the names of the columns, a ``sep=`` line not counted. ``escaped``: what a spreadsheet would
    run carries an apostrophe. ``decimal`` and ``list_separator`` are how numbers and lists become text that are no text in
    the file.
    """

    format: str = ""
    sheet: str = ""
    skip_lines: int = 0
    encoding: str = "utf-8"
    delimiter: str = ","
    escape: str = ""
    escaped: bool = False
    decimal: str = "."
    list_separator: str = ";"


def first_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(SAMPLE)


def actual(head: bytes, dialect: Dialect) -> Dialect:
    """The dialect as the first bytes of a file prove it: a byte order mark, a workbook, our own file of rejected rows.

    What they leave open stays as the mapping says it.
    """
    found = replace(dialect, encoding=encoding_of(head, dialect.encoding))
    if match := corrected(head, found.encoding):
        return replace(
            found,
            format="csv",
            skip_lines=lines_above(match),
            delimiter=match[1],
            escape="",
            encoding=own_encoding(head, found.encoding),
        )
    return replace(found, format=found.format or format_of(head, found.encoding))


def corrected(head: bytes, encoding: str) -> re.Match[str] | None:
    """Where a file of rejected rows, in the dialect of its own file, names its columns; None for any other file."""
    match = CORRECTED.search(text_of(head, encoding).replace("\r\n", "\n").replace("\r", "\n"))
    return match if match and lines_above(match) <= MOST_TITLE_LINES else None


def lines_above(match: re.Match[str]) -> int:
    """The title lines above the names of the columns; a line that names the separator is none."""
    above = match.string[: match.start()]
    return above.count("\n") - bool(SEPARATOR.match(above))


def own_encoding(head: bytes, said: str) -> str:
    """That of rejected rows as a spreadsheet saved them: proven by their bytes, else the one that is said where it fits."""
    if encoding_of(head, ""):
        return said
    fitting = encodings([head])
    if fitting[0] == "utf-8":
        return "utf-8-sig"
    return said if said in fitting else fitting[0]


def text_of(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


def format_of(head: bytes, encoding: str) -> str:
    """Workbooks by their first bytes, JSON lines by an object on the first line, anything else is CSV."""
    if head.startswith((ZIP, COMPOUND)):
        return "xlsx"
    first = text_of(head, encoding).lstrip("\ufeff \t\r\n").partition("\n")[0]
    if first.startswith("{"):
        try:
            return "jsonl" if isinstance(json.loads(first), dict) else "csv"
        except (ValueError, RecursionError):
            return "jsonl" if len(first) > csv.field_size_limit() // 4 else "csv"
    return "csv"
