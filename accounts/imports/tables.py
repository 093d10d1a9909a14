"""Rows of a file with what other tables of the same folder say of them: the subscription and the price of an item.

Each other table is kept on the disk while the file is read (SQLite, by its key), so that memory stays flat however many rows
it has. Rejected rows have the columns that were looked up, and come back in without the other tables.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.maps import FileMap, Join
from accounts.imports.named_files import of_name
from accounts.imports.opening import opened
from accounts.imports.rows import Row, Table, Unfitting, Unreadable

AT_ONCE: Final = 1_000
MAKE: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;
    CREATE TABLE other (key TEXT PRIMARY KEY, cells TEXT) WITHOUT ROWID
"""
# Two rows of one key that say different things say nothing.
KEEP: Final = """
    INSERT INTO other VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET cells = CASE WHEN cells = excluded.cells THEN cells END
"""


@dataclass(frozen=True)
class Other:
    """Another table by its key: ``names`` are its columns, as the mapping calls them, ``place`` the column with its key."""

    join: Join
    names: list[str]
    place: int
    rows: sqlite3.Connection

    def found(self, key: str) -> tuple[list[str], str]:
        """The cells of the row with this key, and "" or why there are none."""
        blank = [""] * len(self.names)
        row = self.rows.execute("SELECT cells FROM other WHERE key = ?", (key,)).fetchone() if key else None
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

    def __init__(self, inner: Table, others: Sequence[Other]) -> None:
        super().__init__(inner.path)
        self.inner, self.others = inner, others
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
def joined(path: Path, file: FileMap) -> Iterator[Table]:
    """The table in ``path`` with the columns that the mapping looks up in other files beside it; raises Unreadable."""
    with opened(path, file.dialect) as table, ExitStack() as stack:
        others: list[Other] = []
        columns = list(table.columns)
        for join in file.joins:
            if any(name.startswith(join.prefix) for name in table.columns):
                continue
            if join.by not in columns:
                raise Unfitting(_("%(file)s has no column %(columns)s.") % {"file": file.name, "columns": join.by})
            names = [name for name in wanted(file) if name.startswith(join.prefix)]
            rows = stack.enter_context(kept(path, file, join, [name.removeprefix(join.prefix) for name in names]))
            others.append(Other(join, names, columns.index(join.by), rows))
            columns += names
        yield Joined(table, others) if others else table


def wanted(file: FileMap) -> list[str]:
    """Every column that the mapping reads, each once, in a fixed order."""
    names = [*(join.by for join in file.joins), *file.skip, *file.ordering]
    names += [name for field_map in file.fields for name in field_map.needs()]
    return list(dict.fromkeys(names))


@contextmanager
def kept(path: Path, file: FileMap, join: Join, columns: list[str]) -> Iterator[sqlite3.Connection]:
    """The rows of the other file by their key, with these columns, until the block ends."""
    beside = of_name(sorted(one for one in path.parent.iterdir() if one.is_file() and one != path), join.file)
    if beside is None:
        sentence = _("%(file)s needs %(other)s beside it, in the same folder: import the folder with import_data.")
        raise Unreadable(sentence % {"file": file.name, "other": join.file})
    plain = replace(file.dialect, format="", sheet="", skip_lines=0)
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "rows")) as rows:
        rows.executescript(MAKE)
        with opened(beside, plain) as table:
            if missing := [name for name in (join.key, *columns) if name not in table.columns]:
                sentence = _("%(file)s has no column %(columns)s.")
                raise Unfitting(sentence % {"file": beside.name, "columns": ", ".join(missing)})
            key, places = table.columns.index(join.key), [table.columns.index(name) for name in columns]
            found = (
                (row.cells[key].strip(), json.dumps([row.cells[place] for place in places]))
                for row in table.records()
                if not row.trouble and row.cells[key].strip()
            )
            while some := list(islice(found, AT_ONCE)):
                rows.executemany(KEEP, some)
        rows.commit()
        yield rows


__all__ = ["Joined", "joined"]
