"""Overrides: dated, with an author and a reason, over a score that goes on by itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Customer
from health import scoring
from health.explaining import between
from health.models import Override
from health.scoring import overriding
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use

pytestmark = pytest.mark.usefixtures("months")


def holding(customer: Customer, day: dt.date) -> Override | None:
    return Override.objects.filter(customer=customer).holding(day).first()


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def put(customer: Customer, value: int = 20, **fields: Any) -> Override:
    values = {"author": make.user(), "day": DAY, "until": later(30), "reason": "The new owner stops all projects"}
    return overriding.put(customer, value, **values | fields)


def test_it_keeps_what_the_score_said_and_takes_the_cards_band() -> None:
    scorecard({"adoption": (1, {"usage_frequency": 1})}, green_from=90, yellow_from=19)
    customer = make.customer()
    use(customer, range(20))
    scoring.score_range(customer.pk, customer.pk, DAY)
    found = put(customer)
    assert (found.value, found.band, found.from_day, found.until_day) == (20, "yellow", DAY, later(30))
    assert (found.computed, found.computed_band) == (Decimal(100), "green")
    # Without a scorecard 70 and 45 part the bands.
    assert [overriding.band_of(value, None) for value in (70, 69, 45, 44)] == ["green", "yellow", "yellow", "red"]


def test_it_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    customer = make.customer()
    found = put(customer)
    days = [ago(1), DAY, later(29), later(30)]
    assert [holding(customer, day) for day in days] == [None, found, found, None]
    assert [found.holds(day) for day in days] == [False, True, True, False]


def test_scoring_goes_on_and_leaves_it_alone() -> None:
    scorecard({"adoption": (1, {"usage_frequency": 1})})
    customer = make.customer()
    put(customer)
    use(customer, range(20))
    scoring.score_range(customer.pk, customer.pk, DAY)
    scoring.score_customers([customer.pk], later(1))
    customer.refresh_from_db()
    assert (customer.score, customer.band) == (100, "green")
    kept = Override.objects.get()
    assert (kept.value, kept.withdrawn_on) == (20, None)
    # The computed scores are what is explained, from before it to under it.
    assert between(customer, DAY, later(1)).points == 0


def test_withdrawn_it_ends_on_the_day_and_another_may_follow() -> None:
    customer, by = make.customer(), make.user()
    found = put(customer)
    assert overriding.withdraw(found, by=by, day=later(3))
    assert not overriding.withdraw(found, by=by, day=later(4))
    assert holding(customer, later(2)) == found
    assert holding(customer, later(3)) is None
    assert put(customer, day=later(3), until=later(40)).holds(later(3))


def test_withdrawn_before_it_began_it_never_held() -> None:
    customer, by = make.customer(), make.user()
    found = put(customer, begins=later(10))
    assert overriding.withdraw(found, by=by, day=later(2))
    assert holding(customer, later(12)) is None
    assert put(customer).holds(later(12))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"until": DAY}, "until"),
        ({"until": ago(1)}, "until"),
        ({"until": later(181)}, "until"),
        ({"begins": ago(1)}, "begins"),
    ],
)
def test_dates_that_cannot_be_are_named_at_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        put(make.customer(), **fields)
    assert list(refused.value.message_dict) == [field]
    assert not Override.objects.exists()


def test_the_longest_is_a_hundred_and_eighty_days() -> None:
    assert put(make.customer(), until=later(180)).holds(later(179))


def test_one_at_a_time_and_others_customers_do_not_count() -> None:
    customer = make.customer()
    put(customer)
    put(make.customer())
    for fields in ({}, {"begins": later(29), "until": later(60)}):
        with pytest.raises(ValidationError) as refused:
            put(customer, **fields)
        assert list(refused.value.message_dict) == ["value"]
    put(customer, begins=later(30), until=later(60))


@pytest.mark.parametrize(
    "fields",
    [{}, {"from_day": later(29), "until_day": later(31)}, {"value": 101}, {"reason": ""}, {"until_day": later(999)}],
)
def test_the_database_refuses_what_may_not_be(fields: dict[str, Any]) -> None:
    customer = make.customer()
    first = put(customer)
    values = {"value": 1, "band": "red", "from_day": DAY, "until_day": later(1), "author": first.author, "reason": "No"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.create(customer=customer, **values | fields)


def test_the_lists_column_is_the_value_of_the_day() -> None:
    customer, plain = make.customer(), make.customer()
    put(customer)
    by_pk = dict(Customer.objects.annotate(said=overriding.value_on(later(29))).values_list("pk", "said"))
    assert by_pk == {customer.pk: 20, plain.pk: None}
    assert set(Customer.objects.values_list(overriding.value_on(later(30)), flat=True)) == {None}
