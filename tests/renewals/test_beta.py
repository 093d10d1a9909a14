from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renewals import beta


@pytest.mark.parametrize(
    ("x", "a", "b", "below"),
    [
        (0.3, 1, 1, 0.3),  # uniform
        (0.5, 7, 7, 0.5),  # symmetric
        (0.4, 2, 1, 0.16),  # x²
        (0.4, 1, 2, 0.64),  # 1 − (1 − x)²
        (0.5, 2, 3, 0.6875),  # 11/16: at least 2 of 4 coins show heads
        (0, 3, 4, 0),
        (1, 3, 4, 1),
    ],
)
def test_cdf_of_worked_cases(x, a, b, below):
    assert beta.cdf(x, a, b) == pytest.approx(below, abs=1e-12)


@settings(deadline=None)
@given(share=st.floats(0.01, 0.99), a=st.floats(0.5, 400), b=st.floats(0.5, 400))
def test_quantile_is_the_inverse(share, a, b):
    assert beta.cdf(beta.quantile(share, a, b), a, b) == pytest.approx(share, abs=1e-6)


def test_a_large_sample_is_nearly_normal():
    mean, deviation = 0.8, (0.8 * 0.2 / 10_001) ** 0.5
    assert beta.quantile(0.9, 8000, 2000) == pytest.approx(mean + deviation * NormalDist().inv_cdf(0.9), abs=1e-4)
