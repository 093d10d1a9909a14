import datetime as dt
from decimal import Decimal
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Contract, Customer
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


def cell(days_before: int, group: str = "score") -> Calibration:
    return Calibration.objects.get(days_before=days_before, group=group)


def at(score: float, days_before: int = 90) -> Decimal:
    return calibration.curve_of(cell(days_before)).at(score).mean


def test_without_history_the_starting_belief_speaks_and_says_so():
    calibration.refresh(DAY)
    assert set(Calibration.objects.values_list("days_before", "group")) == {
        (0, "notice"), *((days, group) for days in (90, 180, 365) for group in ("score", "none")),
    }  # fmt: skip
    row = cell(90)
    assert (row.n, row.is_fitted) == (0, False)
    # the beliefs, 55 % of red at 20, 75 % of yellow at 55, 90 % of green at 85, lie on one curve but for two points
    for score, share in calibration.BELIEFS:
        assert float(at(score)) == pytest.approx(share, abs=0.02)
    none = cell(90, "none")
    # Beta(8, 2): mean .8
    assert (none.is_fitted, none.mean) == (False, Decimal("0.800"))
    notice = cell(0, "notice")
    assert (notice.is_fitted, notice.mean, notice.low, notice.high) == (False, None, None, None)


def test_enough_closed_renewals_move_the_curve_towards_their_own_record():
    closed_terms("green", 20, 0)
    closed_terms("red", 4, 16)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    row = cell(90)
    assert (row.n, row.kept, row.is_fitted) == (40, 24, True)
    assert at(20) < Decimal("0.40")  # 4 of 20, and a belief of 55 % worth ten
    assert at(80) > Decimal("0.90")
    assert cell(90, "none").is_fitted is False


def test_below_the_minimum_the_starting_belief_alone_counts():
    calibration.refresh(DAY)
    before = at(20)
    closed_terms("red", 0, calibration.MINIMUM - 1)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    assert (cell(90).n, at(20), cell(90).is_fitted) == (29, before, False)


def test_one_more_and_the_record_speaks():
    closed_terms("red", 0, calibration.MINIMUM)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    assert cell(90).is_fitted
    assert at(20) < Decimal("0.30")


COUNTS = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 60), st.floats(0, 1)).map(
        lambda drawn: calibration.Count(drawn[0], drawn[1], round(drawn[1] * drawn[2]))
    ),
    max_size=8,
)


@given(counts=COUNTS)
@settings(max_examples=30, deadline=None)
def test_a_better_score_is_never_worse_and_the_curve_balances(counts):
    """It never falls; and as of every logistic regression the fitted renewals add up to those that were."""
    curve = calibration.curve(counts)
    rates = [curve.at(score) for score in range(0, 101, 10)]
    assert [rate.mean for rate in rates] == sorted(rate.mean for rate in rates)
    assert all(0 <= rate.low <= rate.mean <= rate.high <= 1 for rate in rates)
    worth = calibration.BELIEF_WORTH
    kept = sum(count.kept for count in counts) + sum(worth * share for _, share in calibration.BELIEFS)
    fitted = sum(count.n * chance(curve, count.score) for count in counts)
    fitted += sum(worth * chance(curve, score) for score, _ in calibration.BELIEFS)
    assert fitted == pytest.approx(kept, rel=1e-3, abs=1e-3)


def chance(curve: calibration.Curve, score: float) -> float:
    return 1 / (1 + exp(-(curve.intercept + curve.slope * score / 100)))


def test_where_the_record_says_the_opposite_the_curve_is_flat():
    counts = [calibration.Count(20, 300, 290), calibration.Count(80, 300, 60)]
    curve = calibration.curve(counts)
    # 290 + 60 + 22 of the beliefs, of 630
    assert curve.slope == 0
    assert [float(curve.at(score).mean) for score in (0, 100)] == pytest.approx([372 / 630] * 2, abs=5e-4)


def test_who_had_left_before_the_distance_did_not_come_up_from_there():
    closed_terms("red", 30, 10, ended_days_early=120)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    assert [(cell(d).n, cell(d).kept) for d in (90, 180)] == [(30, 30), (40, 30)]


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
    on_the_day = calibration.fit(before + dt.timedelta(days=1))
    assert {row.n for row in on_the_day if row.group == "score" and row.days_before == 90} == {40}
    assert {row.n for row in calibration.fit(DAY) if row.group == "score" and row.days_before == 90} == {40}


def test_open_renewals_get_the_likelihood_of_their_score_and_distance():
    made = {score: due_in(90, customer(score=score, band="red")) for score in (19, 20, 21)}
    none, notice, confirmed = due_in(90), due_in(90), due_in(91, ended_on=DAY + dt.timedelta(days=91))
    Contract.objects.filter(pk=notice.pk).update(notice_given_on=DAY)
    pipeline.sweep(DAY)
    assert forecast.refresh(DAY) == 4
    rows = {row.contract_id: row for row in Renewal.objects.all()}
    for score, contract_ in made.items():
        row, said = rows[contract_.pk], calibration.curve_of(cell(90)).at(score)
        assert (row.model_likelihood, row.model_low, row.model_high) == said
    assert rows[made[19].pk].model_likelihood < rows[made[20].pk].model_likelihood < rows[made[21].pk].model_likelihood
    assert rows[none.pk].model_likelihood == Decimal("0.800")
    assert rows[notice.pk].model_likelihood is None
    assert rows[confirmed.pk].model_likelihood is None
    assert forecast.refresh(DAY) == 0


def test_history_is_kept_only_on_change():
    calibration.refresh(DAY)
    calibration.refresh(DAY + dt.timedelta(days=1))
    assert Calibration.objects.count() == 7
    closed_terms("green", 30, 10)
    pipeline.sweep(DAY)
    calibration.refresh(DAY + dt.timedelta(days=2))
    assert Calibration.objects.count() > 7
    assert {row.day for row in calibration.standing(DAY)} == {DAY}


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(n, django_assert_num_queries):
    for days in range(n):
        due_in(30 + days, customer(score=20, band="red"))
    pipeline.sweep(DAY)
    with django_assert_num_queries(7):  # five and a savepoint
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


@pytest.mark.parametrize(
    ("n", "kept", "belief", "mean"),
    [(0, 0, {}, 0.5), (8, 8, {}, 0.9), (8, 0, {}, 0.1), (10, 6, {"belief": 0.8, "worth": 10}, 0.7)],
)
def test_a_rate_is_the_record_and_a_belief_worth_so_many(n, kept, belief, mean):
    # (1 + 8) ÷ (2 + 8), and (8 + 6) ÷ (10 + 10)
    assert float(calibration.rate(n, kept, **belief).mean) == pytest.approx(mean)
