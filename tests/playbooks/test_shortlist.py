import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import access
from accounts.models import Contract, Cover
from health.models import Case, CaseAct
from playbooks import news, shortlist
from playbooks.models import Task
from playbooks.shortlist import ranking
from renewals.models import Qbr
from tests.factories import DAY, contact, contract, customer, organisation, user
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
    found = shortlist.today(csm, "mine", DAY).lines
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
    assert [i.stake for i in shortlist.today(csm, "mine", DAY).lines] == [40_000]


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
    called = {"csm_called_on": before(1)} if "csm_likelihood" in fields else {}
    renewal(one, fields.pop("due_in"), **fields | called)
    found = shortlist.today(csm, "mine", DAY).lines
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
        (who.role, scope): shortlist.today(who, scope, DAY).counts.tasks
        for who in (mine, boss, admin, viewer)
        for scope in access.scopes(who)
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
    found = shortlist.today(csm, "mine", DAY).counts
    assert (found.tasks, found.renewals, found.snoozed, found.waiting) == (2, 0, 1, Decimal(70_000))
    ended = case_row(
        one, kind="risk", title="Ended", opened_on=before(4), newest_evidence_on=before(1), due_on=DAY, value=500,
        state="closed", resolution="resolved", closed_on=DAY, closed_at=NOW - dt.timedelta(hours=1), closed_by=csm,
    )  # fmt: skip
    CaseAct.objects.create(case=ended, act="closed", by=csm, day=DAY, at=NOW - dt.timedelta(hours=1))
    since = NOW - dt.timedelta(hours=9)
    found = shortlist.finished(csm, "mine", since, DAY)
    assert [(act.kind, act.pk, act.stake) for act in found.acts] == [
        ("case_closed", ended.pk, 500),
        ("task", done.pk, 70_000),
    ]
    assert (found.number, found.touched, found.customers) == (2, 70_000, [one.pk])
    task(customer(owner=csm, arr=3_000), csm, 0)
    task(customer(owner=csm, arr=None), csm, 0)
    waiting = [
        (counts.waiting, counts.untold)
        for touched in ((), found.customers)
        for counts in [shortlist.today(csm, "mine", DAY, touched=touched).counts]
    ]
    # Whom somebody touched today waits no longer, whatever else is due there.
    assert waiting == [(73_000, 1), (3_000, 1)]
    assert shortlist.finished(user(), "mine", since, DAY).number == 0


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
    found = news.since_yesterday(csm, "mine", DAY)
    assert [(s.customer, s.band_before, s.band) for s in found.bands] == [(one, "green", "yellow")]
    assert (found.closed, found.gone, found.entered) == ([won], [left], [])
    assert found


def test_the_week_ahead(csm):
    one = customer(owner=csm)
    qbr = Qbr.objects.create(customer=one, due_on=before(-3))
    due = renewal(one, 7, notice_on=before(-1))
    renewal(one, 8, term_number=2)
    found = news.week_ahead(csm, "mine", DAY)
    assert [(d.day, d.kind, d.pk) for d in found] == [
        (before(-1), "notice", due.pk), (before(-3), "qbr", qbr.pk), (before(-7), "ends", due.pk),
    ]  # fmt: skip


def test_the_first_ten_dates_of_the_week_are_those_of_all_kinds(csm):
    for number in range(12):
        one = customer(owner=csm)
        renewal(
            one, 60, notice_on=DAY, leaving="notice", leaves_on=before(-60)
        )  # given already: no date, and in no date's place
        renewal(one, 4, term_number=2)
        Qbr.objects.create(customer=one, due_on=before(-2 if number < 6 else -3))
    notice = renewal(customer(owner=csm), 60, notice_on=before(-1))
    found = news.week_ahead(csm, "mine", DAY)
    assert [(d.day, d.kind) for d in found] == [
        (before(-1), "notice"), *[(before(-2), "qbr")] * 6, *[(before(-3), "qbr")] * 3,
    ]  # fmt: skip
    assert found[0].pk == notice.pk


def richest(csm, number):
    """A customer with everything: cases of own measures, a late task of a play, a renewal that asks, notice."""
    one = customer(owner=csm, arr=1000 * number)
    task(one, csm, 0, renewal=renewal(one, 20, term_number=1))
    fields = {"kind": "risk", "opened_on": before(4), "newest_evidence_on": before(1), "owner": csm, "due_on": DAY}
    for n in range(4):
        case_row(one, title=f"Case {n}", reason=f"reason-{n}", value=1000, **fields)
    contract(one, notice_given_on=before(5))
    return one


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_do_not_depend_on_rows(csm, rows):
    """Ranking, four kinds of rows with their customers, who is covered: whatever stands there."""
    for number in range(rows):
        richest(csm, number + 1)
    with CaptureQueriesContext(connection) as queries:
        found = shortlist.today(csm, "mine", DAY)
    assert len(found.blocks) == rows
    assert len(queries) == 6


def test_a_case_that_has_passed_leaves_the_list_and_asks_to_be_closed(csm):
    one = customer(owner=csm)
    fields = {"kind": "risk", "opened_on": before(4), "newest_evidence_on": before(1), "owner": csm, "due_on": DAY}
    case_row(one, title="Look", reason="a", **fields)
    case_row(one, title="Look", reason="b", passed_on=DAY, **fields)
    case_row(
        one, title="Look", reason="c", passed_on=DAY, state="closed", resolution="resolved", closed_on=DAY, **fields
    )
    found = shortlist.today(csm, "mine", DAY)
    assert [line.case.reason for line in found.lines] == ["a"]
    assert (found.counts.cases, found.counts.passed) == (1, 1)


def test_a_block_a_customer_with_its_most_pressing_line_first(csm):
    small, big = customer(owner=csm, arr=10_000), customer(owner=csm, arr=90_000)
    for due_in in (6, 5, 4, 3, 2):
        task(big, csm, due_in)
    task(small, csm, 0)
    found = shortlist.today(csm, "mine", DAY)
    # 90,000 in 2 days: 30,000; 10,000 today.
    assert [(b.customer, [line.days for line in b.lines], b.more) for b in found.blocks] == [
        (big, [2, 3, 4], 2),
        (small, [0], 0),
    ]
    assert (found.counts.all, found.counts.customers, found.more) == (6, 2, 0)


def test_customers_beyond_the_list_are_counted(csm):
    for number in range(ranking.BLOCKS + 2):
        task(customer(owner=csm, arr=number), csm, 0)
    found = shortlist.today(csm, "mine", DAY)
    assert (len(found.blocks), found.more, found.counts.all) == (ranking.BLOCKS, 2, ranking.BLOCKS + 2)
    assert shortlist.today(csm, "mine", DAY, kind="case").more == 0


def test_notice_stays_until_it_is_turned_or_the_end_confirmed(csm):
    """The renewal's own questions fall silent: the notice is the matter."""
    one = customer(owner=csm, arr=50_000, status="notice")
    held = contract(one, notice_given_on=before(300))
    leaves = {"leaving": "notice", "leaves_on": before(-40)}
    due = renewal(one, 40, contract=held, notice_on=before(-3), **leaves)
    found = shortlist.today(csm, "mine", DAY)
    assert [(line.kind, line.stake, line.days) for line in found.lines] == [("notice", 50_000, 0)]
    assert found.counts.renewals == 1
    held.ended_on = before(-40)
    held.save()
    due.leaving = "confirmed"
    due.save()
    assert shortlist.today(csm, "mine", DAY).blocks == []
    # A term that has passed is asked about all the same.
    due.due_on = DAY
    due.save()
    assert [line.asks for line in shortlist.today(csm, "mine", DAY).lines] == ["late"]


def test_a_notice_that_was_withdrawn_is_no_matter(csm):
    contract(customer(owner=csm), notice_given_on=before(30), notice_withdrawn_on=before(2))
    assert shortlist.today(csm, "mine", DAY).blocks == []


def test_a_notice_of_tomorrow_is_not_known_today(csm):
    one = customer(owner=csm)
    held = contract(one, notice_given_on=before(-1))
    assert shortlist.today(csm, "mine", DAY).blocks == []
    Contract.objects.filter(pk=held.pk).update(notice_given_on=DAY)
    assert [block.customer for block in shortlist.today(csm, "mine", DAY).blocks] == [one]


def test_a_customer_that_is_gone_or_replaced_its_contract_has_no_notice_to_turn(csm):
    gone = customer(owner=csm, status="churned")
    contract(gone, notice_given_on=before(30))
    renewed = customer(owner=csm)
    contract(renewed, notice_given_on=before(30), replaced_by=contract(renewed))
    assert shortlist.today(csm, "mine", DAY).blocks == []


@settings(max_examples=15, deadline=None)
@given(offer=st.integers(1, 10**9), danger=st.integers(0, 10**9), days=st.integers(-20, 7), other=st.integers(-20, 7))
def test_an_offer_never_comes_before_a_danger(offer, danger, days, other):
    with transaction.atomic():
        csm = user()
        fields = {"opened_on": before(4), "newest_evidence_on": before(1), "owner": csm}
        case_row(customer(owner=csm), kind="opportunity", title="Offer", value=offer, due_on=before(-days), **fields)
        case_row(customer(owner=csm), kind="risk", title="Danger", value=danger, due_on=before(-other), **fields)
        found = shortlist.today(csm, "mine", DAY)
        assert [line.case.title for line in found.lines] == ["Danger", "Offer"]
        transaction.set_rollback(True)


def test_cases_stand_in_the_list_by_what_is_at_stake(csm):
    big, small = customer(owner=csm, arr=90_000), customer(owner=csm, arr=100)
    fields = {"kind": "risk", "opened_on": before(4), "newest_evidence_on": before(1), "owner": csm}
    late = case_row(big, title="Late", due_on=before(1), value=90_000, **fields)
    case_row(small, title="Small", due_on=DAY, value=100, **fields)
    case_row(big, title="Far", reason="far", due_on=before(-8), value=90_000, **fields)
    case_row(big, title="Quiet", reason="quiet", due_on=DAY, value=90_000, alerted=False, **fields)
    asleep = {"state": "snoozed", "snoozed_until": before(-3), "snooze_reason": "Fair"}
    case_row(big, title="Asleep", reason="asleep", due_on=DAY, value=90_000, **asleep | fields)
    found = shortlist.today(csm, "mine", DAY).lines
    assert [(one.kind, one.case.title, one.days) for one in found] == [("case", "Late", -1), ("case", "Small", 0)]
    # One day late: 90,000 × 1.1.
    assert [one.weight for one in found] == [99_000, 100]
    assert shortlist.today(csm, "mine", DAY, kind="case").lines[0].case == late
    assert shortlist.today(csm, "mine", DAY, kind="task").blocks == []
    counts = shortlist.today(csm, "mine", DAY).counts
    assert (counts.cases, counts.all, counts.waiting) == (2, 2, 90_100)


def case_row(of, **fields):
    return Case.objects.create(customer=of, **{"reason": "reason"} | fields)


def test_a_stake_that_cannot_be_told_is_none_and_not_the_customers(csm, client):
    one = customer(owner=csm, arr=500)
    due = renewal(one, 300, arr=None, stage="upcoming")
    task(one, csm, 0, renewal=due)
    task(one, csm, 0)
    assert {line.stake for line in shortlist.today(csm, "mine", DAY).lines} == {None, 500}
    renewal(customer(owner=csm, arr=None), -1, arr=None)
    assert [line.stake for line in shortlist.today(csm, "mine", DAY, kind="renewal").lines] == [None]
    client.force_login(csm)
    page = client.get("/?kind=renewal").text
    stake = page.split('<span class="stake">')[1].split("</span>")[0]
    assert stake.split("<")[0].strip() == "–"
