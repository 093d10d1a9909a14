"""Every act that a person does for a customer counts as done today, and its Undo on My day takes it off again."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Customer, User
from config import clock
from playbooks import shortlist
from playbooks.models import Task
from playbooks.shortlist.finished import Done
from playbooks.views.done_rows import back
from renewals.models import PrepPart, Qbr
from tests.config.history.world import begun_long_ago
from tests.factories import DAY, contract, customer, user
from tests.playbooks.conftest import signed_in
from tests.playbooks.rows import before, case, parts, renewal

pytestmark = pytest.mark.django_db
LOSS = {"stated_reason": "price", "root_cause": "price", "controllable": "no", "alternative": "direct"}
Act = tuple[str, str, dict[str, Any], str]


@pytest.fixture
def granite(csm: User) -> Customer:
    return customer(owner=csm, name="Granite Bank", arr=312_000)


def acts(of: Customer) -> list[Act]:
    """(kind, address, what is posted, words of the line) of every act."""
    due = renewal(of, 68, arr=312_000)
    parts(due)
    task, waits = (
        Task.objects.create(customer=of, title=title, due_on=DAY, assignee=of.owner, assigned_as="owner")
        for title in ("Call the champion", "Write the case")
    )
    planned, slept, shut = (case(of, 4, reason=reason, title=reason) for reason in ("planned", "slept", "shut"))
    qbr = Qbr.objects.create(customer=of, due_on=DAY)
    until = {"until": before(-7).isoformat(), "reason": "The champion is away"}
    touch = {"kind": "call", "happened_on": DAY.isoformat(), "direction": "out", "note": "Rang"}
    return [
        ("task", reverse("playbooks:task_done", args=[task.pk]), {"outcome": "done"}, "Call the champion"),
        ("task_snoozed", reverse("playbooks:task_snooze", args=[waits.pk]), until, "Write the case: waits until 1 Dec"),
        ("case_planned", reverse("health:case_plan", args=[planned.pk]), {"type": "value", "plan": "Ring"}, "planned: planned"),
        ("case_snoozed", reverse("health:case_snooze", args=[slept.pk]), until, "slept: waits until 1 Dec"),
        ("case_closed", reverse("health:case_close", args=[shut.pk]), {"resolution": "resolved", "note": "Rang"}, "shut: closed"),
        ("touch", reverse("accounts:touch_new", args=[of.pk]), touch, "Call logged"),
        ("call", reverse("renewals:call", args=[due.pk]), {"likelihood": "80", "category": "", "note": ""}, "Call on the renewal"),
        ("moved", reverse("renewals:stage", args=[due.pk]), {"stage": "discussion"}, "Renewal moved to In discussion"),
        ("part", reverse("renewals:part", args=[due.pk, "value"]), {"act": "done", "note": "Written"}, str(PrepPart.Part.VALUE.label)),
        ("qbr", reverse("renewals:qbr", args=[qbr.pk]), {"goals": "Grow", "note": ""}, "QBR held"),
        ("closed", reverse("renewals:churn", args=[due.pk]), LOSS, "Renewal closed: Churned"),
    ]  # fmt: skip


def done(who: User, scope: str = "mine") -> Done:
    return shortlist.finished(who, scope, clock.now() - dt.timedelta(hours=1), DAY)


def test_every_act_counts_and_is_taken_back_where_it_stands(csm: User, granite: Customer) -> None:
    client = signed_in(csm)
    begun_long_ago()
    for kind, address, posted, words in acts(granite):
        answer = client.post(address, posted)
        assert answer.status_code == 302, (kind, answer.content.decode()[-2000:])
        assert [(act.kind, act.by, act.customer) for act in done(csm).acts] == [(kind, csm.pk, "Granite Bank")]
        granite.refresh_from_db()
        assert done(csm).touched == granite.arr
        page = client.get("/").content.decode()
        line = re.search(rf'<li class="done" data-row data-line="d{kind}\d+">.*?</li>', page, re.DOTALL)
        assert line
        assert words in html.unescape(line[0])
        box = re.search(r'action="([^"]+)"', line[0])
        assert box
        offered = re.search(r'data-toast>.*?<form[^>]*action="([^"]+)"', page, re.DOTALL)
        assert offered
        assert box[1] == offered[1], kind  # it marks what it takes back (tests/accounts/test_seen.py)
        undone = client.post(html.unescape(box[1]))
        assert undone.status_code == 302, (kind, undone.content.decode()[-3000:])
        assert done(csm).number == 0, kind


def test_what_was_done_yesterday_is_not_done_today_where_the_day_is_frozen(csm: User, granite: Customer) -> None:
    client = signed_in(csm)
    begun_long_ago()
    for kind, address, posted, _words in acts(granite):
        assert client.post(address, posted).status_code == 302, kind
    assert done(csm).number == 10  # closing ends the move
    assert shortlist.finished(csm, "mine", clock.now() + dt.timedelta(seconds=1), DAY).number == 0


def test_what_another_has_changed_since_is_theirs(csm: User, granite: Customer) -> None:
    boss = user("manager")
    User.objects.filter(pk=csm.pk).update(manager=boss)
    due = renewal(granite, 68)
    waits = Task.objects.create(customer=granite, title="Write", due_on=DAY, assignee=csm)
    begun_long_ago()
    for who, days, stage in ((csm, 7, "discussion"), (boss, 16, "proposed")):
        until = {"until": before(-days).isoformat(), "reason": "Away"}
        signed_in(who).post(reverse("playbooks:task_snooze", args=[waits.pk]), until)
        signed_in(who).post(reverse("renewals:stage", args=[due.pk]), {"stage": stage})
    assert done(csm).number == 0
    assert [(act.kind, act.detail) for act in done(boss).acts] == [
        ("task_snoozed", before(-16).isoformat()), ("moved", "discussion"),
    ]  # fmt: skip
    for act in done(boss).acts:
        signed_in(boss).post(back(act))
    assert done(boss).number == 0
    assert [(act.kind, act.title, act.detail) for act in done(csm).acts] == [("moved", "discussion", "preparing")]
    assert done(boss, "team").number == 1


def test_a_move_taken_back_is_nobodys_and_the_next_one_is_of_who_makes_it(csm: User, granite: Customer) -> None:
    boss = user("manager")
    User.objects.filter(pk=csm.pk).update(manager=boss)
    due = renewal(granite, 68)
    begun_long_ago()
    for who, stage in ((csm, "discussion"), (csm, "preparing"), (boss, "discussion")):
        signed_in(who).post(reverse("renewals:stage", args=[due.pk]), {"stage": stage})
    assert done(csm).number == 0
    assert [(act.kind, act.title, act.detail) for act in done(boss).acts] == [("moved", "discussion", "preparing")]


def test_what_others_did_is_theirs_to_take_back(csm: User, granite: Customer) -> None:
    boss = user("manager")
    User.objects.filter(pk=csm.pk).update(manager=boss)
    task = Task.objects.create(customer=granite, title="Ring", due_on=DAY, assignee=csm)
    signed_in(csm).post(reverse("playbooks:task_done", args=[task.pk]), {"outcome": "done"})
    assert (done(boss).number, done(boss, "team").number, done(user(), "mine").number) == (0, 1, 0)
    line = re.search(r'<li class="done".*?</li>', signed_in(boss).get("/?scope=team").content.decode(), re.DOTALL)
    assert line
    assert "Ring" in line[0]
    assert "<form" not in line[0]


@pytest.mark.parametrize("rows", [1, 3])
def test_one_statement_whatever_was_done(csm: User, rows: int, django_assert_num_queries: Callable[..., Any]) -> None:
    for number in range(rows):
        of = customer(owner=csm, arr=number)
        contract(of)
        for _ in range(20):
            Task.objects.create(customer=of, title="Ring", due_on=DAY, done_at=clock.now(), done_by=csm, outcome="done")
    with django_assert_num_queries(3):  # the person, who is covered, what was done
        found = shortlist.finished(User.objects.get(pk=csm.pk), "mine", clock.now() - dt.timedelta(hours=1), DAY)
    assert (len(found.acts), found.number) == (15, 20 * rows)
