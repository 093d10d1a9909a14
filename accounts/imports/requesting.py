"""What people request of runs of imports: a preview, the import, its undo, an end; the worker does it (``running``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.imports import bounds
from accounts.imports import mapping as mappings
from accounts.imports.places import Place, stored
from accounts.models import ImportFile, ImportRun, User
from config import locks
from config.outbox.queueing import enqueue, hasten

KIND: Final = "accounts.imports"
# Requests wait for each other, not for the import under way.
REQUESTS: Final = "accounts.imports.requesting"
# What an Undo has of its own, and an import has again that it did not begin with.
OF_UNDO: Final = ("state", "day", "started_at", "ended_at", "problem")
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
    queue(run)
    return run


@transaction.atomic
def start(run: ImportRun, day: dt.date, now: dt.datetime) -> ImportRun:
    """Import what was previewed, or go on with the files that are not in yet; in the worker.

    Raises ValidationError where the run cannot be started, or another one is under way.
    """
    locks.lock(REQUESTS)
    locked = held(run.pk)
    if not can_be_started(locked):
        raise ValidationError(_("This import cannot be started now."))
    _alone()
    locked.state, locked.day, locked.stop_asked, locked.problem = State.RUNNING, day, False, ""
    locked.started_at, locked.ended_at, locked.read_since, locked.rows_read = now, None, None, 0
    locked.save(
        update_fields=["state", "day", "stop_asked", "problem", "started_at", "ended_at", "read_since", "rows_read"]
    )
    queue(locked, now)
    return locked


def can_be_started(run: ImportRun) -> bool:
    """Whether a preview is there to be imported, or the import itself was stopped or failed."""
    was_started = run.state in {State.STOPPED, State.FAILED} and run.started_at is not None
    return (run.state == State.PREVIEWED or was_started) and run.by_id is not None and run.undone_by_id is None


def _alone() -> None:
    under_way = Q(state=State.RUNNING, by__isnull=False) | Q(state=State.UNDOING)
    if ImportRun.objects.filter(under_way).exists():
        raise ValidationError(_("Another import is under way: start this one when it has ended."))


@transaction.atomic
def take_back(run: ImportRun, user: User, day: dt.date, now: dt.datetime) -> ImportRun:
    """Undo the files that are in, in the worker, or go on with an undo that failed.

    Raises ValidationError where there is nothing to undo, or another import is under way.
    """
    locks.lock(REQUESTS)
    locked = held(run.pk)
    if not can_be_undone(locked):
        raise ValidationError(_("There is nothing to undo."))
    bounds.check_undo(locked, user)
    _alone()
    if locked.undone_by_id is None:
        before = {name: getattr(locked, name) for name in OF_UNDO}
        locked.before_undo = {
            name: value.isoformat() if isinstance(value, dt.date) else value for name, value in before.items()
        }
    locked.state, locked.day, locked.undone_by, locked.problem = State.UNDOING, day, user, ""
    locked.started_at, locked.ended_at, locked.stop_asked = now, None, False
    locked.save(update_fields=[*OF_UNDO, "before_undo", "undone_by", "stop_asked"])
    queue(locked, now)
    return locked


def can_be_undone(run: ImportRun) -> bool:
    ended = run.state in {State.DONE, State.STOPPED, State.FAILED}
    return ended and ImportFile.objects.filter(run=run, written=True, undone=False).exists()


@transaction.atomic
def stop(run: ImportRun) -> ImportRun:
    """Ask a run to stop, at once where it waits for others; files that are in, or out, stay so.

    Raises ValidationError where nothing is under way.
    """
    asked = ImportRun.objects.filter(pk=run.pk, state__in=ImportRun.UNDER_WAY).update(stop_asked=True)
    if not asked:
        raise ValidationError(_("This import is not under way."))
    hasten(KIND)
    run.refresh_from_db()
    return run


def held(pk: int) -> ImportRun:
    """The run, locked until the transaction ends."""
    return ImportRun.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def queue(run: ImportRun, now: dt.datetime | None = None) -> None:
    """Queue the next piece of work; the key names the place and the instant of the request (None: the run's first preview).

    Raises RuntimeError where the piece was queued before: the run would wait for ever.
    """
    files = ImportFile.objects.filter(run=run, written=True)
    place = f"{run.state}#{files.count()}.{files.filter(undone=True).count()}#{now or ''}"
    if not enqueue(KIND, {"run": run.pk}, dedup_key=f"{KIND}:{run.pk}:{place}"):
        raise RuntimeError(f"import {run.pk}: {place} was queued before")
