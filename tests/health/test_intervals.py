"""Wilson's interval against figures worked by hand and its own definition."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.intervals import Z_95, wilson


def test_worked_interval():
    # 8 of 10: p = 0.8, z² = 3.8415; middle (0.8 + 0.19207) / 1.38415 = 0.71674;
    # reach 1.95996 / 1.38415 · √(0.016 + 0.0096036) = 1.41601 · 0.160011 = 0.22658.
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


def test_nothing_counted_has_no_interval():
    assert wilson(0, 0) is None


@given(n=st.integers(1, 5000), share=st.floats(0, 1))
def test_ends_are_the_shares_that_the_counted_one_is_just_not_too_far_from(n: int, share: float):
    hits = round(share * n)
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            assert abs(hits / n - end) == pytest.approx(Z_95 * sqrt(end * (1 - end) / n), rel=1e-6, abs=1e-9)
