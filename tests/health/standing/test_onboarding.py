"""The first 90 days: who is in them, judged once on day 90, and what became of the good and the bad."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import pytest

from accounts.models import Customer
from health.models import FirstNinety, Milestone
from health.standing import milestones, onboarding
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, use

pytestmark = pytest.mark.usefixtures("months")


def starter(days: int, **fields: Any) -> Customer:
    return make.customer(first_contract_on=ago(days), **fields)


def reached(customer: Customer, *keys: str, on: int | None = None) -> None:
    """The milestones named, reached on day ``on`` after the start (5 unless said), the others missed."""
    assert customer.first_contract_on
    for key, due in milestones.DUE.items():
        done = customer.first_contract_on + dt.timedelta(days=5 if on is None else on) if key in keys else None
        due_on = customer.first_contract_on + dt.timedelta(days=due)
        missed = None if done and done <= due_on else due_on + dt.timedelta(days=1)
        customer.milestones.create(key=key, due_on=due_on, reached_on=done, missed_on=missed)


def worked(customer: Customer, first: int, last: int) -> None:
    """``first`` uses on day 29, which counts among the first thirty, and ``last`` on day 60, the first of the last."""
    assert customer.first_contract_on
    start = (DAY - customer.first_contract_on).days
    use(customer, [start - 29], uses=first)
    use(customer, [start - 60], uses=last)


def judged(customer: Customer) -> FirstNinety:
    onboarding.sweep(DAY)
    return FirstNinety.objects.get(customer=customer)


@pytest.mark.parametrize(
    ("keys", "last", "good"),
    [
        (("activation", "value", "team"), 5, True),
        (("activation", "value"), 11, True),
        (("activation", "value"), 10, False),
        (("activation",), 11, False),
        (("habit", "value", "team"), 10, False),
        (("activation", "value", "team"), 11, True),
    ],
)
def test_three_of_four_make_a_good_start(keys: tuple[str, ...], last: int, good: bool) -> None:  # noqa: FBT001 (a case)
    customer = starter(95)
    reached(customer, *keys)
    worked(customer, 10, last)
    row = judged(customer)
    assert (row.is_good, row.judged_on) == (good, ago(5))
    assert row.growth is (last > 10)


@pytest.mark.parametrize(("on", "counts"), [(90, True), (91, False)])
def test_what_was_reached_after_day_90_does_not_count(on: int, counts: bool) -> None:  # noqa: FBT001 (a case)
    customer = starter(100)
    reached(customer, "activation", on=on)
    worked(customer, 10, 20)
    assert judged(customer).activation is counts


def test_use_counts_in_the_first_thirty_days_and_from_day_60_to_day_89() -> None:
    days = (-1, 0, 29, 30, 59, 60, 89, 90)
    grew: dict[str, list[int]] = {"alone": [], "beside one use on day 70": []}
    for beside, since in product(grew, days):
        customer = starter(95)
        reached(customer)
        use(customer, [95 - since], uses=1)
        if beside != "alone":
            use(customer, [95 - 70], uses=1)
        if judged(customer).growth:
            grew[beside].append(since)
    assert grew == {"alone": [60, 89], "beside one use on day 70": [-1, 30, 59, 60, 89, 90]}


def test_starters_are_those_from_day_0_to_day_89() -> None:
    ahead, first, last, settled = (starter(days) for days in (-1, 0, 89, 90))
    found = set(onboarding.starters(Customer.objects.all(), DAY))
    assert found == {first, last}, (ahead, settled)


def test_judged_on_day_90_and_once() -> None:
    early, ready = starter(89), starter(90)
    for customer in (early, ready):
        reached(customer, "activation", "value", "team")
        worked(customer, 10, 20)
    assert onboarding.sweep(DAY) == 1
    ready.milestones.update(reached_on=None)
    assert onboarding.sweep(DAY + dt.timedelta(days=1)) == 1
    assert {row.customer_id: row.is_good for row in FirstNinety.objects.all()} == {early.pk: True, ready.pk: True}


def test_who_comes_back_is_judged_by_the_new_stretch() -> None:
    customer = starter(150)
    reached(customer, "activation", "value", "team")
    worked(customer, 10, 20)
    assert judged(customer).is_good
    Customer.objects.filter(pk=customer.pk).update(first_contract_on=ago(100))
    customer.refresh_from_db()
    customer.milestones.all().delete()
    reached(customer, "activation")
    again = judged(customer)
    assert (again.judged_on, again.is_good, again.growth) == (ago(10), False, False)
    assert onboarding.sweep(DAY) == 0


def test_nobody_is_judged_without_use_or_without_milestones() -> None:
    silent, unwatched = starter(95), starter(95)
    use(silent, [50], uses=0)
    reached(silent, "activation", "value", "team")
    worked(unwatched, 10, 20)
    assert onboarding.sweep(DAY) == 0


def test_who_has_left_meanwhile_is_judged_too() -> None:
    customer = starter(95, status="churned")
    reached(customer)
    worked(customer, 10, 5)
    assert judged(customer).is_good is False


def test_retention_of_good_and_bad_starts() -> None:
    """10 good starts of which 9 renewed, 4 bad ones of which 1 did, one good one still in its term."""
    outcomes: dict[int, bool] = {}
    for number in range(15):
        customer = starter(95)
        good = number < 11
        FirstNinety.objects.create(
            customer=customer, judged_on=ago(5), is_good=good, activation=good, value=good, growth=good, team=good,
        )  # fmt: skip
        if number != 10:
            outcomes[customer.pk] = number < 9 or number == 14
    good, bad = onboarding.first_90_days(outcomes)
    assert (good.is_good, good.judged, good.closed, good.renewed, good.rate) == (True, 11, 10, 9, 0.9)
    assert (bad.is_good, bad.judged, bad.closed, bad.renewed, bad.rate) == (False, 4, 4, 1, 0.25)
    # Wilson at 95 % for 9 of 10: 0.5958 to 0.9821; for 1 of 4: 0.0456 to 0.6994.
    assert [round(end, 4) for end in good.interval or ()] == [0.5958, 0.9821]
    assert [round(end, 4) for end in bad.interval or ()] == [0.0456, 0.6994]
    assert (good.article, bad.article) == ((0.9, 1.0), (0.5, 0.6))


def test_without_outcomes_there_is_no_rate() -> None:
    good, bad = onboarding.first_90_days({})
    assert (good.rate, good.interval, bad.rate) == (None, None, None)


def test_starters_with_what_is_late() -> None:
    first, second = starter(10), starter(89)
    starter(90)
    use(starter(10, status="churned"), [100])
    milestones.sweep(DAY)
    second.milestones.filter(key="habit").update(reached_on=ago(70))
    rows = onboarding.starters(Customer.objects.all(), DAY).order_by("pk")
    # On day 10 activation (7) is late; on day 89 activation, value (56) and team (84) are, habit was reached.
    assert [(row.pk, row.milestones.late(DAY).count()) for row in rows] == [(first.pk, 1), (second.pk, 3)]
    assert [step.key for step in rows[1].milestones.all()] == list(milestones.DUE)
    assert set(onboarding.with_late(rows, DAY)) == {first, second}
    first.milestones.update(reached_on=DAY)
    assert list(onboarding.with_late(onboarding.starters(Customer.objects.all(), DAY), DAY)) == [second]
    # Of yesterday: nothing had been found late yet; the one reached today had not been reached.
    assert not onboarding.with_late(rows, ago(1)).exists()
    Milestone.objects.filter(missed_on=DAY).update(missed_on=ago(1))
    assert set(onboarding.with_late(rows, ago(1))) == {first, second}


def test_what_is_late_is_written_down_once_also_by_two_runs_and_later_days() -> None:
    customer = starter(8)
    use(make.customer(), [8])
    for day in (DAY, DAY, DAY + dt.timedelta(days=1)):
        milestones.sweep(day)
    assert list(customer.milestones.exclude(missed_on=None).values_list("key", "missed_on")) == [("activation", DAY)]


def test_statements_do_not_grow() -> None:
    counts = []
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            customer = starter(95)
            reached(customer)
            worked(customer, 1, 2)
        with statements() as asked:
            onboarding.sweep(DAY)
            onboarding.first_90_days({})
        counts.append(len(asked))
    assert counts == [2, 2]
