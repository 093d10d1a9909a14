"""Activation, adoption, expansion, renewal: in order, dated from the data, a skip with its reason."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Contract, ContractLine, Customer
from health.models import JourneyStep
from health.standing import journey
from tests import factories as make
from tests.counting import statements
from tests.examples import dear
from tests.factories import DAY
from tests.health.conftest import ago
from tests.health.scoring.test_scoring import kill_at
from tests.health.standing.standings import running

pytestmark = pytest.mark.usefixtures("months")
ORDER = ["activation", "adoption", "expansion", "renewal"]


@pytest.fixture(autouse=True)
def _company(months: None) -> None:
    make.organisation()


def reached(customer: Customer, *, told: bool = True, **days: int) -> None:
    """Milestones by the days ago on which they were reached; the others were found missing, or, not ``told``, nobody could say."""
    for key in ("activation", "habit", "value", "team"):
        back = days.get(key)
        on = None if back is None else ago(back)
        missed = ago(0) if on is None and told else None
        customer.milestones.create(key=key, due_on=ago(1), reached_on=on, missed_on=missed)


def grew(customer: Customer, back: int) -> None:
    contract = Contract.objects.filter(customer=customer).earliest("pk")
    ContractLine.objects.create(contract=contract, product="More", starts_on=ago(back), annual_amount=500)


def walked(customer: Customer, day: dt.date = DAY) -> list[tuple[Any, ...]]:
    """(step, days ago entered, days ago left, why skipped)"""
    journey.sweep(day)
    rows = {row.step: row for row in customer.journey.all()}
    return [
        (step, (DAY - row.entered_on).days, (DAY - row.left_on).days if row.left_on else None, row.skipped)
        for step in ORDER
        if (row := rows.get(step))
    ]


def scans(plan: dict[str, Any], table: str) -> list[int]:
    """How often each node of a plan that reads ``table`` was run."""
    own = [plan["Actual Loops"]] if plan.get("Relation Name") == table and "Scan" in plan["Node Type"] else []
    return own + [loops for below in plan.get("Plans", []) for loops in scans(below, table)]


def test_a_table_analysed_while_empty_is_read_once() -> None:
    for _ in range(3):
        reached(running(400), activation=395, habit=380, value=350)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE health_journeystep")
        cursor.execute("ANALYZE health_journeystep")
        cursor.execute(journey.WALK, {"day": DAY, "ids": None})
        cursor.execute("ANALYZE walked")
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + journey.REMEMBER, {"ids": None})
        plan = cursor.fetchone()[0]
        cursor.execute("DROP TABLE walked")
    assert JourneyStep.objects.count() == 12
    assert scans((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"], "health_journeystep") == [1]


def test_steps_follow_one_another_on_the_days_of_the_data() -> None:
    customer = running(400)
    reached(customer, activation=395, habit=380, value=350)
    grew(customer, 100)
    # The first term, of a year, ended 400 − 365 = 35 days ago and the contract runs on.
    assert walked(customer) == [
        ("activation", 400, 395, ""),
        ("adoption", 395, 350, ""),
        ("expansion", 350, 100, ""),
        ("renewal", 100, 35, ""),
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({}, [("activation", 60, None, "")]),
        ({"activation": 50}, [("activation", 60, 50, ""), ("adoption", 50, None, "")]),
        ({"activation": 50, "habit": 40}, [("activation", 60, 50, ""), ("adoption", 50, None, "")]),
        (
            {"activation": 50, "habit": 40, "value": 30},
            [("activation", 60, 50, ""), ("adoption", 50, 30, ""), ("expansion", 30, None, "")],
        ),
        (
            {"habit": 40, "value": 30},
            [("activation", 60, 30, "not_seen"), ("adoption", 30, 30, ""), ("expansion", 30, None, "")],
        ),
    ],
)
def test_a_young_customer_is_in_the_step_the_data_have_brought_it_to(
    days: dict[str, int], expected: list[tuple[Any, ...]]
) -> None:
    customer = running(60)
    reached(customer, **days)
    assert walked(customer) == expected


def test_who_renews_without_having_grown_skips_expansion_and_says_so() -> None:
    customer = running(400)
    reached(customer, activation=395, habit=380, value=350)
    assert walked(customer)[2:] == [("expansion", 350, 35, "no_growth"), ("renewal", 35, 35, "")]


UNKNOWN = [("activation", 400, 35, "not_recorded"), ("adoption", 35, 35, "not_recorded")]


def test_who_came_before_the_record_is_not_said_to_have_skipped_what_nobody_looked_for() -> None:
    assert walked(running(400))[:2] == UNKNOWN


@pytest.mark.parametrize(
    ("told", "days", "skipped"),
    [
        (False, {}, ["not_recorded", "not_recorded"]),
        (False, {"habit": 380}, ["not_recorded", "not_recorded"]),
        (False, {"activation": 390}, ["", "not_recorded"]),
        (True, {}, ["not_seen", "not_seen"]),
        (True, {"habit": 380}, ["not_seen", "not_seen"]),
        (True, {"activation": 390}, ["", "not_seen"]),
        (True, {"activation": 390, "habit": 380, "value": 20}, ["", "not_seen"]),
        (False, {"activation": 20}, ["not_seen", "not_recorded"]),
    ],
)
def test_a_milestone_without_a_verdict_is_not_known_and_a_missed_one_is_skipped(
    told: bool,  # noqa: FBT001 (of the table)
    days: dict[str, int],
    skipped: list[str],
) -> None:
    customer = running(400)
    reached(customer, told=told, **days)
    assert [row[3] for row in walked(customer)[:2]] == skipped
    words = {"": "done", "not_seen": "skipped", "not_recorded": "unknown"}
    assert [line["state"] for line in journey.steps_of(customer)][:2] == [words[why] for why in skipped]


def test_a_verdict_of_a_later_day_is_not_known_yet() -> None:
    customer = running(400)
    reached(customer)
    assert [row[3] for row in walked(customer, ago(10))[:2]] == ["not_recorded", "not_recorded"]


def test_growth_after_the_renewal_does_not_open_the_journey_again() -> None:
    customer = running(400)
    reached(customer, activation=395, habit=380, value=350)
    grew(customer, 10)
    assert walked(customer)[2:] == [("expansion", 350, 35, "no_growth"), ("renewal", 35, 35, "")]


def test_a_line_that_takes_the_place_of_another_is_no_growth() -> None:
    customer = running(200, line={"ends_on": ago(50)})
    reached(customer, activation=190, habit=180, value=170)
    contract = Contract.objects.get(customer=customer)
    line = ContractLine.objects.create(contract=contract, product="Platform", starts_on=ago(50), annual_amount=12_000)
    assert walked(customer)[2:] == [("expansion", 170, None, "")]
    ContractLine.objects.filter(pk=line.pk).update(annual_amount=12_001)
    assert walked(customer)[2:] == [("expansion", 170, 50, ""), ("renewal", 50, None, "")]


def test_a_line_that_ended_on_its_first_day_changes_nothing() -> None:
    customer = running(200)
    reached(customer, activation=190, habit=180, value=170)
    contract = Contract.objects.get(customer=customer)
    for back, end, amount in ((60, 60, 20_000), (50, None, 1)):
        ends_on = None if end is None else ago(end)
        ContractLine.objects.create(
            contract=contract, product=f"At {back}", starts_on=ago(back), ends_on=ends_on, annual_amount=amount
        )
    assert walked(customer)[2:] == [("expansion", 170, 50, ""), ("renewal", 50, None, "")]


def test_a_contract_for_an_old_one_that_begins_the_stretch_is_no_renewal() -> None:
    customer = running(100)
    reached(customer, activation=95, habit=90, value=80)
    new = Contract.objects.get(customer=customer)
    make.contract(customer, starts_on=ago(600), ended_on=ago(200), replaced_by=new)
    assert walked(customer)[2:] == [("expansion", 80, None, "")]


def test_a_past_day_sees_what_had_happened_by_then() -> None:
    customer = running(400)
    reached(customer, activation=395, habit=380, value=350)
    grew(customer, 100)
    assert walked(customer, ago(360)) == [("activation", 400, 395, ""), ("adoption", 395, None, "")]
    assert walked(customer)[-1] == ("renewal", 100, 35, "")


def test_a_corrected_record_corrects_the_steps() -> None:
    customer = running(60)
    reached(customer, activation=50)
    assert walked(customer)[-1][0] == "adoption"
    customer.milestones.update(reached_on=None)
    assert walked(customer) == [("activation", 60, None, "")]


def test_paces_count_only_who_did_a_step_and_who_is_beyond_three_quarters_of_them_is_stuck() -> None:
    # Ten customers took 10, 20 … 100 days to activate: median 55, third quartile 77.5.
    for number in range(10):
        reached(running(150), activation=140 - 10 * number)
    slow, slower, skipped = running(77), running(78), running(400)
    for customer in (slow, slower):
        reached(customer)
    journey.sweep(DAY)
    paces = journey.paces(Customer.objects.all())
    pace = paces["activation"]
    assert (pace.done, pace.median, pace.quartile, pace.limit) == (10, 55, 77.5, 77.5)
    assert (pace.skipped, pace.unknown) == (0, 1)
    assert paces["adoption"].limit is None
    stuck = journey.stuck(Customer.objects.all(), DAY, paces)
    assert [(one.pk, one.step, one.entered_on) for one in stuck] == [(slower.pk, "activation", ago(78))]
    sizes = journey.sizes(Customer.objects.all())
    assert {step: number for step, (number, _arr, _untold) in sizes.items()} == {"activation": 2, "adoption": 10, "": 1}
    assert skipped.journey.filter(left_on=None).count() == 0


def test_who_skipped_the_step_before_is_not_timed() -> None:
    timed, untimed = running(100), running(100)
    reached(timed, activation=95, habit=80, value=60)
    reached(untimed, habit=80, value=60)
    journey.sweep(DAY)
    pace = journey.paces(Customer.objects.all())["adoption"]
    assert (pace.done, pace.median) == (1, 35)


def test_steps_of_one_customer_for_its_page() -> None:
    customer = running(60)
    reached(customer, activation=50)
    journey.sweep(DAY)
    assert [(line["step"], line["state"]) for line in journey.steps_of(customer)] == [
        ("activation", "done"), ("adoption", "now"), ("expansion", "open"), ("renewal", "open"),
    ]  # fmt: skip


def test_second_run_changes_nothing_and_statements_do_not_grow() -> None:
    counts = []
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            reached(running(400), activation=395)
        with statements() as asked:
            journey.sweep(DAY)
        counts.append(len(asked))
    assert counts == [5, 5]
    before = list(JourneyStep.objects.order_by("pk").values())
    assert journey.sweep(DAY) == 0
    assert list(JourneyStep.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("number", range(1, 6))
def test_killed_at_any_statement_the_next_run_reaches_the_same_rows(number: int) -> None:
    customer = running(60)
    reached(customer, activation=50)
    kill_at(number, lambda: journey.sweep(DAY))
    assert not JourneyStep.objects.exists()
    assert walked(customer) == [("activation", 60, 50, ""), ("adoption", 50, None, "")]


BACK = st.none() | st.integers(0, 300)


@given(since=st.integers(0, 900), activation=BACK, habit=BACK, value=BACK, growth=BACK, recorded=st.booleans())
@settings(max_examples=dear(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_dates_steps_stand_in_order_and_every_skip_has_its_reason(
    since: int,
    activation: int | None,
    habit: int | None,
    value: int | None,
    growth: int | None,
    recorded: bool,  # noqa: FBT001 (drawn)
) -> None:
    with transaction.atomic():
        customer = running(since)
        if recorded:
            days = {"activation": activation, "habit": habit, "value": value}
            reached(customer, **{key: back for key, back in days.items() if back is not None})
        if growth is not None:
            grew(customer, growth)
        rows = walked(customer)
        assert [row[0] for row in rows] == ORDER[: len(rows)]
        assert [row[2] is None for row in rows[:-1]] == [False] * (len(rows) - 1)
        assert rows[0][1] == since
        for before, after in pairwise(rows):
            assert after[1] == before[2]
        assert len(rows) == 4 or rows[-1][2] is None
        transaction.set_rollback(True)
