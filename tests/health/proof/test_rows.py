"""Which score counts for a closed renewal, and that nothing known later does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Customer, DatedFact
from health.models import Case, NamedScore
from health.proof import rows
from renewals.outcomes import closed_terms
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.proof.rows import closed, replayed, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    make.organisation()
    return scorecard({"adoption": (1, {"days_since_use": 1})}, key="standard")


def terms(days=90, day=DAY):
    return closed_terms(Customer.objects.all(), day, days)


def only(card, **asked):
    [row] = rows.listed(card, terms(**asked))
    return row


def before(renewal, days):
    return renewal.due_on - dt.timedelta(days=days)


def test_the_score_that_stood_on_the_day_asked_counts(card):
    renewal = closed(kept=False)
    for days, value in ((200, 81), (95, 40), (89, 12)):
        shown(card, renewal.customer, before(renewal, days), value)
    assert (only(card).score, only(card).band, only(card).source) == (40, "red", "shown")
    assert only(card).score_on == before(renewal, 95)
    assert only(card, days=180).score == 81
    assert only(card, days=60).score == 12


def test_later_facts_change_nothing(card):
    renewal = closed()
    shown(card, renewal.customer, before(renewal, 120), 55)
    DatedFact.objects.create(customer=renewal.customer, fact="segment", from_day=before(renewal, 100), value="7")
    told = only(card)
    assert (told.score, told.segment_id) == (55, 7)
    shown(card, renewal.customer, before(renewal, 89), 99)
    replayed(card, renewal.customer, before(renewal, 89), 98)
    DatedFact.objects.create(customer=renewal.customer, fact="segment", from_day=before(renewal, 89), value="8")
    Customer.objects.update(score=3, band="red", arr=1)
    assert only(card) == told
    DatedFact.objects.create(customer=renewal.customer, fact="segment", from_day=before(renewal, 90), value="6")
    assert only(card).segment_id == 6


def test_another_versions_score_does_not_count_but_its_own_replay_does(card):
    other = scorecard({"adoption": (1, {"days_since_use": 1})}, key="other")
    renewal = closed()
    shown(other, renewal.customer, before(renewal, 95), 90)
    assert (only(card).score, only(card).source) == (None, "")
    replayed(card, renewal.customer, before(renewal, 122), 33)  # 32 days older than the day asked
    assert only(card).score is None
    replayed(card, renewal.customer, before(renewal, 121), 44)
    assert (only(card).score, only(card).source, only(card).score_on) == (44, "replayed", before(renewal, 121))
    replayed(card, renewal.customer, before(renewal, 89), 66)
    assert only(card).score == 44
    assert only(other).score == 90


def test_a_score_without_data_is_no_score(card):
    renewal = closed()
    shown(card, renewal.customer, before(renewal, 95), None)
    assert only(card).score is None
    replayed(card, renewal.customer, before(renewal, 91), None)
    assert (only(card).score, only(card).source) == (None, "")


def test_a_named_purpose_reads_its_own_scores(card):
    risk = scorecard({"adoption": (1, {"days_since_use": 1})}, key="risk", purpose="risk")
    renewal = closed()
    shown(card, renewal.customer, before(renewal, 95), 90)
    NamedScore.objects.create(
        customer=renewal.customer, purpose="risk", scorecard=risk, day=before(renewal, 95), value=20, band="red"
    )
    assert only(card).score == 90
    assert only(risk).score == 20


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({}, 1),
        ({"stage": "upcoming", "closed_on": None, "outcome": ""}, 0),
        ({"outcome": "churned", "closed_on": DAY - dt.timedelta(days=100)}, 0),  # gone 90 days before the end
        ({"outcome": "churned", "closed_on": DAY - dt.timedelta(days=99)}, 1),
        ({"outcome": "churned", "closed_on": DAY + dt.timedelta(days=1)}, 0),  # known tomorrow only
    ],
)
def test_who_could_be_foretold(card, change, counted):
    renewal = closed(back=10)
    type(renewal).objects.update(**change)
    assert len(list(rows.listed(card, terms()))) == counted


def test_terms_that_end_later_or_began_too_late_say_nothing(card):
    closed(back=-1)
    renewal = closed(back=10)
    renewal.contract.starts_on = before(renewal, 89)
    renewal.contract.save()
    assert list(rows.listed(card, terms())) == []


def test_an_early_end_is_told_from_the_end_of_the_term(card):
    renewal = closed(kept=False, closed_on=DAY - dt.timedelta(days=50))
    assert only(card).ended_on == DAY - dt.timedelta(days=50)
    assert only(card).asked_on == before(renewal, 90)


def test_only_visible_customers_count(card):
    mine, theirs = make.user(), make.user()
    for owner in (mine, theirs):
        renewal = closed(make.customer(owner=owner))
        shown(card, renewal.customer, before(renewal, 95), 70)
    seen = closed_terms(Customer.objects.visible_to(mine), DAY, 90)
    assert [row.customer_id for row in rows.listed(card, seen)] == list(mine.customers.values_list("pk", flat=True))
    assert sum(cell.n for cell in rows.tally(card, seen)) == 1


def test_lists_walk_by_key_newest_end_first(card):
    renewals = [closed(back=back, kept=False) for back in (30, 10, 20, 10)]
    for renewal in renewals:
        shown(card, renewal.customer, before(renewal, 95), 80)
    every = [row.renewal_id for row in rows.listed(card, terms(), "missed")]
    assert every == [renewals[3].pk, renewals[1].pk, renewals[2].pk, renewals[0].pk]
    second = list(rows.listed(card, terms(), "missed", size=2))[-1]
    rest = rows.listed(card, terms(), "missed", after=(second.due_on, second.renewal_id), size=2)
    assert [row.renewal_id for row in rest] == every[2:]
    assert list(rows.listed(card, terms(), "alarms")) == []


def test_the_histogram_adds_up(card):
    for value, kept, arr, after in (
        (80, True, 1000, 1101),
        (80, True, 1000, 1100),
        (80, False, 500, 0),
        (30, True, 10, 5),
    ):
        renewal = closed(kept=kept, arr=arr, closed_arr=after)
        shown(card, renewal.customer, before(renewal, 95), value)
    closed()
    cells = rows.tally(card, terms())
    assert sum(cell.n for cell in cells) == 5
    green = [cell for cell in cells if cell.band == "green"]
    assert sum(cell.n for cell in green if cell.grew) == 1  # 10 % more is not over 10 %
    assert sum(cell.arr for cell in green) == Decimal(2500)
    assert sum(cell.kept_arr for cell in green) == Decimal(2000)  # growth is not kept money
    assert sum(cell.squares for cell in green) == 2_250_000
    assert sum(cell.kept_arr for cell in cells if cell.band == "red") == Decimal(5)
    assert sum(cell.n for cell in cells if cell.score is None) == 1


@pytest.mark.parametrize(("back", "recent"), [(0, 1), (364, 1), (365, 0)])
def test_recent_are_the_ends_of_the_last_365_days(card, back, recent):
    renewal = closed(back=back)
    shown(card, renewal.customer, before(renewal, 95), 50)
    [cell] = rows.tally(card, terms())
    assert (cell.n, cell.recent) == (1, recent)


def test_tally_and_list_cost_one_statement_each(card):
    for number in range(3):
        renewal = closed(kept=number != 1)
        shown(card, renewal.customer, before(renewal, 95), 50)
        asked = terms()
        with statements() as seen:
            rows.tally(card, asked)
            list(rows.listed(card, asked))
            rows.warnings(card, asked)
        assert len(seen) == 3


def risk_case(of, opened_on, kind="risk"):
    return Case.objects.create(
        customer=of, kind=kind, reason=f"r{Case.objects.count()}", title="Case", opened_on=opened_on,
        due_on=opened_on, newest_evidence_on=opened_on,
    )  # fmt: skip


def test_lead_time(card):
    # Four lost, the last without a score. First: red 100 days before the end, case 40 days before: lead 100.
    # Second: case 70 days before: lead 70. Third: only growth seen: no warning.
    first, second, third, fourth = (closed(kept=False, arr=arr) for arr in (1000, 2000, 4000, 8000))
    risk_case(fourth.customer, before(fourth, 65))
    shown(card, second.customer, before(second, 90), 80)
    shown(card, first.customer, before(first, 100), 20)
    shown(card, first.customer, before(first, 90), 80)
    risk_case(first.customer, before(first, 40))
    risk_case(second.customer, before(second, 70))
    risk_case(third.customer, before(third, 80), kind="opportunity")
    shown(card, third.customer, before(third, 366), 10)  # more than a year before: about something else
    found = rows.warnings(card, terms())
    assert (found.churned, found.warned, found.lead) == (3, 2, 85.0)
    assert found.lost == Decimal(15_000)


@pytest.mark.parametrize("source", ["shown", "replayed", "case"])
def test_a_warning_comes_in_the_year_before_the_end(card, source):
    # 365 days before is too early, the day of the end too late; the median of 364 and 1 is 182.5.
    for days in (365, 364, 1, 0):
        lost = closed(kept=False)
        if source == "case":
            risk_case(lost.customer, before(lost, days))
        else:
            {"shown": shown, "replayed": replayed}[source](card, lost.customer, before(lost, days), 10)
        shown(card, lost.customer, before(lost, 95), 80)
    found = rows.warnings(card, terms())
    assert (found.churned, found.warned, found.lead) == (4, 2, 182.5)


def test_without_a_score_nobody_counts_as_warned(card):
    old = closed(back=200, kept=False)
    risk_case(old.customer, DAY - dt.timedelta(days=30))
    found = rows.warnings(card, terms())
    assert (found.churned, found.lost) == (0, 1000)
    assert found.lead is None
