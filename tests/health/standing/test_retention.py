"""Active, passive or unknown: who stays by choice, and the revenue that leaves without a word."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Contract, ContractLine, Customer
from health import standing
from health.models import Standing, StandingChange
from health.standing import retention
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, use
from tests.health.scoring.test_scoring import kill_at
from tests.health.standing.standings import moves, running, spoke, state_of, used

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture(autouse=True)
def _company(months: None) -> None:
    make.organisation()


def module(customer: Customer, since: int, amount: int = 1_200) -> None:
    contract = Contract.objects.filter(customer=customer).latest("pk")
    ContractLine.objects.create(contract=contract, product="More", starts_on=ago(since), annual_amount=amount)


def swept(customer: Customer, day: dt.date = DAY) -> str:
    retention.sweep(day)
    return state_of(customer, "retention")


# Of 1,000 uses before: 950 is 5 % less and falls, 951 is flat, 1,049 is flat, 1,050 is 5 % more and rises.
@pytest.mark.parametrize(
    ("now", "usage", "state"),
    [(950, "falling", "passive"), (960, "flat", "passive"), (1040, "flat", "passive"), (1050, "rising", "unknown")],
)
def test_usage_against_the_eight_weeks_before(now: int, usage: str, state: str) -> None:
    customer = running(auto_renews=True)
    used(customer, 1000, now)
    assert swept(customer) == state
    assert Standing.objects.get(customer=customer).facts["usage"] == usage


@pytest.mark.parametrize(
    ("tie", "state"),
    [
        ({}, "unknown"),
        ({"auto_renews": True}, "passive"),
        ({"term_months": 24}, "passive"),
        ({"term_months": 13}, "passive"),
        ({"term_months": 12}, "unknown"),
    ],
)
def test_passive_needs_something_that_asks_for_no_choice(tie: dict[str, Any], state: str) -> None:
    customer = running(**tie)
    used(customer, 1000, 1000)
    assert swept(customer) == state


@pytest.mark.parametrize(
    ("sentiment", "back", "state"),
    [(2, 0, "passive"), (3, 10, "unknown"), (2, 179, "passive"), (2, 180, "unknown"), (2, -1, "unknown")],
)
def test_low_sentiment_of_the_last_half_year_makes_passive(sentiment: int, back: int, state: str) -> None:
    customer = running()
    used(customer, 1000, 1000)
    customer.touchpoints.create(kind="call", happened_on=ago(back), sentiment=sentiment)
    assert swept(customer) == state


def test_newest_sentiment_counts() -> None:
    customer = running()
    used(customer, 1000, 1000)
    for back, sentiment in ((30, 1), (5, 4)):
        customer.touchpoints.create(kind="call", happened_on=ago(back), sentiment=sentiment)
    assert swept(customer) == "unknown"


def test_expansion_in_the_term_is_no_passive_customer() -> None:
    customer = running(auto_renews=True)
    used(customer, 1000, 1000)
    module(customer, since=50)
    assert swept(customer) == "unknown"


def test_growth_at_the_renewal_counts_for_the_new_term_and_the_next_renewal_forgets_it() -> None:
    # Term 1 ran from 500 to 135 days ago; since then 14,400 instead of 12,000 a year. In term 3 nothing was added.
    customer = running(500, auto_renews=True, line={"ends_on": ago(135)})
    contract = Contract.objects.get(customer=customer)
    ContractLine.objects.create(contract=contract, product="Platform", starts_on=ago(135), annual_amount=14_400)
    used(customer, 1000, 1000)
    assert swept(customer) == "unknown"
    figures = standing.one(retention.QUERY, customer, DAY)
    assert figures is not None
    assert (figures["state"], figures["figures"]["arr_before"], figures["figures"]["arr"]) == ("unknown", 12000, 14400)
    later = DAY + dt.timedelta(days=240)
    facts = standing.one(retention.QUERY, customer, later)
    assert facts is not None
    assert (facts["facts"]["expanded"], facts["facts"]["term_from"]) == (False, str(ago(135 - 365)))


@pytest.mark.parametrize("sign", ["module", "people", "spoke", "early"])
def test_rising_use_with_one_sign_of_choice_is_active(sign: str) -> None:
    customer = running()
    used(customer, 1000, 1200, people=(10, 11) if sign == "people" else (10, 10))
    if sign == "module":
        module(customer, since=50)
    if sign == "spoke":
        spoke(customer, 20)
    if sign == "early":
        old = Contract.objects.get(customer=customer)
        new = make.contract(customer, starts_on=ago(40), ends_on=ago(40 - 365))
        Contract.objects.filter(pk=old.pk).update(ended_on=ago(40), replaced_by=new)
    assert swept(customer) == "active"


def test_people_must_grow_by_a_tenth() -> None:
    customer = running()
    used(customer, 1000, 1200, people=(100, 109))
    assert swept(customer) == "unknown"


@pytest.mark.parametrize(("back", "state"), [(0, "active"), (364, "active"), (365, "unknown"), (-1, "unknown")])
def test_a_word_for_us_counts_for_a_year(back: int, state: str) -> None:
    customer = running()
    used(customer, 1000, 1200)
    spoke(customer, back)
    assert swept(customer) == state


def test_eight_weeks_are_56_days_and_the_eight_before_56_more() -> None:
    customer = running()
    for uses, people, back in ((1, 2, 0), (2, 4, 55), (4, 10, 56), (8, 30, 111), (16, 90, 112), (32, 90, -1)):
        use(customer, [back], uses=uses, active_users=people)
    told = standing.one(retention.QUERY, customer, DAY)
    assert told is not None
    # The mean of 2 and 4 people, of 10 and 30 before.
    assert {key: told["figures"][key] for key in ("uses", "uses_before", "people", "people_before")} == {
        "uses": 1 + 2, "uses_before": 4 + 8, "people": 3, "people_before": 20,
    }  # fmt: skip


@pytest.mark.parametrize(("back", "state"), [(399, "passive"), (400, "unknown")])
def test_silence_is_told_from_no_use_ever_by_the_last_400_days(back: int, state: str) -> None:
    customer = running(600, auto_renews=True)
    use(customer, [back])
    assert swept(customer) == state


def test_silence_after_use_is_passive_and_no_use_at_all_is_unknown() -> None:
    silent, never = running(auto_renews=True), running(auto_renews=True)
    use(silent, [150])
    retention.sweep(DAY)
    assert (state_of(silent, "retention"), state_of(never, "retention")) == ("passive", "unknown")


def test_use_without_any_before_has_nothing_to_be_compared_with() -> None:
    customer = running(20)
    use(customer, range(10))
    spoke(customer, 3)
    assert swept(customer) == "unknown"


@pytest.mark.parametrize("now", [900, 1200])
def test_lock_in_never_raises(now: int) -> None:
    """Whatever else holds, a long contract or one that renews by itself makes nobody active (item 47)."""
    customer = running()
    used(customer, 1000, now)
    free = swept(customer)
    Contract.objects.filter(customer=customer).update(term_months=36, auto_renews=True)
    assert [free, swept(customer)] == ["unknown", "unknown" if now == 1200 else "passive"]


def test_history_grows_on_change_only() -> None:
    customer = running(auto_renews=True)
    used(customer, 1000, 1000)
    start = DAY - dt.timedelta(days=2)
    for back in (2, 1, 0):
        retention.sweep(ago(back))
    assert moves(customer, "retention") == [(start, "passive")]
    module(customer, since=0)
    retention.sweep(DAY)
    assert moves(customer, "retention") == [(start, "passive"), (DAY, "unknown")]
    assert Standing.objects.get(customer=customer, kind="retention").state == "unknown"


def test_a_day_that_is_run_again_keeps_what_its_last_run_found() -> None:
    customer = running(auto_renews=True)
    used(customer, 1000, 1000)
    retention.sweep(ago(1))
    module(customer, since=0)
    retention.sweep(DAY)
    ContractLine.objects.filter(product="More").delete()
    retention.sweep(DAY)
    assert moves(customer, "retention") == [(ago(1), "passive")]
    assert Standing.objects.get(customer=customer).since == ago(1)


def test_who_leaves_stands_nowhere_from_that_day() -> None:
    customer = running()
    retention.sweep(ago(1))
    Customer.objects.filter(pk=customer.pk).update(status="churned")
    retention.sweep(DAY)
    assert not Standing.objects.exists()
    assert moves(customer, "retention") == [(ago(1), "unknown"), (DAY, "")]


def test_a_sweep_of_some_leaves_the_others_alone() -> None:
    one, other = running(), running()
    retention.sweep(DAY, [one.pk])
    assert list(Standing.objects.values_list("customer", flat=True)) == [one.pk]
    Customer.objects.update(status="churned")
    retention.sweep(DAY, [other.pk])
    assert Standing.objects.count() == 1


def test_second_run_changes_nothing_and_statements_do_not_grow() -> None:
    counts = []
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            used(running(auto_renews=True), 1000, 1000)
        with statements() as asked:
            retention.sweep(DAY)
        counts.append(len(asked))
    assert counts == [5, 5]
    before = [list(Standing.objects.values()), list(StandingChange.objects.order_by("pk").values())]
    assert retention.sweep(DAY) == 0
    assert [list(Standing.objects.values()), list(StandingChange.objects.order_by("pk").values())] == before


@pytest.mark.parametrize("number", range(1, 6))
def test_killed_at_any_statement_the_next_run_reaches_the_same_rows(number: int) -> None:
    customer = running(auto_renews=True)
    used(customer, 1000, 1000)
    kill_at(number, lambda: retention.sweep(DAY))
    assert not StandingChange.objects.exists()
    retention.sweep(DAY)
    assert moves(customer, "retention") == [(DAY, "passive")]


def test_passive_revenue_by_contract_end() -> None:
    near, far, rolling, active = running(300, auto_renews=True), running(200, auto_renews=True), running(), running()
    for customer, arr in ((near, 100), (far, 200), (rolling, 400), (active, 800)):
        Customer.objects.filter(pk=customer.pk).update(arr=arr)
        used(customer, 1000, 1000)
    Contract.objects.filter(customer=rolling).update(ends_on=None, auto_renews=True)
    retention.sweep(DAY)
    rows = retention.passive(Customer.objects.all(), DAY).order_by("ends_on")
    # Ends: a year after 300 and 200 days ago, so in 65 and 165 days; the third agreed on no end.
    assert [(row.pk, row.ends_on, row.passive_since) for row in rows] == [
        (near.pk, DAY + dt.timedelta(days=65), DAY),
        (far.pk, DAY + dt.timedelta(days=165), DAY),
        (rolling.pk, None, DAY),
    ]
    assert {name: int(part["arr"]) for name, part in retention.passive_by_end(Customer.objects.all(), DAY).items()} == {
        "all": 700, "near": 100, "year": 200, "later": 0, "open": 400,
    }  # fmt: skip
