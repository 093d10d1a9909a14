"""How the text of a file is laid out, and what its first bytes say about that whatever a mapping says."""

from __future__ import annotations

import codecs
import csv
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

SAMPLE: Final = 1 << 16
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Programs that say the one write the other: Windows has more characters in the same places.
MEANT: Final = {"shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "s_jis": "cp932"}
ZIP: Final = b"PK\x03\x04"
COMPOUND: Final = bytes.fromhex("d0cf11e0a1b11ae1")
SEPARATOR: Final = re.compile(r'"?sep=([^"\r\n])"?[,;\t|]*[\r\n]*', re.IGNORECASE)
CORRECTED: Final = re.compile(r'(?:"?sep=.[^\r\n]*[\r\n]+)?"?rejected_line"?([^"\w\r\n])')


@dataclass(frozen=True)
class Dialect:
    """The layout of a file: ``format`` is csv, xlsx or jsonl; "": as its content says.

    ``skip_lines`` stand above the names of the columns, a ``sep=`` line not counted. ``decimal`` and
    ``list_separator`` are how numbers and lists become text that are no text in the file.
    """

    format: str = ""
    sheet: str = ""
    skip_lines: int = 0
    encoding: str = "utf-8"
    delimiter: str = ","
    escape: str = ""
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
    if match := CORRECTED.match(text_of(head, found.encoding)):
        return replace(
            found,
            format="csv",
            skip_lines=0,
            delimiter=match[1],
            escape="",
            encoding=own_encoding(head, found.encoding),
        )
    return replace(found, format=found.format or format_of(head, found.encoding))


def own_encoding(head: bytes, said: str) -> str:
    """Our rejected rows are UTF-8, unless a spreadsheet saved them in the encoding of its own system."""
    return said if encoding_of(head, "") or not is_text(head, "utf-8") else "utf-8-sig"


def encoding_of(head: bytes, said: str) -> str:
    """The encoding that a byte order mark proves, else the one that is said."""
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    return MEANT.get(said.casefold(), said)


def text_of(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


def is_text(head: bytes, encoding: str) -> bool:
    """Whether the first bytes are text in the encoding; a character may be cut at their end."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeError:
        return False
    return True


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
