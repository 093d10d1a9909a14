"""One file into its target: read, stage, load, count; what cannot go in is written out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts import statistics
from accounts.imports import believing, bounds, denominations, edited, lagging, remarks, repeats, saying, two_orders
from accounts.imports.checking import advised, encoding_advice
from accounts.imports.made_ids import MadeIds
from accounts.imports.maps import FileMap
from accounts.imports.mended import as_numbered
from accounts.imports.planning import Plan, as_typed, plan_here
from accounts.imports.rejects import Cells, Rejects, cells_path
from accounts.imports.repeats import Refused
from accounts.imports.rows import Row, Table, Unreadable
from accounts.imports.staging import Staged
from accounts.imports.tables import joined, once_more
from accounts.imports.targets import Target
from accounts.models import User
from config import clock, locks

LOCK: Final = "accounts.imports"
REPORT_EVERY: Final = 5_000
# What the database refused of the staged rows: rows, and cells that a row goes in without.
REJECTED: Final = "SELECT line, field, reason FROM import_rejected ORDER BY line"
UNREAD: Final = "SELECT line, field, cell, reason FROM import_unread ORDER BY line, field"


class Busy(Unreadable):
    """Somebody else is writing the same rows, or imports: the same may go in a moment later."""


Progress = Callable[[int], None]


class Witness(Protocol):
    """Is asked before a target loads the staged rows, and again while they are still there."""

    def before(self, staged: Staged, target: Target) -> None: ...

    def after(self, staged: Staged, target: Target) -> None: ...


@dataclass
class Report:
    """The result of one file; ``rows`` = new + changed + unchanged + rejected + skipped.

    ``unread`` counts the cells that could not be read in rows that went in without them. ``newest_at`` is up to when what
    the file says goes, None where no day of it says so. ``ids`` is how many different ids went in, None of rows without.
    ``looked_up`` counts the rows of other files that were read to look its own up in, ``elsewhere`` those of the rejected that go
    in with a file of corrected rows.
    ``notes`` are sentences on the file, ``remarks`` those of them that open on rows (``accounts.imports.remarks``).
    """

    file: str
    into: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    rejected: int = 0
    skipped: int = 0
    unread: int = 0
    notes: list[str] = field(default_factory=list)
    newest_at: dt.datetime | None = None
    ids: int | None = None
    looked_up: int = 0
    elsewhere: int = 0
    remarks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        return self.rows - self.new - self.changed - self.rejected - self.skipped


def load(
    path: Path,
    file: FileMap,
    target: Target,
    *,
    day: dt.date,
    rejects: Path,
    progress: Progress = lambda _rows: None,
    witness: Witness | None = None,
    by: User | None = None,
) -> Report:
    """Import the file at ``path``; one transaction, so all of it goes in or none.

    ``day`` is the organisation's; what the file says holds from its ``as_of`` on, which may lie before. A row that
    cannot be taken is written to ``rejects`` (made only when there is one) with its line, column and reason; the
    others go in. Cells that a row goes in without stand in a list of their own beside it. ``witness`` sees what
    the load did, in its transaction. ``by`` brings it (None: the command): only what they may touch goes in. ``progress`` is
    told how many rows were read, those of other files too. Raises Unreadable or MappingError, each one sentence. Safe to
    repeat: the same file again changes nothing.
    """
    report = Report(path.name, target.name)

    def looked(rows: int) -> None:
        """Rows of other files count as read, too: a large one takes its time."""
        report.looked_up += rows
        progress(report.looked_up)

    with told(path.name), advised(path, file), joined(path, file, looked) as table, transaction.atomic():
        own = {"encoding": table.encoding, "delimiter": table.delimiter, "above": table.above}
        with (
            Rejects(rejects, table.columns, day, **own) as rejected_rows,
            Cells(cells_path(rejects), table.delimiter) as cells,
        ):
            again = partial(once_more, path, file, table)
            rows = as_numbered if file.is_mended else Table.rows
            reader = Reader(table, again, rejected_rows, cells, lambda rows: progress(report.looked_up + rows), rows)
            stage(reader, file, target, day, report, witness, by)
        if report.rejected and (advice := encoding_advice(path, file)):
            report.notes.append(advice)
    return report


@contextmanager
def told(name: str) -> Iterator[None]:
    """Say in one sentence, as Unreadable, what the database refused of the file ``name``; Busy where others write the same."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        reason = str(error).splitlines()[0]
        sentence = _("%(file)s: nothing was imported, the database refused it: %(reason)s.")
        raise Unreadable(sentence % {"file": name, "reason": reason}) from error
    except OperationalError as error:
        if not isinstance(error.__cause__, locks.IN_THE_WAY):
            raise
        sentence = _("%(file)s: nothing was imported, somebody was writing the same rows. Import it again.")
        raise Busy(sentence % {"file": name}) from error


def wait(name: str) -> None:
    """Wait until no import is under way, in the caller's transaction; raises Busy where that takes too long."""
    with told(name), transaction.atomic():
        locks.lock(LOCK)


@dataclass(frozen=True)
class Reader:
    """An open table, how it is opened once more and its rows are read, and where rows and cells that cannot be taken go."""

    table: Table
    again: Callable[[], AbstractContextManager[Table]]
    rejected_rows: Rejects
    cells: Cells
    progress: Progress = lambda _rows: None
    rows: Callable[[Table], Iterator[Row]] = Table.rows


def stage(
    reader: Reader,
    file: FileMap,
    target: Target,
    day: dt.date,
    report: Report,
    witness: Witness | None,
    by: User | None = None,
) -> None:
    """Stage and load inside the caller's transaction. One import at a time: they take a lock."""
    table, rejected_rows, cells = reader.table, reader.rejected_rows, reader.cells
    organisation = clock.organisation()
    home = organisation[0] if organisation else clock.UTC
    file = as_typed(file, table)
    plan = plan_here(file, target, table, day, home)
    denominations.check_told(file, target, table.columns, lambda: plan.currency)
    if late := file.lateness(day):
        raise Unreadable(late)
    report.notes += remarks.unused(file, table.columns) + remarks.without(table.absent)
    staged = Staged(file, plan.fields, file.as_of or day, today=day)
    locks.lock(LOCK)
    staged.create()
    with Refused(whole=bool(file.latest_by)) as refused:
        made_ids = MadeIds.of(file, table.columns)
        staged.copy(accepted(reader, plan, report, refused, made_ids, file.elsewhere))
        repeats.note(refused)
    # As the file says them: what follows fills empty cells, and keeps what stands in place of others.
    two_orders.note_dates(staged, plan)
    if target.snapshot:
        staged.name_all()
        staged.whole = refused.all_named and report.rows > report.skipped and not (table.is_corrected or file.is_part)
    staged.rejected_on = table.rejected_on
    bounds.hold(staged, target, by)
    if witness:
        witness.before(staged, target)
    target.join(staged)
    believing.hold(staged, target)
    edited.hold(staged, target)
    report.newest_at = lagging.newest(staged, target, home)
    loaded = target.load(staged)
    if staged.has("currency") and target.name != "rates":
        remarks.note_rateless(staged)
    staged.remark(*remarks.rounded(plan), *made_ids.remarks)
    is_part = table.is_corrected or file.is_part or staged.tells_lines  # rows that a program sends are never all it has
    saying.note(staged, target.name, is_part=is_part)
    if witness:
        witness.after(staged, target)
    write_out(staged, reader)
    for line, name, cell, reason in staged.each(UNREAD):
        cells.add(line, staged.column(name), cell, reason)
    report.unread = cells.count
    report.new, report.changed, report.ids = loaded.new, loaded.changed, ids_of(staged)
    if report.new + report.changed >= statistics.FEW_ROWS:
        statistics.refresh_written()
    report.rejected = rejected_rows.count + report.elsewhere
    report.notes += loaded.notes
    report.remarks = [remark.kept for remark in staged.remarks]
    staged.drop()


def ids_of(staged: Staged) -> int | None:
    """How many different external ids went in; None where rows have none."""
    return (
        staged.rows("SELECT count(DISTINCT external_id) FROM import_staged")[0][0]
        if staged.has("external_id")
        else None
    )


def accepted(
    reader: Reader, plan: Plan, report: Report, refused: Refused, made_ids: MadeIds, elsewhere: AbstractSet[int]
) -> Iterator[list[Any]]:
    """Rows for COPY: the line, the fields not read, then a value a field.

    Rows with trouble are written out instead; ``refused`` gets them, and ``made_ids`` the ids of the others. Those of the lines
    ``elsewhere`` count as rejected and are not written: they go in with another file.
    """
    names = [mapped_field.name for mapped_field in plan.fields]
    table, rejected_rows, cells = reader.table, reader.rejected_rows, reader.cells
    for row in reader.rows(table):
        report.rows += 1
        if report.rows % REPORT_EVERY == 0:
            reader.progress(report.rows)
        if row.line in elsewhere:
            report.elsewhere += 1
            refused.add(row.line, {} if row.trouble else plan.values(row.cells)[0])
            continue
        is_whole = len(row.cells) == len(table.columns)
        is_left_out = is_whole and plan.leaves_out(row.cells, is_in_trouble=bool(row.trouble))
        if row.trouble and not is_left_out:
            rejected_rows.add(row, [row.trouble])
            refused.add(row.line)
            continue
        if is_left_out:
            report.skipped += 1
            continue
        values, troubles, unread = plan.values(row.cells)
        if troubles:
            aside = _("(this alone would only leave the cell out)")
            rejected_rows.add(row, troubles + [(column, f"{reason} {aside}") for _field, column, reason in unread])
            refused.add(row.line, values)
            continue
        for _field, column, reason in unread:
            cells.add(row.line, column, table.cell(row, column), reason)
        made_ids.note(row.line, row.cells, values.get("external_id"))
        yield [row.line, [field for field, _column, _reason in unread] or None, *map(values.__getitem__, names)]


def write_out(staged: Staged, reader: Reader) -> None:
    """Write the rows the database rejected, their cells from a second reading of the file."""
    refusals = staged.each(REJECTED)
    refusal = next(refusals, None)
    if refusal is None:
        return
    with reader.again() as table:
        for row in reader.rows(table):
            if refusal and row.line == refusal[0]:
                reader.rejected_rows.add(row, [refusal[1:]])
                refusal = next(refusals, None)
