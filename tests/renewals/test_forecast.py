import datetime as dt
from decimal import Decimal
from math import sqrt

import pytest

from accounts.models import Customer
from health.models import UsageDay
from renewals import forecast, pipeline
from renewals.forecast.figures import Voice
from renewals.models import Renewal
from tests.factories import DAY, contract, customer, user
from tests.renewals.factories import due_in

UNTIL = DAY + dt.timedelta(days=120)


def known(days, amount, *, of=None, **fields) -> Renewal:
    """A renewal with given likelihoods."""
    made = due_in(days, of, amount=amount)
    pipeline.sweep(DAY)
    values = {"model_low": Decimal("0.4"), "model_high": Decimal("0.6")} | fields
    Renewal.objects.filter(contract=made).update(**values)
    return Renewal.objects.get(contract=made)


def summed(**changed):
    given = {"customers": Customer.objects.all(), "first": DAY, "until": UNTIL, "day": DAY} | changed
    return forecast.summary(**given)


def share(text):
    return Decimal(text)


@pytest.fixture
def book():
    """Four open renewals of two owners: 100k, 50k, 30k, 20k."""
    mara, jonas = user(name="Mara"), user(name="Jonas")
    return {
        "commit": known(10, 100_000, of=customer(owner=mara), model_likelihood=share("0.9")),
        "called": known(40, 50_000, of=customer(owner=jonas), model_likelihood=share("0.5"), csm_likelihood=share("0.8")),
        "decided": known(
            70, 30_000, of=customer(owner=jonas), model_likelihood=share("0.5"), csm_likelihood=share("0.9"),
            final_likelihood=share("0.4"), final_reason="Champion gone", category="best_case",
        ),
        "omitted": known(80, 20_000, of=customer(owner=jonas), model_likelihood=share("0.5"), category="omitted"),
    }  # fmt: skip


def test_totals_by_hand(book):
    found = summed()
    # 100k × .9 + 50k × .8 + 30k × .4 + 0
    assert (found.renewals, found.available, found.expected) == (4, Decimal(200_000), Decimal(142_000))
    assert found.share == share("0.71")
    assert [(s.key, s.renewals, s.arr, s.expected) for s in found.by_category] == [
        ("commit", 1, 100_000, 90_000),
        ("most_likely", 1, 50_000, 40_000),
        ("best_case", 1, 30_000, 12_000),
        ("at_risk", 0, 0, 0),
        ("omitted", 1, 20_000, 0),
    ]
    assert [(s.label, s.arr) for s in found.by_owner] == [("Jonas", 100_000), ("Mara", 100_000)]
    assert [(s.key, s.arr, s.expected) for s in found.by_month] == [
        (dt.date(2026, 12, 1), 100_000, 90_000),
        (dt.date(2027, 1, 1), 50_000, 40_000),
        (dt.date(2027, 2, 1), 50_000, 12_000),
    ]
    # neither committed (≥ 90 %) nor given up: 50k at .8 and 30k at .4
    assert (found.swing, found.swing_renewals) == (80_000, 2)


def test_three_voices_by_hand(book):
    found = summed()
    # model: 90k + 25k + 15k; CSM: 50k × .8 + 30k × .9, nothing where no call was made; the manager: 30k × .4
    assert (found.model.expected, found.csm.expected, found.final.expected) == (130_000, 67_000, 12_000)
    assert (found.model.spoken, found.csm.spoken, found.final.spoken) == (3, 2, 1)
    assert (found.model.arr, found.csm.arr, found.final.arr) == (180_000, 80_000, 30_000)
    assert (found.csm.share, found.final.share) == (share("0.8375"), share("0.4"))
    own = 100_000**2 * 0.09 + (50_000**2 + 30_000**2) * 0.25
    shared = 180_000 * 0.2 / 2 / 1.2816
    reach = 1.2816 * sqrt(own + shared**2)
    assert float(found.model.low) == pytest.approx(130_000 - reach, abs=1)
    assert float(found.model.high) == 180_000  # never above what is open


def test_closed_ones_count_with_what_was_kept(book):
    auto = due_in(0, amount=10_000, auto_renews=True)
    lost = due_in(0, amount=4_000, ended_on=DAY)
    pipeline.sweep(DAY)
    found = summed()
    assert (found.available, found.expected) == (Decimal(214_000), Decimal(152_000))
    assert (found.closed.kept, found.sums.kept, found.closed.lost, found.sums.lost) == (1, 10_000, 1, 4_000)
    assert (found.closed.by_itself, found.closed.passive, found.closed.passive_arr) == (1, 1, 10_000)
    UsageDay.objects.create(customer=auto.customer, day=DAY - dt.timedelta(days=28), active_users=3)
    UsageDay.objects.create(customer=lost.customer, day=DAY - dt.timedelta(days=1), active_users=3)
    assert summed().closed.passive == 0


@pytest.mark.parametrize(("back", "users", "passive"), [(0, 3, 1), (1, 3, 0), (28, 3, 0), (29, 3, 1), (9, 0, 1)])
def test_passive_is_a_renewal_by_itself_without_anybody_in_the_28_days_before(back, users, passive):
    auto = due_in(0, amount=10_000, auto_renews=True)
    pipeline.sweep(DAY)
    UsageDay.objects.create(customer=auto.customer, day=DAY - dt.timedelta(days=back), active_users=users)
    assert summed().closed.passive == passive


@pytest.mark.parametrize(
    ("likelihood", "swings"), [("0.100", False), ("0.101", True), ("0.899", True), ("0.900", False)]
)
def test_what_can_go_either_way_is_neither_given_up_nor_committed(likelihood, swings):
    known(30, 1000, model_likelihood=share(likelihood))
    assert summed().swing_renewals == int(swings)


@pytest.mark.parametrize(("days", "counts"), [(0, True), (119, True), (120, False)])
def test_a_period_includes_its_first_day_and_not_its_end(days, counts):
    due_in(days, amount=1_000)
    pipeline.sweep(DAY - dt.timedelta(days=1))
    due = forecast.due_between(Customer.objects.all(), DAY, UNTIL)
    assert due.exists() is counts


@pytest.mark.parametrize(
    ("expected", "arr", "result"), [("300", "400", "0.75"), ("0", "400", "0"), (None, "0", None), ("0", "0", None)]
)
def test_a_voice_has_a_share_where_it_has_spoken_on_money(expected, arr, result):
    voice = Voice(expected and Decimal(expected), 1, Decimal(arr))
    assert voice.share == (result and Decimal(result))


def test_rolling_revenue_stands_beside(book):
    contract(customer(), term_months=1, amount=50_000)
    found = summed()
    assert (found.rolling, found.rolling_share) == (50_000, share("0.2"))
    assert found.available == 200_000


def test_only_the_customers_and_period_asked_for(book):
    mara = Customer.objects.filter(owner__name="Mara")
    assert summed(customers=mara).available == 100_000
    assert summed(first=DAY + dt.timedelta(days=41)).available == 50_000
    assert summed(until=DAY + dt.timedelta(days=40)).available == 100_000


def test_nothing_is_an_answer():
    found = summed()
    assert (found.renewals, found.available, found.expected, found.share, found.rolling_share) == (0, 0, 0, None, None)
    assert (found.model.expected, found.csm.expected, found.final.expected) == (None, None, None)


@pytest.mark.parametrize(
    ("likelihood", "category"),
    [("0.95", "commit"), ("0.9", "commit"), ("0.899", "most_likely"), ("0.75", "most_likely"), ("0.6", "best_case"),
     ("0.599", "at_risk"), ("0.53", "at_risk")],
)  # fmt: skip
def test_a_category_nobody_set_follows_from_the_likelihood(likelihood, category):
    known(30, 1000, model_likelihood=share(likelihood))
    row = forecast.with_final(Renewal.objects.all()).get()
    assert (row.said, row.is_derived) == (category, True)


@pytest.mark.parametrize(
    ("days", "csm", "final", "needed"),
    [(90, "0.65", None, True), (90, "0.649", None, False), (91, "0.9", None, False), (30, "0.35", None, True),
     (30, "0.9", "0.7", False), (30, None, None, False)],
)  # fmt: skip
def test_a_disagreement_wants_a_decision_from_90_days_out(days, csm, final, needed):
    decided = {"final_likelihood": share(final), "final_reason": "Seen"} if final else {}
    known(days, 1000, model_likelihood=share("0.5"), csm_likelihood=csm and share(csm), **decided)
    assert forecast.needs_decision(Renewal.objects.all(), DAY).exists() is needed


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(n, django_assert_num_queries):
    for _ in range(n):
        known(30, 1000, model_likelihood=share("0.5"))
    with django_assert_num_queries(10):
        summed()
