"""Rows that a program gives as texts, by the fields they give."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.imports.maps import FieldMap
from accounts.imports.rows import Row, Table
from accounts.imports.targets import Target, Trouble
from accounts.imports.texts import tidy

# Between the parts of a list: no text that comes in may hold it.
SEPARATOR: Final = "\x1f"
NO_FILE: Final = Path()
MOST_TROUBLES: Final = 20
LONGEST_NAME: Final = 100
PARENT: Final = "parent"
# Reading says these of a row beside its fields; where the row comes in again they are passed over.
NUMBER: Final = "id"
UPDATED: Final = "updated_at"
BESIDE: Final = frozenset({NUMBER, UPDATED})

Shape = tuple[str, ...]


class Improper(Exception):  # noqa: N818  a verdict on a value, not a fault
    """Why a value cannot be one of a field."""


class GivenRows(Table):
    """The rows of one shape, as texts; their lines are their places among all rows."""

    is_typed = True

    def __init__(self, columns: list[str], rows: list[Row]) -> None:
        super().__init__(NO_FILE)
        self.columns, self._rows = columns, sorted(rows, key=lambda row: row.line)

    def without(self, lines: Collection[int]) -> GivenRows:
        return GivenRows(self.columns, [row for row in self._rows if row.line not in lines]) if lines else self

    def records(self) -> Iterator[Row]:
        yield from self._rows

    def rows(self) -> Iterator[Row]:
        """All of them: there is no foot."""
        return self.records()


@dataclass(frozen=True)
class Shaped:
    """Rows by the fields they give, parents last, and what refuses those that cannot be read, by line."""

    tables: Sequence[tuple[tuple[FieldMap, ...], GivenRows]]
    refused: Mapping[int, Sequence[Trouble]]


def by_shape(rows: Sequence[Any], target: Target, barred: Mapping[int, Sequence[Trouble]]) -> Shaped:
    """Raises nothing: a row that cannot be read, that is ``barred``, or whose id comes with other fields too, is refused."""
    read: dict[int, dict[str, str]] = {}
    refused = dict(barred)
    names = {known.name for known in target.fields}
    for line, row in enumerate(rows):
        if line in barred:
            continue
        try:
            read[line] = cells_of(row, target, names)
        except Improper as problem:
            refused[line] = problem.args[0][:MOST_TROUBLES]
    for line in of_two_shapes(read, target):
        del read[line]
        reason = _("comes with other fields, too: give each row of this id the same ones, null where there is nothing")
        refused[line] = [("external_id", reason)]
    shapes: dict[Shape, list[Row]] = {}
    for line, cells in read.items():
        shapes.setdefault(tuple(cells), []).append(Row(line, list(cells.values())))
    tables = [(fields_of(columns), GivenRows(list(columns), of_shape)) for columns, of_shape in parents_last(shapes)]
    return Shaped(tables, refused)


def parents_last(shapes: Mapping[Shape, list[Row]]) -> list[tuple[Shape, list[Row]]]:
    """Parents go in when all customers have: with the one shape that gives them, else from all rows on their own."""
    giving = [columns for columns in shapes if PARENT in columns]
    if len(giving) < 2:  # noqa: PLR2004  more than one
        return sorted(shapes.items(), key=lambda shape: PARENT in shape[0])
    found: dict[Shape, list[Row]] = {}
    parents: list[Row] = []
    for columns, rows in shapes.items():
        plain = tuple(name for name in columns if name != PARENT)
        for row in rows:
            given = dict(zip(columns, row.cells, strict=True))
            found.setdefault(plain, []).append(Row(row.line, [given[name] for name in plain]))
            if PARENT in given:
                parents.append(Row(row.line, [given["external_id"], given[PARENT]]))
    return [*found.items(), (("external_id", PARENT), sorted(parents, key=lambda row: row.line))]


def of_two_shapes(read: Mapping[int, Mapping[str, str]], target: Target) -> list[int]:
    """The lines of ids that are given with different fields: the loads of two shapes see nothing of each other."""
    if target.field("external_id") is None or target.field("source"):
        return []
    if len(set(map(tuple, read.values()))) == 1:
        return []
    shapes: dict[str, set[Shape]] = {}
    for cells in read.values():
        shapes.setdefault(cells["external_id"].strip(), set()).add(tuple(cells))
    # Rows without an id are refused for that, whatever they give.
    return [line for line, cells in read.items() if (key := cells["external_id"].strip()) and len(shapes[key]) > 1]


def fields_of(columns: tuple[str, ...]) -> tuple[FieldMap, ...]:
    """The columns as fields of the target, which are called as they are."""
    return tuple(FieldMap(name, columns=(name,)) for name in columns)


def cells_of(row: Any, target: Target, names: set[str]) -> dict[str, str]:
    """The values as texts by column, in the order of the target's fields; raises Improper with (field, reason) of each."""
    if not isinstance(row, Mapping):
        raise Improper([("", _("is no object"))])
    troubles: list[Trouble] = []
    if not row.keys() <= names:
        row = {name: value for name, value in row.items() if name not in BESIDE}
        if len(row) > len(names):
            raise Improper([("", _("has more fields than there are"))])
        troubles = [
            (str(name)[:LONGEST_NAME], _("There is nothing of this name.")) for name in row if name not in names
        ]
    cells: dict[str, str] = {}
    for known in target.fields:
        name = known.name
        if name not in row:
            if known.required:
                cells[name] = ""
            continue
        value, kind = row[name], known.kind
        try:
            if kind == "attributes":
                cells[name] = attributes_of(value)
            else:
                cells[name] = value if isinstance(value, str) else text_of(value, is_list=kind == "list")
        except Improper as problem:
            troubles.append((name, str(problem)))
    if troubles:
        raise Improper(troubles)
    return cells if all(map(str.isascii, cells.values())) else dict(zip(cells, tidy(cells.values()), strict=True))


def attributes_of(value: Any) -> str:
    """The attributes as JSON, so that rows that give different ones are of one shape."""
    if not isinstance(value, Mapping):
        raise Improper(_("is no object"))
    texts = {
        key.strip(): text.strip()
        for key, text in (tidy([str(key), text_of(inner, is_list=False)]) for key, inner in sorted(value.items()))
    }
    return json.dumps(texts, ensure_ascii=False)


def text_of(value: Any, *, is_list: bool) -> str:
    """One JSON value as the text of a cell."""
    if type(value) is int:  # most of those that are no text; no bool
        return str(value)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return format(Decimal(repr(value)), "f")
        case str():
            return value
        case list() if is_list:
            return SEPARATOR.join(text_of(part, is_list=False) for part in value)
    raise Improper(
        _("is a list where one value is needed")
        if isinstance(value, list)
        else _("is an object where one value is needed")
    )
