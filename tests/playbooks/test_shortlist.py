import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Cover
from health.models import Case
from playbooks import news, shortlist
from playbooks.models import Task
from renewals.models import Qbr
from tests.factories import DAY, contact, customer, organisation, user
from tests.playbooks.rows import NOW, before, closed, renewal, score

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    return organisation()


@pytest.fixture
def csm():
    return user()


def task(of, who, due_in, **fields):
    return Task.objects.create(customer=of, title=f"due in {due_in}", due_on=before(-due_in), assignee=who, **fields)


def test_value_is_divided_by_the_days_left_and_grows_when_late(csm):
    for arr, due_in in [(90_000, 0), (100_000, 1), (300_000, 2), (80_000, -5), (10_000, -30), (0, 0), (900_000, 8)]:
        task(customer(owner=csm, arr=arr), csm, due_in)
    found = shortlist.items(csm, "mine", DAY)
    assert [(i.stake, i.days, i.weight) for i in found] == [
        (80_000, -5, 120_000),  # late by five days: half again
        (300_000, 2, 100_000),  # a third
        (90_000, 0, 90_000),
        (100_000, 1, 50_000),  # half
        (10_000, -30, 20_000),  # doubled at most
        (0, 0, 1),
    ]


def test_a_task_of_a_renewal_is_worth_the_renewal(csm):
    one = customer(owner=csm, arr=500)
    task(one, csm, 0, renewal=renewal(one, 300, arr=40_000, stage="upcoming"))
    assert [i.stake for i in shortlist.items(csm, "mine", DAY)] == [40_000]


@pytest.mark.parametrize(
    ("fields", "asks", "days"),
    [
        ({"due_in": 0}, "late", 0),
        ({"due_in": -4}, "late", -4),
        ({"due_in": 60, "notice_on": before(-14)}, "notice", 14),
        ({"due_in": 120, "notice_on": before(-1)}, "notice", 1),
        ({"due_in": 90, "csm_likelihood": "0.9", "model_likelihood": "0.41"}, "decide", 60),
        ({"due_in": 60}, "call", 30),
        ({"due_in": 20}, "call", 0),
        ({"due_in": 61}, None, None),
        ({"due_in": 91, "csm_likelihood": "0.9", "model_likelihood": "0.41"}, None, None),
        ({"due_in": 80, "csm_likelihood": "0.56", "model_likelihood": "0.41"}, "decide", 50),
        ({"due_in": 80, "csm_likelihood": "0.559", "model_likelihood": "0.41"}, None, None),
        ({"due_in": 80, "csm_likelihood": "0.9", "model_likelihood": "0.41", "final_likelihood": "0.6", "final_reason": "x"}, None, None),
    ],
)  # fmt: skip
def test_renewals_that_ask(csm, fields, asks, days):
    one = customer(owner=csm)
    renewal(one, fields.pop("due_in"), **fields)
    found = shortlist.items(csm, "mine", DAY)
    assert [(i.asks, i.days) for i in found] == ([(asks, days)] if asks else [])


def test_scopes_by_role():
    boss, other = user("manager"), user()
    mine, theirs = user(manager=boss), user(manager=boss)
    Cover.objects.create(owner=theirs, by=mine, starts_on=before(1), ends_on=before(-1))
    for who in (mine, theirs, other):
        task(customer(owner=who), who, 0)
    task(customer(), None, 0)
    admin, viewer = user("admin"), user("viewer")
    seen = {
        (who.role, scope): shortlist.counts(who, scope, DAY).tasks
        for who in (mine, boss, admin, viewer)
        for scope in shortlist.scopes(who)
    }
    # A CSM who covers sees both books; a manager the team's and what nobody owns.
    assert seen == {
        ("csm", "mine"): 2, ("manager", "team"): 3, ("manager", "mine"): 0, ("admin", "all"): 4, ("admin", "mine"): 0,
        ("viewer", "all"): 4,
    }  # fmt: skip


def test_counts_and_what_was_finished(csm):
    one = customer(owner=csm, arr=70_000)
    task(one, csm, 0)
    task(one, csm, 2)
    task(one, csm, 8)
    task(one, csm, 0, snoozed_until=before(-3), snooze_reason="x")
    done = task(one, csm, 0, done_at=NOW, done_by=csm, outcome="done")
    task(one, csm, 0, done_at=NOW - dt.timedelta(days=1), done_by=csm, outcome="done")
    found = shortlist.counts(csm, "mine", DAY)
    assert (found.tasks, found.renewals, found.snoozed, found.waiting) == (2, 0, 1, Decimal(70_000))
    assert shortlist.finished(csm, "mine", NOW - dt.timedelta(hours=9)) == [done]


def test_news_of_two_days(csm):
    one, two = customer(owner=csm, arr=5), customer(owner=csm, arr=9)
    score(one, 80, 30)
    score(one, 60, 1)
    score(two, 80, 30)
    score(two, 75, 1)
    won = closed(two, 0)
    closed(two, 2, term_number=2)
    left = contact(one, state="left", state_on=DAY)
    contact(one, state="left", state_on=before(2))
    from accounts.models import Customer

    found = news.since_yesterday(Customer.objects.all(), DAY)
    assert [(s.customer, s.band_before, s.band) for s in found.bands] == [(one, "green", "yellow")]
    assert (found.closed, found.gone, found.entered) == ([won], [left], [])
    assert found


def test_the_week_ahead(csm):
    from accounts.models import Customer

    one = customer(owner=csm)
    qbr = Qbr.objects.create(customer=one, due_on=before(-3))
    due = renewal(one, 7, notice_on=before(-1))
    renewal(one, 8, term_number=2)
    found = news.week_ahead(Customer.objects.all(), DAY)
    assert [(d.day, d.kind, d.pk) for d in found] == [
        (before(-1), "notice", due.pk), (before(-3), "qbr", qbr.pk), (before(-7), "ends", due.pk),
    ]  # fmt: skip


def test_statements_do_not_depend_on_rows(csm):
    numbers = []
    for _ in range(2):
        for _ in range(2):
            one = customer(owner=csm)
            task(one, csm, 0, renewal=renewal(one, 20))
        with CaptureQueriesContext(connection) as queries:
            shortlist.items(csm, "mine", DAY)
            shortlist.counts(csm, "mine", DAY)
        numbers.append(len(queries))
    assert numbers[1] <= numbers[0]
    assert numbers[1] == 10


def test_cases_stand_in_the_list_by_what_is_at_stake(csm):
    big, small = customer(owner=csm, arr=90_000), customer(owner=csm, arr=100)
    fields = {"kind": "risk", "opened_on": before(4), "newest_evidence_on": before(1), "owner": csm}
    late = case_row(big, title="Late", due_on=before(1), value=90_000, **fields)
    case_row(small, title="Small", due_on=DAY, value=100, **fields)
    case_row(big, title="Far", reason="far", due_on=before(-8), value=90_000, **fields)
    case_row(big, title="Quiet", reason="quiet", due_on=DAY, value=90_000, alerted=False, **fields)
    asleep = {"state": "snoozed", "snoozed_until": before(-3), "snooze_reason": "Fair"}
    case_row(big, title="Asleep", reason="asleep", due_on=DAY, value=90_000, **asleep | fields)
    found = shortlist.items(csm, "mine", DAY)
    assert [(one.kind, one.case.title, one.days) for one in found] == [("case", "Late", -1), ("case", "Small", 0)]
    # One day late: 90,000 × 1.1.
    assert [one.weight for one in found] == [99_000, 100]
    assert shortlist.items(csm, "mine", DAY, kind="case")[0].case == late
    assert shortlist.items(csm, "mine", DAY, kind="task") == []
    counts = shortlist.counts(csm, "mine", DAY)
    assert (counts.cases, counts.all, counts.waiting) == (2, 2, 90_100)


def case_row(of, **fields):
    return Case.objects.create(customer=of, **{"reason": "reason"} | fields)
