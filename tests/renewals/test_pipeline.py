import datetime as dt
import re
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from accounts.models import Contract, ContractLine, Customer, ExchangeRate
from accounts.revenue import contract_arr
from renewals import money, pipeline
from renewals.models import PrepPart, Renewal, TermCheck
from renewals.term_facts import anything_to_look_at
from tests.factories import DAY, contract, customer, organisation, segment
from tests.renewals.factories import due_in, renewal_due_in, successor


def days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def the(made: Contract, term: int = 1) -> Renewal:
    return Renewal.objects.get(contract=made, term_number=term)


def outcomes(made: Contract) -> list[tuple[int, str, dt.date | None]]:
    rows = Renewal.objects.filter(contract=made).order_by("term_number")
    return list(rows.values_list("term_number", "outcome", "closed_on"))


# Which contracts open a renewal


def test_a_paid_year_opens_one_upcoming_renewal():
    made = contract(customer(), starts_on=dt.date(2026, 3, 1), amount=24_000)
    assert pipeline.sweep(DAY) == 1
    row = the(made)
    assert (row.due_on, row.arr, row.stage, row.notice_on) == (dt.date(2027, 3, 1), Decimal(24_000), "upcoming", None)
    assert Customer.objects.get().next_renewal_on == dt.date(2027, 3, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"is_trial": True},
        {"term_months": 1},
        {"term_months": 5},
        {"amount": 0},
        {"starts_on": DAY, "ended_on": DAY},
        {"starts_on": DAY - days(100), "ends_on": DAY - days(100) + days(90), "term_months": 3},
    ],
)
def test_trials_short_terms_and_nothing_paid_open_none(fields):
    contract(customer(), **fields)
    assert pipeline.sweep(DAY) == 0
    assert not Renewal.objects.exists()


def test_a_term_ending_beyond_400_days_waits_for_its_day():
    made = contract(customer(), starts_on=DAY - days(10), ends_on=DAY + days(401))
    pipeline.sweep(DAY)
    assert not Renewal.objects.exists()
    assert pipeline.sweep(DAY + days(1)) == 1
    assert the(made).stage == "upcoming"


@pytest.mark.parametrize(("due", "asks"), [(1, False), (0, True), (-1, True)])
def test_a_term_is_looked_at_from_the_day_it_ends(due, asks):
    made = due_in(9)
    pipeline.sweep(DAY)
    TermCheck.objects.all().delete()
    Renewal.objects.filter(contract=made).update(due_on=DAY + days(due))
    assert anything_to_look_at(DAY) is asks


def test_a_contract_far_ahead_is_seen_in_time():
    made = contract(customer(), starts_on=DAY + days(500))
    for later in range(0, 901, 30):
        pipeline.sweep(DAY + days(later))
    assert the(made).due_on == DAY + days(500) + days(365)


# Following the contract


def test_an_open_renewal_follows_dates_notice_and_money():
    made = due_in(200)
    pipeline.sweep(DAY)
    first = the(made).pk
    made.ends_on += days(30)
    made.notice_days = 60
    made.save()
    made.lines.update(annual_amount=18_000)
    assert pipeline.sweep(DAY) == 1
    row = the(made)
    assert (row.pk, row.due_on, row.notice_on, row.arr) == (
        first,
        DAY + days(230),
        DAY + days(170),
        Decimal(18_000),
    )


def test_arr_is_that_of_the_terms_last_day():
    made = due_in(200)
    ContractLine.objects.create(contract=made, product="Later", starts_on=DAY + days(199), annual_amount=500)
    ContractLine.objects.create(
        contract=made, product="Earlier", starts_on=DAY, ends_on=DAY + days(199), annual_amount=7_000
    )
    pipeline.sweep(DAY)
    assert the(made).arr == Decimal(12_500)


def test_arr_agrees_with_the_records_own_and_follows_a_rate():
    organisation(currency="USD")
    ExchangeRate.objects.create(currency="JPY", fiscal_year=2026, rate=Decimal("0.0065"))
    made = due_in(30, currency="JPY", amount=6_000_000)
    pipeline.sweep(DAY)
    own = Contract.objects.annotate(value=contract_arr(DAY + days(29))).get(pk=made.pk).value
    assert the(made).arr == own == Decimal(39_000)
    ExchangeRate.objects.update(rate=Decimal("0.007"))
    pipeline.sweep(DAY)
    assert the(made).arr == Decimal(42_000)


def test_a_contract_that_turns_monthly_leaves_no_renewal_behind():
    made = contract(customer())
    pipeline.sweep(DAY)
    Contract.objects.filter(pk=made.pk).update(term_months=1)
    pipeline.sweep(DAY)
    assert not Renewal.objects.exists()
    assert Customer.objects.get().next_renewal_on is None


# How terms end


def test_a_passed_term_with_the_contract_alive_was_auto_renewed_or_rolled():
    for auto, outcome in [(True, "auto"), (False, "rolled")]:
        made = contract(customer(), starts_on=dt.date(2024, 2, 29), auto_renews=auto)
        pipeline.sweep(DAY)
        assert outcomes(made) == [
            (1, outcome, dt.date(2025, 2, 28)),
            (2, outcome, dt.date(2026, 2, 28)),
            (3, "", None),
        ]
        assert the(made, 3).due_on == dt.date(2027, 2, 28)
        assert the(made, 2).closed_arr == Decimal(12_000)


def test_the_day_of_the_term_end_closes_one_renewal_and_opens_the_next():
    made = due_in(20, auto_renews=True)
    pipeline.sweep(DAY)
    pipeline.sweep(DAY + days(19))
    assert outcomes(made) == [(1, "", None)]
    pipeline.sweep(DAY + days(20))
    assert outcomes(made) == [(1, "auto", DAY + days(20)), (2, "", None)]
    assert Customer.objects.get().next_renewal_on == DAY + days(20 + 365)


def test_a_contract_that_ends_inside_its_term_churned_that_day():
    made = due_in(200)
    pipeline.sweep(DAY)
    made.ended_on = DAY + days(10)
    made.save()
    pipeline.sweep(DAY)
    assert outcomes(made) == [(1, "", None)]
    pipeline.sweep(DAY + days(10))
    assert outcomes(made) == [(1, "churned", DAY + days(10))]
    assert the(made).closed_arr == 0
    assert Customer.objects.get().next_renewal_on is None


def test_a_churn_in_a_term_never_seen_is_written_too():
    made = contract(customer(), starts_on=DAY - days(10), term_months=36, ended_on=DAY)
    pipeline.sweep(DAY)
    assert outcomes(made) == [(1, "churned", DAY)]


def test_a_contract_that_ends_with_its_term_has_left_at_its_end():
    made = due_in(0)
    made.ended_on = DAY
    made.save()
    pipeline.sweep(DAY)
    assert outcomes(made) == [(1, "churned", DAY)]


def test_a_term_passed_without_revenue_after_it_is_a_churn():
    made = due_in(0, line={"ends_on": DAY})
    pipeline.sweep(DAY)
    assert outcomes(made) == [(1, "churned", DAY)]


@pytest.mark.parametrize(("after", "going_on"), [(None, 12_000), (5_000, 5_000), (20_000, 12_000)])
def test_what_goes_on_is_the_lesser_of_before_and_after_or_all_where_nothing_is_agreed_after(after, going_on):
    made = due_in(10, line={"ends_on": DAY + days(10)})
    if after is not None:
        ContractLine.objects.create(contract=made, product="B", starts_on=DAY + days(10), annual_amount=after)
    pipeline.sweep(DAY)
    assert (the(made).arr, the(made).arr_going_on) == (12_000, going_on)


@pytest.mark.parametrize(
    ("amount", "outcome"),
    [(12_000, "renewed"), (12_120, "renewed"), (12_121, "expanded"), (11_880, "renewed"), (11_879, "contracted")],
)
def test_a_replaced_contract_closes_by_the_arr_of_its_successor(amount, outcome):
    made = due_in(10)
    new = successor(made, amount, DAY + days(10))
    pipeline.sweep(DAY)
    row = the(made)
    assert (row.outcome, row.successor, row.closed_on, row.closed_arr) == (outcome, new, DAY, Decimal(amount))
    assert the(new).due_on == DAY + days(10 + 365)


def test_a_flat_renewal_stays_flat_when_the_rate_changes_with_the_fiscal_year():
    organisation(currency="USD", fiscal_year_start_month=12)
    for year, rate in [(2025, "0.0060"), (2026, "0.0072")]:
        ExchangeRate.objects.create(currency="JPY", fiscal_year=year, rate=Decimal(rate))
    made = due_in(7, currency="JPY", amount=1_000_000)
    new = successor(made, 1_000_000, DAY + days(7))
    Contract.objects.filter(pk=new.pk).update(currency="JPY")
    pipeline.sweep(DAY)
    row = the(made)
    assert (row.outcome, row.arr, row.closed_arr) == ("renewed", Decimal(6_000), Decimal(6_000))


def test_what_a_follower_without_a_rate_brings_is_unknown_and_not_nothing():
    made = due_in(7, amount=5_000)
    new = successor(made, 4_000, DAY + days(7))
    Contract.objects.filter(pk=new.pk).update(currency="EUR")
    pipeline.sweep(DAY)
    row = the(made)
    assert (row.outcome, row.successor, row.arr, row.closed_arr) == ("renewed", new, Decimal(5_000), None)
    sums = money.sums(Renewal.objects.filter(pk=row.pk))
    assert (sums.available, sums.contracted, sums.untold) == (0, 0, 1)


def test_contracts_cotermed_into_one_are_judged_together():
    one = customer()
    first, second = due_in(0, one, amount=9_000), due_in(5, one, amount=3_000)
    new = successor(first, 13_200, DAY)
    second.replaced_by, second.ended_on = new, DAY
    second.save()
    pipeline.sweep(DAY)
    assert [(the(c).outcome, the(c).closed_arr) for c in (first, second)] == [
        ("expanded", Decimal(9_900)),
        ("expanded", Decimal(3_300)),
    ]


def test_late_news_puts_right_what_closed_by_itself():
    made = due_in(-10, auto_renews=True)
    pipeline.sweep(DAY)
    assert outcomes(made) == [(1, "auto", DAY - days(10)), (2, "", None)]
    made.ended_on = DAY - days(10)
    made.save()
    pipeline.sweep(DAY)
    assert outcomes(made) == [(1, "churned", DAY - days(10))]


def test_what_a_person_closed_stays(django_user_model):
    row = renewal_due_in(20)
    Renewal.objects.filter(pk=row.pk).update(
        stage="closed", outcome="churned", closed_on=DAY, closed_arr=0, closed_by=row.customer.owner
    )
    row.contract.lines.update(annual_amount=99_000)
    pipeline.sweep(DAY)
    row.refresh_from_db()
    assert (row.outcome, row.arr) == ("churned", Decimal(12_000))


# Prep


@pytest.mark.parametrize(
    ("lead", "notice", "opens_at"),
    [(90, 0, 90), (60, 0, 60), (75, 30, 75), (60, 31, 61), (60, 90, 120), (None, 0, 90)],
)
def test_prep_opens_on_the_earlier_of_lead_and_notice(lead, notice, opens_at):
    of = customer(segment=segment(renewal_lead_days=lead) if lead else None)
    made = due_in(opens_at + 1, of, notice_days=notice)
    pipeline.sweep(DAY)
    assert the(made).stage == "upcoming"
    pipeline.sweep(DAY + days(1))
    row = the(made)
    assert (row.stage, row.prep_opened_on) == ("preparing", DAY + days(1))
    assert list(row.parts.order_by("pk").values_list("part", flat=True)) == ["health", "value", "issues", "case"]


def test_prep_that_is_late_is_caught_up_at_once_and_never_later_than_60_days():
    late, sixty = due_in(3), due_in(60, customer(segment=segment(renewal_lead_days=60)))
    pipeline.sweep(DAY)
    assert {the(c).stage for c in (late, sixty)} == {"preparing"}


def test_renewals_within_30_days_of_each_other_share_one_prep():
    one = customer()
    made = {n: due_in(n, one) for n in (50, 80, 81, 112, 150)}
    pipeline.sweep(DAY)
    rows = {n: the(c) for n, c in made.items()}
    assert {n: row.stage for n, row in rows.items()} == {
        50: "preparing", 80: "preparing", 81: "preparing", 112: "upcoming", 150: "upcoming",
    }  # fmt: skip
    assert [rows[n].prep_with for n in (50, 80, 81)] == [None, rows[81], None]
    assert PrepPart.objects.count() == 8
    pipeline.sweep(DAY + days(22))
    row = the(made[112])
    assert (row.stage, row.prep_with_id) == ("preparing", None)


def test_a_renewal_not_due_itself_is_taken_along_by_one_within_30_days():
    one = customer()
    called, near, far = due_in(90, one), due_in(120, one), due_in(121, one)
    pipeline.sweep(DAY)
    assert [the(c).stage for c in (called, near, far)] == ["preparing", "preparing", "upcoming"]
    assert the(near).prep_with == the(called)
    pipeline.sweep(DAY + days(31))
    assert the(far).prep_with is None


def test_a_later_renewal_joins_the_prep_that_is_open():
    one = customer()
    first = due_in(80, one)
    pipeline.sweep(DAY)
    second = due_in(70, one)
    pipeline.sweep(DAY)
    assert the(second).prep_with == the(first)


# Running it


def test_twice_on_a_day_leaves_the_same_rows():
    for n in (-30, 10, 80, 200):
        due_in(n)
    pipeline.sweep(DAY)
    before = [list(model.objects.order_by("pk").values()) for model in (Renewal, PrepPart, TermCheck, Customer)]
    assert pipeline.sweep(DAY) == 0
    assert before == [list(model.objects.order_by("pk").values()) for model in (Renewal, PrepPart, TermCheck, Customer)]


def test_days_missed_are_caught_up_to_the_same_rows():
    made = [due_in(n, auto_renews=n % 2 == 0) for n in (3, 40, 95, 130)]
    for n in range(46):
        pipeline.sweep(DAY + days(n))
    daily = [outcomes(c) for c in made]
    Renewal.objects.all().delete()
    TermCheck.objects.bulk_create(TermCheck(contract_id=c.pk, from_day=DAY) for c in made)
    pipeline.sweep(DAY + days(45))
    assert [outcomes(c) for c in made] == daily


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_do_nothing_twice():
    one = customer()
    for n in (10, 30, 70, 300):
        due_in(n, one)
    found, gate = [], threading.Barrier(2)

    def run():
        try:
            gate.wait()
            found.append(pipeline.sweep(DAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 7]
    assert Renewal.objects.count() == 4
    assert PrepPart.objects.count() == 8


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(n, django_assert_num_queries):
    for _ in range(n):
        one = customer()
        due_in(20, one)
        due_in(30, one)
        contract(one, starts_on=DAY - days(800))
    with django_assert_num_queries(20):
        pipeline.sweep(DAY)
    with django_assert_num_queries(5):
        pipeline.sweep(DAY)


def test_each_sum_stands_in_the_plan_once():
    """Folded into one another the parts of the statement name 180 subqueries, which take ten times longer to plan than to run."""
    told = []

    def explain(execute, sql, params, many, context):
        if sql is pipeline.DERIVE:
            with connection.connection.cursor() as raw:
                raw.execute(f"EXPLAIN {sql}", params)
                told.extend(row[0] for row in raw)
        return execute(sql, params, many, context)

    contract(customer())
    with connection.execute_wrapper(explain):
        pipeline.sweep(DAY)
    assert 0 < len({name for line in told for name in re.findall(r"SubPlan \d+", line)}) < 30


def test_a_sweep_that_dies_leaves_nothing_and_the_next_one_does_it_all():
    for n in (10, 70, 300):
        due_in(n)
    marks = TermCheck.objects.count()
    with transaction.atomic():
        assert pipeline.sweep(DAY) == 5
        transaction.set_rollback(True)
    assert (Renewal.objects.count(), TermCheck.objects.count()) == (0, marks)
    assert pipeline.sweep(DAY) == 5
