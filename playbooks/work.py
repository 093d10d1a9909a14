"""What a person does with a task: finish it, take that back, put it off, hand it on, add one.

Every act locks the task's row, so two people who finish the same task at once finish it once. What also writes plays
or parts of renewal prep locks the plays first, then the part, then tasks: nobody waits crosswise. An
act that cannot be done raises ValidationError, saying why; nothing is then written.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import seen
from accounts.models import Customer, Role, User
from playbooks.models import Enrolment, Task, TaskOutcome
from playbooks.models.tasks import TaskQuerySet
from renewals import prep
from renewals.models import Renewal

LONGEST_SNOOZE: Final = dt.timedelta(days=365)


@transaction.atomic
def complete(task: Task, outcome: str, *, user: User, now: dt.datetime, day: dt.date, note: str = "") -> Task:
    """Close a task with what came of it.

    Done, a task that stands for a part of renewal prep completes that part; the last open task of a
    play ends the play.
    """
    if outcome not in TaskOutcome.values:
        raise ValidationError({"outcome": _("Choose what came of it.")})
    _lock_plays(task)
    held = _open(task)
    held.outcome, held.outcome_note = outcome, note.strip()
    held.done_at, held.done_by = now, user
    held.snoozed_until, held.snooze_reason = None, ""
    held.save(update_fields=[*CLOSING, *WAITING])
    if outcome == TaskOutcome.DONE and (prepared := _prepared(held)):
        complete_part(*prepared, user=user, now=now, day=day, note=note.strip())
    if held.enrolment_id:
        _finish(held.enrolment_id, day)
    return held


@transaction.atomic
def undo(task: Task, *, back: str = "") -> Task:
    """Open a closed task again, and its play with it. A part of renewal prep it completed opens too.

    ``back`` is the mark of the closing that is taken back: ValidationError where it stands no longer.
    """
    _lock_plays(task)
    held = _locked(task)
    if held.done_at is None:
        raise ValidationError(_("“%(task)s” is open already.") % {"task": held.shown_title})
    seen.check(held, CLOSING, back)
    play = held.enrolment
    if play and play.state == Enrolment.State.EXITED:
        raise ValidationError(_("The play has ended: its tasks cannot be opened again."))
    was_done = held.outcome == TaskOutcome.DONE
    _open_again(held)
    if was_done and (prepared := _prepared(held)):
        reopen_part(*prepared)
    return held


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
    for play in sorted({play for play in plays if play}):
        _finish(play, day)
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
    for task in done.select_related("enrolment").order_by("pk"):
        _open_again(task)
    return True


@transaction.atomic
def snooze(task: Task, until: dt.date, reason: str, *, day: dt.date) -> Task:
    """Hide an open task until a day after ``day``, for a reason. The due date stays."""
    errors = {}
    if until <= day:
        errors["until"] = _("Choose a day after today.")
    elif until > day + LONGEST_SNOOZE:
        errors["until"] = _("Choose a day within a year.")
    if not reason.strip():
        errors["reason"] = _("Say why it waits.")
    if errors:
        raise ValidationError(errors)
    held = _open(task)
    held.snoozed_until, held.snooze_reason = until, reason.strip()
    held.save(update_fields=WAITING)
    return held


@transaction.atomic
def wake(task: Task, *, back: str = "") -> Task:
    """Show a snoozed task again at once; ``back`` is the mark of the snooze that is taken back."""
    held = _open(task)
    seen.check(held, WAITING, back)
    held.snoozed_until, held.snooze_reason = None, ""
    held.save(update_fields=WAITING)
    return held


@transaction.atomic
def add(customer: Customer, title: str, due_on: dt.date, *, user: User, to: User | None = None, note: str = "") -> Task:
    """A task by hand, for ``to`` or else for who adds it."""
    person = to or user
    _check_person(person, customer)
    if not title.strip():
        raise ValidationError({"title": _("Name the task.")})
    return Task.objects.create(
        customer=customer, title=title.strip(), note=note.strip(), due_on=due_on,
        assignee=person, assigned_as=_standing(person, customer),
    )  # fmt: skip


@transaction.atomic
def reassign(task: Task, to: User) -> Task:
    """Give an open task to somebody who may work on its customer."""
    held = _open(task)
    _check_person(to, held.customer)
    held.assignee, held.assigned_as = to, _standing(to, held.customer)
    held.save(update_fields=["assignee", "assigned_as"])
    return held


# What closing and putting off write, and what is marked.
CLOSING: Final = ["outcome", "outcome_note", "done_at", "done_by"]
WAITING: Final = ["snoozed_until", "snooze_reason"]


def mark(task: Task) -> str:
    """The mark of how the task, just closed or put off, stands, for ``undo`` or ``wake``."""
    return seen.mark(task, CLOSING if task.done_at else WAITING)


def _prepared(task: Task) -> tuple[Renewal, str] | None:
    """The renewal and the part of its prep for which the task stands; None where there is none, or no prep any more."""
    if task.step and task.step.prep_part and task.renewal and not task.renewal.is_closed:
        return task.renewal, task.step.prep_part
    return None


def lock_plays_of(renewal: Renewal, part: str) -> None:
    """Lock the plays that completing the part may end, before the part itself is locked."""
    _lock(_of_part(renewal, part))


def _of_part(renewal: Renewal, part: str) -> TaskQuerySet:
    """The tasks that stand for a part of the prep that ``renewal`` heads or shares."""
    return Task.objects.filter(step__prep_part=part, renewal=prep.head_of(renewal))


def _lock_plays(task: Task) -> None:
    """Lock the plays that closing or opening this task may write: its own and, where it stands for a part of renewal
    prep, all that give a task for it.
    """
    known = Task.objects.select_related("step", "renewal").get(pk=task.pk)
    tasks = Task.objects.filter(pk=task.pk)
    if known.step and known.step.prep_part and known.renewal:
        tasks |= _of_part(known.renewal, known.step.prep_part)
    _lock(tasks)


def _lock(tasks: TaskQuerySet) -> None:
    """Lock the plays of ``tasks``, always in the same order."""
    plays = Enrolment.objects.filter(pk__in=tasks.values("enrolment"))
    list(plays.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _open_again(task: Task) -> None:
    task.outcome, task.outcome_note, task.done_at, task.done_by = "", "", None, None
    task.save(update_fields=CLOSING)
    if task.enrolment and task.enrolment.state == Enrolment.State.DONE:
        _run_again(task.enrolment)


def _locked(task: Task) -> Task:
    rows = Task.objects.select_for_update(of=("self",))
    related = rows.select_related("step", "renewal", "enrolment", "customer", "done_by")
    return related.get(pk=task.pk)


def _open(task: Task) -> Task:
    held = _locked(task)
    if held.done_at is not None:
        words = _("“%(task)s” is closed already.") % {"task": held.shown_title}
        raise seen.Ended(words, held.done_by, held.done_at)
    return held


def _finish(enrolment_id: int, day: dt.date) -> None:
    """End the play when none of its tasks is open. The play's row is locked first, so of two people
    who finish its last two tasks at once the second sees the first one's task closed.
    """
    running = Enrolment.objects.select_for_update(no_key=True).filter(pk=enrolment_id)
    play = running.filter(state=Enrolment.State.RUNNING).first()
    if play and not play.tasks.filter(done_at__isnull=True).exists():
        play.state, play.finished_on = Enrolment.State.DONE, day
        play.save(update_fields=["state", "finished_on"])


def _run_again(play: Enrolment) -> None:
    play.state, play.finished_on = Enrolment.State.RUNNING, None
    try:
        with transaction.atomic():
            play.save(update_fields=["state", "finished_on"])
    except IntegrityError:
        raise ValidationError(_("The customer has entered this playbook again since; add a task instead.")) from None


def _check_person(person: User, customer: Customer) -> None:
    allowed = person.is_active and person.role != Role.VIEWER
    if not allowed or not Customer.objects.changeable_by(person).filter(pk=customer.pk).exists():
        words = {"person": person.name, "customer": customer.name}
        raise ValidationError({"to": _("%(person)s may not work on %(customer)s.") % words})


def _standing(person: User, customer: Customer) -> str:
    if person.pk == customer.owner_id:
        return Task.AssignedAs.OWNER
    return Task.AssignedAs.PERSON
