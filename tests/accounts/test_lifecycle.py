import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import facts, lifecycle
from accounts.models import Customer, DatedFact, ExchangeRate, Fact
from tests.factories import DAY, contract, customer, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    return organisation()


def swept(one: Customer, day: dt.date = DAY) -> Customer:
    lifecycle.sweep(day)
    one.refresh_from_db()
    return one


def test_status_follows_the_contracts():
    prospect, live, notice, churned, trial = (customer(status="prospect") for _ in range(5))
    contract(live)
    contract(notice, notice_given_on=DAY)
    contract(churned, ended_on=DAY)
    contract(trial, is_trial=True)
    lifecycle.sweep(DAY)
    status = dict(Customer.objects.values_list("pk", "status"))
    assert [status[c.pk] for c in (prospect, live, notice, churned, trial)] == [
        "prospect",
        "live",
        "notice",
        "churned",
        "prospect",
    ]


def test_notice_of_one_contract_among_two_leaves_the_customer_live():
    one = customer(status="prospect")
    contract(one)
    contract(one, notice_given_on=DAY)
    assert swept(one).status == "live"


@pytest.mark.parametrize(
    ("tenure", "stage"),
    [(0, "onboarding"), (90, "onboarding"), (91, "growth"), (364, "growth"), (365, "mature")],
)
def test_stage_by_days_since_the_first_contract(tenure, stage):
    one = customer()
    contract(one, starts_on=DAY - dt.timedelta(days=tenure))
    assert swept(one).stage == stage


def test_arr_sums_running_lines_of_running_contracts():
    one = customer()
    running = contract(one, amount=12_000)
    running.lines.create(product="Add-on", starts_on=DAY, annual_amount=600)
    running.lines.create(product="Old", starts_on=running.starts_on, ends_on=DAY, annual_amount=5_000)
    running.lines.create(product="Later", starts_on=DAY + dt.timedelta(days=1), annual_amount=7_000)
    contract(one, amount=9_000, ended_on=DAY)
    contract(one, amount=4_000, is_trial=True)
    assert swept(one).arr == Decimal("12600.00")


def test_arr_converts_at_the_rate_of_the_fiscal_year(company):
    company.fiscal_year_start_month = 4
    company.save()
    ExchangeRate.objects.create(currency="JPY", fiscal_year=2025, rate=Decimal("0.0070"))
    ExchangeRate.objects.create(currency="JPY", fiscal_year=2026, rate=Decimal("0.0065"))
    one = customer()
    contract(one, amount=1_000_000, currency="JPY", starts_on=dt.date(2025, 1, 1))
    assert swept(one, dt.date(2026, 3, 31)).arr == Decimal("7000.00")
    assert swept(one, dt.date(2026, 4, 1)).arr == Decimal("6500.00")


def test_second_sweep_changes_nothing():
    one = customer()
    contract(one)
    assert lifecycle.sweep(DAY) == 1
    before = DatedFact.objects.count()
    assert lifecycle.sweep(DAY) == 0
    assert DatedFact.objects.count() == before


def test_facts_tell_the_status_of_any_past_day():
    one = customer(status="prospect")
    made = contract(one, starts_on=dt.date(2026, 1, 1))
    lifecycle.sweep(dt.date(2026, 1, 1))
    made.ended_on = dt.date(2026, 11, 1)
    made.save()
    lifecycle.sweep(dt.date(2026, 11, 1))
    asked = {
        day: Customer.objects.annotate(was=facts.as_of(day, Fact.STATUS)).get().was
        for day in (dt.date(2025, 12, 31), dt.date(2026, 10, 31), dt.date(2026, 11, 1))
    }
    assert list(asked.values()) == [None, "live", "churned"]


@pytest.mark.parametrize("rows", [1, 3])
def test_sweep_takes_two_statements_whatever_the_customers(rows):
    for _ in range(rows):
        contract(customer(status="prospect"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        lifecycle.sweep(DAY)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 2
