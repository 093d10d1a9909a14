"""One file of a run: loaded, counted, its lines noted, its rejected rows and cells kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.imports.attaching import Attachment, attach
from accounts.imports.chronicle import Chronicle
from accounts.imports.folders import Job
from accounts.imports.loading import Progress, Report, load
from accounts.imports.opening import opened
from accounts.imports.rejects import BETWEEN, cells_in, cells_path, line_in, named
from accounts.imports.rows import OURS
from accounts.imports.targets import TARGETS
from accounts.models import ImportFile, ImportLine, ImportRun
from config.outbox.queueing import LONGEST

# Refused rows and cells left out that get a line each; their files have all of them.
LISTED: Final = 1_000
COUNTED: Final = (
    "rows",
    "new",
    "changed",
    "rejected",
    "skipped",
    "unread",
    "notes",
    "remarks",
    "newest_at",
    "ids",
    "looked_up",
    "elsewhere",
)
LONGEST_CELL: Final = 200
# A file is read between statements, for longer than a transaction may be idle otherwise.
UNHURRIED: Final = f"SET LOCAL idle_in_transaction_session_timeout = '{int(LONGEST.total_seconds())}s'"


@transaction.atomic
def take(
    run: ImportRun, position: int, job: Job, day: dt.date, progress: Progress, *, written: bool
) -> tuple[ImportFile, Report]:
    """Load the file of ``job`` as the ``position``-th of the run, all of it or nothing. Raises as ``loading.load``.

    Its refused rows are kept where it is ``written``; of a preview, which is rolled back, the caller attaches them.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNHURRIED)
    ImportFile.objects.filter(run=run, position=position).delete()
    file = ImportFile.objects.create(
        run=run, position=position, written=written, name=job.path.name, target=job.target.name, source=job.file.source
    )
    report = load(
        job.path,
        job.file,
        job.target,
        day=day,
        rejects=job.rejects,
        progress=progress,
        witness=Chronicle(file),
        by=run.by,
    )
    for name in COUNTED:
        setattr(file, name, getattr(report, name))
    if any(attachment.is_cut for attachment in attachments(job, report)):
        sentence = _("the rejected rows are more than 32 MB: only the first of them are kept for download")
        file.notes = [*file.notes, sentence]
    file.save(update_fields=[*COUNTED, "is_listed", "act", "columns"])
    if written:
        attach(file, attachments(job, report))
    ImportLine.objects.bulk_create([*refused(file, job), *left_out(file, job)], batch_size=LISTED)
    return file, report


def attachments(job: Job, report: Report) -> list[Attachment]:
    """The files of refused rows and of cells left out that the load wrote."""
    return [
        *([rejected(job)] if job.rejects.exists() else []),
        *([Attachment("cells", cells_path(job.rejects))] if report.unread else []),
    ]


def rejected(job: Job) -> Attachment:
    """The rejected rows, in the encoding of their file or UTF-8, under the lines that stand above its columns."""
    with opened(job.rejects, job.file.dialect) as table:
        return Attachment("rejects", job.rejects, table.encoding, len(table.above))


def refused(file: ImportFile, job: Job) -> Iterator[ImportLine]:
    """A line for each of the first rejected rows: what is wrong, and the cells concerned."""
    if not job.rejects.exists():
        return
    keys = [column for field in job.file.fields if field.name == key_of(job.file.into) for column in field.columns]
    for row in islice(rejected_rows(job), LISTED):
        line, columns, reason, _day = (row[name] for name in OURS)
        cells = [row[name] for name in named(columns, row) if row[name]]
        yield ImportLine(
            file=file, kind=ImportLine.Kind.REFUSED, line=line_in(line), field=columns, reason=reason,
            cell=BETWEEN.join(cells)[:LONGEST_CELL], title=" ".join(filter(None, map(row.get, keys)))[:LONGEST_CELL],
        )  # fmt: skip


def key_of(target: str) -> str:
    """The field by which people know a row of the target: its id, or what it must have."""
    known = TARGETS[target]
    return (
        "external_id"
        if known.field("external_id")
        else next((field.name for field in known.fields if field.required), "")
    )


def left_out(file: ImportFile, job: Job) -> Iterator[ImportLine]:
    """A line for each of the first cells that a row went in without."""
    if not file.unread:
        return
    for row in islice(cells_in(cells_path(job.rejects)), LISTED):
        yield ImportLine(
            file=file, kind=ImportLine.Kind.REMARK, line=line_in(row["line"]), field=row["column"],
            cell=row["cell"][:LONGEST_CELL], reason=row["reason"],
        )  # fmt: skip


def rejected_rows(job: Job) -> Iterator[dict[str, str]]:
    """The rejected rows by column, as the file has them."""
    with opened(job.rejects, job.file.dialect) as table:
        for row in table.records():
            yield dict(zip(table.columns, row.cells, strict=False))
