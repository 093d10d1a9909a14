"""Rows of a file with what other tables beside it say of them: the subscription and the price of an item.

Each other table is kept on the disk while the file is read (SQLite, by its key), so that memory stays flat however many rows
it has. Rejected rows have the columns that were looked up, and come back in without the other tables.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.dialects import Dialect
from accounts.imports.keyed import keep, made
from accounts.imports.maps import FileMap, Join
from accounts.imports.named_files import of_name
from accounts.imports.opening import opened
from accounts.imports.recognising import recognise, sampling
from accounts.imports.rows import Row, Table, Unfitting, Unreadable

AT_ONCE: Final = 1_000
Beat = Callable[[int], None]
# By the column of a key: the sets of columns that are asked for by it.
Keys = Mapping[str, Sequence[tuple[str, ...]]]
Place = tuple[sqlite3.Connection, str]
Kept = tuple[sqlite3.Connection, dict[tuple[str, ...], str]]


@dataclass(frozen=True)
class Look:
    """One join as a file has it: where the other file is (None: nowhere), the columns that are read of it, called as the mapping
    calls them, and the place of the column with its key.

    ``at`` is None where they are columns behind the file's own, else their places in it: rejected rows have them already.
    """

    join: Join
    beside: Path | None
    names: list[str]
    place: int
    at: list[int] | None = None

    @property
    def own(self) -> tuple[str, ...]:
        """The columns as the other file itself calls them."""
        return tuple(name.removeprefix(self.join.prefix) for name in self.names)


@dataclass(frozen=True)
class Other:
    """Another table by its key: ``rows`` are kept, their ``cells`` of these columns where ``look`` says."""

    look: Look
    rows: sqlite3.Connection
    cells: str

    def found(self, key: str) -> tuple[list[str], str]:
        """The cells of the row with this key, and "" or why there are none."""
        join, blank = self.look.join, [""] * len(self.look.names)
        asked = f"SELECT {self.cells} FROM other WHERE key = ?"  # noqa: S608 (a name of ours)
        row = self.rows.execute(asked, (key,)).fetchone() if key else None
        if row and row[0]:
            return json.loads(row[0]), ""
        words = {"cell": key[:40], "file": join.file}
        if row:
            return blank, _("“%(cell)s” stands in several rows of %(file)s that differ") % words
        if join.optional:
            return blank, ""
        return blank, (_("“%(cell)s” is in no row of %(file)s") if key else _("is empty")) % words


class Joined(Table):
    """A table with the columns of others behind its own; a rejected row, which has them, is looked up again where they are empty."""

    def __init__(self, inner: Table, others: Sequence[Other], absent: Sequence[str] = ()) -> None:
        super().__init__(inner.path)
        self.inner, self.others, self.absent = inner, others, tuple(absent)
        self.columns = [*inner.columns, *added(other.look for other in others)]
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
            at = other.look.at
            if at is not None and any(cells[place].strip() for place in at):
                continue
            more, reason = other.found(cells[other.look.place].strip())
            if at is None:
                cells += more
            for place, cell in zip(at or (), more, strict=at is not None):
                cells[place] = cell
            if reason and not row.trouble:
                row = replace(row, trouble=(other.look.join.by, reason))
        return replace(row, cells=cells)


@contextmanager
def joined(path: Path, file: FileMap, beat: Beat = lambda _rows: None) -> Iterator[Table]:
    """The table in ``path`` with the columns that the mapping looks up in other files beside it; raises Unreadable.

    Each of them is read once; ``beat`` is told again and again how many of its rows were read since.
    """
    with opened(path, file.dialect) as table, ExitStack() as stack:
        looks, absent = looks_of(path, file, table)
        asked: dict[Path | None, dict[str, dict[tuple[str, ...], None]]] = {}
        for look in looks:
            asked.setdefault(look.beside, {}).setdefault(look.join.key, {})[look.own] = None
        rows = {
            beside: stack.enter_context(
                kept(beside, file.dialect, {key: list(sets) for key, sets in keys.items()}, beat)
            )
            for beside, keys in asked.items()
        }
        others = [Other(look, *rows[look.beside](look.join.key, look.own)) for look in looks]
        yield Joined(table, others, absent) if others else table


@contextmanager
def once_more(path: Path, file: FileMap, table: Table) -> Iterator[Table]:
    """The same rows from the beginning, while ``table`` is open: the other files are not read again."""
    with opened(path, file.dialect) as anew:
        yield Joined(anew, table.others, table.absent) if isinstance(table, Joined) else anew


def columns_of(path: Path, file: FileMap) -> list[str]:
    """The columns that ``joined`` would have; reads the first lines of the file and of the others. Raises Unreadable."""
    with opened(path, file.dialect) as table:
        looks, _absent = looks_of(path, file, table)
        for look in looks:
            if look.beside:
                with opened(look.beside, laid_out(look.beside, file.dialect)) as other:
                    refuse_without(other, (look.join.key, *look.own))
        return [*table.columns, *added(looks)]


def looks_of(path: Path, file: FileMap, table: Table) -> tuple[list[Look], list[str]]:
    """What is looked up for the rows of the open ``table``, and the files that are not there and need not be.

    Of rejected rows only what is there to look up in: they have what was found. Raises Unreadable.
    """
    looks: list[Look] = []
    absent: list[str] = []
    columns = list(table.columns)
    for join in file.joins:
        has_own = any(name.startswith(join.prefix) for name in table.columns)
        if has_own and not (table.is_corrected and join.by in columns):
            continue
        if join.by not in columns:
            raise Unfitting(_("%(file)s has no column %(columns)s.") % {"file": file.name, "columns": join.by})
        names = [name for name in wanted(file) if name.startswith(join.prefix)]
        beside = found_beside(path, file, join, is_needed=not has_own)
        if has_own:
            names = [name for name in names if name in table.columns]
            at = [table.columns.index(name) for name in names]
            looks += [Look(join, beside, names, columns.index(join.by), at)] if beside and names else []
            continue
        if beside is None:
            absent.append(join.file)
        looks.append(Look(join, beside, names, columns.index(join.by)))
        columns += names
    return looks, absent


def added(looks: Iterable[Look]) -> Iterator[str]:
    """The columns that stand behind the file's own."""
    for look in looks:
        yield from look.names if look.at is None else ()


def wanted(file: FileMap) -> list[str]:
    """Every column that the mapping reads, each once, in a fixed order."""
    names = [*(join.by for join in file.joins), *file.conditions, *file.ordering]
    names += [name for field_map in file.fields for name in field_map.needs()]
    return list(dict.fromkeys(names))


def found_beside(path: Path, file: FileMap, join: Join, *, is_needed: bool) -> Path | None:
    """The other file in the same folder; None where it is not there and need not be. Raises Unreadable."""
    beside = of_name(sorted(one for one in path.parent.iterdir() if one.is_file() and one != path), join.file)
    if beside is None and is_needed and not join.optional:
        raise Unreadable(needs(file.name, join.file))
    return beside


def read_for(path: Path, file: FileMap) -> list[Path]:
    """The file and those beside it in which its rows are looked up, each once."""
    beside = [found_beside(path, file, join, is_needed=False) for join in file.joins]
    return list(dict.fromkeys([path, *filter(None, beside)]))


def needs(file: str, other: str) -> str:
    """The sentence that a file cannot be read without another one."""
    sentence = _(
        "%(file)s needs %(other)s, in which its rows are looked up: import both together, "
        "as files chosen together, in one ZIP or in one folder."
    )
    return sentence % {"file": file, "other": other}


@contextmanager
def kept(path: Path | None, like: Dialect, keys: Keys, beat: Beat) -> Iterator[Callable[[str, tuple[str, ...]], Place]]:
    """The rows of the other file by each of ``keys``, until the block ends; none without a file. Answers by the key and one of its
    sets of columns which table has their cells, and where.

    Where two layouts fit the file, it is laid out ``like`` the one whose rows are looked up.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        tables: dict[str, Kept] = {}
        for number, (key, sets) in enumerate(keys.items()):
            at = {columns: f"cells_{place}" for place, columns in enumerate(sets)}
            tables[key] = (stack.enter_context(made(Path(folder) / f"rows{number}", at)), at)
        if path is not None:
            _fill(path, laid_out(path, like), tables, beat)
        yield lambda key, columns: (tables[key][0], tables[key][1][columns])


def _fill(path: Path, dialect: Dialect, tables: Mapping[str, Kept], beat: Beat) -> None:
    """Keep the rows of the file at ``path`` in each table: by its key, of each set of columns the cells."""
    with opened(path, dialect) as table:
        for key, (_rows, at) in tables.items():
            refuse_without(table, (key, *chain(*at)))
        records = (row.cells for row in table.records() if not row.trouble)
        while some := list(islice(records, AT_ONCE)):
            for key, (rows, at) in tables.items():
                keep(rows, some, table.columns, key, at)
            beat(len(some))
    for rows, _at in tables.values():
        rows.commit()


def refuse_without(table: Table, columns: Iterable[str]) -> None:
    """Raise Unfitting where another file has not these columns."""
    if missing := [name for name in dict.fromkeys(columns) if name not in table.columns]:
        sentence = _("%(file)s has no column %(columns)s.")
        raise Unfitting(sentence % {"file": table.path.name, "columns": ", ".join(missing)})


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


__all__ = ["Joined", "columns_of", "joined", "needs", "once_more", "read_for"]
