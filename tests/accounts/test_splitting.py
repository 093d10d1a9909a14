"""Customers split between people: evenly by number or ARR, and by least load."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import splitting


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=30),
    st.integers(1, 4),
    st.sampled_from(["count", "arr"]),
)
@settings(max_examples=40, deadline=None)
def test_split_gives_every_customer_to_one_heir_and_nobody_much_more(amounts, heirs, how):
    rows = [(pk, None if amount is None else Decimal(amount)) for pk, amount in enumerate(amounts, 1)]
    plan = splitting.split(rows, range(100, 100 + heirs), how)
    assert plan == splitting.split(rows[::-1], range(100, 100 + heirs), how)
    assert sorted(plan) == [pk for pk, _amount in rows]
    sums = dict.fromkeys(range(100, 100 + heirs), Decimal(0))
    numbers = dict.fromkeys(sums, 0)
    for pk, amount in rows:
        sums[plan[pk]] += amount or 0
        numbers[plan[pk]] += 1
    if how == "count":
        assert max(numbers.values()) - min(numbers.values()) <= 1
    else:
        assert max(sums.values()) - min(sums.values()) <= max(amount or 0 for _pk, amount in rows)
    for without in (True, False):  # who brings no revenue is dealt out evenly too, and weighs on nobody
        dealt = [sum(plan[pk] == heir for pk, amount in rows if (amount == 0) == without) for heir in sums]
        assert (how == "arr" and not without) or max(dealt) - min(dealt) <= 1


def test_split_by_arr_deals_the_largest_first():
    rows = [(1, Decimal(50)), (2, Decimal(30)), (3, Decimal(30)), (4, None)]
    assert splitting.split(rows, [7, 8], "arr") == {1: 7, 2: 8, 3: 8, 4: 7}
    assert splitting.split(rows, [7, 8], "count") == {1: 7, 2: 8, 3: 7, 4: 8}


@pytest.mark.parametrize(
    ("work", "carried", "room", "expected"),
    [
        ({1: 60, 2: 60}, {7: 0, 8: 0}, {7: 100, 8: 100}, {1: 7, 2: 8}),
        ({1: 60, 2: 60}, {7: 0, 8: 90}, {7: 100, 8: 100}, {1: 7, 2: 7}),
        ({1: 60, 2: 60}, {7: 0, 8: 0}, {7: 100, 8: 1_000}, {1: 7, 2: 8}),
        ({1: 60, 2: 60, 3: 60}, {7: 0, 8: 0}, {7: 100, 8: 1_000}, {1: 7, 2: 8, 3: 8}),
        ({1: 10, 2: 90, 3: 80}, {7: 0, 8: 0}, {7: 100, 8: 100}, {2: 7, 3: 8, 1: 8}),
        ({1: 60, 2: 60}, {7: 0, 8: 0}, {7: 0, 8: 100}, {1: 8, 2: 8}),
        ({1: 60, 2: 60}, {7: 0, 8: 0}, {7: 0, 8: 0}, {1: 7, 2: 8}),
        ({}, {7: 0, 8: 900}, {7: 100, 8: 100}, {1: 7, 2: 8}),
        ({}, {7: 0, 8: 0}, {7: 0, 8: 1_000}, {1: 8, 2: 8}),
        ({}, {7: 0, 8: 0}, {7: 0, 8: 0}, {1: 7, 2: 8}),
    ],
)
def test_by_least_load_each_goes_to_who_has_the_smallest_share_planned(work, carried, room, expected):
    customers = [(pk, None) for pk in sorted({1, 2, *work})]
    assert splitting.by_load(customers, [7, 8], work, carried, room) == expected


@pytest.mark.parametrize(
    ("work", "carried", "room", "expected"),
    [
        ({1: 60, 2: 60}, {7: 0, 8: 0}, {7: 0, 8: 100}, {1: 8, 2: 8}),
        ({}, {7: 0, 8: 0}, {7: 0, 8: 100}, {1: 8, 2: 8}),
        ({}, {7: 0, 8: 0}, {7: 100, 8: 100}, {1: 7, 2: 8}),  # each counts as a minute
        ({1: 60}, {7: 90, 8: 30}, {7: 0, 8: 0}, {1: 8, 2: 7}),
        ({2: 90}, {7: 0, 8: 0}, {7: 100, 8: 100}, {1: 7, 2: 8}),  # in the order given, not most work first
    ],
)
def test_least_loaded_in_order(work, carried, room, expected):
    carried_before = sum(carried.values())
    assert splitting.least_loaded([1, 2], [7, 8], work, carried, room) == expected
    assert sum(carried.values()) - carried_before == sum(max(1, work.get(pk, 0)) for pk in (1, 2))
