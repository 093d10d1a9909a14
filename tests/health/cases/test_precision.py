"""Figures of rules, worked by hand: precision, lead time, surprise churn; scoped, one statement each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Customer
from health.cases import precision
from health.cases.precision import Figures, Surprises
from health.models import Case
from tests.counting import statements
from tests.factories import DAY, contract, customer, organisation, user
from tests.health.cases.rows import case, closed, rule
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db


def gone(of: Customer, days_ago: int, amount: int = 12_000, **fields: object) -> None:
    """A paid contract of ``of`` that ended so many days ago."""
    contract(of, amount=amount, starts_on=ago(days_ago + 400), ended_on=ago(days_ago), **fields)


def test_figures_worked_by_hand():
    mara = user()
    one, other = rule(), rule()
    made = [customer(owner=mara) for _ in range(9)]
    case(made[0], one, 5)
    case(made[1], one, 30, state="working", type="value", plan="Ring", acted_on=ago(16))  # acted on day 14
    case(made[2], one, 30, state="working", type="value", plan="Ring", acted_on=ago(15))  # day 15: too late
    closed(made[3], one, 40, "resolved", mara)
    closed(made[4], one, 40, "not_valid", mara)
    closed(made[5], one, 40, "lost", mara, closed_on=ago(20))  # judged, though acted on day 20 only
    closed(made[6], one, 40, "duplicate", mara)  # acted on, not judged
    closed(made[7], one, 40, "by_itself", None)  # nobody judged it
    closed(made[8], one, 180, "resolved", mara)  # opened on the day before the period
    closed(made[8], one, 179, "resolved", mara)  # the period's first day
    closed(made[0], other, 20, "not_valid", mara)
    case(made[1], None, 3)  # by hand: no rule's

    found = precision.figures(Case.objects.all(), DAY)

    # Fired: 1 + 2 + 5 + 1 = 9. Acted within 14 days: day-14 one, resolved, not valid, duplicate, first day = 5.
    # Judged: resolved, not valid, lost, first day = 4, one of them not valid: 3 / 4.
    assert found[one.pk] == Figures(fired=9, acted=5, judged=4, not_valid=1)
    assert (found[one.pk].valid, found[one.pk].precision) == (3, 0.75)
    low, high = found[one.pk].interval
    # Wilson 3 of 4: middle (0.75 + 0.48018) / 1.96037 = 0.62753; reach 0.99979 · √(0.046875 + 0.060023) = 0.32689.
    assert (round(low, 3), round(high, 3)) == (0.301, 0.954)
    assert found[other.pk] == Figures(fired=1, acted=1, judged=1, not_valid=1)
    assert found[other.pk].precision == 0.0
    assert set(found) == {one.pk, other.pk}


def test_precision_is_not_called_on_too_few():
    made = rule(least_judged=4)
    assert not Figures(judged=3).enough(made)
    assert Figures(judged=4).enough(made)
    assert (Figures().precision, Figures().interval) == (None, None)


def test_figures_count_what_the_reader_sees():
    manager = user("manager")
    mara, nils = user(manager=manager), user()
    one = rule()
    case(customer(owner=mara), one, 3)
    case(customer(owner=nils), one, 3)
    for reader, fired in ((mara, 1), (manager, 1), (user("viewer"), 2)):
        assert precision.figures(Case.objects.visible_to(reader), DAY)[one.pk].fired == fired


def test_lead_is_the_median_from_the_first_case_to_the_churn():
    organisation()
    mara = user()
    one = rule()
    leads = {}
    for opened, ended in ((100, 20), (70, 30), (60, 10)):  # 80, 40 and 50 days: the median is 50
        of = customer(owner=mara, status="churned")
        gone(of, ended)
        leads[opened] = closed(of, one, opened, "lost", mara).pk
        closed(of, one, opened - 15, "lost", mara)  # a later one of the same rule does not shorten it
    early = customer(owner=mara, status="churned")
    gone(early, 5)
    closed(early, one, 370, "resolved", mara)  # exactly 365 days before: not in the year before
    just = closed(early, rule(), 369, "resolved", mara)
    late = customer(owner=mara, status="churned")
    gone(late, 50)
    case(late, one, 49)  # spoke after the churn
    case(customer(owner=mara), one, 40)  # still here

    found = precision.leads(Customer.objects.all(), DAY)
    assert (found[one.pk].churns, found[one.pk].median_days) == (3, 50.0)
    assert set(found[one.pk].cases) == set(leads.values())
    assert (found[just.rule_id].churns, found[just.rule_id].median_days) == (1, 364.0)
    assert precision.leads(Customer.objects.visible_to(user()), DAY) == {}


def test_opportunities_lead_to_no_churn():
    organisation()
    of = customer(status="churned")
    gone(of, 5)
    case(of, rule(kind="opportunity"), 100)
    assert precision.leads(Customer.objects.all(), DAY) == {}


def test_surprises_worked_by_hand():
    organisation()
    mara = user()
    one = rule()
    warned, late, silent, told, judged = (customer(owner=mara, name=name) for name in "ABCDE")
    gone(warned, 10, 30_000)
    case(warned, one, 70)  # opened on the 60th day before
    gone(late, 10, 10_000)
    case(late, one, 69)  # the 59th: too late
    gone(silent, 20, 6_000)
    gone(told, 20, 4_000)
    closed(told, one, 120, "lost", mara)  # closed 110 days ago, the customer was known to go
    gone(judged, 20, 50_000)
    closed(judged, one, 120, "not_valid", mara)  # no longer open 60 days before, and not lost
    back = customer(owner=mara)
    gone(back, 30, 99_000)
    contract(back, starts_on=ago(30))  # went on: no churn
    trial = customer(owner=mara)
    gone(trial, 30, 99_000, is_trial=True)
    before = customer(owner=mara)
    gone(before, 180, 99_000)  # the day before the period
    case(customer(), one, 300)  # cases have been kept for long

    # Churned 30 + 10 + 6 + 4 + 50 = 100k by five; surprising: 10 + 6 + 50 = 66k by three.
    found = precision.surprises(Customer.objects.all(), DAY)
    assert found == Surprises(5, Decimal(100_000), 3, Decimal(66_000), 0)
    assert found.rate == 0.66
    rows = precision.churns(Customer.objects.all(), DAY)
    assert [(r.customer, r.arr, r.warned, r.lead_days) for r in rows] == [
        (late, Decimal(10_000), False, 59), (warned, Decimal(30_000), True, 60), (judged, Decimal(50_000), False, 100),
        (told, Decimal(4_000), True, 100), (silent, Decimal(6_000), False, None),
    ]  # fmt: skip
    first = precision.churns(Customer.objects.all(), DAY, limit=2)
    rest = precision.churns(Customer.objects.all(), DAY, before=(first[-1].churned_on, first[-1].customer.pk))
    assert [r.customer for r in first + rest] == [r.customer for r in rows]
    assert precision.surprises(Customer.objects.visible_to(user()), DAY) == Surprises(0, Decimal(0), 0, Decimal(0))


def test_churns_before_cases_were_kept_are_not_judged():
    organisation()
    late, early = customer(), customer()
    gone(late, 10, 5_000)
    gone(early, 11, 7_000)
    assert precision.surprises(Customer.objects.all(), DAY) == Surprises(0, Decimal(0), 0, Decimal(0), 2)
    case(customer(), rule(), 70)  # 60 days before the later one
    assert precision.surprises(Customer.objects.all(), DAY) == Surprises(1, Decimal(5_000), 1, Decimal(5_000), 1)
    assert [row.judged for row in precision.churns(Customer.objects.all(), DAY)] == [True, False]


def test_churn_without_revenue_counts_customers():
    assert Surprises(4, Decimal(0), 1, Decimal(0)).rate == 0.25
    assert Surprises(0, Decimal(0), 0, Decimal(0)).rate is None


def test_each_costs_one_statement_whatever_there_is():
    organisation()
    mara = user("admin")
    cases, seen = Case.objects.visible_to(mara), Customer.objects.visible_to(mara)
    for n in (1, 3):
        for _ in range(n):
            of = customer(owner=mara)
            gone(of, 20)
            closed(of, rule(), 90, "lost", mara)
        with statements() as asked:
            precision.figures(cases, DAY)
            precision.leads(seen, DAY)
            precision.surprises(seen, DAY)
        assert len(asked) == 3


def test_period_ends_with_the_day_asked_for():
    one = rule()
    case(customer(), one, 3)
    assert precision.figures(Case.objects.all(), ago(4)) == {}
    assert precision.figures(Case.objects.all(), ago(3), 1)[one.pk].fired == 1
    assert precision.figures(Case.objects.all(), DAY + dt.timedelta(days=1), 4) == {}
