import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from accounts.churns import churns as ended
from tests.factories import DAY, contract, customer, organisation

pytestmark = pytest.mark.django_db
SINCE, TODAY = "%(day)s::date - %(days)s::int", "%(day)s::date"


@pytest.fixture(autouse=True)
def company():
    return organisation()


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def churns(days: int = 365) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({ended(SINCE, TODAY)}) gone ORDER BY 2, 1", {"day": DAY, "days": days})
        return cursor.fetchall()


def test_churn_is_the_end_of_all_paid_revenue():
    gone, stays = customer(), customer()
    contract(gone, starts_on=ago(400), ended_on=ago(30), amount=5_000)
    contract(gone, starts_on=ago(400), ended_on=ago(100), amount=700)
    contract(stays, starts_on=ago(400), ended_on=ago(30))
    contract(stays, starts_on=ago(300))
    assert churns() == [(gone.pk, ago(30), Decimal("5000.00"))]


@pytest.mark.parametrize(("gap", "count"), [(0, 0), (30, 0), (31, 1)])
def test_who_pays_again_soon_has_not_churned(gap, count):
    of = customer()
    contract(of, starts_on=ago(400), ended_on=ago(200))
    contract(of, starts_on=ago(200 - gap))
    assert len(churns()) == count


def test_fall_to_a_free_plan_is_churned_revenue():
    of = customer()
    contract(of, starts_on=ago(400), ended_on=ago(60), amount=5_000)
    contract(of, starts_on=ago(60), amount=0)
    contract(customer(), starts_on=ago(400), ended_on=ago(60), amount=0)
    contract(customer(), starts_on=ago(400), ended_on=ago(60), is_trial=True)
    assert churns() == [(of.pk, ago(60), Decimal("5000.00"))]


@pytest.mark.parametrize(("back", "listed"), [(366, False), (365, False), (364, True), (0, True), (-1, False)])
def test_period_ends_with_its_day_and_begins_after_its_first(back, listed):
    contract(customer(), starts_on=ago(500), ended_on=ago(back))
    assert bool(churns()) == listed


def test_revenue_without_a_rate_cannot_be_told():
    of = customer()
    contract(of, starts_on=ago(400), ended_on=ago(60), currency="JPY")
    assert churns() == [(of.pk, ago(60), None)]


def test_customer_may_churn_twice():
    of = customer()
    contract(of, starts_on=ago(700), ended_on=ago(300), amount=1_000)
    contract(of, starts_on=ago(200), ended_on=ago(100), amount=2_000)
    assert churns() == [(of.pk, ago(300), Decimal("1000.00")), (of.pk, ago(100), Decimal("2000.00"))]
