import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Customer
from health.models import Score, Scorecard
from renewals import calibration, forecast, pipeline
from renewals.models import Calibration, Renewal
from tests.factories import DAY, contract, customer
from tests.renewals.factories import due_in


def closed_terms(band: str, kept: int, lost: int, ended_days_early: int = 0) -> None:
    """Terms that ended 100 days ago, of customers in ``band`` for a year before."""
    card = Scorecard.objects.get_or_create(key="card", defaults={"name": "Card", "created_on": DAY})[0]
    due = DAY - dt.timedelta(days=100)
    made = Customer.objects.bulk_create(Customer(name=f"{band} {n}", status="live") for n in range(kept + lost))
    for n, one in enumerate(made):
        ended = None if n < kept else due - dt.timedelta(days=ended_days_early)
        contract(one, starts_on=due - dt.timedelta(days=365), ends_on=due, ended_on=ended)
    if band:
        on = due - dt.timedelta(days=364)
        value = {"green": 80, "yellow": 60, "red": 20}[band]
        Score.objects.bulk_create(Score(customer=c, day=on, scorecard=card, value=value, band=band) for c in made)


def cell(days_before: int, band: str) -> Calibration:
    return Calibration.objects.get(days_before=days_before, band=band)


def test_without_history_the_prior_speaks_and_says_so():
    calibration.refresh(DAY)
    assert Calibration.objects.count() == 12
    row = cell(90, "red")
    # Beta(5.5, 4.5): mean .55; 80 % of it lies from .350 to .745
    assert (row.n, row.is_fitted, row.mean, row.low, row.high) == (
        0, False, Decimal("0.550"), Decimal("0.350"), Decimal("0.745"),
    )  # fmt: skip


def test_enough_closed_renewals_move_each_band_by_its_own_record():
    closed_terms("green", 19, 1)
    closed_terms("red", 4, 16)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    green, red, none = cell(90, "green"), cell(90, "red"), cell(90, "")
    assert (green.n, green.kept, green.is_fitted) == (20, 19, True)
    # (9 + 19) / (10 + 20); (5.5 + 4) / 30; no record: the prior
    assert (green.mean, red.mean, none.mean) == (Decimal("0.933"), Decimal("0.317"), Decimal("0.800"))
    assert green.low < green.mean < green.high
    assert red.high < green.low


def test_below_the_minimum_the_prior_alone_counts():
    closed_terms("red", 0, calibration.MINIMUM - 1)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    assert (cell(90, "red").n, cell(90, "red").mean, cell(90, "red").is_fitted) == (29, Decimal("0.550"), False)


def test_who_had_left_before_the_distance_did_not_come_up_from_there():
    closed_terms("red", 30, 10, ended_days_early=120)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    assert [(cell(d, "red").n, cell(d, "red").kept) for d in (90, 180)] == [(30, 30), (40, 30)]


def test_a_term_still_running_says_nothing_yet():
    made = contract(customer(), starts_on=DAY - dt.timedelta(days=200), ended_on=DAY - dt.timedelta(days=5))
    pipeline.sweep(DAY)
    assert Renewal.objects.get(contract=made).outcome == "churned"
    calibration.refresh(DAY)
    assert sum(row.n for row in Calibration.objects.all()) == 0


def test_only_what_was_known_on_the_day_counts():
    closed_terms("green", 30, 10)
    pipeline.sweep(DAY)
    before = DAY - dt.timedelta(days=101)
    assert {row.n for row in calibration.fit(before)} == {0}
    assert {row.n for row in calibration.fit(DAY) if row.band == "green" and row.days_before == 90} == {40}


def test_open_renewals_get_the_rate_of_their_band_and_distance():
    near, far = due_in(90, customer(score=20, band="red")), due_in(91, customer(score=90, band="green"))
    pipeline.sweep(DAY)
    assert forecast.refresh(DAY) == 2
    rows = {row.contract_id: row for row in Renewal.objects.all()}
    assert rows[near.pk].model_likelihood == Decimal("0.550")
    assert rows[far.pk].model_likelihood == Decimal("0.900")
    assert forecast.refresh(DAY) == 0


def test_history_is_kept_only_on_change():
    calibration.refresh(DAY)
    calibration.refresh(DAY + dt.timedelta(days=1))
    assert Calibration.objects.count() == 12
    closed_terms("green", 30, 10)
    pipeline.sweep(DAY)
    calibration.refresh(DAY + dt.timedelta(days=2))
    assert Calibration.objects.count() > 12
    assert {row.day for row in calibration.standing(DAY)} == {DAY}


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(n, django_assert_num_queries):
    for days in range(n):
        due_in(30 + days, customer(score=20, band="red"))
    pipeline.sweep(DAY)
    with django_assert_num_queries(6):  # four and a savepoint
        forecast.refresh(DAY)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        (1, 1, 0.1, 0.9),  # uniform
        (2, 1, 0.1**0.5, 0.9**0.5),  # x² lies below x
        (1, 2, 1 - 0.9**0.5, 1 - 0.1**0.5),  # 1 − (1 − x)²
        (5.5, 4.5, 0.350, 0.745),  # the prior of red
    ],
)
def test_the_middle_of_a_beta_distribution_by_hand(a, b, low, high):
    assert calibration.interval(a, b) == pytest.approx((low, high), abs=5e-4)
