"""The same acts over many cases: each is acted on or refused by name, at a cost that does not grow with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.sets import Outcome
from health.cases import acts, due
from health.models import Case
from tests import factories as make
from tests.factories import DAY
from tests.health.cases.rows import case, closed, rule

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
Act = Callable[[list[int], User], Outcome[Case]]
ACTS: dict[str, Act] = {
    "planned": lambda cases, who: acts.plan_all(cases, type="value", plan="Show it", user=who, day=DAY),
    "snoozed": lambda cases, who: acts.snooze_all(cases, DAY + dt.timedelta(days=7), "Away", user=who, day=DAY),
    "handed_on": lambda cases, who: acts.hand_on_all(cases, who, user=who, day=DAY),
    "closed": lambda cases, who: acts.close_all(cases, "resolved", user=who, day=DAY, now=NOW),
}


@pytest.fixture
def csm(db: None) -> User:
    make.organisation()
    return make.user(name="Mara")


def cost(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as told:
        act()
    return len(told)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_over_many_does_each_and_names_the_others(name: str, csm: User) -> None:
    watched = rule()
    opened = [case(make.customer(owner=csm), watched, 4).pk for _ in range(4)]
    ended = closed(make.customer(owner=csm), watched, 9, "resolved", csm)
    alone = cost(lambda: ACTS[name](opened[:1], csm))
    done: list[Outcome[Case]] = []
    assert cost(lambda: done.append(ACTS[name]([*opened[1:], ended.pk], csm))) <= alone
    assert list(done[0].done) == opened[1:]
    assert [problem.messages for problem in done[0].refused.values()] == [["“Look at it” is closed already."]]
    assert sorted(ended.acts.values_list("act", flat=True)) == []
    told = Case.objects.filter(pk__in=opened, acts__act=name, acts__by=csm)
    assert set(told.values_list("pk", flat=True)) == set(opened)


def test_only_what_still_stands_is_taken_back(csm: User) -> None:
    watched, others = rule(), make.user("admin", name="Ren")
    first, second = (case(make.customer(owner=csm), watched, 4) for _ in range(2))
    both = [first.pk, second.pk]
    marks = {pk: acts.mark(row) for pk, row in ACTS["snoozed"](both, csm).done.items()}
    acts.snooze(second, DAY + dt.timedelta(days=30), "Budget", user=others, day=DAY)
    back = acts.wake_all(both, user=csm, day=DAY, back=marks)
    assert (list(back.done), list(back.refused)) == ([first.pk], [second.pk])
    marks = {pk: acts.mark(row) for pk, row in ACTS["closed"](both, csm).done.items()}
    acts.reopen(second, user=others, day=DAY)
    acts.close(second, "lost", user=others, day=DAY, now=NOW)
    back = acts.reopen_all(both, user=csm, day=DAY, back=marks)
    assert (list(back.done), list(back.refused)) == ([first.pk], [second.pk])
    assert list(Case.objects.order_by("pk").values_list("state", flat=True)) == ["new", "closed"]


def test_of_two_cases_of_one_reason_the_newer_opens_again(csm: User) -> None:
    customer, watched = make.customer(owner=csm), rule()
    pairs = [closed(customer, watched, days, "resolved", csm).pk for days in (40, 9)]
    back = acts.reopen_all(pairs, user=csm, day=DAY, back={})
    assert (list(back.done), list(back.refused)) == (pairs[1:], pairs[:1])


def test_handing_on_refuses_the_customers_on_which_the_person_may_not_work(csm: User) -> None:
    watched, other = rule(), make.user(name="Nils")
    mine, theirs = (case(make.customer(owner=owner), watched, 4) for owner in (csm, other))
    found = acts.hand_on_all([mine.pk, theirs.pk], other, user=csm, day=DAY)
    assert (list(found.done), list(found.refused)) == ([theirs.pk], [mine.pk])


@pytest.mark.parametrize(("days", "moves"), [(-1, False), (0, True), (1, True)])
def test_a_case_is_due_today_or_later(days: int, csm: User, *, moves: bool) -> None:
    opened = case(make.customer(owner=csm), rule(), 4, due_on=DAY + dt.timedelta(days=5))
    day = DAY + dt.timedelta(days=days)
    if moves:
        due.move([opened.pk], day, day=DAY)
    else:
        with pytest.raises(ValidationError, match="Choose today or a day after it"):
            due.move([opened.pk], day, day=DAY)
    opened.refresh_from_db()
    assert (opened.due_on == day) is moves
