"""A preview: the import itself in a transaction that is rolled back, so that it cannot differ from the import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from django.db import transaction

from accounts.imports.attaching import Attachment, attach
from accounts.imports.checking import check_prices
from accounts.imports.folders import Job
from accounts.imports.maps import MappingError
from accounts.imports.noted import described
from accounts.imports.rows import Unreadable
from accounts.imports.taking import attachments, take
from accounts.models import Change, Customer, ImportFile, ImportLine, ImportRun

# Lines of each kind that a preview shows of a file; the counts are those of all.
SHOWN: Final = 1_000
Seen = Callable[[Job, int], None]
Found = list[tuple[ImportFile, list[ImportLine], list[Attachment]]]
Moves = dict[str, Any]
Foresee = Callable[[dt.date, list[int]], Moves | None]


def nothing(_day: dt.date, _ids: list[int]) -> Moves | None:
    """Foresees nothing."""
    return None


def preview(
    run: ImportRun, import_jobs: list[Job], day: dt.date, progress: Seen, foresee: Foresee = nothing
) -> Moves | None:
    """Store what the files would do, one after the other; nothing else is written. Returns what else would move.

    ``foresee`` is told the day and the customers that changed, in the transaction that is rolled back. Where a file cannot be read, what the files before it would do is stored, and the error raised: Unreadable or
    MappingError. The loads hold their locks until all files are read.
    """
    found: Found = []
    moves: Moves | None = None
    try:
        with transaction.atomic():
            last = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            for position, job in enumerate(import_jobs, 1):
                check_prices(job.path, job.file, job.target)
                found.append(would_do(run, position, job, day, progress))
            moves = foresee(day, marked_since(last))
            transaction.set_rollback(True)
    except (Unreadable, MappingError):
        store(run, found)
        raise
    store(run, found, {row["customer"] for row in rows_of(moves)} if moves else set())
    return moves and without_new(moves)


def marked_since(last: int) -> list[int]:
    """The customers that were marked as changed after the row ``last`` of the change log."""
    marked = Change.objects.filter(pk__gt=last).values_list("customer_id", flat=True).distinct().order_by("customer_id")
    return list(marked.values_list("customer_id", flat=True))


def without_new(moves: Moves) -> Moves:
    """The moves without the numbers of customers who are not there yet."""
    rows = [*rows_of(moves)]
    known = set(Customer.objects.filter(pk__in={row["customer"] for row in rows}).values_list("pk", flat=True))
    for row in rows:
        row["customer"] = row["customer"] if row["customer"] in known else None
    return moves


def rows_of(moves: Moves) -> Iterator[dict[str, Any]]:
    """Every row of the moves, whatever it is of."""
    for kind in moves["kinds"].values():
        yield from kind["rows"]
    yield from moves["revenue"]


def would_do(
    run: ImportRun, position: int, job: Job, day: dt.date, progress: Seen
) -> tuple[ImportFile, list[ImportLine], list[Attachment]]:
    """Load one file and read its lines back, before they are rolled back."""
    file, report = take(run, position, job, day, lambda rows: progress(job, rows), written=False)
    lines: list[ImportLine] = []
    for kind in ImportLine.Kind.values:
        lines += ImportLine.objects.filter(file=file, kind=kind).order_by("id")[:SHOWN]
    referring = [pair for line in lines for pair in references(line)]
    names = dict(Customer.objects.filter(pk__in=referred(referring)).values_list("pk", "name")) if referring else {}
    for pair in referring:
        pair.append([names.get(pk) for pk in pair])
    return file, lines, attachments(job, report)


def references(line: ImportLine) -> list[list[Any]]:
    """[before, after] of each changed field that refers to a customer."""
    kept = described(line.object_kind) if line.kind == ImportLine.Kind.CHANGED else None
    return [pair for name, pair in line.fields.items() if kept and kept.column_field(name).related_model is Customer]


def referred(referring: list[list[Any]]) -> set[int]:
    return {pk for pair in referring for pk in pair[:2] if pk}


@transaction.atomic
def store(run: ImportRun, found: Found, moved: Collection[int] = ()) -> None:
    """Write the findings of a preview in place of earlier ones, without the ids of rows that exist no more; rows of customers
    with whom something else ``moved`` come first.

    Customers to whom changed fields refer keep their names where they exist no more.
    """
    ImportFile.objects.filter(run=run).delete()
    referring = [pair for _file, lines, _refused in found for line in lines for pair in references(line)]
    there = (
        set(Customer.objects.filter(pk__in=referred(referring)).values_list("pk", flat=True)) if referring else set()
    )
    for pair in referring:
        names = [None if pk in there else name for pk, name in zip(pair, pair.pop(), strict=True)]
        if any(names):
            pair.append(names)
    for file, lines, refused in found:
        file.pk = None
        file.save(force_insert=True)
        attach(file, refused)
        named = {line.customer_id for line in lines if line.customer_id}
        known = set(Customer.objects.filter(pk__in=named).values_list("pk", flat=True))
        lines.sort(key=lambda line: line.customer_id not in moved)
        for line in lines:
            line.pk, line.file = None, file
            if line.kind == ImportLine.Kind.NEW:
                line.object_id = None
            if line.customer_id not in known:
                line.customer_id = None
        ImportLine.objects.bulk_create(lines, batch_size=SHOWN)
