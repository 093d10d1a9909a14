import datetime as dt
from itertools import pairwise

import pytest

from renewals.periods import quarter_of, quarters_from


@pytest.mark.parametrize(
    ("day", "starts_in", "first", "last", "number", "year"),
    [
        ("2026-11-24", 1, "2026-10-01", "2026-12-31", 4, 2026),
        ("2026-11-24", 4, "2026-10-01", "2026-12-31", 3, 2026),
        ("2027-01-31", 4, "2027-01-01", "2027-03-31", 4, 2026),
        ("2027-01-31", 2, "2026-11-01", "2027-01-31", 4, 2026),
        ("2027-02-01", 2, "2027-02-01", "2027-04-30", 1, 2027),
        ("2026-12-31", 12, "2026-12-01", "2027-02-28", 1, 2026),
    ],
)
def test_quarter_of_a_day(day, starts_in, first, last, number, year):
    found = quarter_of(dt.date.fromisoformat(day), starts_in)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert (found.number, found.fiscal_year, found.key) == (number, year, first[:7])


def test_quarters_follow_without_a_gap():
    found = quarters_from(dt.date(2026, 11, 24), 4, 4)
    assert [q.key for q in found] == ["2026-10", "2027-01", "2027-04", "2027-07"]
    assert all(a.until == b.first for a, b in pairwise(found))
