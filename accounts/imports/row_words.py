"""Which rows of a file go in by what their columns say: the words of ``skip`` and ``only`` of a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.imports.mapping import Reader
    from accounts.imports.maps import FileMap

Words = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Condition:
    """A row whose cell at ``place`` is one of the words (lower case) is left out, or with ``is_only`` every other row.

    ``is_looked_up``: another file says the cell, which is empty where its row was not found.
    """

    place: int
    words: frozenset[str]
    is_only: bool
    is_looked_up: bool = False

    def is_told(self, cells: list[str]) -> bool:
        """Whether the cell of a row in trouble says something: an empty one that is looked up may only not be found."""
        return not self.is_looked_up or bool(cells[self.place].strip())

    def leaves_out(self, cells: list[str]) -> bool:
        return (cells[self.place].strip().casefold() in self.words) is not self.is_only


def said_of(reader: Reader, table: dict[str, Any], where: str) -> dict[str, Any]:
    """``skip`` and ``only`` of a file: by column one word or several. Raises MappingError."""
    return {name: dict(_words(reader, table, name, where)) for name in ("skip", "only")}


def _words(reader: Reader, table: dict[str, Any], name: str, where: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for column, said in reader.take(table, name, dict, {}, where).items():
        words = [said] if isinstance(said, str) else said
        if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
            raise reader.wrong(f"{where} {name}", _("is not a table of texts"))
        yield column, tuple(words)


def conditions_of(file: FileMap, places: Mapping[str, int]) -> tuple[Condition, ...]:
    """The conditions of a mapping, by the places of its file's columns."""
    looked_up = tuple(join.prefix for join in file.joins)
    return tuple(
        Condition(places[column], frozenset(word.casefold() for word in words), is_only, column.startswith(looked_up))
        for said, is_only in ((file.skip, False), (file.only, True))
        for column, words in said.items()
    )
