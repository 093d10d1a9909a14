"""Imports in the background: a preview, then file by file, each committed with the run's place; stopped and resumed.

A worker that is killed has committed whole files only; the next one goes on with the file after them.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import uploads
from accounts.imports import mapping as mappings
from accounts.imports.folders import Job, jobs, reject_paths
from accounts.imports.loading import LOCK, Report
from accounts.imports.maps import Mapping as FileMapping
from accounts.imports.maps import MappingError
from accounts.imports.previewing import preview
from accounts.imports.progress import Stopped, Telling, lines_in
from accounts.imports.rows import Unreadable
from accounts.imports.taking import take
from accounts.imports.targets import TARGETS
from accounts.imports.undoing import undo
from accounts.models import ImportFile, ImportRun, Upload, User
from config import locks
from config.outbox.queueing import enqueue

KIND: Final = "accounts.imports"
BYTES: Final = ("rejects", "cells")
Place = Path | Upload | tuple[Upload, str]
State = ImportRun.State


@transaction.atomic
def begin(
    places: Sequence[Place],
    mapping: str,
    name: str,
    user: User,
    day: dt.date,
    *,
    into: str = "",
    time: Mapping[str, Any] | None = None,
) -> ImportRun:
    """Preview files, folders and uploads (or members of their ZIPs) in the worker, by the text of the mapping ``name``.

    ``into`` is the target of files that the mapping does not name; ``time`` as in ``folders.jobs``, as_of a day. Raises MappingError for a mapping that cannot be read.
    """
    mappings.parse(mapping, name)
    run = ImportRun.objects.create(
        title=name, mapping=mapping, places=[stored(place) | {"into": into} for place in places], day=day, by=user,
        time={name: str(value) if isinstance(value, dt.date) else value for name, value in (time or {}).items()},
        language=translation.get_language() or "",
    )  # fmt: skip
    _enqueue(run)
    return run


@transaction.atomic
def start(run: ImportRun, day: dt.date, now: dt.datetime) -> ImportRun:
    """Import what was previewed, or go on with the files that are not in yet; in the worker.

    Raises ValidationError where the run cannot be started, or another one is under way.
    """
    locks.lock(KIND)
    locked = held(run.pk)
    if locked.state not in {State.PREVIEWED, State.STOPPED, State.FAILED} or locked.undone_by_id or not locked.by_id:
        raise ValidationError(_("This import cannot be started now."))
    _alone()
    locked.state, locked.day, locked.stop_asked, locked.problem = State.RUNNING, day, False, ""
    locked.started_at, locked.ended_at, locked.read_since, locked.rows_read = now, None, None, 0
    locked.save(
        update_fields=["state", "day", "stop_asked", "problem", "started_at", "ended_at", "read_since", "rows_read"]
    )
    _enqueue(locked)
    return locked


def _alone() -> None:
    under_way = Q(state=State.RUNNING, by__isnull=False) | Q(state=State.UNDOING)
    if ImportRun.objects.filter(under_way).exists():
        raise ValidationError(_("Another import is under way: start this one when it has ended."))


@transaction.atomic
def take_back(run: ImportRun, user: User, day: dt.date, now: dt.datetime) -> ImportRun:
    """Undo the files that are in, in the worker, or go on with an undo that failed.

    Raises ValidationError where there is nothing to undo, or another import is under way.
    """
    locks.lock(KIND)
    locked = held(run.pk)
    if not can_be_undone(locked):
        raise ValidationError(_("There is nothing to undo."))
    _alone()
    locked.state, locked.day, locked.undone_by, locked.problem = State.UNDOING, day, user, ""
    locked.started_at, locked.ended_at = now, None
    locked.save(update_fields=["state", "day", "undone_by", "problem", "started_at", "ended_at"])
    _enqueue(locked)
    return locked


def can_be_undone(run: ImportRun) -> bool:
    ended = run.state in {State.DONE, State.STOPPED, State.FAILED}
    return ended and ImportFile.objects.filter(run=run, written=True, undone=False).exists()


@transaction.atomic
def stop(run: ImportRun) -> ImportRun:
    """Ask a preview or an import to stop; files that are in stay in. Raises ValidationError where nothing is under way."""
    asked = ImportRun.objects.filter(pk=run.pk, state__in=[State.PREVIEWING, State.RUNNING]).update(stop_asked=True)
    if not asked:
        raise ValidationError(_("This import is not under way."))
    run.refresh_from_db()
    return run


def stored(place: Place) -> dict[str, Any]:
    """How a run names a place: by its path, or by the upload and the member of its ZIP."""
    if isinstance(place, Path):
        return {"path": str(place.absolute())}
    upload, member = place if isinstance(place, tuple) else (place, "")
    return {"upload": upload.pk, "name": member or upload.name, "member": member}


def held(pk: int) -> ImportRun:
    """The run, locked until the transaction ends."""
    return ImportRun.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _enqueue(run: ImportRun) -> None:
    """Queue the next piece of work; the key names the place, so that it is queued once."""
    files = ImportFile.objects.filter(run=run, written=True)
    place = f"{run.state}#{files.count()}.{files.filter(undone=True).count()}#{run.started_at or ''}"
    enqueue(KIND, {"run": run.pk}, dedup_key=f"{KIND}:{run.pk}:{place}")


def work_off(pk: int, now: dt.datetime) -> None:
    """Do the next piece of a run in the worker: the whole preview, or one file, in or out. The same transaction queues the next."""
    run = ImportRun.objects.get(pk=pk)
    if not run.is_under_way:
        return
    if run.stop_asked:
        _end(run, State.STOPPED, now)
        return
    with translation.override(run.language or None):
        try:
            more = PIECES[run.state](run)
        except Stopped:
            _end(run, State.STOPPED, now)
        except (Unreadable, MappingError) as problem:
            _end(run, State.FAILED, now, str(problem))
        except ValidationError as problem:  # of an upload
            _end(run, State.FAILED, now, " ".join(problem.messages))
        else:
            if more:
                _enqueue(run)
            else:
                _end(run, AFTER[run.state], now)


def _end(run: ImportRun, state: str, now: dt.datetime, problem: str = "") -> None:
    ImportRun.objects.filter(pk=run.pk).update(state=state, problem=problem, ended_at=now, stop_asked=False)


def give_up(pk: int, reason: str, now: dt.datetime) -> None:
    """Mark a run as failed whose worker failed each time; files that are in stay in."""
    rows = ImportRun.objects.filter(pk=pk, state__in=ImportRun.UNDER_WAY)
    rows.update(state=State.FAILED, problem=reason, ended_at=now)


@contextmanager
def files_of(run: ImportRun) -> Iterator[list[Job]]:
    """The files of the run in the mapping's order, on this machine until the end; rejected rows go into a folder beside.

    Raises Unreadable or MappingError.
    """
    mapping = mappings.parse(run.mapping, run.title)
    time = {name: dt.date.fromisoformat(value) if name == "as_of" else value for name, value in run.time.items()}
    with ExitStack() as stack:
        found = []
        for place in run.places:
            path = stack.enter_context(opened(place))
            kind = place.get("into", "") or kind_of(path, mapping)
            found += jobs(path, mapping, TARGETS, kind=kind, time=time)
        order = [file.name for file in mapping.files]
        found.sort(key=lambda job: order.index(job.file.name) if job.file.name in order else len(order))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        places = reject_paths([job.path for job in found], Path(folder) / "rejects.csv")
        yield [replace(job, rejects=place) for job, place in zip(found, places, strict=True)]


@contextmanager
def opened(place: dict[str, Any]) -> Iterator[Path]:
    """The path of a place of a run: its own, or that of a copy of the upload. Raises Unreadable where it is gone."""
    if "path" in place:
        yield Path(place["path"])
        return
    upload = Upload.objects.filter(pk=place["upload"]).first()
    if upload is None:
        raise Unreadable(_("“%(name)s” is here no more: upload it again.") % {"name": place["name"]})
    with uploads.as_file(upload, place["member"]) as path:
        yield path


def kind_of(path: Path, mapping: FileMapping) -> str:
    """The target of a file that the mapping names otherwise: that of its only file. "" where the names decide."""
    (only, *others) = mapping.files
    return only.into if not others and path.is_file() and path.name != only.name else ""


def _preview(run: ImportRun) -> bool:
    with files_of(run) as import_jobs, Telling(run) as progress:
        progress.total = total = lines_in([job.path for job in import_jobs])
        preview(run, import_jobs, run.day, progress)
    ImportRun.objects.filter(pk=run.pk).update(rows_total=total, rows_read=total)
    return False


def _import(run: ImportRun) -> bool:
    """Import the first file that is not in yet; return whether there are more."""
    written = ImportFile.objects.filter(run=run, written=True)
    done = set(written.values_list("position", flat=True))
    with files_of(run) as import_jobs, Telling(run, sum(written.values_list("rows", flat=True))) as progress:
        left = [(at, job) for at, job in enumerate(import_jobs, 1) if at not in done]
        if left:
            position, job = left[0]
            take(run, position, job, run.day, lambda rows: progress(job, rows), written=True)
    return len(left) > 1


def _undo(run: ImportRun) -> bool:
    """Undo the last file that is in; return whether there are more."""
    locks.lock(LOCK)
    files = list(ImportFile.objects.filter(run=run, written=True, undone=False).defer(*BYTES).order_by("-position"))
    acts = ImportFile.objects.filter(run=run, act__isnull=False).values_list("act", flat=True)
    for file in files[:1]:
        try:
            with transaction.atomic():
                undo(file, run.undone_by, run.day, [act for act in acts if act], door(run))
        except (IntegrityError, DataError) as error:
            sentence = _("%(file)s: nothing was undone, the database refused it: %(reason)s.")
            reason = str(error).splitlines()[0]
            raise Unreadable(sentence % {"file": file.name, "reason": reason}) from error
    return len(files) > 1


def door(run: ImportRun) -> str:
    """The way in of what the run changes now (``config.history``)."""
    return f"{'undo' if run.state == State.UNDOING else 'import'}:{run.pk}"


PIECES: Final[dict[str, Callable[[ImportRun], bool]]] = {
    State.PREVIEWING: _preview, State.RUNNING: _import, State.UNDOING: _undo,
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
        day=day, state=State.RUNNING, started_at=now(), rows_total=lines_in([job.path for job in import_jobs]),
    )  # fmt: skip
    try:
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
