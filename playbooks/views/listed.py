"""Tasks as a kind of list, and the filter fields of a task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, cast

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts import access
from accounts.conditions.fields import PEOPLE, Asked, Expression, Field, Kind, Rows, register
from accounts.conditions.record import owner_names, owners
from accounts.keyset import Order, read_date
from accounts.lists import Column, ListKind, Old, Sight, Tab, cells, editing, generic, kinds
from accounts.lists.older import leaf, stated
from accounts.lists.persons import ME
from accounts.models import User
from config.ui import figures
from playbooks import shortlist
from playbooks.forms import cells as editable
from playbooks.models import Playbook, Task
from playbooks.models.tasks import TaskQuerySet

TASK: Final = _("Task")
STATES: Final = {"open": _("Open"), "late": _("Late"), "snoozed": _("Snoozed"), "done": _("Closed")}
ON_TIME: Final = pgettext_lazy("a case or task", "Open, on time")
ORDERS: Final = {
    "due": Order("due_on", read_date),
    "-due": Order("due_on", read_date, descending=True),
    "customer": Order("customer_name", str),
    "-customer": Order("customer_name", str, descending=True),
}


def _state(asked: Asked) -> str:
    """SQL: the state as in the list's tabs, with late ones apart from open ones."""
    c, day = asked.c, asked.day
    return f"""(CASE WHEN {c}.done_at IS NOT NULL THEN 'done' WHEN {c}.snoozed_until > {day} THEN 'snoozed'
        WHEN {c}.due_on < {day} THEN 'late' ELSE 'open' END)"""


def _column(name: str) -> Expression:
    return lambda asked: f"{asked.c}.{name}"


def _playbook(asked: Asked) -> str:
    return f"(SELECT e.playbook_id FROM playbooks_enrolment e WHERE e.id = {asked.c}.enrolment_id)"  # noqa: S608 (an alias)


def _field(name: str, label: object, kind: Kind, sql: Expression, **more: object) -> Field:
    return Field(f"tasks:{name}", label, kind, sql, group=TASK, row="tasks", **more)  # type: ignore[arg-type]


def _playbooks() -> list[tuple[str, str]]:
    return [(str(playbook.pk), playbook.shown_name) for playbook in Playbook.objects.order_by("name")]


def _playbook_names() -> dict[int, str]:
    return {playbook.pk: playbook.shown_name for playbook in Playbook.objects.all()}


FIELDS: Final = (
    _field("state", _("State"), Kind.CHOICE, _state, choices=[*(STATES | {"open": ON_TIME}).items()]),
    _field("title", _("Task"), Kind.TEXT, _column("title")),
    _field("due", _("Due"), Kind.DATE, _column("due_on")),
    _field("assignee", _("Assignee"), Kind.KEY, _column("assignee_id"), choices=owners,
           rows=Rows(PEOPLE, "email", owner_names)),
    _field("playbook", _("Playbook"), Kind.KEY, _playbook, choices=_playbooks,
           rows=Rows("playbooks_playbook", "name", _playbook_names)),
)  # fmt: skip


def _task(row: Task, sight: Sight, title: str) -> str:
    lines = f'<span class="two-lines">{title}{_folded(row, sight)}</span>'
    return f'<span class="row task-line">{_tick(row, sight)}{lines}</span>'


def _tick(row: Task, sight: Sight) -> str:
    if not sight.may_change:
        return ""
    url = reverse("playbooks:task_undo" if row.done_at else "playbooks:task_done", args=[row.pk])
    label = escape(_now("Done: %(task)s") % {"task": row.shown_title})
    checked = " checked" if row.done_at else ""
    return (
        f'<form method="post" action="{url}" hx-post="{url}" hx-trigger="change" hx-swap="none" data-optimistic>'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{sight.token}">'
        f'<input type="hidden" name="outcome" value="done"><input type="hidden" name="next" value="{escape(sight.here)}">'
        f'<input class="check round" type="checkbox"{checked} data-key="e" aria-label="{label}"></form>'
    )


def _folded(row: Task, sight: Sight) -> str:
    """The second lines: on a phone customer and day, and what is said of the task."""
    due = cells.due(row.due_on, sight.day, sight.language, not row.done_at)
    folded = cells.fold(
        cells.customer(row.customer_id, row.customer.name, ""), editing.cell("tasks", DUE, row, sight, due)
    )
    more = _more(row, sight)
    said = f'<span class="sub small muted"{cells.titled(more)}>{escape(more)}</span>' if more else ""
    return f"{folded}{said}"


def _more(row: Task, sight: Sight) -> str:
    """The outcome of a closed task; the day and reason of a snoozed one."""
    if row.outcome:
        return f"{row.get_outcome_display()}: {row.outcome_note}" if row.outcome_note else row.get_outcome_display()
    if row.snoozed_until and row.snoozed_until > sight.day:
        values = {"until": figures.day(row.snoozed_until, sight.day), "reason": row.snooze_reason}
        return _now("waits until %(until)s: %(reason)s") % values
    return ""


def _of_play(row: Task, _sight: Sight) -> str:
    if row.enrolment is None:
        label = escape(_now("by hand"))
        return f'<span class="muted">{label}</span>'
    url = reverse("playbooks:playbook", args=[row.enrolment.playbook_id])
    return cells.link(url, row.enrolment.playbook.shown_name, opens="")


def _assignee(row: Task, sight: Sight) -> str:
    return cells.owner(row.assignee.name if row.assignee else "", row.assignee_id, sight.language)


def _acts(row: Task, sight: Sight) -> str:
    if not sight.may_change or row.done_at:
        return ""
    if row.snoozed_until and row.snoozed_until > sight.day:
        first = cells.press(reverse("playbooks:task_wake", args=[row.pk]), _now("Wake"), sight)
    else:
        first = cells.ask(reverse("playbooks:task_snooze", args=[row.pk]), _now("Snooze"), "s")
    return first


DUE: Final = Column(
    "due", _("Due"), lambda row, sight: cells.due(row.due_on, sight.day, sight.language, not row.done_at),
    lambda row, _s: row.due_on, "due", css="nowrap desk", edit=editable.DUE,
)  # fmt: skip
COLUMNS: Final = (
    Column("task", _("Task"), lambda row, _s: cells.cut(row.shown_title), lambda row, _s: row.shown_title, css="grow two",
           edit=editable.TITLE, around=_task),
    Column("customer", _("Customer"), lambda row, _s: cells.customer(row.customer_id, row.customer.name),
           lambda row, _s: row.customer.name, "customer", css="named desk"),
    DUE,
    Column("assignee", _("Assignee"), _assignee,
           lambda row, _s: row.assignee.name if row.assignee else None, edit=editable.ASSIGNEE),
    Column("playbook", _("Playbook"), _of_play,
           lambda row, _s: row.enrolment.playbook.shown_name if row.enrolment else None, css="named desk wide"),
    Column("acts", _("Actions"), _acts, css="nowrap desk acts", quiet=True),
)  # fmt: skip


def shape(rows: QuerySet[Task], values: Mapping[str, Any], _walked: tuple[str, ...]) -> QuerySet[Task]:
    related = rows.select_related("customer", "assignee", "enrolment__playbook")
    return related.annotate(customer_name=F("customer__name"), **values)


def _tab(state: str, label: object) -> Tab:
    condition = leaf("tasks:state", "is_in", ["open", "late"]) if state == "open" else leaf("tasks:state", "is", state)
    order = "-due" if state == "done" else "due"
    return Tab(state, label, condition, lambda rows, day: cast(TaskQuerySet, rows).in_state(state, day), order)


GROUPINGS: Final = ("tasks:assignee", "tasks:due", "tasks:playbook", "segment", "band")
OWN: Final = leaf("tasks:assignee", "is", ME)


def counted(n: int) -> str:
    return ngettext("%(n)s task", "%(n)s tasks", n) % {"n": n}


def old(user: User, address: QueryDict, _day: dt.date) -> Old:
    return stated(address, exact={}, scopes=access.scopes(user), own=OWN, sorts={})


TASKS: Final = ListKind(
    "tasks", Task, _("Tasks"), counted, "playbooks:tasks",
    visible=Task.objects.visible_to, changeable=Task.objects.changeable_by,
    every=lambda user: shortlist.tasks(user, access.scopes(user)[0]),
    old=old, old_names=frozenset({"state", "scope", "q"}), columns=COLUMNS,
    usually=tuple(column.key for column in COLUMNS), shape=shape, orders=ORDERS, order="due",
    tabs=tuple(_tab(state, label) for state, label in STATES.items()), due="due_on",
    groupings=GROUPINGS, more=generic.columns("customer", "tasks"),
    events=("playbooks:changed",), icon="todo", empty=(_("No task here"), _("Tasks come from playbooks, from cases, or by hand on the customer’s page. None matches this state, person and name.")),
)  # fmt: skip


def install() -> None:
    """Register the list and the filter fields; called when the app loads."""
    register(*FIELDS)
    kinds.register(TASKS)
