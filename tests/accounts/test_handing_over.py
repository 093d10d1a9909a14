"""What a handover would do to the hours and the books of everybody concerned, and a proposal by least load."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts import handing_over, moving_along, ownership, splitting, workload
from accounts.models import Customer, User
from health.models import CaseAct
from playbooks.models import Enrolment, Task
from renewals.models import Qbr
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.cases import rows as cases
from tests.playbooks.rows import playbook, renewal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    make.organisation()


def with_tasks(owner: User | None, number: int, **fields: Any) -> Customer:
    """A customer whose work are so many tasks of half an hour."""
    one = make.customer(**{"owner": owner, "status": "churned"} | fields)
    Task.objects.bulk_create(
        Task(customer=one, title="T", assignee=owner, assigned_as="owner", due_on=DAY) for _ in range(number)
    )
    return one


def test_a_proposal_looks_at_hours_carried_and_hours_there():
    giver, busy, free = make.user(), make.user(), make.user()
    with_tasks(busy, 20)
    customers = [with_tasks(giver, 4), with_tasks(giver, 4), with_tasks(giver, 0)]
    rows = [(one.pk, one.arr) for one in customers]
    plan = splitting.propose(rows, [busy.pk, free.pk], "load", DAY)
    assert [plan[one.pk] for one in customers] == [free.pk, free.pk, busy.pk]
    for size in (1, 3):
        with statements() as asked:
            splitting.propose(rows[:size], [busy.pk, free.pk], "load", DAY)
        assert len(asked) == 9


def test_the_preview_shows_hours_and_shares_as_they_are_after_the_act():
    giver, first, second = make.user(), make.user(weekly_hours=20), make.user()
    of = make.segment(customers_per_csm=10, touch_every_days=400, arr_per_csm=1_000)
    ones = [with_tasks(giver, number, status="live", segment=of, last_touch_on=DAY, arr=100) for number in (1, 2, 3)]
    plan: dict[int, int | None] = {ones[0].pk: first.pk, ones[1].pk: second.pk, ones[2].pk: second.pk}
    shares = {share.person: share for share in handing_over.preview(plan, DAY).shares}
    assert [(share.minutes, share.minutes_after) for share in map(shares.get, (giver, first, second))] == [
        (180, 0), (0, 30), (0, 150),
    ]  # fmt: skip
    assert (shares[first].room, shares[first].asked_after, shares[first].asked_more) == (64 * 60, 30 / 3840, 30 / 3840)
    assert [float(shares[who].after.weighted) for who in (giver, first, second)] == [0, 0.1, 0.2]
    assert [shares[who].before.weighted_arr for who in (giver, first, second)] == [Decimal("0.3"), None, None]
    assert [shares[who].after.weighted_arr for who in (giver, first, second)] == [0, Decimal("0.1"), Decimal("0.2")]
    assert [shares[who].after.weighted_due for who in (giver, first, second)] == [None] * 3
    ownership.move(plan, day=DAY, door=ownership.Door.PAGE)
    now = workload.hours([giver.pk, first.pk, second.pk], DAY)
    assert [now[who.pk].minutes for who in (giver, first, second)] == [0, 30, 150]
    loads = handing_over.loads([second.pk], DAY)
    assert float(loads[second.pk].weighted) == pytest.approx(0.2)


def test_what_goes_along_is_named_and_what_stays():
    giver, other = make.user(), make.user()
    one = with_tasks(giver, 2)
    Task.objects.filter(customer=one).update(due_on=DAY - dt.timedelta(days=1))
    Task.objects.create(customer=one, title="T", assignee=other, due_on=DAY)
    Task.objects.create(customer=one, title="T", assignee=other, assigned_as="manager", due_on=DAY)
    put_off = {"snoozed_until": DAY + dt.timedelta(days=9), "snooze_reason": "x"}
    Task.objects.create(customer=one, title="T", assignee=giver, assigned_as="owner", due_on=DAY, **put_off)
    cases.case(one, None, 3)
    handed = cases.case(one, None, 3, reason="b", owner=other)
    CaseAct.objects.create(case=handed, act="handed_on", day=DAY)
    renewal(one, 60, arr=700)
    renewal(one, 90, arr=500, stage="closed", outcome="renewed", closed_on=DAY)
    play = playbook()
    Enrolment.objects.create(customer=one, playbook=play, version=play.published, occasion="x", enrolled_on=DAY)
    Qbr.objects.create(customer=one, due_on=DAY)
    with_tasks(giver, 5)
    for size in (1, 3):
        with statements() as asked:
            along = moving_along.with_customers([one.pk] * size, DAY)
        assert len(asked) == 5
    assert along == moving_along.Along(
        renewals=1, arr=700, untold=0, tasks=2, late=2, tasks_stay=1, tasks_of_managers=1, cases=1, cases_stay=1,
        plays=1, reviews=1,
    )  # fmt: skip
    assert along.tasks == sum(ownership.PARTS["tasks"].following([one.pk], DAY).values())


def test_the_page_proposes_by_least_load_and_lets_each_be_chosen(client):
    boss = make.user("manager", name="Lena")
    giver, busy, free = (make.user(name=name, manager=boss) for name in ("Mara", "Nils", "Olga"))
    with_tasks(busy, 30)
    ones = [with_tasks(giver, 2, arr=5), with_tasks(giver, 2, arr=4)]
    client.force_login(boss)
    asked = {"owner": giver.pk, "heirs": [busy.pk, free.pk]}
    page = " ".join(client.get(reverse("accounts:hand_over"), asked | {"split": "load"}).text.split())
    for one in ones:
        assert f'name="to-{one.pk}" value="{free.pk}" checked' in page
        assert f'name="to-{one.pk}" value="{busy.pk}" checked' not in page
    assert "2 → <b" in page
    assert "4 tasks" in page
    few = client.get(
        reverse("accounts:hand_over"), asked | {"heirs": [busy.pk, free.pk, boss.pk], "split": "load"}
    ).text
    assert few.count('type="radio"') == 8
    fourth = make.user(manager=boss)
    heirs = [busy.pk, free.pk, boss.pk, fourth.pk]
    assert (
        'type="radio"' not in client.get(reverse("accounts:hand_over"), asked | {"heirs": heirs, "split": "load"}).text
    )


def test_who_is_deactivated_can_be_split_by_least_load(client):
    admin = make.user("admin")
    giver, busy, free = make.user(), make.user(), make.user()
    with_tasks(busy, 30)
    one = with_tasks(giver, 2, status="live")
    client.force_login(admin)
    url = reverse("accounts:user_deactivate", args=[giver.pk])
    body = {"heirs": [busy.pk, free.pk], "split": "load"}
    shown = client.post(url, body)
    seen = shown.context["digest"]
    assert client.post(url, body | {"seen": seen}).status_code == 302
    one.refresh_from_db()
    assert one.owner == free
