"""What a person does with a task: finish it, take that back, put it off.

Every act locks the task's row, so two people who finish the same task at once finish it once. What also writes plays
or parts of renewal prep locks the plays first, then the part, then tasks: nobody waits crosswise. An
act that cannot be done raises ValidationError, saying why; nothing is then written.
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
    """Close a task with what came of it and, where it is known, how many minutes it took.

    Done, a task that stands for a part of renewal prep completes that part; the last open task of a
    play ends the play.
    """
    _check_outcome(outcome)
    _lock_plays(task)
    held = open_tasks([task.pk]).only()
    _close([held], outcome, user=user, now=now, day=day, note=note, minutes=minutes)
    if outcome == TaskOutcome.DONE and (prepared := _prepared(held)):
        complete_part(*prepared, user=user, now=now, day=day, note=note.strip())
    return held


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
    """As ``complete``, for many at once, of which each took so many minutes; a task that stands for a part of renewal prep is done by itself alone, with its own note."""
    _check_outcome(outcome)
    asked = list(tasks)
    _lock(Task.objects.filter(pk__in=asked))
    found = open_tasks(asked)
    if outcome == TaskOutcome.DONE:
        found.refuse(_of_prep)
    _close(found.rows, outcome, user=user, now=now, day=day, note=note, minutes=minutes)
    return found


@transaction.atomic
def undo(task: Task, *, back: str = "") -> Task:
    """Open a closed task again, and its play with it. A part of renewal prep it completed opens too.

    ``back`` is the mark of the closing that is taken back: ValidationError where it stands no longer.
    """
    _lock_plays(task)
    held = _closed([task.pk], {task.pk: back}).only()
    was_done = held.outcome == TaskOutcome.DONE
    _run_on([held])
    if was_done and (prepared := _prepared(held)):
        reopen_part(*prepared)
    return held


@transaction.atomic
def undo_all(tasks: Iterable[int], *, back: Marks) -> Outcome[Task]:
    """As ``undo``, for many at once; ``back`` has the marks of the closings by task."""
    asked = list(tasks)
    _lock(Task.objects.filter(pk__in=asked))
    found = _closed(asked, back)
    found.refuse(lambda task: _of_prep(task) if task.outcome == TaskOutcome.DONE else None)
    again = set(_entered_again(found.rows))
    found.refuse(lambda task: ValidationError(ENTERED_AGAIN) if task.enrolment_id in again else None)
    _run_on(found.rows)
    return found


@transaction.atomic
def complete_part(renewal: Renewal, part: str, *, user: User, now: dt.datetime, day: dt.date, note: str = "") -> bool:
    """Complete a part of renewal prep, and close the tasks that stand for it; False when it was done already."""
    lock_plays_of(renewal, part)
    if not prep.complete(renewal, part, user, day, note):
        return False
    tasks = _of_part(renewal, part).select_for_update(of=("self",)).filter(done_at=None)
    plays = list(tasks.values_list("enrolment_id", flat=True))
    written = prep.note_of(renewal, part)
    tasks.update(
        outcome=TaskOutcome.DONE, outcome_note=written, done_at=now, done_by=user, snoozed_until=None, snooze_reason=""
    )
    runs.settle(plays, day)
    return True


@transaction.atomic
def reopen_part(renewal: Renewal, part: str, *, back: str = "") -> bool:
    """Open a part of renewal prep again, and the tasks that were done for it; False when it was open.

    A play that is done runs again; the tasks of one that was left stay closed. ``back`` as in ``prep.reopen``.
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
    found = open_tasks(tasks)
    write(found.rows, snoozed_until=until, snooze_reason=reason.strip())
    return found


def wake(task: Task, *, back: str = "") -> Task:
    """As ``wake_all``, for one task."""
    return wake_all([task.pk], back={task.pk: back}).only()


@transaction.atomic
def wake_all(tasks: Iterable[int], *, back: Marks) -> Outcome[Task]:
    """Show snoozed tasks again; ``back`` has the mark of the snooze that is taken back, by task."""
    found = open_tasks(tasks)
    refuse_changed(found, WAITING, back)
    write(found.rows, **AWAKE)
    return found


# What closing and putting off write, and what is marked.
CLOSING: Final = ["outcome", "outcome_note", "minutes", "done_at", "done_by"]
WAITING: Final = ["snoozed_until", "snooze_reason"]
AWAKE: Final = {"snoozed_until": None, "snooze_reason": ""}
ENTERED_AGAIN: Final = gettext_lazy("The customer has entered this playbook again since; add a task instead.")
# What an act left of each task, by its number (``accounts.seen``).
Marks = Mapping[int, str]


def mark(task: Task) -> str:
    """The mark of how the task, just closed or put off, stands, for ``undo`` or ``wake``."""
    return seen.mark(task, CLOSING if task.done_at else WAITING)


def _prepared(task: Task) -> tuple[Renewal, str] | None:
    """The renewal and the part of its prep for which the task stands; None where there is none, or no prep any more."""
    if task.prep_part and task.renewal and not task.renewal.is_closed:
        return task.renewal, task.prep_part
    return None


def lock_plays_of(renewal: Renewal, part: str) -> None:
    """Lock the plays that completing the part may end, before the part itself is locked."""
    _lock(_of_part(renewal, part))


def _of_part(renewal: Renewal, part: str) -> TaskQuerySet:
    """The tasks that stand for a part of the prep that ``renewal`` heads or shares."""
    return Task.objects.filter(prep_part=part, renewal=prep.head_of(renewal))


def _lock_plays(task: Task) -> None:
    """Lock the plays that closing or opening this task may write: its own and, where it stands for a part of renewal
    prep, all that give a task for it.
    """
    known = Task.objects.select_related("renewal").get(pk=task.pk)
    tasks = Task.objects.filter(pk=task.pk)
    if known.prep_part and known.renewal:
        tasks |= _of_part(known.renewal, known.prep_part)
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
    """The plays of ``tasks`` that are done and cannot run again: their customer has entered the playbook anew."""
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
    """The tasks, locked; those that are closed are refused."""
    found = _locked(tasks)
    found.refuse(_ended)
    return found


def _closed(tasks: Iterable[int], back: Marks) -> Outcome[Task]:
    """The tasks, locked; refused are those whose closing cannot be taken back, or stands no longer as ``back`` marks it."""
    found = _locked(tasks)
    found.refuse(_is_open)
    refuse_changed(found, CLOSING, back)
    found.refuse(_of_ended_play)
    return found


def _ended(task: Task) -> ValidationError | None:
    if task.done_at is None:
        return None
    words = _("“%(task)s” is closed already.") % {"task": task.shown_title}
    return seen.Ended(words, task.done_by, task.done_at)


def _is_open(task: Task) -> ValidationError | None:
    words = _("“%(task)s” is open already.") % {"task": task.shown_title}
    return ValidationError(words) if task.done_at is None else None


def _of_ended_play(task: Task) -> ValidationError | None:
    ended = task.enrolment is not None and task.enrolment.state == Enrolment.State.EXITED
    return ValidationError(_("The play has ended: its tasks cannot be opened again.")) if ended else None


def _of_prep(task: Task) -> ValidationError | None:
    alone = _("“%(task)s” stands for a part of renewal prep: what was found is said there, one at a time.")
    return ValidationError(alone % {"task": task.shown_title}) if _prepared(task) else None
