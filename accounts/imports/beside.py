"""The other files of an import, in which the rows of one are looked up while it is set up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from accounts.imports.cells import Formats
from accounts.imports.maps import FileMap, Join
from accounts.imports.named_files import known_as
from accounts.imports.places import sampled
from accounts.imports.recognising.found import Column, Question, Recognised
from accounts.imports.recognising.keeping import recognised
from accounts.imports.rows import OURS, Unreadable
from accounts.uploads import Copies, names

# Rows of each file that are held against the other's to find the columns that match.
COMPARED: Final = 500
# So many values are held against another column's where files have many columns, and so many of all pairs of them.
FEW: Final = 30
PAIRS: Final = 1_000_000


class Others:
    """The other files of an import by their names; each is recognised once, when it is asked for."""

    def __init__(self, places: Sequence[dict[str, Any]] = (), copies: Copies | None = None) -> None:
        self.places = {place["name"]: place for place in places if not place.get("corrects")}
        self.copies, self.known = copies, dict[str, Recognised | None]()

    @property
    def names(self) -> list[str]:
        return list(self.places)

    def called(self, file: str) -> str:
        """The name of the file that a mapping knows as ``file``; "" where none or several could be it."""
        found = [name for name in self.places if known_as(names.base(name)) == known_as(file)]
        return found[0] if len(found) == 1 else ""

    def found(self, name: str) -> Recognised | None:
        """What the file was recognised as; None where there is none, or it is no table."""
        if name not in self.known:
            self.known[name] = self._recognised(name)
        return self.known[name]

    def _recognised(self, name: str) -> Recognised | None:
        place = self.places.get(name)
        if place is None or self.copies is None:
            return None
        try:
            with sampled(place, self.copies) as path:
                return recognised(path)
        except Unreadable:
            return None


@dataclass(frozen=True)
class Look:
    """One other table as it was found: ``name`` is that of its file in this import."""

    join: Join
    name: str
    found: Recognised

    @property
    def columns(self) -> list[str]:
        """What its columns are called among those of the file; the key is there already."""
        return [f"{self.join.prefix}{name}" for name in self.found.columns if name.strip() and name != self.join.key]


def needed(file: FileMap, columns: Sequence[str]) -> tuple[Join, ...]:
    """The joins of which a file has not the columns itself, as rejected rows have them."""
    return tuple(join for join in file.joins if not any(name.startswith(join.prefix) for name in columns))


def looks_of(file: FileMap, found: Recognised, others: Others) -> tuple[list[Look], list[Join]]:
    """The other tables of a mapping that are there with the columns that match, and the joins whose tables are not."""
    looks: list[Look] = []
    absent: list[Join] = []
    columns = {*found.columns}
    for join in needed(file, found.columns):
        name = others.called(join.file)
        other = others.found(name) if name else None
        if other and join.by in columns and join.key in other.columns:
            looks.append(Look(join, name, other))
            columns |= {*looks[-1].columns}
        else:
            absent.append(join)
    return looks, absent


def extended(found: Recognised, looks: Sequence[Look]) -> Recognised:
    """The file with the columns of the tables in which its rows are looked up behind its own.

    Values stand beside those of the file in no order: they are samples of their own column.
    """
    if not looks:
        return found
    columns, details, formats, questions = (
        list(found.columns),
        list(found.details),
        found.formats,
        list(found.questions),
    )
    tables: list[tuple[int, list[tuple[str, ...]]]] = [(len(found.columns), list(found.samples))]
    for look in looks:
        own = {*look.columns}
        places = [place for place, name in enumerate(look.found.columns) if f"{look.join.prefix}{name}" in own]
        rows = [tuple(row[place] if place < len(row) else "" for place in places) for row in look.found.samples]
        tables.append((len(places), rows))
        formats = together(formats, look.found, details)
        details += details_of(look, len(columns))
        questions += questions_of(look)
        columns += look.columns
    return replace(
        found, columns=tuple(columns), samples=tuple(side_by_side(tables)), details=tuple(details), formats=formats,
        questions=tuple(questions),
    )  # fmt: skip


def side_by_side(tables: Sequence[tuple[int, Sequence[tuple[str, ...]]]]) -> Iterator[tuple[str, ...]]:
    """The rows of tables of these widths beside each other; the shorter ones end in empty cells."""
    for place in range(max(len(rows) for _width, rows in tables)):
        cells = (rows[place] if place < len(rows) else ("",) * width for width, rows in tables)
        yield tuple(chain.from_iterable(cells))


def columns_of(found: Recognised, looks: Sequence[Look]) -> list[str]:
    """The columns of the file and of the tables in which its rows are looked up, as ``extended`` has them."""
    return [*found.columns, *(name for look in looks for name in look.columns)]


def details_of(look: Look, width: int) -> Iterator[Column]:
    details = {detail.name: detail for detail in look.found.details}
    for place, name in enumerate(look.columns, width):
        if detail := details.get(name.removeprefix(look.join.prefix)):
            yield replace(detail, name=name, place=place)


def questions_of(look: Look) -> Iterator[Question]:
    """What is asked of single columns; how the other file is laid out is asked on its own page."""
    for question in look.found.questions:
        name = f"{look.join.prefix}{question.column}"
        if question.column and question.about != "tax_pair" and name in look.columns:
            yield replace(question, column=name, text=question.text.replace(question.column, name, 1))


def together(own: Formats, look: Recognised, details: Sequence[Column]) -> Formats:
    """The formats that read the columns of both files; the sign of fractions is the file's own where it has numbers."""
    other = look.formats
    return replace(
        own,
        dates=tuple(dict.fromkeys((*own.dates, *other.dates))),
        instants=tuple(dict.fromkeys((*own.instants, *other.instants))),
        decimal=own.decimal if any(detail.decimals for detail in details) else other.decimal,
        marks=tuple(dict.fromkeys((*own.marks, *other.marks))),
        null_words=own.null_words | other.null_words,
        no_end=own.no_end | other.no_end,
    )


def matching(found: Recognised, other: Recognised) -> tuple[str, str]:
    """The column of the file and that of the other table that match best: by their values, else by their names."""
    mine, theirs = values_of(found), values_of(other)
    keys = {name: values for name, values in theirs.items() if values and len(set(values)) == len(values)}
    enough = max(FEW, PAIRS // (len(mine) * len(keys) or 1))
    held = {name: frozenset(values) for name, values in keys.items()}
    pairs = [
        (len(some & held[key]) / len(some), is_named(by, key, other.name), by, key)
        for by, values in mine.items()
        if (some := frozenset(values[:enough]))
        for key in keys
    ]
    best = max(pairs, key=lambda pair: pair[:2], default=None)
    if best and (best[0] or best[1]):
        return best[2], best[3]
    return next(iter(mine), ""), next(iter(keys or theirs), "")


def values_of(found: Recognised) -> dict[str, list[str]]:
    """The filled cells of the first rows by column."""
    rows = found.samples[:COMPARED]
    return {
        name: [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        for place, name in enumerate(found.columns)
        if name.strip() and name not in OURS
    }


def is_named(by: str, key: str, file: str) -> bool:
    """Whether ``product_id`` names the ``id`` of ``products.csv``, or both columns are called the same."""
    one, other, stem = plainly(by), plainly(key), plainly(known_as(names.base(file)))
    return one == other or (one.endswith(other) and len(one) > len(other) and one.removesuffix(other) in stem)


@lru_cache(maxsize=10_000)
def plainly(text: str) -> str:
    """A name in small letters, without what parts its words."""
    return re.sub(r"\W|_", "", text.casefold())


def free_called(file: str, taken: Callable[[str], bool]) -> str:
    """What the columns of the file are called by: its name, with a number where that is ``taken``."""
    stem = known_as(names.base(file)) or "file"
    return next(name for number in range(1, 1000) if not taken(name := stem if number == 1 else f"{stem}{number}"))
