"""How the lines of a text become cells: delimiter, escape, the line of names, the foot."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from accounts.imports.dialects import SEPARATOR
from accounts.imports.foot import is_foot

DELIMITERS: Final = (",", ";", "\t", "|")
MOST_LINES: Final = 5_000
LOOKED_THROUGH: Final = 60
STEADY: Final = 0.8
VALUE: Final = re.compile(r"[\s\d.,:/%()¥$€£円'+-]+|\d{4}-\d\d-\d\d.*")

Record = tuple[int, list[str]]


@dataclass(frozen=True)
class Layout:
    """A delimiter and an escape, and the records that they make: (line, cells)."""

    delimiter: str
    escape: str
    records: Sequence[Record]
    failed: int

    @property
    def width(self) -> int:
        """How many cells most records have."""
        widths = Counter(len(trimmed(cells)) and len(cells) for _line, cells in self.records)
        widths.pop(0, None)
        return max(widths, key=lambda width: (widths[width], width), default=0)

    @property
    def steadiness(self) -> float:
        """The share of records as wide as most, from the names of the columns on: titles above have no width."""
        width, records = self.width, self.records[names_at(self) or 0 :]
        fitting = sum(width - 1 <= len(cells) <= width + 1 for _line, cells in records)
        return fitting / (len(records) + self.failed) if records else 0.0


def records_of(text: str, delimiter: str, escape: str, most: int = MOST_LINES) -> tuple[list[Record], int]:
    """The records of a text, at most so many, and how many could not be read."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=delimiter, escapechar=escape or None, strict=True)
    found: list[Record] = []
    failed, line = 0, 1
    while len(found) < most:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            failed += 1
            line = reader.line_num + 1
            continue
        if cells:
            found.append((line, cells))
        line = reader.line_num + 1
    return found, failed


def layouts(text: str) -> list[Layout]:
    """The layouts that fit the text, the likeliest first; never none."""
    if separator := SEPARATOR.match(text):
        return [escaped_as_needed(text[separator.end() :], separator[1])]
    found = [escaped_as_needed(text, delimiter) for delimiter in DELIMITERS]
    fitting = [layout for layout in found if layout.width > 1 and names_at(layout) is not None]
    steady = [layout for layout in fitting if layout.steadiness >= STEADY] or fitting
    return sorted(steady, key=lambda layout: (-round(layout.steadiness, 1), -layout.width)) or found[:1]


def escaped_as_needed(text: str, delimiter: str) -> Layout:
    """The layout with this delimiter, with a backslash as its escape where that reads more."""
    plain = Layout(delimiter, "", *records_of(text, delimiter, ""))
    if '\\"' not in text:
        return plain
    escaped = Layout(delimiter, "\\", *records_of(text, delimiter, "\\"))
    return escaped if escaped.failed < plain.failed else plain


def trimmed(cells: Sequence[str]) -> list[str]:
    """The cells without empty ones at their end."""
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def is_names(cells: Sequence[str], width: int) -> bool:
    """Whether the cells can name so many columns: all filled, all different, none of them a value."""
    names = [cell.strip() for cell in trimmed(cells)]
    return are_words(names, width) and len(set(names)) == len(names)


def are_words(cells: Sequence[str], width: int) -> bool:
    """Whether so many cells are filled, none with a value: names, of which one may stand twice."""
    names = [cell.strip() for cell in trimmed(cells)]
    return max(width - 1, 1) <= len(names) <= width + 1 and all(name and not VALUE.fullmatch(name) for name in names)


def names_at(layout: Layout) -> int | None:
    """The place of the record that names the columns, among the first; None without one."""
    width = layout.width
    for place, (_line, cells) in enumerate(layout.records[:LOOKED_THROUGH]):
        if is_names(cells, width):
            return place
    return None


def table_of(records: Sequence[Record]) -> list[Record]:
    """The records of a sheet as wide as its table: what stands beside it, as a day of print, makes every row as wide.

    The table is as wide as the first line of names below which most rows hold more than half as many cells and no more.
    """
    widths = [len(trimmed(cells)) for _line, cells in records]
    for place, (_line, cells) in enumerate(records[:LOOKED_THROUGH]):
        width, below = widths[place], widths[place + 1 :]
        fitting = sum(width / 2 < other <= width for other in below)
        if is_names(cells, width) and below and fitting > len(below) / 2:
            return [(line, [*cells, *[""] * width][:width]) for line, cells in records]
    return list(records)


def place_below(layout: Layout, lines: int) -> int:
    """The place of the first record below so many lines; that of the last where there is none."""
    below = (place for place, (line, _cells) in enumerate(layout.records) if line > lines)
    return next(below, len(layout.records) - 1)


def foot_of(records: Iterable[Record], width: int) -> list[Record]:
    """The last records, as far as they are no rows: too narrow, or the sum of a report."""
    foot: list[Record] = []
    for record in reversed(list(records)):
        if len(record[1]) not in {width, width + 1} or is_foot(record[1]):
            foot.append(record)
        else:
            break
    return foot[::-1]
