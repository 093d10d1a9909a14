"""Which tab of the list a task stands under, at the edges of its days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from accounts.conditions.fields import Asked
from playbooks.models import Task
from playbooks.views.listed import FIELDS
from tests.factories import DAY, customer
from tests.playbooks.rows import NOW

pytestmark = pytest.mark.django_db


def asleep(until: int) -> dict[str, Any]:
    return {"snoozed_until": DAY + dt.timedelta(days=until), "snooze_reason": "Fair"}


@pytest.mark.parametrize(
    ("due", "fields", "tabs"),
    [
        (1, {}, {"open"}),
        (0, {}, {"open"}),
        (-1, {}, {"open", "late"}),
        (-1, asleep(1), {"snoozed"}),
        (-1, asleep(0), {"open", "late"}),
        (0, asleep(0), {"open"}),
        (-1, {"done_at": NOW, "outcome": "done"}, {"done"}),
        (-1, asleep(1) | {"done_at": NOW, "outcome": "done"}, {"done"}),
    ],
)
def test_a_task_is_late_from_the_day_after_it_was_due_and_awake_on_the_day_it_comes_back(due, fields, tabs):
    Task.objects.create(customer=customer(), title="Call", due_on=DAY + dt.timedelta(days=due), **fields)
    assert {tab for tab in Task.objects.counts(DAY) if Task.objects.in_state(tab, DAY)} == tabs
    assert {tab for tab, count in Task.objects.counts(DAY).items() if count} == tabs
    assert filtered() in tabs
    assert (filtered() == "late") is ("late" in tabs)


def filtered() -> str:
    """The state of the only task as the list's filter sees it."""
    [state] = [field for field in FIELDS if field.key == "tasks:state"]
    given: dict[str, Any] = {"day": DAY}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {state.sql(Asked('c', '%(day)s::date', given, 'p', DAY))} FROM playbooks_task c", given)
        return str(cursor.fetchone()[0])
