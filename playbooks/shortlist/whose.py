"""Whose day: a person's own book, a team's, or everybody's."""

from __future__ import annotations

import datetime as dt

from accounts import access
from accounts.models import Customer, Role, User
from accounts.models.customers import CustomerQuerySet
from playbooks.models import Task
from playbooks.models.tasks import TaskQuerySet


def scopes(user: User) -> list[str]:
    """Whose days ``user`` may look at, their own choice first."""
    return {
        Role.MANAGER: ["team", "mine"],
        Role.ADMIN: ["all", "mine"],
        Role.VIEWER: ["all"],
    }.get(Role(user.role), ["mine"])


def own(user: User) -> list[int]:
    """Whose book is ``user``'s own: self, and whom they cover today."""
    return [user.pk, *access.covered(user)]


def customers(user: User, scope: str) -> CustomerQuerySet:
    """Customers of the scope: "mine" are ``user``'s own."""
    visible = Customer.objects.visible_to(user)
    return visible.filter(owner__in=own(user)) if scope == "mine" else visible


def tasks(user: User, scope: str) -> TaskQuerySet:
    """Tasks of the scope: "mine" are those given to ``user`` (a CSM: or to whom they cover)."""
    visible = Task.objects.visible_to(user)
    return visible.filter(assignee__in=own(user)) if scope == "mine" else visible


def task_count(user: User, day: dt.date) -> int:
    """How many open, awake tasks the list shows ``user`` before anything is filtered. One statement."""
    return tasks(user, scopes(user)[0]).in_state("open", day).count()
