"""Rows that a program gives, instead of a file: by the same plan and loads, in a run that can be undone.

Rows that give the same fields are loaded together, so that a field that a row does not give stays as it is. null is an
empty cell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.imports import hearing
from accounts.imports.cells import Formats
from accounts.imports.chronicle import Chronicle
from accounts.imports.loading import Reader, Report, stage, told
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.rejects import BETWEEN
from accounts.imports.rows import Row, Unreadable
from accounts.imports.running import door
from accounts.imports.shapes import SEPARATOR, GivenRows, by_shape
from accounts.imports.staging import Staged
from accounts.imports.taking import COUNTED, LISTED, LONGEST_CELL
from accounts.imports.targets import Target, Trouble
from accounts.models import ImportFile, ImportLine, ImportRun, Source, User
from accounts.models.importing import SENT
from config.history.actors import acting

MOST: Final = 5_000
MOST_SHAPES: Final = 50
WRITTEN: Final = frozenset({"created", "changed"})


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
    """From whom the rows are, and how they count in time, as those of a file (``maps.FileMap``).

    ``is_checked``: the caller has looked whether the person may write these rows. ``conceded``: as of a file;
    the source has not spoken by it. ``by_hand``: a person edits rows of the source on a page, which is not its word.
    """

    source: str
    as_of: dt.date | None = None
    correction: bool = False
    history: bool = False
    is_checked: bool = False
    conceded: str = ""
    by_hand: bool = False

    @property
    def said_by(self) -> str:
        """The source whose word the rows are."""
        return Source.TYPED if self.by_hand else self.source


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
            # A row that was created gets its parent when all are there.
            if self.outcomes[line].status != "created":
                self.outcomes[line].status = "created" if is_new else "changed"


@transaction.atomic
def take(
    rows: Sequence[Any],
    target: Target,
    terms: Terms,
    *,
    by: User,
    day: dt.date,
    now: Callable[[], dt.datetime],
    barred: Mapping[int, Sequence[Trouble]] = MappingProxyType({}),
) -> Taken:
    """Load at most 5,000 rows into ``target``; a row that cannot be taken, or is ``barred``, holds up none of the others.

    What changes is a run of imports, which Undo takes back. Raises Unreadable where the database refuses them all.
    """
    target = replace(target, snapshot=False)  # what is not among the rows is not gone
    taken = Taken([Outcome() for _row in rows], [])
    shaped = by_shape(rows, target, barred)
    for line, troubles in shaped.refused.items():
        taken.outcomes[line] = Outcome("refused", tuple(troubles))
    if len(shaped.tables) > MOST_SHAPES:
        sentence = _("The rows give more than %(most)d different sets of fields: send those of one set together.")
        raise Unreadable(sentence % {"most": MOST_SHAPES})
    with translation.override(settings.LANGUAGE_CODE):
        title = SENT % {"rows": target.label}
    run = ImportRun.objects.create(
        title=title, day=day, by=by, state=ImportRun.State.RUNNING, started_at=now(),
        rows_total=len(rows), rows_read=len(rows),
    )  # fmt: skip
    with acting(door(run, by_hand=terms.by_hand)):
        for position, (shape, table) in enumerate(shaped.tables, 1):
            # Of a row that did not go in, its parent does not either.
            gone = {line for line, outcome in enumerate(taken.outcomes) if outcome.status == "refused"}
            load(run, position, shape, table.without(gone), target, terms, taken, day)
    if any(outcome.status in WRITTEN for outcome in taken.outcomes):
        count_unread(run, shaped.refused, taken.outcomes)
        run.state, run.ended_at, taken.run = ImportRun.State.DONE, now(), run
        run.save(update_fields=["state", "ended_at"])
    else:
        run.delete()
        if not terms.conceded:
            hearing.note(terms.said_by, now())
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
    names = {given.name for given in shape}
    if not names.issuperset(known.name for known in target.fields if known.required):
        # Parents of rows that are there: of these nothing else is said.
        target = replace(target, fields=tuple(known for known in target.fields if known.name in names))
    file_map = FileMap(
        f"{target.name}.json", target.name, terms.source, shape, Formats(list_separator=SEPARATOR, of_file=False),
        as_of=terms.as_of, correction=terms.correction, history=terms.history,
        conceded=terms.conceded, by_hand=terms.by_hand,
    )  # fmt: skip
    file = ImportFile.objects.create(
        run=run,
        position=position,
        written=True,
        name=file_map.name,
        target=target.name,
        source=terms.said_by,
        is_conceded=bool(terms.conceded),
    )
    report = Report(file.name, target.name)
    refusals, remarks, watch = Refusals(taken.outcomes), Remarks(taken.outcomes), Watch(file)
    watch.outcomes = taken.outcomes
    reader: Any = Reader(table, lambda: nullcontext(table), refusals, remarks)  # type: ignore[arg-type]  # of the same form
    with told(file.name), transaction.atomic():
        stage(reader, file_map, target, day, report, watch, None if terms.is_checked else run.by)
    for name in COUNTED:
        setattr(file, name, getattr(report, name))
    file.save(update_fields=[*COUNTED, "is_listed", "act", "columns"])
    taken.notes += report.notes
    lines = [row.line for row in table.records() if taken.outcomes[row.line].status == "refused"]
    ImportLine.objects.bulk_create(refused(file, line, taken.outcomes[line]) for line in lines[:LISTED])


def count_unread(run: ImportRun, lines: Iterable[int], outcomes: Sequence[Outcome]) -> None:
    """Count and list the rows that came into no file of the run, in its first."""
    file = ImportFile.objects.get(run=run, position=1)
    rows = [refused(file, line, outcomes[line]) for line in lines]
    file.rows, file.rejected = file.rows + len(rows), file.rejected + len(rows)
    file.save(update_fields=["rows", "rejected"])
    ImportLine.objects.bulk_create(rows[:LISTED])


def refused(file: ImportFile, line: int, outcome: Outcome) -> ImportLine:
    fields = BETWEEN.join(dict.fromkeys(name for name, _reason in outcome.errors if name))
    reasons = BETWEEN.join(f"{name} {reason}".strip() for name, reason in outcome.errors)
    kind = ImportLine.Kind.REFUSED
    return ImportLine(file=file, kind=kind, line=line, field=fields[:LONGEST_CELL], reason=reasons)
