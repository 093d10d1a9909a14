"""Columns of health for pages that list customers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import Customer
from health.models import Score, Scorecard
from health.scoring.columns import with_health
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db


def card() -> Scorecard:
    return Scorecard.objects.create(key="c", name="C", created_on=DAY, measures=["usage_trend", "nps"])


def scored(back: int, value: int | None, customer: Customer, on: Scorecard) -> None:
    band = "" if value is None else "green"
    Score.objects.create(
        customer=customer,
        day=ago(back),
        scorecard=on,
        value=value,
        raw=value,
        band=band,
        coverage="0.5",
        points=[back, None],
        weights=[1, 0],
        oldest_input_on=ago(back),
    )


def test_change_is_against_the_score_of_thirty_days_ago() -> None:
    on, customer = card(), make.customer(score=70, band="green")
    for back, value in ((100, 40), (31, 41), (30, 58), (29, 99), (3, 70)):
        scored(back, value, customer, on)
    found = with_health(Customer.objects.all(), DAY).get()
    assert (found.score_before, found.score_change, found.coverage) == (58, 12, Decimal("0.500"))
    assert found.oldest_input_on == ago(3)


def test_trend_has_thirteen_weeks_with_gaps_before_the_first_score() -> None:
    on, customer = card(), make.customer()
    scored(50, 40, customer, on)
    scored(7, 60, customer, on)
    found = with_health(Customer.objects.all(), DAY).get()
    assert found.score_trend == [None] * 5 + [40] * 6 + [60] * 2


def test_never_scored_has_nothing() -> None:
    make.customer()
    found = with_health(Customer.objects.all(), DAY).get()
    assert (found.score_before, found.score_change, found.coverage) == (None, None, None)
    assert found.score_trend == [None] * 13


@pytest.mark.parametrize("customers", [1, 3])
def test_one_statement_whatever_the_rows(django_assert_num_queries, customers: int) -> None:
    on = card()
    for _ in range(customers):
        scored(3, 50, make.customer(), on)
    with django_assert_num_queries(1):
        assert len(with_health(Customer.objects.all(), DAY)) == customers
