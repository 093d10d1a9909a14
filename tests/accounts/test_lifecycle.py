import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import facts, lifecycle
from accounts.models import Contract, Customer, DatedFact, ExchangeRate, Fact
from tests.factories import DAY, contract, customer, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    return organisation()


def swept(one: Customer, day: dt.date = DAY) -> Customer:
    lifecycle.sweep(day)
    one.refresh_from_db()
    return one


def test_status_follows_the_contracts():
    prospect, live, notice, churned, trial = (customer(status="prospect") for _ in range(5))
    contract(live)
    contract(notice, notice_given_on=DAY)
    contract(churned, ended_on=DAY)
    contract(trial, is_trial=True)
    lifecycle.sweep(DAY)
    status = dict(Customer.objects.values_list("pk", "status"))
    assert [status[c.pk] for c in (prospect, live, notice, churned, trial)] == [
        "prospect",
        "live",
        "notice",
        "churned",
        "prospect",
    ]


def test_notice_of_one_contract_among_two_leaves_the_customer_live():
    one = customer(status="prospect")
    contract(one)
    contract(one, notice_given_on=DAY)
    assert swept(one).status == "live"


@pytest.mark.parametrize(
    ("tenure", "stage"),
    [(0, "onboarding"), (90, "onboarding"), (91, "growth"), (364, "growth"), (365, "mature")],
)
def test_stage_by_days_since_the_first_contract(tenure, stage):
    one = customer()
    contract(one, starts_on=DAY - dt.timedelta(days=tenure))
    assert swept(one).stage == stage


@pytest.mark.django_db
@pytest.mark.parametrize(("tenure", "stood"), [(0, 0), (90, 90), (91, 0), (364, 273), (365, 0), (2_000, 1_635)])
def test_a_stage_is_as_old_as_the_days_that_it_holds(tenure, stood):
    one = customer()
    contract(one, starts_on=DAY - dt.timedelta(days=tenure), ends_on=None)
    assert lifecycle.stage_since(swept(one)) == DAY - dt.timedelta(days=stood)


@pytest.mark.django_db
def test_without_paid_revenue_no_stage_has_begun():
    assert lifecycle.stage_since(swept(customer())) is None


def test_arr_sums_running_lines_of_running_contracts():
    one = customer()
    running = contract(one, amount=12_000)
    running.lines.create(product="Add-on", starts_on=DAY, annual_amount=600)
    running.lines.create(product="Old", starts_on=running.starts_on, ends_on=DAY, annual_amount=5_000)
    running.lines.create(product="Later", starts_on=DAY + dt.timedelta(days=1), annual_amount=7_000)
    contract(one, amount=9_000, ended_on=DAY)
    contract(one, amount=4_000, is_trial=True)
    assert swept(one).arr == Decimal("12600.00")


def test_arr_converts_at_the_rate_of_the_fiscal_year(company):
    company.fiscal_year_start_month = 4
    company.save()
    ExchangeRate.objects.create(currency="JPY", fiscal_year=2025, rate=Decimal("0.0070"))
    ExchangeRate.objects.create(currency="JPY", fiscal_year=2026, rate=Decimal("0.0065"))
    one = customer()
    contract(one, amount=1_000_000, currency="JPY", starts_on=dt.date(2025, 1, 1))
    assert swept(one, dt.date(2026, 3, 31)).arr == Decimal("7000.00")
    assert swept(one, dt.date(2026, 4, 1)).arr == Decimal("6500.00")


def test_second_sweep_changes_nothing():
    one = customer()
    contract(one)
    assert lifecycle.sweep(DAY) == 1
    before = DatedFact.objects.count()
    assert lifecycle.sweep(DAY) == 0
    assert DatedFact.objects.count() == before


def test_facts_tell_the_status_of_any_past_day():
    one = customer(status="prospect")
    made = contract(one, starts_on=dt.date(2026, 1, 1))
    lifecycle.sweep(dt.date(2026, 1, 1))
    made.ended_on = dt.date(2026, 11, 1)
    made.save()
    lifecycle.sweep(dt.date(2026, 11, 1))
    asked = {
        day: Customer.objects.annotate(was=facts.as_of(day, Fact.STATUS)).get().was
        for day in (dt.date(2025, 12, 31), dt.date(2026, 10, 31), dt.date(2026, 11, 1))
    }
    assert list(asked.values()) == [None, "live", "churned"]


@pytest.mark.parametrize("rows", [1, 3])
def test_sweep_takes_two_statements_whatever_the_customers(rows):
    for _ in range(rows):
        contract(customer(status="prospect"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        lifecycle.sweep(DAY)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 2


def stood(one: Customer, day: dt.date) -> tuple:
    lifecycle.sweep(day)
    one.refresh_from_db()
    return one.status, one.stage, one.arr, one.first_contract_on, one.leaves_on


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_renewals_as_new_rows_go_on_as_one_customer():
    one, two = customer(), customer()
    contract(one, starts_on=day("2024-11-01"), ended_on=day("2025-11-01"))
    contract(one, starts_on=day("2025-11-01"), ended_on=day("2026-11-01"))
    contract(one, starts_on=day("2026-11-01"), amount=15_000)
    follower = contract(two, starts_on=day("2026-11-01"), amount=6_000)
    contract(two, starts_on=day("2025-11-01"), ends_on=day("2026-11-01"), amount=6_000, replaced_by=follower)
    assert stood(one, DAY) == ("live", "mature", 15_000, day("2024-11-01"), None)
    for today in (day("2026-10-31"), day("2026-11-01"), DAY):
        assert stood(two, today) == (
            "live",
            "growth" if today < day("2026-11-01") else "mature",
            6_000,
            day("2025-11-01"),
            None,
        )


@pytest.mark.parametrize(("gap", "since"), [(1, "2021-01-01"), (30, "2021-01-01"), (31, "2026-11-01")])
def test_who_comes_back_after_a_long_break_starts_anew(gap, since):
    one = customer()
    contract(one, starts_on=day("2021-01-01"), ended_on=day("2026-11-01") - dt.timedelta(days=gap))
    contract(one, starts_on=day("2026-11-01"))
    stage = "onboarding" if since == "2026-11-01" else "mature"
    assert stood(one, DAY) == ("live", stage, 12_000, day(since), None)
    assert one.tenure_days(DAY) == (DAY - day(since)).days


def test_free_plans_pay_nothing():
    free, fallen, risen = customer(), customer(), customer()
    contract(free, starts_on=day("2024-01-01"), amount=0)
    contract(fallen, starts_on=day("2024-01-01"), ended_on=day("2026-01-01"), amount=5_000)
    contract(fallen, starts_on=day("2026-01-01"), amount=0)
    contract(risen, starts_on=day("2023-01-01"), ended_on=day("2026-10-15"), amount=0)
    contract(risen, starts_on=day("2026-10-15"), amount=8_000)
    assert stood(free, DAY) == ("prospect", "onboarding", 0, None, None)
    assert stood(fallen, day("2025-12-31"))[0] == "notice"  # its end is known
    assert stood(fallen, day("2026-01-01"))[:3] == ("churned", "mature", 0)
    assert stood(risen, DAY) == ("live", "onboarding", 8_000, day("2026-10-15"), None)


def test_an_end_known_before_it_comes_is_notice():
    inside, both, one_of_two = customer(), customer(), customer()
    contract(inside, starts_on=day("2026-02-01"), ended_on=day("2026-12-15"))
    contract(both, ended_on=day("2026-12-20"))
    contract(both, starts_on=day("2026-01-20"), notice_given_on=day("2026-11-01"))
    contract(one_of_two, ended_on=day("2026-12-20"))
    contract(one_of_two, starts_on=day("2027-01-01"))  # begins later and goes on
    assert [stood(one, DAY)[::4] for one in (inside, both, one_of_two)] == [
        ("notice", day("2026-12-15")), ("notice", day("2027-01-20")), ("live", None),
    ]  # fmt: skip


def test_follower_that_leaves_or_is_free_ends_what_it_replaced():
    leaving, falling, staying = customer(), customer(), customer()
    for one, values in ((leaving, {"ended_on": day("2027-06-01")}), (falling, {"amount": 0}), (staying, {})):
        follower = contract(one, starts_on=day("2027-01-01"), **values)
        contract(one, replaced_by=follower)
    assert [stood(one, DAY)[::4] for one in (leaving, falling, staying)] == [
        ("notice", day("2027-06-01")), ("notice", day("2027-01-01")), ("live", None),
    ]  # fmt: skip


def test_notice_learned_later_changes_no_earlier_day():
    one = customer()
    contract(one, starts_on=day("2025-01-20"), notice_given_on=day("2026-11-01"), ended_on=day("2027-01-20"))
    assert stood(one, day("2026-10-31"))[0] == "live"
    assert stood(one, day("2026-11-01"))[0] == "notice"


def test_arr_in_a_currency_without_rate_cannot_be_told():
    one = customer()
    contract(one, amount=50_000)
    contract(one, amount=50_000, currency="EUR")
    assert stood(one, DAY)[:3] == ("live", "growth", None)
    assert lifecycle.sweep(DAY) == 0
    ExchangeRate.objects.create(currency="EUR", fiscal_year=2026, rate=Decimal("1.1"))
    assert stood(one, DAY)[2] == Decimal(105_000)


@pytest.mark.parametrize("amount", ["999999999999.99"])
def test_sum_of_the_largest_amounts_is_held(amount):
    one = customer()
    for _ in range(3):
        contract(one, amount=Decimal(amount))
    assert stood(one, DAY)[2] == 3 * Decimal(amount)


def test_since_on_a_past_day_is_that_of_the_stretch_then():
    one = customer()
    contract(one, starts_on=day("2021-01-01"), ended_on=day("2022-01-01"))
    contract(one, starts_on=day("2026-11-01"))
    lifecycle.sweep(DAY)
    text = lifecycle.since_on("c", "%(day)s::date")
    with connection.cursor() as cursor:
        for today, since in (
            ("2020-12-31", None),
            ("2021-06-01", "2021-01-01"),
            ("2026-10-31", "2021-01-01"),
            ("2026-11-01", "2026-11-01"),
        ):
            cursor.execute(f"SELECT {text} FROM accounts_customer c", {"day": today})
            assert cursor.fetchone() == (since and day(since),)


@pytest.mark.parametrize("late", ["contract", "line"])
@pytest.mark.parametrize(("asked", "since"), [(-2, None), (-1, -300), (0, -300)])
def test_a_past_day_does_not_know_since_of_a_contract_that_was_learned_later(late, asked, since):
    one = customer()
    made = contract(one, starts_on=DAY - dt.timedelta(days=300))
    learned = DAY - dt.timedelta(days=1)
    (Contract.objects.all() if late == "contract" else made.lines.all()).update(known_on=learned)
    lifecycle.sweep(DAY)
    text = lifecycle.since_on("c", "%(day)s::date", known_on="%(day)s::date")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text} FROM accounts_customer c", {"day": DAY + dt.timedelta(days=asked)})
        assert cursor.fetchone() == (since and DAY + dt.timedelta(days=since),)
