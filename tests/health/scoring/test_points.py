"""Points in Python are the database's points, thresholds by tenure included."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from health.models import TenureThreshold
from health.scorecards import Line, Threshold, published
from health.scoring.points import points_of
from health.scoring.purposes import point
from tests import factories as make
from tests.examples import dear
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use
from tests.health.scoring.test_scoring import score

TENURES = [(90, 0.0, 10.0), (365, 20.0, 10.0)]


def line(zero_at: float, full_at: float, by_tenure: Sequence[tuple[int, float, float]] = ()) -> Line:
    later = tuple(Threshold(days, exact(zero), exact(full)) for days, zero, full in by_tenure)
    return Line("nps", Decimal(1), 28, exact(zero_at), exact(full_at), by_tenure=later)


def exact(figure: float) -> Decimal:
    return Decimal(repr(figure))


@pytest.mark.parametrize(
    ("amount", "tenure", "points"),
    [
        (2.0, None, 40),  # 2 of 5
        (2.0, 89, 40),
        (2.0, 90, 20),  # 2 of 10
        (2.0, 364, 20),
        (18.0, 365, 20),  # from 20 down to 10
        (-1.0, 0, 0),
        (99.0, 0, 100),
        (None, 0, None),
    ],
)
def test_threshold_that_has_begun_counts(amount: float | None, tenure: int | None, points: int | None) -> None:
    assert points_of(amount, line(0.0, 5.0, TENURES), tenure) == points


def test_a_half_goes_to_the_even_point() -> None:
    """12.5 and 13.5 of 100 lie half way: 12 and 14."""
    assert [points_of(amount, line(0.0, 1.0), None) for amount in (0.125, 0.135)] == [12, 14]


figures = st.decimals(-1000, 1000, places=4).map(float)
slopes = st.tuples(figures, figures).filter(lambda pair: pair[0] != pair[1])
amounts = st.one_of(figures, st.floats(-1e9, 1e9).filter(lambda amount: amount == 0 or abs(amount) > 1e-200))


@pytest.mark.django_db
@settings(max_examples=dear(300), deadline=None)
@given(
    amount=amounts,
    own=slopes,
    others=st.lists(st.tuples(st.integers(1, 900), slopes), max_size=3, unique_by=lambda other: other[0]),
    tenure=st.one_of(st.none(), st.integers(0, 1000)),
)
def test_points_equal_the_databases(
    amount: float,
    own: tuple[float, float],
    others: list[tuple[int, tuple[float, float]]],
    tenure: int | None,
) -> None:
    asked = line(*own, sorted((days, *at) for days, at in others))
    words = point(asked, 0).replace("<today>", f"DATE '{DAY}'")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {words} FROM (SELECT %s::float8, %s::int, DATE '{DAY}') q(a0, tenure, n0)", [amount, tenure]
        )
        assert points_of(amount, asked, tenure) == cursor.fetchone()[0]


@pytest.mark.usefixtures("months")
def test_tenure_is_counted_to_the_day_scored() -> None:
    card = scorecard({"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 7}})})
    rule = card.groups.get().measures.get()
    TenureThreshold.objects.create(line=rule, from_days=90, zero_at=3, full_at=7)
    TenureThreshold.objects.create(line=rule, from_days=200, zero_at=0, full_at=14)
    assert published()[0].content.lines[0].by_tenure == (
        Threshold(90, Decimal(3), Decimal(7)),
        Threshold(200, Decimal(0), Decimal(14)),
    )
    found = []
    for tenure in (None, 89, 90, 200):
        customer = make.customer(first_contract_on=None if tenure is None else ago(tenure))
        use(customer, range(24))  # 24 days of 28: 6 a week
        found.append(score(customer).parts[0].points)
    assert found == [86, 86, 75, 43]  # 6 of 7; the same; 3 of 4; 6 of 14
