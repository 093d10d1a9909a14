"""JSON lines: an object a line, its keys the columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from django.utils.translation import gettext as _

from accounts.imports.dialects import Dialect
from accounts.imports.quoting import LONGEST_LINE
from accounts.imports.rows import Row, Table, Unreadable

MOST_COLUMNS: Final = 2_000
DEEPEST: Final = 20


# As far as a list's first object begins.
LIST_BEGINS: Final = 400
LIST: Final = re.compile(r"\ufeff?\s*\[\s*\{")


def refuse_list(path: Path, text: str) -> None:
    """Raises Unreadable for a file that is one list of objects, which would have to be read as a whole."""
    if LIST.match(text):
        raise Unreadable(
            _("%(file)s is one JSON list: write each of its objects on a line of its own.") % {"file": path.name}
        )


class Malformed(Exception):  # noqa: N818  a verdict on a line, not a fault
    """Why a line is no record."""


class JsonLines(Table):
    """A file with a JSON object a line. An object inside is columns with a point: ``{"a": {"b": 1}}`` has ``a.b``.

    A first reading finds the columns, as any line may have keys of its own.
    """

    is_typed = True

    def __init__(self, path: Path, stream: IO[str], dialect: Dialect) -> None:
        super().__init__(path)
        self._stream, self._dialect = stream, dialect
        names: dict[str, None] = {}
        for _line, text in self._texts():
            try:
                names.update(dict.fromkeys(flat(record_of(text), dialect)))
            except Malformed:
                continue
            if len(names) > MOST_COLUMNS:
                sentence = _("%(file)s has more than %(most)d different keys.")
                raise Unreadable(sentence % {"file": path.name, "most": MOST_COLUMNS})
        self._keys = list(names)
        self.columns = self.named(self._keys)

    def _texts(self) -> Iterator[tuple[int, str]]:
        """(number, text) of every line that is not blank; one that is too long is cut."""
        self._stream.seek(0)
        line = 0
        while text := self._stream.readline(LONGEST_LINE):
            line += 1
            rest = text
            while rest and not rest.endswith("\n"):
                rest = self._stream.readline(LONGEST_LINE)
            if text.strip():
                yield line, text

    def records(self) -> Iterator[Row]:
        for line, text in self._texts():
            try:
                record = flat(record_of(text), self._dialect)
            except Malformed as error:
                yield Row(line, [text.strip()[:1000]], ("", str(error)))
                continue
            yield self.whole(line, [record.get(key, "") for key in self._keys])


def record_of(text: str) -> dict[str, Any]:
    """The object of one line; numbers stay the texts they are."""
    if len(text) >= LONGEST_LINE:
        raise Malformed(_("is longer than %(most)d characters") % {"most": LONGEST_LINE})
    try:
        record = json.loads(text, parse_float=Number, parse_int=Number, parse_constant=str)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "") or _("it is nested too deeply")
        raise Malformed(_("cannot be read as JSON: %(error)s") % {"error": reason}) from None
    if not isinstance(record, dict):
        raise Malformed(_("is no JSON object"))
    return record


class Number(str):
    """The digits of a number as the file has them."""

    __slots__ = ()


def flat(record: dict[str, Any], dialect: Dialect, before: str = "", depth: int = 0) -> dict[str, str]:
    """The values as texts by their columns."""
    if depth > DEEPEST:
        raise Malformed(_("cannot be read as JSON: %(error)s") % {"error": _("it is nested too deeply")})
    cells: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            cells |= flat(value, dialect, f"{before}{key}.", depth + 1)
        else:
            cells[f"{before}{key}"] = cell_of(value, dialect)
    return cells


def cell_of(value: Any, dialect: Dialect) -> str:
    """One value as the text of a cell: a list of plain values as the mapping separates them, other lists as JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Number():
            return str(value).replace(".", dialect.decimal)
        case str():
            return value
        case list() if not any(isinstance(item, dict | list) for item in value):
            return dialect.list_separator.join(cell_of(item, dialect) for item in value)
        case _:
            return json.dumps(value, ensure_ascii=False)
