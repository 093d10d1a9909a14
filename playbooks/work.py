"""Acts on a task: complete, undo, snooze, wake.

Every act locks the task's row, so that two people who complete the same task at once complete it once. An act that also
writes plays or parts of renewal prep locks the plays first, then the part, then the tasks, to avoid deadlocks. An act
that is not possible raises ValidationError with the reason and writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import seen
from accounts.models import User
from accounts.sets import Outcome, refuse_changed, write
from playbooks import runs
from playbooks.models import Enrolment, Task, TaskOutcome
from playbooks.models.tasks import TaskQuerySet
from renewals import prep
from renewals.models import Renewal

LONGEST_SNOOZE: Final = dt.timedelta(days=365)


@transaction.atomic
def complete(
    task: Task, outcome: str, *, user: User, now: dt.datetime, day: dt.date, note: str = "", minutes: int | None = None
) -> Task:
    """Close a task with its outcome and, where known, the minutes it took.

    With the outcome "done" a task for a part of renewal prep completes that part. The last open task of a play ends the
    play.
    """
    _check_outcome(outcome)
    _lock_plays(task)
    locked = open_tasks([task.pk]).only()
    _close([locked], outcome, user=user, now=now, day=day, note=note, minutes=minutes)
    if outcome == TaskOutcome.DONE and (prepared := _prepared(locked)):
        complete_part(*prepared, user=user, now=now, day=day, note=note.strip())
    return locked


@transaction.atomic
def complete_all(
    tasks: Iterable[int],
    outcome: str,
    *,
    user: User,
    now: dt.datetime,
    day: dt.date,
    note: str = "",
    minutes: int | None = None,
) -> Outcome[Task]:
    """As ``complete``, for many tasks, each of which took ``minutes``.

    Refuses to complete a task for a part of renewal prep, which needs a note of its own.
    """
    _check_outcome(outcome)
    task_ids = list(tasks)
    _lock(Task.objects.filter(pk__in=task_ids))
    result = open_tasks(task_ids)
    if outcome == TaskOutcome.DONE:
        result.refuse(_of_prep)
    _close(result.rows, outcome, user=user, now=now, day=day, note=note, minutes=minutes)
    return result


@transaction.atomic
def undo(task: Task, *, back: str = "") -> Task:
    """Reopen a closed task, its play, and the part of renewal prep it completed.

    ``back`` is the mark of the closing to undo: ValidationError where the task has changed since.
    """
    _lock_plays(task)
    locked = _closed([task.pk], {task.pk: back}).only()
    was_done = locked.outcome == TaskOutcome.DONE
    _run_on([locked])
    if was_done and (prepared := _prepared(locked)):
        reopen_part(*prepared)
    return locked


@transaction.atomic
def undo_all(tasks: Iterable[int], *, back: Marks) -> Outcome[Task]:
    """As ``undo``, for many tasks; ``back`` has the marks of the closings by task."""
    task_ids = list(tasks)
    _lock(Task.objects.filter(pk__in=task_ids))
    result = _closed(task_ids, back)
    result.refuse(lambda task: _of_prep(task) if task.outcome == TaskOutcome.DONE else None)
    reentered = set(_entered_again(result.rows))
    result.refuse(lambda task: ValidationError(ENTERED_AGAIN) if task.enrolment_id in reentered else None)
    _run_on(result.rows)
    return result


@transaction.atomic
def complete_part(renewal: Renewal, part: str, *, user: User, now: dt.datetime, day: dt.date, note: str = "") -> bool:
    """Complete a part of renewal prep, and close its tasks; False when it was done already."""
    lock_plays_of(renewal, part)
    if not prep.complete(renewal, part, user, day, note):
        return False
    tasks = _of_part(renewal, part).select_for_update(of=("self",)).filter(done_at=None)
    plays = list(tasks.values_list("enrolment_id", flat=True))
    outcome_note = prep.note_of(renewal, part)
    tasks.update(
        outcome=TaskOutcome.DONE,
        outcome_note=outcome_note,
        done_at=now,
        done_by=user,
        snoozed_until=None,
        snooze_reason="",
    )
    runs.settle(plays, day)
    return True


@transaction.atomic
def reopen_part(renewal: Renewal, part: str, *, back: str = "") -> bool:
    """Reopen a part of renewal prep and the tasks done for it; False when it was open.

    A finished play runs again; the tasks of an exited play stay closed. ``back`` as in ``prep.reopen``.
    """
    lock_plays_of(renewal, part)
    if not prep.reopen(renewal, part, back=back):
        return False
    tasks = _of_part(renewal, part).select_for_update(of=("self",))
    done = tasks.filter(outcome=TaskOutcome.DONE).exclude(enrolment__state=Enrolment.State.EXITED)
    _run_on(list(done.select_related("enrolment").order_by("pk")))
    return True


def snooze(task: Task, until: dt.date, reason: str, *, day: dt.date) -> Task:
    """As ``snooze_all``, for one task."""
    return snooze_all([task.pk], until, reason, day=day).only()


@transaction.atomic
def snooze_all(tasks: Iterable[int], until: dt.date, reason: str, *, day: dt.date) -> Outcome[Task]:
    """Hide open tasks until a day after ``day``, for a reason. The due date stays."""
    errors = {}
    if until <= day:
        errors["until"] = _("Choose a day after today.")
    elif until > day + LONGEST_SNOOZE:
        errors["until"] = _("Choose a day within a year.")
    if not reason.strip():
        errors["reason"] = _("Say why it waits.")
    if errors:
        raise ValidationError(errors)
    result = open_tasks(tasks)
    write(result.rows, snoozed_until=until, snooze_reason=reason.strip())
    return result


def wake(task: Task, *, back: str = "") -> Task:
    """As ``wake_all``, for one task."""
    return wake_all([task.pk], back={task.pk: back}).only()


@transaction.atomic
def wake_all(tasks: Iterable[int], *, back: Marks) -> Outcome[Task]:
    """Wake snoozed tasks; ``back`` has the marks of the snoozes by task."""
    result = open_tasks(tasks)
    refuse_changed(result, WAITING, back)
    write(result.rows, **AWAKE)
    return result


# The columns that closing and snoozing write; they are also what marks cover.
CLOSING: Final = ["outcome", "outcome_note", "minutes", "done_at", "done_by"]
WAITING: Final = ["snoozed_until", "snooze_reason"]
AWAKE: Final = {"snoozed_until": None, "snooze_reason": ""}
ENTERED_AGAIN: Final = gettext_lazy("The customer has entered this playbook again since; add a task instead.")
# The mark of each task after an act, by task id (``accounts.seen``).
Marks = Mapping[int, str]


def mark(task: Task) -> str:
    """The mark of a task just closed or snoozed, for ``undo`` or ``wake``."""
    return seen.mark(task, CLOSING if task.done_at else WAITING)


def _prepared(task: Task) -> tuple[Renewal, str] | None:
    """The task's renewal and the part of its prep; None without a part, and where the renewal is closed."""
    if task.prep_part and task.renewal and not task.renewal.is_closed:
        return task.renewal, task.prep_part
    return None


def lock_plays_of(renewal: Renewal, part: str) -> None:
    """Lock the plays that completing the part may end, before the part itself is locked."""
    _lock(_of_part(renewal, part))


def _of_part(renewal: Renewal, part: str) -> TaskQuerySet:
    """The tasks for a part of the prep that ``renewal`` heads or shares."""
    return Task.objects.filter(prep_part=part, renewal=prep.head_of(renewal))


def _lock_plays(task: Task) -> None:
    """Lock the plays that closing or reopening this task may write: its own and, for a part of renewal prep, every play
    with a task for that part.
    """
    stored = Task.objects.select_related("renewal").get(pk=task.pk)
    tasks = Task.objects.filter(pk=task.pk)
    if stored.prep_part and stored.renewal:
        tasks |= _of_part(stored.renewal, stored.prep_part)
    _lock(tasks)


def _lock(tasks: TaskQuerySet) -> None:
    """Lock the plays of ``tasks``, always in the same order."""
    plays = Enrolment.objects.filter(pk__in=tasks.values("enrolment"))
    list(plays.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _check_outcome(outcome: str) -> None:
    if outcome not in TaskOutcome.values:
        raise ValidationError({"outcome": _("Choose a result.")})


def _close(
    tasks: list[Task], outcome: str, *, user: User, now: dt.datetime, day: dt.date, note: str, minutes: int | None
) -> None:
    write(tasks, outcome=outcome, outcome_note=note.strip(), minutes=minutes, done_at=now, done_by=user, **AWAKE)
    runs.settle([task.enrolment_id for task in tasks], day)


def _run_on(tasks: list[Task]) -> None:
    write(tasks, outcome="", outcome_note="", minutes=None, done_at=None, done_by=None)
    runs.reopen(task.enrolment_id for task in tasks)
    ended = {task.enrolment for task in tasks if task.enrolment and task.enrolment.state == Enrolment.State.DONE}
    try:
        with transaction.atomic():
            write(ended, state=Enrolment.State.RUNNING, finished_on=None)
    except IntegrityError:
        raise ValidationError(ENTERED_AGAIN) from None


def _entered_again(tasks: list[Task]) -> Iterable[int]:
    """The finished plays of ``tasks`` that cannot run again because their customer has entered the playbook anew."""
    running = Enrolment.objects.filter(
        customer=OuterRef("customer"), playbook=OuterRef("playbook"), state=Enrolment.State.RUNNING
    ).exclude(occasion__startswith="renewal:")
    plays = Enrolment.objects.filter(pk__in={task.enrolment_id for task in tasks}, state=Enrolment.State.DONE)
    return plays.exclude(occasion__startswith="renewal:").filter(Exists(running)).values_list("pk", flat=True)


def _locked(tasks: Iterable[int]) -> Outcome[Task]:
    rows = Task.objects.select_for_update(of=("self",)).filter(pk__in=list(tasks))
    related = rows.select_related("renewal", "enrolment", "customer", "done_by")
    return Outcome({task.pk: task for task in related.order_by("pk")})


def open_tasks(tasks: Iterable[int]) -> Outcome[Task]:
    """The tasks, locked; refuses closed ones."""
    result = _locked(tasks)
    result.refuse(_ended)
    return result


def _closed(tasks: Iterable[int], back: Marks) -> Outcome[Task]:
    """The tasks, locked; refuses those whose closing cannot be undone or has changed since (``back``)."""
    result = _locked(tasks)
    result.refuse(_is_open)
    refuse_changed(result, CLOSING, back)
    result.refuse(_of_ended_play)
    return result


def _ended(task: Task) -> ValidationError | None:
    if task.done_at is None:
        return None
    message = _("“%(task)s” is closed already.") % {"task": task.shown_title}
    return seen.Ended(message, task.done_by, task.done_at)


def _is_open(task: Task) -> ValidationError | None:
    message = _("“%(task)s” is open already.") % {"task": task.shown_title}
    return ValidationError(message) if task.done_at is None else None


def _of_ended_play(task: Task) -> ValidationError | None:
    ended = task.enrolment is not None and task.enrolment.state == Enrolment.State.EXITED
    return ValidationError(_("The play has ended: its tasks cannot be opened again.")) if ended else None


def _of_prep(task: Task) -> ValidationError | None:
    message = _("“%(task)s” stands for a part of renewal prep: what was found is said there, one at a time.")
    return ValidationError(message % {"task": task.shown_title}) if _prepared(task) else None
