"""Assigning tasks: adding one by hand, handing it on, moving its due day.

An act on one task is the act on a set of one. An act that is not possible raises ValidationError with the reason.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts import seen, working
from accounts.models import Customer, User
from accounts.sets import Outcome, write
from playbooks.models import Task
from playbooks.work import CLOSING, WAITING, open_tasks

# The values of a task before an act, by column.
Before = Mapping[str, Any]
# The columns that say a task as it was given; that of a person, the assignee too.
GIVEN: Final = ("title", "note", "assigned_as", "due_on", *WAITING, *CLOSING)
ADD: Final = """
    INSERT INTO playbooks_task (customer_id, title, note, assignee_id, assigned_as, due_on, snooze_reason, outcome, outcome_note)
    SELECT c.id, %(title)s, %(note)s, coalesce(%(to)s::bigint, c.owner_id),
           CASE WHEN %(to)s::bigint IS DISTINCT FROM c.owner_id AND %(to)s::bigint IS NOT NULL THEN 'person' ELSE 'owner' END,
           %(due)s, '', '', ''
    FROM accounts_customer c WHERE c.id = ANY(%(customers)s) ORDER BY c.id
    RETURNING customer_id, id
"""


def add(customer: Customer, title: str, due_on: dt.date, *, user: User, to: User | None = None, note: str = "") -> Task:
    """Add a task by hand, for ``to`` or else for ``user``."""
    return add_all([customer.pk], title, due_on, to=to or user, note=note).only()


@transaction.atomic
def add_all(customers: Iterable[int], title: str, due_on: dt.date, *, to: User | None, note: str = "") -> Outcome[Task]:
    """Add a task for each of ``customers``, for ``to`` or else for its owner: customer → task. Fixed statements."""
    if not title.strip():
        raise ValidationError({"title": _("Name the task.")})
    rows = Customer.objects.filter(pk__in=list(customers)).select_related("owner").only("name", "owner")
    result: Outcome[Customer] = Outcome({customer.pk: customer for customer in rows})
    able = working.able(to, result.done) if to else None
    result.refuse(lambda customer: _takes_no_task(customer, to, able))
    values: dict[str, Any] = {
        "customers": list(result.done), "title": title.strip(), "note": note.strip(), "due": due_on, "to": to and to.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ADD, values)
        ids = dict(cursor.fetchall())
    tasks = Task.objects.in_bulk(ids.values())
    return Outcome({customer: tasks[task] for customer, task in ids.items()}, result.refused)


def reassign(task: Task, to: User) -> Task:
    """As ``reassign_all``, for one task."""
    return reassign_all([task.pk], to).only()


@transaction.atomic
def reassign_all(tasks: Iterable[int], to: User) -> Outcome[Task]:
    """Assign open tasks to ``to``; refuses tasks on whose customers ``to`` may not work."""
    result = open_tasks(tasks)
    able = working.able(to, (task.customer_id for task in result.rows))
    result.refuse(lambda task: None if task.customer_id in able else working.may_not(to, task.customer))
    for assigned_as, of_owner in ((Task.AssignedAs.OWNER, True), (Task.AssignedAs.PERSON, False)):
        group = [task for task in result.rows if (task.customer.owner_id == to.pk) == of_owner]
        write(group, assignee=to, assigned_as=assigned_as)
    return result


@transaction.atomic
def give_back(before: Mapping[int, Before], to: User) -> Outcome[Task]:
    """Restore the assignees of ``before`` on open tasks; refuses tasks that are no longer ``to``'s, and those of people who may
    have no work now.
    """
    assignees = {pk: values["assignee_id"] for pk, values in before.items()}
    gone = working.gone(assignees.values())
    result = open_tasks(before)
    result.refuse(lambda task: None if task.assignee_id == to.pk else ValidationError(seen.CHANGED_SINCE))
    result.refuse(lambda task: _of_gone(task, gone.get(assignees[task.pk])))
    _as_before(result.rows, before)
    return result


@transaction.atomic
def due_back(before: Mapping[int, Before], due_on: dt.date) -> Outcome[Task]:
    """Restore the due days of ``before`` on open tasks; refuses tasks no longer due on ``due_on``."""
    result = open_tasks(before)
    result.refuse(lambda task: None if task.due_on == due_on else ValidationError(seen.CHANGED_SINCE))
    _as_before(result.rows, before)
    return result


def mark(task: Task) -> str:
    """The mark of a task as it was given. It stays where the task follows its customer's owner or that owner's manager."""
    return seen.mark(task, [*GIVEN, "assignee"] if task.assigned_as == Task.AssignedAs.PERSON else GIVEN)


@transaction.atomic
def remove_untouched(marks: Mapping[int, str]) -> set[int]:
    """Delete the tasks that are as they were given (``marks`` by task); returns the deleted ids."""
    rows = Task.objects.filter(pk__in=list(marks)).select_for_update(of=("self",)).order_by("pk")
    untouched = {task.pk for task in rows if mark(task) == marks[task.pk]}
    Task.objects.filter(pk__in=untouched).delete()
    return untouched


@transaction.atomic
def move_due(tasks: Iterable[int], due_on: dt.date, *, day: dt.date) -> Outcome[Task]:
    """Move the due day of open tasks to ``due_on``, ``day`` at the earliest."""
    if due_on < day:
        raise ValidationError({"due_on": _("Choose today or a day after it.")})
    result = open_tasks(tasks)
    result.same = {task.pk for task in result.rows if task.due_on == due_on}
    result.done = {pk: task for pk, task in result.done.items() if pk not in result.same}
    write(result.rows, due_on=due_on)
    return result


@transaction.atomic
def rename(tasks: Iterable[int], title: str) -> Outcome[Task]:
    """Call open tasks by another title."""
    if not title.strip():
        raise ValidationError({"title": _("Name the task.")})
    found = open_tasks(tasks)
    found.same = {task.pk for task in found.rows if title.strip() in {task.title, task.shown_title}}
    found.done = {pk: task for pk, task in found.done.items() if pk not in found.same}
    write(found.rows, title=title.strip())
    return found


@transaction.atomic
def name_back(before: Mapping[int, Before], title: str) -> Outcome[Task]:
    """Call open tasks as they were called ``before``, where they still are called ``title``."""
    found = open_tasks(before)
    found.refuse(lambda task: None if task.title == title.strip() else ValidationError(seen.CHANGED_SINCE))
    _as_before(found.rows, before)
    return found


def _as_before(tasks: Iterable[Task], before: Mapping[int, Before]) -> None:
    """Write the earlier values of tasks, grouped by equal values."""
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(json.dumps(before[task.pk], sort_keys=True), []).append(task)
    for values, group in groups.items():
        write(group, **json.loads(values))


def _of_gone(task: Task, person: User | None) -> ValidationError | None:
    return working.may_not(person, task.customer) if person else None


def _takes_no_task(customer: Customer, to: User | None, able: Collection[int] | None) -> ValidationError | None:
    if to is not None and able is not None:
        return None if customer.pk in able else working.may_not(to, customer)
    owner = customer.owner
    if owner is None:
        return ValidationError(_("%(customer)s has no owner.") % {"customer": customer.name})
    return None if owner.is_active else working.may_not(owner, customer)
