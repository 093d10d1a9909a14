"""Rows of another file by their key, in a table of their own (SQLite), while a file is read whose rows are looked up there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

MAKE: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;
    CREATE TABLE other (key TEXT PRIMARY KEY{cells}) WITHOUT ROWID
"""
# Two rows of one key that say different things say nothing.
KEEP: Final = "INSERT INTO other VALUES (?{marks}) ON CONFLICT (key) DO UPDATE SET {cells}"
SAME: Final = "{cells} = CASE WHEN {cells} = excluded.{cells} THEN {cells} END"


@contextmanager
def made(place: Path | str, at: Mapping[tuple[str, ...], str]) -> Iterator[sqlite3.Connection]:
    """An empty table of rows by their key, with the cells of each set of columns, until the block ends."""
    with closing(sqlite3.connect(place)) as rows:
        rows.executescript(MAKE.format(cells="".join(f", {cells} TEXT" for cells in at.values())))
        yield rows


def keep(
    rows: sqlite3.Connection,
    some: Iterable[Sequence[str]],
    columns: Sequence[str],
    key: str,
    at: Mapping[tuple[str, ...], str],
) -> None:
    """Keep these rows of another file, as wide as its ``columns``, by their ``key``."""
    same = ", ".join(SAME.format(cells=cells) for cells in at.values())
    rows.executemany(KEEP.format(marks=", ?" * len(at), cells=same), _keyed(some, columns, key, at))


def _keyed(
    some: Iterable[Sequence[str]], columns: Sequence[str], key: str, at: Iterable[Sequence[str]]
) -> Iterator[list[str]]:
    """(key, the cells of each set) of the rows that have a key."""
    own, places = columns.index(key), [[columns.index(name) for name in names] for names in at]
    for cells in some:
        if text := cells[own].strip():
            yield [text, *(json.dumps([cells[place] for place in each]) for each in places)]
