"""Attributes of customers in files and from programs: each value by the kind that an admin defined, others as texts.

A value that cannot be read is left out and listed; the others of its row go in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from accounts.attributes import definitions, kinds
from accounts.imports.cells import Formats, Treatment, Unfit
from accounts.imports.values import REMEMBERED, SHORT
from accounts.imports.words import plain_words
from accounts.models import Attribute

FIELD: Final = "attribute-"
Cells = Callable[[list[str]], str]


class PartlyUnfit(Unfit):
    """``value`` goes in; ``left_out`` has (field, column, reason) of what does not."""

    def __init__(self, value: str, left_out: list[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(reason for _field, _column, reason in left_out))
        self.value, self.left_out = value, left_out


def field_of(attribute: Attribute) -> str:
    """What lists of cells, of differences and of whose word counts call the attribute; it holds nothing that was typed."""
    return f"{FIELD}{attribute.pk}"


def of_field(name: str) -> Attribute | None:
    """The attribute that such a list means; None where it means none."""
    return next((each for each in definitions.by_key().values() if field_of(each) == name), None)


def words_of(name: str, target: str) -> str:
    """What people call the field of a list of the target: the label of an attribute, else the field's own words."""
    attribute = of_field(name) if name.startswith(FIELD) else None
    return attribute.label if attribute else plain_words(name, target)


def by_column(places: Mapping[str, tuple[str, int]], formats: Formats, home: ZoneInfo) -> Cells:
    """From the cells of a row to the attributes as JSON; ``places`` has column and place of each by its key."""
    read = checked(formats, home)
    columns = {key: column for key, (column, _place) in places.items()}

    def attributes(cells: list[str]) -> str:
        return read({key: cells[place].strip() for key, (_column, place) in places.items()}, columns)

    return attributes


def as_object(read_text: Callable[[str], str], place: int, formats: Formats, home: ZoneInfo) -> Cells:
    """The same of one cell with a JSON object."""
    read = checked(formats, home)

    def attributes(cells: list[str]) -> str:
        given = json.loads(read_text(cells[place]))
        return read(given, {key: f"attributes.{key}" for key in given})

    return attributes


def checked(formats: Formats, home: ZoneInfo) -> Callable[[Mapping[str, str], Mapping[str, str]], str]:
    """From the texts by key, and what messages call each, to JSON; raises PartlyUnfit. One statement, for all rows."""
    readers = {key: (field_of(each), reader(each, formats, home)) for key, each in definitions.by_key().items()}

    def read(given: Mapping[str, str], columns: Mapping[str, str]) -> str:
        values: dict[str, str] = {}
        left_out = []
        for key, text in given.items():
            if key not in readers:
                values[key] = text
                continue
            field, of_kind = readers[key]
            try:
                values[key] = of_kind(text)
            except Unfit as error:
                left_out.append((field, columns[key], str(error)))
        value = json.dumps(values)
        if left_out:
            raise PartlyUnfit(value, left_out)
        return value

    return read


def reader(attribute: Attribute, formats: Formats, home: ZoneInfo) -> Callable[[str], str]:
    """From a cell to the text that is stored, "" for an empty one; repeated cells are remembered."""
    of_kind = kinds.reader(attribute, formats, Treatment(home=home))

    def value(cell: str) -> str:
        text = cell.strip()
        return of_kind(text) if text and text.casefold() not in formats.null_words else ""

    remembered = lru_cache(maxsize=REMEMBERED)(value)
    return lambda cell: remembered(cell) if len(cell) <= SHORT else value(cell)
