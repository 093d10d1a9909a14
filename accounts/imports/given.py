"""Rows that a program gives, instead of a file: by the same plan and loads, in a run that can be undone.

Rows that give the same fields are loaded together, so that a field that a row does not give stays as it is. null is an
empty cell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.imports.cells import Formats
from accounts.imports.chronicle import Chronicle
from accounts.imports.loading import Reader, Report, stage, told
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.rows import Row, Table, Unreadable
from accounts.imports.running import door
from accounts.imports.staging import Staged
from accounts.imports.taking import COUNTED, LISTED, LONGEST_CELL
from accounts.imports.targets import Target, Trouble
from accounts.models import ImportFile, ImportLine, ImportRun, User
from config.history.actors import acting

MOST: Final = 5_000
MOST_SHAPES: Final = 50
# Between the parts of a list: no text that comes in may hold it.
SEPARATOR: Final = "\x1f"
NO_FILE: Final = Path()


class Improper(Exception):  # noqa: N818  a verdict on a value, not a fault
    """Why a value cannot be one of a field."""


@dataclass(slots=True)
class Outcome:
    """What became of one row: ``created``, ``changed``, ``unchanged`` or ``refused``, with (field, reason) of each
    value that refused it, and of each that it went in without.
    """

    status: str = "unchanged"
    errors: tuple[Trouble, ...] = ()
    remarks: tuple[Trouble, ...] = ()


@dataclass
class Taken:
    """The outcomes in the order of the rows; ``run`` is the import, None where nothing changed."""

    outcomes: list[Outcome]
    notes: list[str]
    run: ImportRun | None = None


@dataclass(frozen=True)
class Terms:
    """From whom the rows are, and how they count in time, as those of a file (``maps.FileMap``)."""

    source: str
    as_of: dt.date | None = None
    correction: bool = False
    history: bool = False


class GivenRows(Table):
    """The rows of one shape, as texts; their lines are their places among all rows."""

    is_typed = True

    def __init__(self, columns: list[str], rows: list[Row]) -> None:
        super().__init__(NO_FILE)
        self.columns, self._rows = columns, rows

    def records(self) -> Iterator[Row]:
        yield from self._rows

    def rows(self) -> Iterator[Row]:
        """All of them: there is no foot."""
        return self.records()


class Refusals:
    """Notes the rows that cannot be taken, as ``rejects.Rejects`` writes them out."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        self.outcomes, self.count = outcomes, 0

    def add(self, row: Row, troubles: Sequence[Trouble]) -> None:
        self.count += 1
        self.outcomes[row.line].status = "refused"
        self.outcomes[row.line].errors += tuple(troubles)


class Remarks:
    """Notes the cells that a row goes in without, as ``rejects.Cells`` writes them out."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        self.outcomes, self.count = outcomes, 0

    def add(self, line: int, column: str, _cell: str, reason: str) -> None:
        self.count += 1
        self.outcomes[line].remarks += ((column, reason),)


class Watch(Chronicle):
    """A chronicle that also notes which rows changed something."""

    outcomes: list[Outcome]

    def before(self, staged: Staged, target: Target) -> None:
        super().before(staged, target)
        staged.tells_lines = True

    def after(self, staged: Staged, target: Target) -> None:
        super().after(staged, target)
        for line, is_new in staged.done().items():
            self.outcomes[line].status = "created" if is_new else "changed"


@transaction.atomic
def take(
    rows: Sequence[Any], target: Target, terms: Terms, *, by: User, day: dt.date, now: Callable[[], dt.datetime]
) -> Taken:
    """Load at most 5,000 rows into ``target``; a row that cannot be taken holds up none of the others.

    What changes is a run of imports, which Undo takes back. Raises Unreadable where the database refuses them all.
    """
    target = replace(target, snapshot=False)  # what is not among the rows is not gone
    taken = Taken([Outcome() for _row in rows], [])
    tables = by_shape(rows, target, taken.outcomes)
    if len(tables) > MOST_SHAPES:
        sentence = _("The rows give more than %(most)d different sets of fields: send those of one set together.")
        raise Unreadable(sentence % {"most": MOST_SHAPES})
    run = ImportRun.objects.create(
        title=f"API: {target.name}", day=day, by=by, state=ImportRun.State.RUNNING, started_at=now(),
        rows_total=len(rows), rows_read=len(rows),
    )  # fmt: skip
    with acting(door(run)):
        for position, (shape, table) in enumerate(tables, 1):
            load(run, position, shape, table, target, terms, taken, day)
    if any(outcome.status != "unchanged" for outcome in taken.outcomes):
        run.state, run.ended_at, taken.run = ImportRun.State.DONE, now(), run
        run.save(update_fields=["state", "ended_at"])
    else:
        run.delete()
    return taken


def load(
    run: ImportRun,
    position: int,
    shape: tuple[FieldMap, ...],
    table: GivenRows,
    target: Target,
    terms: Terms,
    taken: Taken,
    day: dt.date,
) -> None:
    """Load the rows of one shape as a file of the run."""
    file_map = FileMap(
        f"{target.name}.json", target.name, terms.source, shape, Formats(list_separator=SEPARATOR),
        as_of=terms.as_of, correction=terms.correction, history=terms.history,
    )  # fmt: skip
    file = ImportFile.objects.create(
        run=run, position=position, written=True, name=file_map.name, target=target.name, source=terms.source
    )
    report = Report(file.name, target.name)
    refusals, remarks, watch = Refusals(taken.outcomes), Remarks(taken.outcomes), Watch(file)
    watch.outcomes = taken.outcomes
    reader: Any = Reader(table, lambda: nullcontext(table), refusals, remarks)  # type: ignore[arg-type]  # of the same form
    with told(file.name), transaction.atomic():
        stage(reader, file_map, target, day, report, watch)
    for name in COUNTED:
        setattr(file, name, getattr(report, name))
    file.save(update_fields=[*COUNTED, "is_listed", "act"])
    taken.notes += report.notes
    lines = [row.line for row in table.records() if taken.outcomes[row.line].status == "refused"]
    ImportLine.objects.bulk_create(refused(file, line, taken.outcomes[line]) for line in lines[:LISTED])


def refused(file: ImportFile, line: int, outcome: Outcome) -> ImportLine:
    fields = "; ".join(dict.fromkeys(name for name, _reason in outcome.errors if name))
    reasons = "; ".join(f"{name} {reason}".strip() for name, reason in outcome.errors)
    kind = ImportLine.Kind.REFUSED
    return ImportLine(file=file, kind=kind, line=line, field=fields[:LONGEST_CELL], reason=reasons)


def by_shape(
    rows: Sequence[Any], target: Target, outcomes: list[Outcome]
) -> list[tuple[tuple[FieldMap, ...], GivenRows]]:
    """The rows that can be read, by the fields they give; the others get their errors."""
    shapes: dict[tuple[str, ...], list[Row]] = {}
    names = {known.name for known in target.fields}
    for line, row in enumerate(rows):
        try:
            cells = cells_of(row, target, names)
        except Improper as problem:
            outcomes[line].status = "refused"
            outcomes[line].errors += tuple(problem.args[0])
            continue
        shapes.setdefault(tuple(cells), []).append(Row(line, list(cells.values())))
    return [(fields_of(columns), GivenRows(list(columns), found)) for columns, found in shapes.items()]


def fields_of(columns: tuple[str, ...]) -> tuple[FieldMap, ...]:
    """The columns as fields of the target: ``attributes.plan`` is a part of ``attributes``."""
    attributes = {name.partition(".")[2]: name for name in columns if "." in name}
    plain = tuple(FieldMap(name, columns=(name,)) for name in columns if "." not in name)
    return (*plain, FieldMap("attributes", attributes=attributes)) if attributes else plain


def cells_of(row: Any, target: Target, names: set[str]) -> dict[str, str]:
    """The values as texts by column, in the order of the target's fields; raises Improper with (field, reason) of each."""
    if not isinstance(row, Mapping):
        raise Improper([("", _("is no object"))])
    troubles = [(str(name), _("There is nothing of this name.")) for name in row.keys() - names]
    cells: dict[str, str] = {}
    for known in target.fields:
        if known.name not in row:
            if known.required:
                cells[known.name] = ""
            continue
        try:
            if known.kind == "attributes":
                cells |= attributes_of(known.name, row[known.name])
            else:
                cells[known.name] = text_of(row[known.name], is_list=known.kind == "list")
        except Improper as problem:
            troubles.append((known.name, str(problem)))
    if troubles:
        raise Improper(troubles)
    return cells


def attributes_of(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise Improper(_("is no object"))
    return {f"{name}.{key}": text_of(inner, is_list=False) for key, inner in sorted(value.items())}


def text_of(value: Any, *, is_list: bool) -> str:
    """One JSON value as the text of a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
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
