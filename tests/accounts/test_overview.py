"""What a manager looks at first: each figure as the page says it that it comes from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts import overview
from accounts.models import Customer, User
from health.models import Override, Scorecard
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.cases import rows as cases
from tests.playbooks.rows import renewal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    make.organisation()


@pytest.fixture
def boss() -> User:
    return make.user("manager", name="Lena")


def after(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def undecided(owner: User, arr: int, **fields: Any) -> Customer:
    one = make.customer(owner=owner, arr=arr, last_touch_on=DAY)
    said = {"csm_likelihood": Decimal("0.90"), "csm_called_on": DAY, "model_likelihood": Decimal("0.50")} | fields
    renewal(one, 20, arr=arr, **said)
    return one


def test_renewals_on_which_csm_and_model_differ_wait_the_dearest_first(boss):
    csm = make.user(manager=boss)
    for arr in (100, 700, 300, 200, 600, 400):
        undecided(csm, arr)
    undecided(csm, 900, model_likelihood=Decimal("0.80"))
    undecided(csm, 900, final_likelihood=Decimal("0.50"), final_reason="Said")
    undecided(make.user(), 900)
    found = overview.of(boss, DAY)
    assert [one.arr for one in found.decisions] == [700, 600, 400, 300, 200]
    assert found.deciding == 6


def test_the_forecast_is_that_of_the_present_quarter(boss):
    csm = make.user(manager=boss)
    undecided(csm, 40_000)
    undecided(make.user(), 90_000)
    found = overview.of(boss, DAY)
    assert (found.quarter.first, found.forecast.available, found.forecast.expected) == (
        dt.date(2026, 10, 1),
        40_000,
        36_000,
    )


def test_what_else_waits_is_counted_and_leads_to_its_rows(boss):
    csm, admin = make.user(manager=boss), make.user("admin")
    one = make.customer(owner=csm, last_touch_on=DAY)
    make.customer(status="live")
    make.customer(status="churned")
    cases.case(one, None, 9, passed_on=DAY)
    cases.case(one, None, 9, reason="b")
    make.contract(one, starts_on=after(-900), ends_on=after(-400), auto_renews=False)
    for purpose in (boss, admin):
        Scorecard.objects.create(key=f"d{purpose.pk}", name="Draft", is_draft=True, created_on=DAY)
    found = {str(kind.words): kind for kind in overview.of(boss, DAY).waiting}
    assert {words: kind.number for words, kind in found.items()} == {
        "Customers without an owner": 1, "Contracts to settle": 1, "Cases that have passed: close them?": 1,
    }  # fmt: skip
    for_admin = {str(kind.words): kind.number for kind in overview.of(admin, DAY).waiting}
    assert for_admin["Drafts of scorecards"] == 2


def test_scores_set_by_hand_that_stop_soon_are_named(boss):
    csm = make.user(manager=boss)
    said = {"value": 80, "band": "green", "author": boss, "reason": "x", "from_day": after(-9)}
    for until in (0, 1, 14, 15):
        Override.objects.create(customer=make.customer(owner=csm), until_day=after(until), **said)
    assert [each.until_day for each in overview.of(boss, DAY).stopping] == [after(1), after(14)]


def test_red_customers_are_those_of_the_portfolio(boss):
    csm = make.user(manager=boss)
    for arr in (100, 600, 300, 200, 500, 400):
        make.customer(owner=csm, band="red", score=20, arr=arr)
    make.customer(owner=csm, band="red", score=20, arr=None)
    make.customer(owner=csm, band="red", score=20, arr=900, status="churned")
    make.customer(owner=csm, band="yellow", score=50, arr=900)
    risks = overview.of(boss, DAY).risks
    assert [row.arr for row in risks.rows] == [600, 500, 400, 300, 200]
    assert (risks.customers, risks.arr, risks.untold) == (7, 2_100, 1)


def test_coverage_is_that_of_all_bands_together(boss):
    csm = make.user(manager=boss)
    for band, back in (("green", 5), ("green", 500), ("red", 5)):
        one = make.customer(owner=csm, band=band, score=50, arr=100)
        one.touchpoints.create(kind="call", happened_on=after(-back))
    found = overview.of(boss, DAY)
    assert [(line.key, line.cadence_share) for line in found.bands] == [("green", 0.5), ("red", 1)]
    assert (found.covered.customers, found.covered.in_cadence, found.covered.arr_share) == (3, 2, Decimal(200) / 300)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_same_statements_for_one_row_and_for_three(boss, rows):
    for _ in range(rows):
        one = undecided(make.user(manager=boss), 100)
        said = {"value": 80, "band": "green", "author": boss, "reason": "x"}
        Override.objects.create(customer=one, from_day=after(-9), until_day=after(3), **said)
        cases.case(one, None, 9, passed_on=DAY)
        Customer.objects.filter(pk=one.pk).update(band="red", score=20)
    overview.of(boss, DAY)
    with statements() as asked:
        overview.of(boss, DAY)
    assert len(asked) <= 23


def test_only_who_manages_finds_the_team_in_the_rail(boss, client):
    for who, shown in ((boss, True), (make.user("admin"), True), (make.user(), False), (make.user("viewer"), False)):
        client.force_login(who)
        assert ('data-go="t"' in client.get("/customers/").text) is shown
