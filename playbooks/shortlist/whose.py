"""Whose day: a person's own book, a team's, or everybody's."""

from __future__ import annotations

import datetime as dt

from accounts import access
from accounts.models import Customer, User
from accounts.models.customers import CustomerQuerySet
from playbooks.models import Task
from playbooks.models.tasks import TaskQuerySet


def customers(user: User, scope: str) -> CustomerQuerySet:
    """Customers of the scope: "mine" are ``user``'s own and those of whom they cover today."""
    visible = Customer.objects.visible_to(user)
    return visible.filter(owner__in=access.own(user)) if scope == "mine" else visible


def tasks(user: User, scope: str) -> TaskQuerySet:
    """Tasks of the scope: "mine" are those assigned to ``user`` or to somebody they cover for today."""
    visible = Task.objects.visible_to(user)
    return visible.filter(assignee__in=access.own(user)) if scope == "mine" else visible


def task_count(user: User, day: dt.date) -> int:
    """How many open, awake tasks the unfiltered list shows ``user``. One statement."""
    return tasks(user, access.scopes(user)[0]).in_state("open", day).count()
