"""Imports in the background: a preview, then file by file, each committed with the run's place; stopped and resumed.

A worker that is killed has committed whole files only; the next one goes on with the file after them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.imports import bounds, progress
from accounts.imports import mapping as mappings
from accounts.imports.authorship import FILE, TYPED, UNDO
from accounts.imports.folders import Job, check_all
from accounts.imports.loading import LOCK, Busy, Report
from accounts.imports.maps import MappingError
from accounts.imports.places import files_of, imported, stored
from accounts.imports.previewing import Foresee, nothing, preview
from accounts.imports.progress import Stopped, Telling, lines_in
from accounts.imports.requesting import KIND, queue
from accounts.imports.rows import Unreadable
from accounts.imports.tables import read_for
from accounts.imports.taking import UNHURRIED, take
from accounts.imports.undoing import undo
from accounts.models import ImportFile, ImportRun
from config import locks
from config.outbox.delivery import Later
from config.outbox.queueing import LONGEST, hasten

BYTES: Final = ("rejects", "cells")
AS_LONG_AS_IT_TAKES: Final = f"SET LOCAL statement_timeout = '{int(LONGEST.total_seconds())}s'; {UNHURRIED}"
# Whoever holds the lock of imports waits for others as long as they need: a roll-up of what a large import brought takes its time.
PATIENT: Final = "SET LOCAL lock_timeout = 0"
AGAIN_AFTER: Final = dt.timedelta(seconds=30)
# Programs that write over the API hold the lock of imports for moments, one after the other: a run queues up behind them.
SHORT_WAIT: Final = dt.timedelta(seconds=5)
State = ImportRun.State


def work_off(pk: int, now: dt.datetime, foresee: Foresee = nothing) -> Later | None:
    """Do the next piece of a run in the worker: the whole preview, or one file, in or out. The same transaction queues the next.

    Where another import is at work nothing is read: the run says that it waits, and its piece comes again Later. ``foresee`` as
    of ``previewing.preview``. Raises Busy where the database gave way to others who wrote the same rows.
    """
    run = ImportRun.objects.get(pk=pk)
    if not run.is_under_way:
        return None
    if run.stop_asked:
        _stop(run, now)
        return None
    with translation.override(run.language or None):
        try:
            check_rights(run)
        except ValidationError as problem:
            _end(run, State.FAILED, now, " ".join(problem.messages))
            return None
        if not locks.lock_within(LOCK, SHORT_WAIT):
            # Somebody may have asked it to stop meanwhile.
            if ImportRun.objects.filter(pk=pk, stop_asked=True).exists():
                _stop(run, now)
                return None
            ImportRun.objects.filter(pk=pk, waits_since=None).update(waits_since=now)
            return Later(AGAIN_AFTER)
        progress.begin(run)
        # A large file takes longer than other work of the worker may.
        with connection.cursor() as cursor:
            cursor.execute(f"{AS_LONG_AS_IT_TAKES}; {PATIENT}")
        _do(run, now, foresee)
    return None


def _do(run: ImportRun, now: dt.datetime, foresee: Foresee) -> None:
    """Do the piece, and queue the next or end the run."""
    try:
        more = _preview(run, foresee) if run.state == State.PREVIEWING else PIECES[run.state](run)
    except Stopped:
        _end(run, State.STOPPED, now)
    except Busy:  # the worker tries it again, so often as it tries what failed
        raise
    except (Unreadable, MappingError) as problem:
        _end(run, State.FAILED, now, str(problem))
    except ValidationError as problem:  # of an upload
        _end(run, State.FAILED, now, " ".join(problem.messages))
    else:
        if more:
            queue(run, now)
        else:
            _end(run, AFTER[run.state], now)


def check_rights(run: ImportRun) -> None:
    """Raise ValidationError where the person may not any more what they asked for: rights are those of the moment."""
    person = run.undone_by if run.state == State.UNDOING else run.by
    if person:
        bounds.check_person(person)
        if run.state == State.UNDOING:
            bounds.check_undo(run, person)


def _stop(run: ImportRun, now: dt.datetime) -> None:
    """End a run that was asked to stop; one of which nothing is undone yet is imported as it was before its Undo."""
    written = ImportFile.objects.filter(run=run, written=True)
    if run.state != State.UNDOING or written.filter(undone=True).exists():
        _end(run, State.STOPPED, now)
        return
    _end(run, State.DONE if written.count() >= imported(run) else State.STOPPED, now)
    ImportRun.objects.filter(pk=run.pk).update(**(run.before_undo or {}), before_undo=None, undone_by=None)


def _end(run: ImportRun, state: str, now: dt.datetime, problem: str = "") -> None:
    """The run is over; those who wait for it need wait no longer."""
    ended = {"state": state, "problem": problem, "ended_at": now, "stop_asked": False, "waits_since": None}
    ImportRun.objects.filter(pk=run.pk).update(**ended)
    hasten(KIND)


def give_up(pk: int, reason: str, now: dt.datetime) -> None:
    """Mark a run as failed whose worker failed each time; files that are in stay in."""
    rows = ImportRun.objects.filter(pk=pk, state__in=ImportRun.UNDER_WAY)
    rows.update(state=State.FAILED, problem=reason, ended_at=now, stop_asked=False, waits_since=None)


def _preview(run: ImportRun, foresee: Foresee) -> bool:
    with files_of(run) as places, Telling(run) as telling:
        import_jobs = [job for _position, job in places]
        telling.total = total = lines_in(read_by(import_jobs))
        moves = preview(run, import_jobs, run.day, telling, foresee)
    ImportRun.objects.filter(pk=run.pk).update(rows_total=total, rows_read=total, moves=moves)
    return False


def read_by(import_jobs: list[Job]) -> list[Path]:
    """The files that the jobs read, with those in which each looks its rows up."""
    return [path for job in import_jobs for path in read_for(job.path, job.file)]


def _import(run: ImportRun) -> bool:
    """Import the first file that is not in yet; return whether there are more."""
    written = ImportFile.objects.filter(run=run, written=True)
    done = set(written.values_list("position", flat=True))
    before = sum(rows + beside for rows, beside in written.values_list("rows", "looked_up"))
    with files_of(run, done) as places, Telling(run, before) as telling:
        left = [(position, job) for position, job in places if position not in done]
        if not done:
            check_all([job for _position, job in places], run.day)
        if left:
            position, job = left[0]
            take(run, position, job, run.day, lambda rows: telling(job, rows), written=True)
    return bool(left) and written.count() < max(len(places), imported(run))


def _undo(run: ImportRun) -> bool:
    """Undo the last file that is in, however long others hold what it needs; return whether there are more."""
    files = list(ImportFile.objects.filter(run=run, written=True, undone=False).defer(*BYTES).order_by("-position"))
    acts = ImportFile.objects.filter(run=run, act__isnull=False).values_list("act", flat=True)
    for file in files[:1]:
        try:
            with transaction.atomic():
                undo(file, run.undone_by, run.day, [act for act in acts if act], door(run))
                connection.check_constraints()  # deferred ones, too, so that the sentence tells them
        except (IntegrityError, DataError) as error:
            sentence = _("%(file)s: nothing was undone, the database refused it: %(reason)s.")
            reason = str(error).splitlines()[0]
            raise Unreadable(sentence % {"file": file.name, "reason": reason}) from error
    return len(files) > 1


def door(run: ImportRun, *, by_hand: bool = False) -> str:
    """The way in of what the run changes now (``config.history``); ``by_hand``: by a person's edit of a row on a page."""
    return f"{UNDO if run.state == State.UNDOING else TYPED if by_hand else FILE}:{run.pk}"


PIECES: Final[dict[str, Callable[[ImportRun], bool]]] = {
    State.RUNNING: _import, State.UNDOING: _undo,
}  # fmt: skip
AFTER: Final[dict[str, str]] = {
    State.PREVIEWING: State.PREVIEWED, State.RUNNING: State.DONE, State.UNDOING: State.UNDONE,
}  # fmt: skip


def at_once(
    mapping: Path | mappings.Written,
    import_jobs: list[Job],
    day: dt.date,
    now: Callable[[], dt.datetime],
    progress: Callable[[Job, int], None],
) -> Iterator[Report]:
    """Import the files here and now, recorded as a run of nobody; each file is a transaction of its own."""
    run = ImportRun.objects.create(
        title=mapping.name, mapping=mappings.text_of(mapping), places=[stored(job.path) for job in import_jobs],
        day=day, state=State.RUNNING, started_at=now(), rows_total=lines_in(read_by(import_jobs)),
    )  # fmt: skip
    try:
        check_all(import_jobs, day)
        with Telling(run) as telling:
            for position, job in enumerate(import_jobs, 1):

                def seen(rows: int, job: Job = job) -> None:
                    progress(job, rows)
                    telling(job, rows)

                _file, report = take(run, position, job, day, seen, written=True)
                yield report
    except (Unreadable, MappingError) as problem:
        _end(run, State.FAILED, now(), str(problem))
        raise
    except BaseException:
        _end(run, State.STOPPED, now())
        raise
    _end(run, State.DONE, now())
