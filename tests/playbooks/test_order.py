"""Why a line stands where it stands: what the words multiply is what the statement ranks by."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from playbooks import shortlist
from playbooks.models import Enrolment, Task
from playbooks.shortlist import ranking
from playbooks.views.why_now import why_now
from renewals.models import Qbr
from tests.factories import DAY, contract, customer, segment, user
from tests.playbooks.conftest import signed_in
from tests.playbooks.rows import before, case, playbook, renewal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(["case", "task", "qbr", "touch"]),
    days=st.integers(-20, 7),
    arr=st.integers(1, 10**9),
    age=st.integers(0, 3),
    severity=st.sampled_from(["low", "medium", "high"]),
)
def test_the_factors_named_are_those_that_rank(kind: str, days: int, arr: int, age: int, severity: str) -> None:
    with transaction.atomic():
        csm = user()
        of = customer(owner=csm, arr=arr, last_touch_on=DAY, segment=segment(touch_every_days=30))
        due = before(-days)
        if kind == "case":
            case(of, age, severity=severity, value=arr, due_on=due)
        if kind == "task":
            play = playbook()
            run = Enrolment.objects.create(
                customer=of, playbook=play, version=play.versions.get(), occasion="x", enrolled_on=before(age)
            )
            Task.objects.create(customer=of, title="Ring", due_on=due, assignee=csm, enrolment=run)
        if kind == "qbr":
            Qbr.objects.create(customer=of, due_on=due)
        if kind == "touch":
            days = min(days, 0)
            type(of).objects.filter(pk=of.pk).update(last_touch_on=before(30 - days))
        [line] = shortlist.today(csm, "mine", DAY).lines
        factors = ranking.factors(line)
        assert (line.kind, line.days) == (kind, days)
        assert round(line.weight, 4) == round(functools.reduce(operator.mul, factors.values(), Decimal(arr)), 4)
        expected = {"days"} | ({"new"} if kind in {"case", "task"} and age <= 1 else set())
        expected |= {"severe"} if kind == "case" and severity == "high" else set()
        assert set(factors) == expected | ({"routine"} if kind in {"qbr", "touch"} else set())
        transaction.set_rollback(True)


def test_the_place_in_words(csm: User) -> None:
    of = customer(owner=csm, arr=90_000)
    case(of, 1, severity="high", value=90_000, due_on=before(2))
    [line] = shortlist.today(csm, "mine", DAY).lines
    words = "Why now: $90k at stake, 2 days late × 1.2, new since yesterday × 1.5, high severity × 1.5"
    assert (why_now(line, "USD"), line.weight) == (words, 243_000)
    assert words in signed_in(csm).get("/").content.decode()


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"last_touch_on": before(30)}, [0]),
        ({"last_touch_on": before(31)}, [-1]),
        ({"last_touch_on": before(29)}, []),
        ({"last_touch_on": None, "first_contract_on": before(30)}, [0]),
        ({"last_touch_on": None, "first_contract_on": before(40)}, [0]),
        ({"last_touch_on": None, "first_contract_on": before(29)}, []),
        ({"last_touch_on": None}, []),
        ({"last_touch_on": before(40), "touch_model": "tech"}, []),
        ({"last_touch_on": before(40), "leaves_on": before(-9)}, []),
        ({"last_touch_on": before(40), "status": "churned"}, []),
        ({"last_touch_on": before(91), "segment": None}, [-1]),
    ],
)
def test_the_cadence_asks_for_a_touch(csm: User, fields: dict[str, object], days: list[int]) -> None:
    values = {"segment": segment(touch_every_days=30), "touch_model": "low", "owner": csm} | fields
    customer(**values)
    day = shortlist.today(csm, "mine", DAY)
    assert [(line.kind, line.days) for line in day.lines] == [("touch", late) for late in days]
    assert (day.counts.touches, day.counts.of_kind("touch")) == (len(days), len(days))
    if days and not values["last_touch_on"]:
        page = signed_in(csm).get("/").content.decode()
        assert '<span class="due calm">no touch on record<small>' in page


def test_reviews_of_the_week_are_asked_for(csm: User) -> None:
    qbrs = [Qbr.objects.create(customer=customer(owner=csm), due_on=before(-days)) for days in (8, 7, -3)]
    Qbr.objects.create(customer=customer(owner=csm), due_on=DAY, held_on=DAY, goals=["Grow"])
    day = shortlist.today(csm, "mine", DAY, kind="touch")
    assert {line.qbr for line in day.lines} == set(qbrs[1:])
    assert day.counts.touches == 2


def test_what_arrived_is_offered(csm: User) -> None:
    """The page names its lines; asked again, only others are told of, and none is moved."""
    one = customer(owner=csm)
    renewal(one, 20)
    client = signed_in(csm, htmx=True)
    address = client.get("/").content.decode().split('hx-get="/day/new/')[1].split('"')[0].replace("&amp;", "&")
    assert "button" not in client.get(f"/day/new/{address}").content.decode()
    case(one, 0, owner=csm)
    contract(one, notice_given_on=DAY)
    answer = client.get(f"/day/new/{address}").content.decode()
    assert "2 new" in answer.replace("\n", " ")
    assert f"/day/new/{address}" in answer.replace("&amp;", "&")


def test_figures_in_the_head_follow_an_act(csm: User) -> None:
    task = Task.objects.create(customer=customer(owner=csm), title="Ring", due_on=DAY, assignee=csm)
    client = signed_in(csm, htmx=True)
    client.post(f"/tasks/{task.pk}/snooze/", {"until": (DAY + dt.timedelta(days=3)).isoformat(), "reason": "Away"})
    answer = client.get("/").content.decode()
    tabs = answer.split('id="day-tabs"')[1].split("</nav>")[0]
    assert 'hx-swap-oob="true"' in tabs
    assert "1 snoozed" in answer.split('id="day-snoozed"')[1]
