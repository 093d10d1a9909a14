"""Months are made once, by whoever writes first."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from health.models import UsageDay
from health.signals.partitions import acceptable, ensure_partitions, month_after
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_missing_months_are_made_once_for_each_table() -> None:
    assert ensure_partitions(dt.date(2030, 12, 31), dt.date(2031, 2, 1)) == 9
    assert ensure_partitions(dt.date(2030, 12, 1), dt.date(2031, 2, 28)) == 0
    assert ensure_partitions(dt.date(2031, 2, 1), dt.date(2031, 3, 1)) == 3


def test_present_months_cost_one_statement(django_assert_num_queries) -> None:
    ensure_partitions(dt.date(2030, 1, 1), dt.date(2030, 1, 1))
    with django_assert_num_queries(1):
        ensure_partitions(dt.date(2030, 1, 1), dt.date(2030, 1, 31))


def test_a_day_lands_in_its_month() -> None:
    ensure_partitions(dt.date(2030, 1, 1), dt.date(2030, 2, 1))
    customer = make.customer()
    UsageDay.objects.create(customer=customer, day=dt.date(2030, 1, 31), uses=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM health_usageday_2030_01")
        assert cursor.fetchone() == (1,)


def test_a_day_without_its_month_is_refused() -> None:
    with pytest.raises(IntegrityError, match="no partition"):
        UsageDay.objects.create(customer=make.customer(), day=dt.date(2040, 1, 1))


@pytest.mark.parametrize(
    ("day", "fits"),
    [
        (dt.date(2026, 11, 24), True),
        (dt.date(2026, 11, 26), True),
        (dt.date(2026, 11, 27), False),
        (dt.date(2206, 11, 24), False),
        (dt.date(2007, 1, 1), True),
        (dt.date(1926, 11, 24), False),
    ],
)
def test_mistyped_years_are_not_acceptable(day: dt.date, fits: bool) -> None:  # noqa: FBT001
    assert acceptable(day, dt.date(2026, 11, 24)) is fits


def test_month_after_december() -> None:
    assert month_after(dt.date(2026, 12, 31)) == dt.date(2027, 1, 1)
