"""Who is touched: by band, by segment, and on long contracts."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Customer
from health.standing import coverage
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db


def one(back: int | None, kind: str = "call", **fields: Any) -> Customer:
    customer = make.customer(**{"arr": 100} | fields)
    if back is not None:
        customer.touchpoints.create(kind=kind, happened_on=ago(back))
    return customer


def test_a_touch_counts_when_it_went_both_ways_within_90_days() -> None:
    one(89)
    late, mailed, never = one(90), one(3, kind="one_to_many"), one(None)
    one(None, status="churned")
    later = one(None)
    later.touchpoints.create(kind="call", happened_on=ago(-1))
    rows = coverage.untouched(Customer.objects.all(), DAY).order_by("pk")
    assert [(row.pk, row.touched_on) for row in rows] == [
        (late.pk, ago(90)), (mailed.pk, None), (never.pk, None), (later.pk, None),
    ]  # fmt: skip


def test_by_band() -> None:
    one(10, band="green", score=80)
    one(100, band="green", score=80)
    one(None, band="green", score=80)
    one(10, band="red", score=10)
    lines = coverage.by_band(Customer.objects.all(), DAY)
    assert [(line.key, line.customers, line.within, line.never, line.beyond_arr) for line in lines] == [
        ("green", 3, 1, 1, 200), ("red", 1, 1, 0, 0),
    ]  # fmt: skip
    assert (lines[0].beyond, lines[0].share) == (2, 1 / 3)


def test_by_segment_against_its_own_cadence() -> None:
    high = make.segment(name="High", position=1, touch_every_days=14)
    low = make.segment(name="Low", position=2, touch_every_days=120)
    one(14, segment=high)
    one(15, segment=high)
    one(120, segment=low)
    one(90)
    lines = coverage.by_segment(Customer.objects.all(), DAY)
    # Without a segment the limit of 90 days is the cadence: touched 90 days ago is in it, and no longer within the limit.
    assert [(line.key, line.customers, line.within, line.in_cadence) for line in lines] == [
        ("High", 2, 2, 1), ("Low", 1, 0, 1), (None, 1, 0, 1),
    ]  # fmt: skip
    assert lines[0].cadence_share == 0.5


def test_long_contracts_are_held_against_the_same_limit() -> None:
    for months, back in ((12, 10), (36, 10), (36, 200)):
        make.contract(one(back), term_months=months)
    lines = coverage.by_length(Customer.objects.all(), DAY)
    assert [(line.key, line.customers, line.within) for line in lines] == [(False, 1, 1), (True, 2, 1)]


def test_one_statement_a_report() -> None:
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            one(10, band="green", score=80)
        with statements() as asked:
            for report in (coverage.by_band, coverage.by_segment, coverage.by_length):
                report(Customer.objects.all(), DAY)
        assert len(asked) == 3
