"""The score: worked figures by hand, missing data, ceilings, history, both forms, kills."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import changes
from accounts.models import Customer, Entitlement, Invoice
from health import scoring
from health.models import Feature, Score, Scorecard, SurveyResponse, UsageDay
from health.publishing import shipped
from tests import factories as make
from tests.examples import dear
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, ticket, use

pytestmark = pytest.mark.usefixtures("months")

TWO_GROUPS = {
    "adoption": (60, {"usage_frequency": 30, "feature_breadth": 10}),
    "support": (40, {"support_csat": 3, "tickets_balance": 1}),
}


def score(customer: Customer, day: dt.date = DAY) -> Score:
    scoring.score_range(customer.pk, customer.pk, day)
    return Score.objects.filter(customer=customer).as_of(day).select_related("scorecard").get()


def rows() -> list[dict[str, Any]]:
    return list(Score.objects.order_by("customer_id", "day").values())


def without_ids(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in {"id", "changed_at"}} for row in found]


def test_score_worked_by_hand() -> None:
    scorecard(TWO_GROUPS)
    customer = make.customer()
    use(customer, range(0, 24, 2), features=6)  # 12 days of 28: 3 a week of 4: 75 points; 6 features of 1 to 8: 71
    ticket(customer, 10, csat=4, solved_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))  # 4 of 2.5 to 4.5: 75 points
    found = score(customer)
    assert [part.points for part in found.parts] == [75, 71, 75, 100]
    assert [round(part.weight, 6) for part in found.parts] == [0.45, 0.15, 0.3, 0.1]
    # 75 × .45 + 71 × .15 + 75 × .3 + 100 × .1 = 33.75 + 10.65 + 22.5 + 10
    assert (found.value, found.raw, found.band) == (77, Decimal("76.90"), "green")
    assert (found.coverage, found.ceiling, found.oldest_input_on) == (1, "", ago(10))


def test_missing_measure_gives_its_weight_to_its_group() -> None:
    scorecard(TWO_GROUPS)
    customer = make.customer()
    use(customer, range(0, 24, 2), features=6)
    ticket(customer, 10)  # nobody rated it
    found = score(customer)
    assert [part.points for part in found.parts] == [75, 71, None, 100]
    assert [round(part.weight, 6) for part in found.parts] == [0.45, 0.15, 0, 0.4]
    assert (found.raw, found.value) == (Decimal("84.40"), 84)  # 33.75 + 10.65 + 40
    assert found.coverage == Decimal("0.700")


def test_missing_group_gives_its_weight_to_the_other_groups() -> None:
    scorecard(TWO_GROUPS)
    customer = make.customer()
    use(customer, range(0, 24, 2), features=6)
    found = score(customer)
    assert [round(part.weight, 6) for part in found.parts] == [0.75, 0.25, 0, 0]
    assert (found.raw, found.coverage) == (Decimal("74.00"), Decimal("0.600"))  # 56.25 + 17.75


def test_no_data_at_all_is_no_score() -> None:
    scorecard(TWO_GROUPS)
    customer = make.customer()
    found = score(customer)
    assert (found.value, found.band, found.coverage, found.oldest_input_on) == (None, "", 0, None)
    customer.refresh_from_db()
    assert (customer.score, customer.band) == (None, "")


def test_stale_input_counts_as_missing_but_stays_visible() -> None:
    scorecard({"all": (1, {"support_csat": {"shelf_life_days": 30}, "usage_frequency": 1})})
    customer = make.customer()
    use(customer, [0])
    ticket(customer, 31, csat=5, solved_at=dt.datetime(2026, 10, 25, tzinfo=dt.UTC))
    csat = score(customer).parts[0]
    assert (csat.points, csat.amount, csat.newest_on) == (None, 5.0, ago(31))


@pytest.mark.parametrize(
    ("value", "band"),
    [("69.99", "yellow"), ("70.00", "green"), ("45.00", "yellow"), ("44.99", "red")],
)
def test_bands_begin_at_their_figure(value: str, band: str) -> None:
    """Points of an NPS measure from 0 to 100 in hundredths are not to be had; the thresholds move instead."""
    wanted = Decimal(value)
    card = scorecard({"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 14}})})  # 7 of 14 days: 50 points
    shift = Decimal(50) - wanted
    card.green_from, card.yellow_from = Decimal(70) + shift, Decimal(45) + shift
    card.save()
    customer = make.customer()
    use(customer, range(28))
    found = score(customer)
    assert (found.value, found.band) == (Decimal(50), band)


def test_current_columns_follow_the_score() -> None:
    scorecard(TWO_GROUPS)
    customer = make.customer()
    use(customer, range(24))
    found = score(customer)
    customer.refresh_from_db()
    assert (customer.score, customer.band, customer.band_since) == (found.value, found.band, DAY)
    assert customer.scored_at is not None


def test_band_since_moves_only_with_the_band() -> None:
    scorecard({"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 7}})})
    customer = make.customer()
    use(customer, range(28))
    score(customer)
    later = DAY + dt.timedelta(days=4)
    assert score(customer, later).value == Decimal("86.00")  # 24 of 28 days
    customer.refresh_from_db()
    assert (customer.score, customer.band_since) == (Decimal("86.00"), DAY)
    score(customer, DAY + dt.timedelta(days=10))  # 18 of 28: 64
    customer.refresh_from_db()
    assert (customer.band, customer.band_since) == ("yellow", DAY + dt.timedelta(days=10))


def test_churned_customer_keeps_history_and_loses_current_score() -> None:
    scorecard(TWO_GROUPS)
    customer = make.customer()
    use(customer, range(24))
    score(customer)
    Customer.objects.filter(pk=customer.pk).update(status="churned")
    assert scoring.score_range(customer.pk, customer.pk, DAY + dt.timedelta(days=1)) == 0
    customer.refresh_from_db()
    assert (customer.score, customer.band, customer.scored_at, customer.band_since) == (None, "", None, None)
    assert Score.objects.filter(customer=customer).count() == 1


def test_a_customer_whom_no_scorecard_fits_any_more_loses_its_current_score() -> None:
    scorecard(TWO_GROUPS, stages=["onboarding"])
    customer, other = make.customer(stage="onboarding"), make.customer(stage="onboarding")
    for each in (customer, other):
        use(each, range(24))
        score(each)
    Customer.objects.filter(pk=customer.pk).update(stage="growth")
    assert scoring.score_customers([customer.pk, other.pk], DAY + dt.timedelta(days=1)) == 1
    assert dict(Customer.objects.values_list("pk", "band")) == {customer.pk: "", other.pk: "green"}
    assert Score.objects.filter(customer=customer).count() == 1


@pytest.mark.parametrize("state", ["prospect", "churned"])
def test_only_current_customers_are_scored(state: str) -> None:
    scorecard(TWO_GROUPS)
    customer = make.customer(status=state)
    use(customer, range(24))
    assert scoring.score_range(customer.pk, customer.pk, DAY) == 0


def test_history_gets_a_row_only_on_change() -> None:
    scorecard({"all": (1, {"usage_frequency": 1})})
    customer = make.customer()
    use(customer, range(20, 80), uses=5)  # days of use a week: falls from day to day only while days leave
    first = score(customer)
    assert score(customer, DAY + dt.timedelta(days=0)).pk == first.pk
    assert score(customer, DAY + dt.timedelta(days=8)).value == 0
    assert Score.objects.count() == 2
    assert score(customer, DAY + dt.timedelta(days=9)).day == DAY + dt.timedelta(days=8)
    assert Score.objects.count() == 2


def test_same_day_again_overwrites_that_days_row() -> None:
    scorecard({"all": (1, {"usage_frequency": 1})})
    customer = make.customer()
    use(customer, range(7))
    before = score(customer)
    use(customer, range(7, 14))
    after = score(customer)
    assert (before.pk, before.value, after.value) == (after.pk, Decimal("44.00"), Decimal("88.00"))
    assert Score.objects.count() == 1


def test_row_of_the_day_goes_when_nothing_differs_from_before_after_all() -> None:
    scorecard({"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 1}})})
    customer = make.customer()
    use(customer, range(28))
    score(customer)
    tomorrow = DAY + dt.timedelta(days=1)
    UsageDay.objects.filter(customer=customer).delete()
    assert score(customer, tomorrow).value is None
    assert Score.objects.count() == 2
    use(customer, range(28))
    assert score(customer, tomorrow).day == DAY
    assert Score.objects.count() == 1


@pytest.mark.parametrize("which", ["segment", "stage", "position", "nothing"])
def test_scorecard_is_the_first_that_fits(which: str) -> None:
    segment = make.segment()
    groups: Any = {"all": (1, {"usage_frequency": 1})}
    first = scorecard(groups, position=1, stages=["onboarding"] if which == "stage" else [])
    if which == "segment":
        first.segments.add(make.segment())
    second = scorecard(groups, position=2)
    if which == "nothing":
        Scorecard.objects.filter(pk=first.pk).update(is_published=False)
    customer = make.customer(segment=segment, stage="mature")
    use(customer, [1])
    assert score(customer).scorecard == (first if which == "position" else second)


def test_champion_who_left_holds_the_score_down() -> None:
    scorecard({"all": (1, {"usage_frequency": 1})}, {"champion_left": 69})
    customer = make.customer()
    use(customer, range(28))
    make.contact(customer, roles=["champion"], state="left", state_on=ago(3))
    found = score(customer)
    assert (found.value, found.raw, found.band, found.ceiling) == (69, 100, "yellow", "champion_left")
    assert found.raw - found.value == 31
    make.contact(customer, roles=["champion"], state_on=ago(1))
    assert score(customer).ceiling == ""


def test_login_only_use_is_held_below_green() -> None:
    scorecard({"all": (1, {"usage_frequency": 1})}, {"login_only": 69})
    customer = make.customer()
    use(customer, range(28), core_uses=0)
    assert score(customer).ceiling == ""  # nobody said which features are core
    Feature.objects.create(key="deals", name="Deals", is_core=True)
    assert (score(customer).ceiling, score(customer).value) == ("login_only", 69)


def test_silence_for_a_month_is_held_below_green() -> None:
    scorecard({"all": (1, {"tickets_balance": 1})}, {"silent": 69})
    customer = make.customer()
    ticket(customer, 5)
    use(customer, [30])
    assert score(customer).ceiling == ""
    assert score(customer, DAY + dt.timedelta(days=1)).ceiling == "silent"


def test_lowest_ceiling_wins() -> None:
    scorecard({"all": (1, {"tickets_balance": 1})}, {"silent": 60, "champion_left": 50})
    customer = make.customer()
    ticket(customer, 5)
    use(customer, [40])
    make.contact(customer, roles=["champion"], state="left", state_on=ago(3))
    found = score(customer)
    assert (found.value, found.ceiling) == (50, "champion_left")


def outcome(customer: Customer, state: str, back: int = 40) -> None:
    goal = customer.objectives.create(title="Faster", agreed_on=ago(100))
    goal.outcomes.create(measure="hours", state=state, measured_on=ago(back))


@pytest.mark.parametrize(
    ("csat", "states", "held"),
    [
        (4, ["missed"], "no_value"),
        (4, ["missed", "partial"], ""),
        (4, ["achieved"], ""),
        (3, ["missed"], ""),
        (None, ["missed"], ""),
        (5, [], ""),
        (5, ["open"], ""),
    ],
)
def test_content_with_support_but_without_value_is_held_below_green(
    csat: int | None, states: list[str], held: str
) -> None:
    """Field guide 20."""
    scorecard({"all": (1, {"tickets_balance": 1})}, {"no_value": 69})
    customer = make.customer()
    ticket(customer, 100, csat=csat, solved_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC))
    ticket(customer, 20)
    for state in states:
        outcome(customer, state)
    assert score(customer).ceiling == held


@pytest.mark.parametrize(
    ("due", "paid", "held"),
    [(60, None, "overdue"), (59, None, ""), (90, 1, ""), (90, 0, ""), (90, -1, "overdue")],
)
def test_an_invoice_long_overdue_is_held_below_green(due: int, paid: int | None, held: str) -> None:
    scorecard({"all": (1, {"tickets_balance": 1})}, {"overdue": 69})
    customer = make.customer()
    ticket(customer, 5)
    paid_on = None if paid is None else ago(paid)
    Invoice.objects.create(
        customer=customer,
        source="t",
        external_id="1",
        issued_on=ago(due + 30),
        due_on=ago(due),
        paid_on=paid_on,
        amount=9,
    )
    assert score(customer).ceiling == held


def test_past_is_asked_as_of_the_day() -> None:
    scorecard({"all": (1, {"usage_frequency": 1, "champion_present": 1})}, {"champion_left": 69})
    customer = make.customer(first_contract_on=ago(300), status="churned")
    make.contract(customer, starts_on=ago(300), ended_on=ago(10))
    use(customer, range(60, 74))  # two weeks of use long ago
    use(customer, range(28), uses=99)  # after the day that is asked
    make.contact(customer, roles=["champion"], state="left", state_on=ago(30))
    scoring.score_history([ago(60), ago(9)])
    found = Score.objects.select_related("scorecard").get()
    assert (found.day, found.ceiling) == (ago(60), "")
    assert [(part.points, part.amount) for part in found.parts] == [(88, 3.5), (100, 1.0)]
    customer.refresh_from_db()
    assert customer.score is None


def test_past_of_today_equals_today() -> None:
    shipped.install(DAY)
    customers = [portfolio_customer(number) for number in range(6)]
    scoring.score_range(customers[0].pk, customers[-1].pk, DAY)
    today = without_ids(rows())
    Score.objects.all().delete()
    scoring.score_history([DAY])
    assert without_ids(rows()) == today


def portfolio_customer(number: int) -> Customer:
    """A customer with every kind of signal, a different one for each number."""
    tenure = [30, 200, 500][number % 3]
    stage = ["onboarding", "growth", "mature"][number % 3]
    customer = make.customer(first_contract_on=ago(tenure), stage=stage)
    contract = make.contract(customer, starts_on=ago(tenure))
    if number % 2:
        Entitlement.objects.create(contract=contract, kind="seats", quantity=5 + number)
    use(
        customer,
        range(number % 5, 100, 1 + number % 4),
        uses=3 + number,
        core_uses=number % 3,
        active_users=number % 4,
        features=1 + number % 3,
        feature_bits=(1 << number) | 5,
        errors=number % 2,
    )
    for back in range(3, 80, 11 + number):
        solved = dt.datetime.combine(ago(back - 1), dt.time(3), dt.UTC) if back % 2 else None
        first = dt.datetime.combine(ago(back), dt.time(10), dt.UTC)
        ticket(customer, back, csat=1 + (back + number) % 5, solved_at=solved, first_response_at=first)
    SurveyResponse.objects.create(
        customer=customer, kind="nps", answer=number % 11, answered_on=ago(20), source="t", external_id=f"n{number}"
    )
    roles = [["champion"], ["sponsor"], ["user"]][number % 3]
    make.contact(customer, roles=roles, state=["active", "left"][number % 2], state_on=ago(50))
    customer.touchpoints.create(kind="call", happened_on=ago(5 * number))
    objective = customer.objectives.create(title="Faster", agreed_on=ago(100))
    objective.outcomes.create(measure="hours", state="achieved", measured_on=ago(15 + number))
    return customer


def test_both_forms_give_the_same_rows() -> None:
    shipped.install(DAY)
    Feature.objects.create(key="core", name="Core", is_core=True)
    customers = [portfolio_customer(number) for number in range(12)]
    ids = [customer.pk for customer in customers]
    assert scoring.score_range(ids[0], ids[-1], DAY) == 12
    full, current = without_ids(rows()), list(Customer.objects.order_by("pk").values("pk", "score", "band"))
    assert len({row["value"] for row in full}) > 6
    Score.objects.all().delete()
    Customer.objects.update(score=None, band="", band_since=None)
    assert scoring.score_customers(ids, DAY) == 12
    assert without_ids(rows()) == full
    assert list(Customer.objects.order_by("pk").values("pk", "score", "band")) == current


def test_running_twice_leaves_the_same_rows() -> None:
    shipped.install(DAY)
    customers = [portfolio_customer(number) for number in range(3)]
    scoring.score_range(customers[0].pk, customers[-1].pk, DAY)
    kept, stamps = rows(), list(Customer.objects.values_list("scored_at", flat=True))
    scoring.score_range(customers[0].pk, customers[-1].pk, DAY)
    assert rows() == kept
    assert list(Customer.objects.values_list("scored_at", flat=True)) == stamps


@pytest.mark.parametrize("form", ["full", "changed"])
def test_statements_do_not_grow_with_customers(form: str) -> None:
    shipped.install(DAY)
    counts = []
    for number, wanted in enumerate((1, 3)):
        while Customer.objects.count() < wanted:
            portfolio_customer(Customer.objects.count())
        ids = list(Customer.objects.values_list("pk", flat=True).order_by("pk"))
        day = DAY + dt.timedelta(days=number)
        counts.append([statements_of(form, ids, day), statements_of(form, ids, day)])
    assert counts[0][0] == counts[1][0] <= 26
    # The rows of the day are compared in each of the three histories that has some.
    assert all(0 < again - once <= 3 for once, again in counts)


def statements_of(form: str, ids: list[int], day: dt.date) -> int:
    with CaptureQueriesContext(connection) as seen:
        if form == "full":
            scoring.score_range(ids[0], ids[-1], day)
        else:
            scoring.score_customers(ids, day)
    return len(seen)


class Killed(BaseException):
    """A signal, not an error: nothing that handles errors sees it."""


def test_killed_after_any_statement_leaves_what_was_and_the_next_run_finishes() -> None:
    shipped.install(DAY)
    customers = [portfolio_customer(number) for number in range(3)]
    first, last = customers[0].pk, customers[-1].pk
    scoring.score_range(first, last, ago(1))
    before = rows()
    with transaction.atomic():
        scoring.score_range(first, last, DAY)
        wanted = without_ids(rows())
        transaction.set_rollback(True)
    for number in range(1, 20):
        kill_at(number, lambda: scoring.score_range(first, last, DAY))
        assert rows() == before
    scoring.score_range(first, last, DAY)
    assert without_ids(rows()) == wanted


def kill_at(number: int, act: Any) -> None:
    """Run ``act`` and raise after its ``number``-th statement."""
    count = 0

    def after(execute: Any, *args: Any) -> Any:
        nonlocal count
        answer = execute(*args)
        count += 1
        if count == number:
            raise Killed
        return answer

    with pytest.raises(Killed), transaction.atomic(), connection.execute_wrapper(after):
        act()


def test_chunks_cover_every_customer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scoring.chunks(DAY) == []
    ids = [make.customer().pk for _ in range(5)]
    assert scoring.chunks(DAY) == [(ids[0], ids[-1])]
    monkeypatch.setattr(scoring, "CHUNK", 2)
    assert scoring.chunks(DAY) == [(ids[0], ids[1]), (ids[2], ids[3]), (ids[4], ids[4])]


def test_a_range_scored_for_the_day_is_left_out_until_somebody_in_it_changes() -> None:
    shipped.install(DAY)
    customer = make.customer()
    everyone = [(customer.pk, customer.pk)]
    changes.mark([customer.pk])
    scoring.score_range(customer.pk, customer.pk, DAY)
    assert scoring.chunks(DAY) == []
    assert scoring.chunks(DAY + dt.timedelta(days=1)) == everyone
    changes.mark([customer.pk])
    assert scoring.chunks(DAY) == everyone
    scoring.score_range(customer.pk, customer.pk, DAY)
    assert scoring.chunks(DAY) == []
    Scorecard.objects.update(green_from=Decimal(80))
    assert scoring.chunks(DAY) == everyone


SOME = settings(max_examples=dear(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(
    frequency=st.integers(0, 28),
    features=st.integers(0, 12),
    csat=st.one_of(st.none(), st.integers(1, 5)),
    weights=st.lists(st.integers(1, 99), min_size=6, max_size=6),
)
def test_parts_sum_to_the_score_and_weights_to_one(
    frequency: int, features: int, csat: int | None, weights: list[int]
) -> None:
    with transaction.atomic():
        scorecard(
            {
                "adoption": (weights[0], {"usage_frequency": weights[1], "feature_breadth": weights[2]}),
                "support": (weights[3], {"support_csat": weights[4], "tickets_balance": weights[5]}),
            }
        )
        customer = make.customer()
        use(customer, range(frequency), features=features)
        if csat:
            ticket(customer, 3, csat=csat, solved_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
        found = score(customer)
        if found.value is not None:
            total = sum(Decimal(str(part.contribution)) for part in found.parts)
            assert abs(total - found.raw) < Decimal("0.0051")
            assert abs(sum(part.weight for part in found.parts) - 1) < 1e-6
            assert all(part.weight == 0 for part in found.parts if part.points is None)
        transaction.set_rollback(True)


@SOME
@given(lower=st.integers(1, 27), more=st.integers(0, 27))
def test_more_of_a_good_thing_never_lowers_the_score(lower: int, more: int) -> None:
    with transaction.atomic():
        scorecard(TWO_GROUPS)
        first, second = make.customer(), make.customer()
        use(first, range(lower))
        use(second, range(min(lower + more, 28)))
        assert score(first).value <= score(second).value
        transaction.set_rollback(True)


@SOME
@given(order=st.permutations(range(12)))
def test_order_of_rows_does_not_matter(order: list[int]) -> None:
    values = []
    for days in (range(12), order):
        with transaction.atomic():
            scorecard(TWO_GROUPS)
            customer = make.customer()
            for back in days:
                use(customer, [back], uses=back + 1, features=1 + back % 4)
            values.append(score(customer).value)
            transaction.set_rollback(True)
    assert values[0] == values[1]
