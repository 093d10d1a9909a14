"""Which tab of the list a case stands under, at the edges of its days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from accounts.conditions.fields import Asked
from accounts.models import Cover
from health.cases import lists
from health.models import Case
from health.views.cases.listed import FIELDS
from tests import factories as make
from tests.factories import DAY
from tests.health.cases.rows import case, closed

pytestmark = pytest.mark.django_db


def asleep(until: int) -> dict[str, Any]:
    return {"state": "snoozed", "snoozed_until": DAY + dt.timedelta(days=until), "snooze_reason": "Fair"}


@pytest.mark.parametrize(
    ("due", "fields", "tabs"),
    [
        (1, {}, {"open"}),
        (0, {}, {"open"}),
        (-1, {}, {"open", "late"}),
        (-1, {"passed_on": DAY}, {"passed"}),
        (-1, asleep(1), {"snoozed"}),
        (-1, asleep(0), {"open", "late"}),
        (0, asleep(0), {"open"}),
        (-1, asleep(0) | {"passed_on": DAY}, {"passed"}),
    ],
)
def test_a_case_is_late_from_the_day_after_it_was_due_and_awake_on_the_day_it_comes_back(due, fields, tabs):
    case(make.customer(), None, 9, due_on=DAY + dt.timedelta(days=due), **fields)
    assert {
        tab for tab in lists.counts(Case.objects.all(), DAY) if lists.in_state(Case.objects.all(), tab, DAY)
    } == tabs
    assert {tab for tab, count in lists.counts(Case.objects.all(), DAY).items() if count} == tabs
    assert filtered() in tabs
    assert (filtered() == "late") is ("late" in tabs)


def test_a_closed_case_is_nothing_else():
    closed(make.customer(), None, 90, "resolved", None)
    assert lists.counts(Case.objects.all(), DAY) == {"open": 0, "late": 0, "passed": 0, "snoozed": 0, "closed": 1}
    assert filtered() == "closed"


def filtered() -> str:
    """The state of the only case as the list's filter sees it."""
    [state] = [field for field in FIELDS if field.key == "cases:state"]
    given: dict[str, Any] = {"day": DAY}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {state.sql(Asked('c', '%(day)s::date', given, 'p', DAY))} FROM health_case c", given)
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("role", ["csm", "manager", "admin"])
def test_mine_are_ones_own_cases_and_those_of_whom_one_covers(role: str):
    me, away, other = make.user(role), make.user(), make.user()
    Cover.objects.create(owner=away, by=me, starts_on=DAY, ends_on=DAY + dt.timedelta(days=1))
    make.organisation(frozen_today=DAY)
    own, covered, _ = (case(make.customer(owner=owner), None, 9, owner=owner) for owner in (me, away, other))
    assert set(lists.of_scope(me, "mine")) == {own, covered}
