"""Tasks as a kind of list."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.keyset import Order, read_date
from accounts.lists import Column, ListKind, Reading
from accounts.models import User
from playbooks import shortlist
from playbooks.models import Task

STATES: Final = ("open", "late", "snoozed", "done")
ORDERS: Final = {"due": Order("due_on", read_date), "-due": Order("due_on", read_date, descending=True)}
COLUMNS: Final = (
    Column("task", _("Task")),
    Column("customer", _("Customer")),
    Column("due", _("Due"), "due"),
    Column("assignee", _("Assignee")),
    Column("playbook", _("Playbook")),
)


def counted(n: int) -> str:
    return ngettext("%(n)s task", "%(n)s tasks", n) % {"n": n}


def read(user: User, address: QueryDict, day: dt.date) -> Reading:
    """The rows of an address as the page of tasks reads it."""
    allowed = shortlist.scopes(user)
    state, scope = address.get("state") or "open", address.get("scope") or allowed[0]
    if state not in STATES or scope not in allowed:
        return Reading(Task.objects.visible_to(user), (_now("A filter in the address cannot be read."),))
    rows = shortlist.tasks(user, scope).in_state(state, day)
    name = address.get("q", "").strip()[:100]
    return Reading(rows.filter(customer__name__icontains=name) if name else rows)


TASKS: Final = ListKind(
    "tasks", Task, _("Tasks"), counted, "playbooks:tasks",
    visible=Task.objects.visible_to,
    changeable=Task.objects.changeable_by,
    read=read, columns=COLUMNS, orders=ORDERS, due="due_on",
)  # fmt: skip
