"""What people do with many tasks at once, and the tasks and plays that they give many customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bulk import Act, Before, Done, Values, Who, done
from accounts.forms.work import DueForm, HandOnForm, SnoozeForm
from accounts.models import User
from accounts.seen import CHANGED_SINCE
from accounts.working import colleagues_of
from config.fields import DayField, PersonField
from config.ui.context import today
from config.ui.figures import day as day_words
from playbooks import enrolment, giving, work
from playbooks.forms.tasks import DoneForm, EnrolForm
from playbooks.models import Playbook, Task, TaskOutcome
from playbooks.steps.task import LONGEST_NOTE, LONGEST_TITLE

EVENTS: Final = ("playbooks:changed",)


class TaskForm(forms.Form):
    """One task for each of many customers."""

    title = forms.CharField(label=_("Task"), max_length=LONGEST_TITLE)
    due_on = DayField(label=_("Due on"))
    to = PersonField(User.objects.none(), label=_("Give it to"), required=False, empty_label=_("Each customer’s owner"))
    note = forms.CharField(
        label=_("How"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:
        super().__init__(data)
        self.fields["to"].queryset = colleagues_of(user)  # type: ignore[attr-defined]
        self.fields["due_on"].initial = day + dt.timedelta(days=1)


def _day(values: Values, name: str) -> dt.date:
    return dt.date.fromisoformat(values[name])


def _person(values: Values) -> User | None:
    return User.objects.filter(pk=values["to"]).first() if values["to"] else None


def _mark(task: Task) -> Before:
    return {"mark": work.mark(task)}


def _marks(before: Mapping[int, Before]) -> dict[int, str]:
    return {pk: row["mark"] for pk, row in before.items()}


def _add(ids: list[int], values: Values, _who: Who) -> Done:
    added = giving.add_all(ids, values["title"], _day(values, "due_on"), to=_person(values), note=values["note"])
    return done(added, lambda task: {"task": task.pk, "mark": giving.mark(task)})


def _remove(before: Mapping[int, Before], _values: Values, _who: Who) -> dict[int, ValidationError]:
    # Without a mark, as an act of an earlier release left it, nothing says whether a task was touched.
    removed = giving.remove_untouched({row["task"]: row.get("mark", "") for row in before.values()})
    return {pk: ValidationError(CHANGED_SINCE) for pk, row in before.items() if row["task"] not in removed}


def _start(ids: list[int], values: Values, who: Who) -> Done:
    playbook = Playbook.objects.select_related("published").get(pk=values["playbook"])
    started = enrolment.enrol_all(ids, playbook, who.user, who.day)
    marks = enrolment.marks(started.done.values())
    return done(started, lambda play: {"play": play, "mark": marks[play]})


def _unstart(before: Mapping[int, Before], _values: Values, _who: Who) -> dict[int, ValidationError]:
    customers = {row["play"]: pk for pk, row in before.items()}
    taken_back = enrolment.take_back({row["play"]: row.get("mark", "") for row in before.values()})
    return {customers[play]: problem for play, problem in taken_back.refused.items()}


def _complete(ids: list[int], values: Values, who: Who) -> Done:
    closed = work.complete_all(
        ids,
        values["outcome"],
        user=who.user,
        now=who.now,
        day=who.day,
        note=values["note"],
        minutes=values.get("minutes"),
    )
    return done(closed, _mark)


def _open_again(before: Mapping[int, Before], _values: Values, _who: Who) -> dict[int, ValidationError]:
    return work.undo_all(before, back=_marks(before)).refused


def _snooze(ids: list[int], values: Values, who: Who) -> Done:
    return done(work.snooze_all(ids, _day(values, "until"), values["reason"], day=who.day), _mark)


def _wake(before: Mapping[int, Before], _values: Values, _who: Who) -> dict[int, ValidationError]:
    return work.wake_all(before, back=_marks(before)).refused


def _reassign(ids: list[int], values: Values, _who: Who) -> Done:
    before = stands(ids, "assignee_id", "assigned_as")
    return done(giving.reassign_all(ids, User.objects.get(pk=values["to"])), lambda task: before[task.pk])


def _give_back(before: Mapping[int, Before], values: Values, _who: Who) -> dict[int, ValidationError]:
    return giving.give_back(before, User.objects.get(pk=values["to"])).refused


def _move(ids: list[int], values: Values, who: Who) -> Done:
    before = stands(ids, "due_on")
    moved = giving.move_due(ids, _day(values, "due_on"), day=who.day)
    return done(moved, lambda task: {"due_on": before[task.pk]["due_on"].isoformat()})


def _move_back(before: Mapping[int, Before], values: Values, _who: Who) -> dict[int, ValidationError]:
    return giving.due_back(before, _day(values, "due_on")).refused


def stands(ids: list[int], *columns: str) -> dict[int, Before]:
    """What the tasks, locked from now on, say in ``columns``."""
    rows = Task.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values("pk", *columns)
    return {row.pop("pk"): row for row in rows}


def _started(values: Values) -> str:
    playbook = Playbook.objects.filter(pk=values["playbook"]).first()
    return gettext("Started: %(playbook)s") % {"playbook": playbook.shown_name if playbook else "?"}


def _given(values: Values) -> str:
    person = _person(values)
    return gettext("Given to %(name)s") % {"name": person.name if person else "?"}


DUE: Final = Act(
    "due", "tasks", _("Due day"), "calendar", DueForm,
    said=lambda values: gettext("Due on %(day)s") % {"day": day_words(_day(values, "due_on"), today())},
    run=_move, back=_move_back, changed=EVENTS,
)  # fmt: skip
REASSIGN: Final = Act(
    "reassign", "tasks", _("Hand on"), "user", lambda data=None, *, user, day: HandOnForm(data, customer=None, user=user),  # noqa: ARG005 (as every such form)
    said=_given, run=_reassign, back=_give_back, changed=EVENTS, letter="r",
)  # fmt: skip
ACTS: Final = (
    Act(
        "task", "customers", _("Task"), "task", TaskForm,
        said=lambda values: gettext("Task added: %(task)s") % {"task": values["title"]},
        run=_add, back=_remove, changed=EVENTS, letter="t",
    ),
    Act(
        "playbook", "customers", _("Start a playbook"), "playbook", lambda data=None, *, user, day: EnrolForm(data),  # noqa: ARG005 (as every such form)
        said=_started, run=_start, back=_unstart, changed=EVENTS, letter="p",
    ),
    Act(
        "done", "tasks", _("Done"), "done", lambda data=None, *, user, day: DoneForm(data),  # noqa: ARG005 (as every such form)
        said=lambda values: gettext("Closed: %(outcome)s") % {"outcome": TaskOutcome(values["outcome"]).label},
        run=_complete, back=_open_again, changed=EVENTS, letter="e",
    ),
    DUE,
    REASSIGN,
    Act(
        "snooze", "tasks", _("Snooze"), "clock", lambda data=None, *, user, day: SnoozeForm(data, day=day),  # noqa: ARG005 (as every such form)
        said=lambda values: gettext("Snoozed until %(day)s") % {"day": day_words(_day(values, "until"), today())},
        run=_snooze, back=_wake, changed=EVENTS, letter="s",
    ),
)  # fmt: skip
