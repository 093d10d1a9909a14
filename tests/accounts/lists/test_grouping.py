"""The condition that holds for one group's rows alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict

from accounts.lists import find, read
from accounts.lists.grouping import Rows, groups, member
from accounts.lists.kinds import Grouping
from accounts.lists.older import leaf
from tests.factories import DAY, customer, organisation, user

DUE = Grouping("cases:due")


@pytest.mark.parametrize(
    ("first", "until"),
    [
        (date(2026, 1, 1), "2026-02-01"),
        (date(2026, 2, 1), "2026-03-01"),
        (date(2028, 2, 1), "2028-03-01"),  # of 29 days
        (date(2026, 4, 1), "2026-05-01"),
        (date(2026, 12, 1), "2027-01-01"),
    ],
)
def test_a_month_runs_from_its_first_day_to_that_of_the_next(first: date, until: str) -> None:
    assert member(DUE, first) == {
        "all": [leaf("cases:due", "from", first.isoformat()), leaf("cases:due", "before", until)]
    }


@pytest.mark.parametrize(
    ("grouping", "value", "condition"),
    [
        (DUE, None, leaf("cases:due", "missing")),
        (Grouping("cases:severity"), "high", leaf("cases:severity", "is", "high")),
        (Grouping("cases:type"), None, leaf("cases:type", "missing")),
    ],
)
def test_any_other_group_has_its_value_or_none(grouping: Grouping, value: Any, condition: Any) -> None:
    assert member(grouping, value) == condition


@pytest.mark.parametrize(("count", "first", "more"), [(0, 0, 0), (6, 6, 0), (9, 6, 3)])
def test_more_are_those_that_are_not_shown(count: int, first: int, more: int) -> None:
    assert Rows("x", count, None, 0, [object()] * first).more == more


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["arr", "-arr"])
def test_a_group_shows_first_what_the_list_shows_first_also_where_rows_are_alike(sort: str) -> None:
    organisation()
    admin = user("admin")
    small, *alike = [customer(arr=arr) for arr in (1_000, 5_000, 5_000, 5_000)]
    listing = read(find("customers"), admin, QueryDict(f"sort={sort}&group=segment"), DAY)
    (group,), more = groups(listing, listing.grouping)
    expected = [small, *alike] if sort == "arr" else [*reversed(alike), small]
    assert [row.pk for row in group.first] == [row.pk for row in listing.in_order()] == [row.pk for row in expected]
    assert more == 0
