"""Refused cells of a preview, mended on its page: the rejected rows are written once more with them and join the run as a file."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Length
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import uploads
from accounts.imports import correcting, drafting, mapping
from accounts.imports.dialects import Dialect
from accounts.imports.maps import MappingError
from accounts.imports.opening import opened
from accounts.imports.places import corrections, mark_of
from accounts.imports.places import opened as placed
from accounts.imports.rejects import BETWEEN, Written, line_in, named
from accounts.imports.requesting import held
from accounts.imports.rows import OURS
from accounts.imports.taking import LONGEST_CELL
from accounts.imports.texts import escaped, unescaped
from accounts.models import ImportFile, ImportLine, ImportRun, Upload, User
from accounts.uploads import Copies, names
from config.text import storable

# Rejected rows beyond that are corrected in their file.
LARGEST: Final = 4 * 1024 * 1024
NAMED: Final = re.compile(r"mend-(\d{1,9})-(\d{1,18})-(\d{1,5})", re.ASCII)
OF_FILE: Final = re.compile(r"file-(\d{1,9})", re.ASCII)
# (position of the file, line, place of the column) of a cell.
Where = tuple[int, int, int]


@dataclass(frozen=True)
class Cell:
    """A cell that can be mended: the name of its control, its column, and what the file has there."""

    name: str
    column: str
    value: str


@dataclass(frozen=True)
class Rejected:
    """The rejected rows of a file as they are kept: the lines above, then the names of the columns, then the rows."""

    above: str
    rows: list[list[str]]
    encoding: str
    delimiter: str

    @property
    def columns(self) -> list[str]:
        return [unescaped(name) for name in self.rows[0]]

    @property
    def by_line(self) -> dict[int | None, list[str]]:
        """The rows by the line of each in its file; those that have not as many cells as there are columns cannot be mended."""
        return {line_in(row[0]): row for row in self.rows[1:] if len(row) == len(self.rows[0])}

    def along(self, rows: Iterable[list[str]], columns: Sequence[str]) -> bytes:
        """The file with ``rows``, whose ``columns`` these are, in place of those of the same lines, by line."""
        names = self.rows[0]
        alike = (dict(zip(columns, row, strict=True)) for row in rows)
        found = [*self.rows[1:], *([row.get(name, "") for name in names] for row in alike)]
        by_line = {line_in(row[0]) or 0: row for row in found if row}
        return replace(self, rows=[names, *(row for _line, row in sorted(by_line.items()))]).content

    @property
    def content(self) -> bytes:
        """The file with these rows."""
        names, *rows = self.rows
        with as_file() as path:
            with Written(path, self.encoding, self.delimiter) as written:
                written.add(names, self.above)
                for row in rows:
                    written.add(row)
            return path.read_bytes()


def offered(run: ImportRun, lines: Sequence[ImportLine]) -> dict[int, list[Cell]]:
    """By line, the cells to mend on the page: those that are named, of one line each and short. A statement a file."""
    found: dict[int, list[Cell]] = {}
    by_file: dict[int, list[ImportLine]] = {}
    for line in lines:
        by_file.setdefault(line.file.position, []).append(line)
    for position, some in by_file.items():
        rejected = rejected_of(run, position, {line.line for line in some})
        if rejected is None:
            continue
        rows = rejected.by_line
        for line in some:
            row = rows.get(line.line)
            if row:
                found[line.pk] = [*cells(position, rejected.columns, row)]
    return found


def marks_of(run: ImportRun, lines: Sequence[ImportLine]) -> dict[str, str]:
    """The names of the form by which it says which files it shows, and what each says."""
    positions = sorted({line.file.position for line in lines})
    return {f"file-{position}": mark(run, position) for position in positions}


def cells(position: int, columns: Sequence[str], row: Sequence[str]) -> Iterator[Cell]:
    """The cells of a rejected row that its reason names."""
    for column in named(unescaped(row[1]), columns):
        place = columns.index(column)
        value = unescaped(row[place])
        if len(value) <= LONGEST_CELL and storable(value) and not {*"\r\n"} & {*value}:
            yield Cell(f"mend-{position}-{row[0]}-{place}", column, value)


def rejected_of(run: ImportRun, position: int, lines: Collection[int | None] = ()) -> Rejected | None:
    """The rejected rows of the file at ``position``, all or those of ``lines``; None where there are none, or they are too many to
    be mended here.
    """
    files = ImportFile.objects.filter(run=run, position=position, rejects__isnull=False)
    file = files.alias(size=Length("rejects")).filter(size__lte=LARGEST).only("name", "rejects").first()
    if file is None or not 1 <= position <= len(run.places):
        return None
    place = run.places[position - 1]
    try:
        (read,) = mapping.parse(place["mapping"], place["name"]).files
    except MappingError:  # a mapping of before, which an import takes no more
        return None
    with as_file(bytes(file.rejects or b"")) as path:
        return parsed(path, read.dialect, lines)


def in_words(run: ImportRun, position: int) -> bytes | None:
    """The rejected rows of the file at ``position`` with their reasons in the reader's language; None where they are kept in it,
    or too many to be said again.
    """
    if run.language == get_language() or run.mapping:
        return None
    refused = rejected_of(run, position)
    if refused is None:
        return None
    for row in refused.rows[1:]:
        row[2] = escaped(run.told(unescaped(row[2]), unescaped(row[1]).split(BETWEEN)))
    return refused.content


def mended_before(place: drafting.Setup) -> Rejected | None:
    """All rows of a file of mended ones, those among them that are not refused any more. Raises Unreadable where it is gone."""
    (read,) = mapping.parse(place["mapping"], place["name"]).files
    with Copies() as copies, placed(place, copies) as path:
        return parsed(path, read.dialect)


def parsed(path: Path, dialect: Dialect, lines: Collection[int | None] = ()) -> Rejected | None:
    """Rejected rows as they are written, all or those of ``lines``; None where a cell is too long for a page."""
    with opened(path, dialect) as table:
        encoding, delimiter, above = table.encoding, table.delimiter, table.above
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        stream.read(len(above))
        reader = csv.reader(stream, delimiter=delimiter)
        try:
            rows = [next(reader), *of_lines(reader, lines)] if lines else [*reader]
        except csv.Error:
            return None
    return Rejected(above, rows, encoding, delimiter)


def of_lines(rows: Iterable[list[str]], lines: Collection[int | None]) -> Iterator[list[str]]:
    """The rejected rows of these lines; what stands behind the last of them is not read."""
    left = {*lines}
    for row in rows:
        if row and (line := line_in(row[0])) in left:
            left.discard(line)
            yield row
            if not left:
                return


@contextmanager
def as_file(content: bytes = b"") -> Iterator[Path]:
    """A file with this content, for as long as it is needed."""
    with TemporaryDirectory(prefix="tsunagu-mending-") as folder:
        path = Path(folder) / "rejects.csv"
        path.write_bytes(content)
        yield path


def said(form: Mapping[str, str]) -> dict[Where, str]:
    """What a form says of cells, by where they are."""
    found = {(match, value) for name, value in form.items() if (match := NAMED.fullmatch(name))}
    return {(int(match[1]), int(match[2]), int(match[3])): value for match, value in found}


def marks(form: Mapping[str, str]) -> dict[int, str]:
    """By position, which file the page showed there."""
    found = {(match, value) for name, value in form.items() if (match := OF_FILE.fullmatch(name))}
    return {int(match[1]): value for match, value in found}


@transaction.atomic
def mend(
    run: ImportRun, shown: Mapping[int, str], values: Mapping[Where, str], by: User, day: dt.date, now: dt.datetime
) -> ImportRun:
    """Write the rejected rows of which a cell has another value now into a file of mended rows, and preview the run with it.

    ``shown``: by position, which file the page showed there. Rows of which no cell changed stay rejected. A file has one file of
    mended rows, which grows with each mend. Raises ValidationError where no cell changed, a file is another one by now, or the
    run cannot be changed any more.
    """
    locked = held(run.pk)
    correcting.check(locked)
    mended_of = correcting.mended_of(locked)
    by_file: dict[int, list[list[str]]] = {}
    heads: dict[int, Rejected] = {}
    for position in sorted({position for position, _line, _place in values}):
        is_known = shown.get(position, "") in {"", mark(locked, position)}
        drafting.place_of(locked, position if is_known else 0, "")
        if refused := rejected_of(locked, position):
            changed = put(refused, ((line, at, value) for (of, line, at), value in values.items() if of == position))
            original = mended_of.get(position, position)
            heads.setdefault(original, refused)
            by_file.setdefault(original, []).extend(changed)
    added: dict[int, Upload] = {}
    for original, rows in by_file.items():
        if rows:
            before = [number for number, of in mended_of.items() if of == original]
            known = mended_before(locked.places[before[0] - 1]) if before else None
            content = (known or replace(heads[original], rows=heads[original].rows[:1])).along(
                rows, heads[original].rows[0]
            )
            name = name_for(locked.places[original - 1])
            added[original] = uploads.receive(name, BytesIO(content), len(content), by=by, now=now)
    if not added:
        raise ValidationError(_("No refused cell was changed: write the right value beside it."))
    return correcting.correct_all(locked, added, day, now, mended=True)


def mark(run: ImportRun, position: int) -> str:
    """By which a page names the file at ``position`` with all that corrects it: another one once somebody mended it."""
    own = [mark_of(place) for place in run.places[position - 1 : position]]
    return " ".join([*own, *(mark_of(place) for one in own for place in corrections(run.places, one))])


def name_for(mended: Mapping[str, str]) -> str:
    """What the mended rows of a file are called."""
    stem = Path(names.base(mended["name"])).stem
    return f"{f'mended-{stem}'[: names.LONGEST - len('.csv')]}.csv"


def put(rejected: Rejected, values: Iterable[tuple[int, int, str]]) -> list[list[str]]:
    """The rows of which a cell has another value by these (line, place of the column, value), with them."""
    rows = rejected.by_line
    changed: dict[int, list[str]] = {}
    for line, place, value in values:
        row = rows.get(line)
        if row and len(OURS) <= place < len(row) and unescaped(row[place]) != value:
            row[place] = escaped(value)
            changed[line] = row
    return [*changed.values()]
