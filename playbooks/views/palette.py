"""Playbooks and tasks in the command palette: search and acts."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import access, finding
from accounts.finding import Act, Choice, Entry, Kind, PagePlace
from accounts.models import Customer, User
from config.folding import Wanted
from config.ui import figures
from playbooks.models import Playbook, Task


def tasks(rows: QuerySet[Task], wanted: Wanted) -> QuerySet[Any]:
    """Open tasks by their title or their customer."""
    return finding.dealings(rows.open(), wanted).order_by("due_on", "pk")  # type: ignore[attr-defined]


def task_entry(task: Task, day: dt.date) -> Entry:
    due = _now("due %(day)s") % {"day": figures.day(task.due_on, day)}
    return Entry(
        reverse("accounts:customer", args=[task.customer_id]) + "#plays-panel", task.shown_title,
        f"{task.customer.name} · {due}", icon="task",
    )  # fmt: skip


def playbook_entry(playbook: Playbook, _day: dt.date) -> Entry:
    return Entry(
        reverse("playbooks:playbook", args=[playbook.pk]), playbook.shown_name, str(playbook.get_state_display()),
        icon="playbook",
    )  # fmt: skip


def snoozes(user: User, customers: list[Customer], day: dt.date) -> list[Entry]:
    """An entry to snooze each open task of these customers, at most five."""
    open_tasks = Task.objects.changeable_by(user).filter(customer__in=customers).awake(day)
    return [
        Entry(
            reverse("playbooks:task_snooze", args=[task.pk]), _now("Snooze “%(task)s”") % {"task": task.shown_title},
            task_entry(task, day).note, icon="clock", dialog=True,
        )
        for task in open_tasks.select_related("customer").order_by("due_on", "pk")[:5]
    ]  # fmt: skip


def startable() -> list[Choice]:
    """Every playbook that can be started, by its name. One statement."""
    return [
        Choice(f"playbook={playbook.pk}", playbook.shown_name, (playbook.name, playbook.shown_name))
        for playbook in Playbook.objects.startable().order_by("name")
    ]


KINDS: Final = (
    Kind(
        "playbook", _("Playbooks"), Playbook.objects.visible_to,
        lambda rows, wanted: finding.titled(rows, wanted, "name").order_by("name", "pk"), playbook_entry,
    ),
    Kind("task", _("Tasks"), lambda user: Task.objects.visible_to(user).select_related("customer"), tasks, task_entry),
)  # fmt: skip
ACTS: Final = (
    Act(
        "play", _("Start a playbook with %(name)s"), _("start playbook, playbook, play, enrol"), "playbook",
        lambda customer: reverse("playbooks:enrol", args=[customer.pk]), access.writes, letter="p", usual=True,
        choices=startable,
    ),
    Act(
        "task", _("Add a task for %(name)s"), _("add task, task, todo, remind"), "task",
        lambda customer: reverse("playbooks:task_new", args=[customer.pk]), access.writes, letter="t", usual=True,
    ),
    Act(
        "snooze_task", _("Snooze a task"), _("snooze, put off, later"), "clock",
        lambda customer: reverse("accounts:customer", args=[customer.pk]), access.writes, entries=snoozes,
    ),
)  # fmt: skip
PAGES: Final = (PagePlace(_("Tasks"), "todo", "playbooks:tasks"),)


def install() -> None:
    """For ``AppConfig.ready``."""
    finding.register(kinds=KINDS, acts=ACTS, pages=PAGES)
