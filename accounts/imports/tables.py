"""Rows of a file with what other tables beside it say of them: the subscription and the price of an item.

Each other table is kept on the disk while the file is read (SQLite, by its key), so that memory stays flat however many rows
it has. Rejected rows have the columns that were looked up, and come back in without the other tables.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.dialects import Dialect
from accounts.imports.maps import FileMap, Join
from accounts.imports.named_files import of_name
from accounts.imports.opening import opened
from accounts.imports.recognising import recognise, sampling
from accounts.imports.rows import Row, Table, Unfitting, Unreadable

AT_ONCE: Final = 1_000
MAKE: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;
    CREATE TABLE other (key TEXT PRIMARY KEY{cells}) WITHOUT ROWID
"""
# Two rows of one key that say different things say nothing.
KEEP: Final = "INSERT INTO other VALUES (?{marks}) ON CONFLICT (key) DO UPDATE SET {cells}"
SAME: Final = "{cells} = CASE WHEN {cells} = excluded.{cells} THEN {cells} END"
Beat = Callable[[], None]


@dataclass(frozen=True)
class Other:
    """Another table by its key: ``names`` are its columns, as the mapping calls them, ``place`` the column with its key,
    ``cells`` where ``rows`` has them.
    """

    join: Join
    names: list[str]
    place: int
    rows: sqlite3.Connection
    cells: str

    def found(self, key: str) -> tuple[list[str], str]:
        """The cells of the row with this key, and "" or why there are none."""
        blank = [""] * len(self.names)
        asked = f"SELECT {self.cells} FROM other WHERE key = ?"  # noqa: S608 (a name of ours)
        row = self.rows.execute(asked, (key,)).fetchone() if key else None
        if row and row[0]:
            return json.loads(row[0]), ""
        words = {"cell": key[:40], "file": self.join.file}
        if row:
            return blank, _("“%(cell)s” stands in several rows of %(file)s that differ") % words
        if self.join.optional:
            return blank, ""
        return blank, (_("“%(cell)s” is in no row of %(file)s") if key else _("is empty")) % words


class Joined(Table):
    """A table with the columns of others behind its own."""

    def __init__(self, inner: Table, others: Sequence[Other], absent: Sequence[str] = ()) -> None:
        super().__init__(inner.path)
        self.inner, self.others, self.absent = inner, others, tuple(absent)
        self.columns = [*inner.columns, *(name for other in others for name in other.names)]
        self.encoding, self.delimiter, self.above = inner.encoding, inner.delimiter, inner.above
        self.is_typed, self.is_escaped = inner.is_typed, inner.is_escaped

    def records(self) -> Iterator[Row]:
        return map(self.extended, self.inner.records())

    def rows(self) -> Iterator[Row]:
        return map(self.extended, self.inner.rows())

    def extended(self, row: Row) -> Row:
        """The row with what the others say; one whose key they do not know is in trouble."""
        self.rejected_on = self.inner.rejected_on
        if row.trouble:
            return row
        cells = list(row.cells)
        for other in self.others:
            more, reason = other.found(cells[other.place].strip())
            cells += more
            if reason and not row.trouble:
                row = replace(row, trouble=(other.join.by, reason))
        return replace(row, cells=cells)


@contextmanager
def joined(path: Path, file: FileMap, beat: Beat = lambda: None) -> Iterator[Table]:
    """The table in ``path`` with the columns that the mapping looks up in other files beside it; raises Unreadable.

    ``beat`` is called again and again while the other files are read.
    """
    with opened(path, file.dialect) as table, ExitStack() as stack:
        planned: list[tuple[Join, Path | None, list[str], int]] = []
        absent: list[str] = []
        columns = list(table.columns)
        for join in file.joins:
            if any(name.startswith(join.prefix) for name in table.columns):
                continue
            if join.by not in columns:
                raise Unfitting(_("%(file)s has no column %(columns)s.") % {"file": file.name, "columns": join.by})
            names = [name for name in wanted(file) if name.startswith(join.prefix)]
            beside = found_beside(path, file, join)
            if beside is None:
                absent.append(join.file)
            planned.append((join, beside, names, columns.index(join.by)))
            columns += names
        # Each file is read once a key, whatever looks how often in it.
        asked: dict[tuple[Path | None, str], list[tuple[str, ...]]] = {}
        for join, beside, names, _place in planned:
            asked.setdefault((beside, join.key), []).append(own_names(join, names))
        rows = {
            (beside, key): stack.enter_context(kept(beside, file.dialect, key, list(dict.fromkeys(sets)), beat))
            for (beside, key), sets in asked.items()
        }
        others = [
            Other(join, names, place, *rows[beside, join.key](own_names(join, names)))
            for join, beside, names, place in planned
        ]
        yield Joined(table, others, absent) if others else table


def own_names(join: Join, names: Sequence[str]) -> tuple[str, ...]:
    """The columns as the other file itself calls them."""
    return tuple(name.removeprefix(join.prefix) for name in names)


def wanted(file: FileMap) -> list[str]:
    """Every column that the mapping reads, each once, in a fixed order."""
    names = [*(join.by for join in file.joins), *file.conditions, *file.ordering]
    names += [name for field_map in file.fields for name in field_map.needs()]
    return list(dict.fromkeys(names))


def found_beside(path: Path, file: FileMap, join: Join) -> Path | None:
    """The other file in the same folder; None where it is not there and need not be. Raises Unreadable."""
    beside = of_name(sorted(one for one in path.parent.iterdir() if one.is_file() and one != path), join.file)
    if beside is None and not join.optional:
        raise Unreadable(needs(file.name, join.file))
    return beside


def needs(file: str, other: str) -> str:
    """The sentence that a file cannot be read without another one."""
    sentence = _(
        "%(file)s needs %(other)s, in which its rows are looked up: import both together, "
        "as files chosen together, in one ZIP or in one folder."
    )
    return sentence % {"file": file, "other": other}


@contextmanager
def kept(
    path: Path | None, like: Dialect, key: str, sets: Sequence[tuple[str, ...]], beat: Beat
) -> Iterator[Callable[[tuple[str, ...]], tuple[sqlite3.Connection, str]]]:
    """The rows of the other file by their key, until the block ends; none without a file. For each of ``sets`` of columns the
    table and where in it their cells are.

    Where two layouts fit the file, it is laid out ``like`` the one whose rows are looked up.
    """
    at = {columns: f"cells_{number}" for number, columns in enumerate(sets)}
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "rows")) as rows:
        rows.executescript(MAKE.format(cells="".join(f", {cells} TEXT" for cells in at.values())))
        if path is not None:
            _fill(rows, path, laid_out(path, like), key, at, beat)
        yield lambda columns: (rows, at[columns])


def _fill(
    rows: sqlite3.Connection, path: Path, dialect: Dialect, key: str, at: Mapping[tuple[str, ...], str], beat: Beat
) -> None:  # fmt: skip
    """Keep the rows of the file at ``path``: of each set of columns the cells by the key."""
    with opened(path, dialect) as table:
        if missing := [name for name in dict.fromkeys((key, *chain(*at))) if name not in table.columns]:
            sentence = _("%(file)s has no column %(columns)s.")
            raise Unfitting(sentence % {"file": path.name, "columns": ", ".join(missing)})
        own, places = table.columns.index(key), [[table.columns.index(name) for name in columns] for columns in at]
        found = (
            (row.cells[own].strip(), *(json.dumps([row.cells[place] for place in each]) for each in places))
            for row in table.records()
            if not row.trouble and row.cells[own].strip()
        )
        same = ", ".join(SAME.format(cells=cells) for cells in at.values())
        while some := list(islice(found, AT_ONCE)):
            rows.executemany(KEEP.format(marks=", ?" * len(at), cells=same), some)
            beat()
    rows.commit()


def laid_out(path: Path, like: Dialect) -> Dialect:
    """How a file is laid out of which no mapping says it: as it is recognised, and ``like`` another where that is open."""
    plain = replace(like, format="", sheet="", skip_lines=0)
    try:
        found = recognise(path)
    except Unreadable:
        return plain  # whoever opens it says why
    if found.format != "csv":
        return replace(plain, skip_lines=found.skip_lines, sheet=found.sheet)
    seen = {name: getattr(found, name) for name in ("encoding", "delimiter", "escape", "skip_lines")}
    for question in found.questions:
        seen.pop(question.about, None)
    if all(piece.isascii() for piece in sampling.pieces(path)[0]):
        seen.pop("encoding", None)
    return replace(plain, **seen)


__all__ = ["Joined", "joined", "needs"]
