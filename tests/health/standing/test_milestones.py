"""The four milestones of the first 90 days: due on day 7, 28, 56, 84; found in the data; late ones once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Contract, Customer, Entitlement
from health.models import Feature, Milestone
from health.standing.milestones import sweep
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, use

pytestmark = pytest.mark.usefixtures("months")


def starter(days: int, seats: int | None = None, **fields: Any) -> Customer:
    """A customer whose first contract began ``days`` before DAY."""
    customer = make.customer(first_contract_on=ago(days), **fields)
    contract = make.contract(customer, starts_on=ago(days))
    if seats:
        Entitlement.objects.create(contract=contract, kind="seats", quantity=seats)
    return customer


def reached(customer: Customer, key: str) -> dt.date | None:
    return Milestone.objects.get(customer=customer, key=key).reached_on


def test_four_are_opened_with_their_due_days() -> None:
    customer = starter(3)
    sweep(DAY)
    assert dict(Milestone.objects.filter(customer=customer).values_list("key", "due_on")) == {
        "activation": ago(3) + dt.timedelta(days=7),
        "habit": ago(3) + dt.timedelta(days=28),
        "value": ago(3) + dt.timedelta(days=56),
        "team": ago(3) + dt.timedelta(days=84),
    }


@pytest.mark.parametrize(("users", "day"), [(69, None), (70, 2)])
def test_activation_wants_seventy_percent_of_seats(users: int, day: int | None) -> None:
    customer = starter(5, seats=100)
    use(customer, [2], active_users=users)
    sweep(DAY)
    assert reached(customer, "activation") == (ago(day) if day is not None else None)


def test_activation_without_seats_is_the_first_core_work() -> None:
    Feature.objects.create(key="deals", name="Deals", is_core=True)
    customer = starter(6)
    use(customer, [5, 4], core_uses=0)
    use(customer, [3, 2], core_uses=1)
    sweep(DAY)
    assert reached(customer, "activation") == ago(3)


def test_habit_is_three_days_within_seven() -> None:
    customer = starter(40)
    use(customer, [30, 26, 23, 21, 20])  # 30 to 23 is eight days; 26, 23, 21 lie within seven
    sweep(DAY)
    assert reached(customer, "habit") == ago(21)


def test_value_is_the_tenth_day_of_work_or_an_outcome() -> None:
    worker, achiever = starter(60), starter(60)
    use(worker, range(20, 40, 2))
    objective = achiever.objectives.create(title="Faster", agreed_on=ago(60))
    objective.outcomes.create(measure="hours", state="partial", measured_on=ago(30))
    sweep(DAY)
    assert (reached(worker, "value"), reached(achiever, "value")) == (ago(20), ago(30))


def test_a_day_without_core_use_is_no_day_of_work() -> None:
    Feature.objects.create(key="deals", name="Deals", is_core=True)
    idle, worker = starter(60), starter(60)
    use(idle, [*range(22, 38, 2), 16], core_uses=1)
    use(idle, [20, 18], core_uses=0)
    use(worker, range(20, 40, 2), core_uses=1)
    sweep(DAY)
    assert (reached(idle, "value"), reached(worker, "value")) == (None, ago(20))


def test_team_is_half_of_the_seats_on_five_days_of_seven() -> None:
    customer = starter(80, seats=10)
    use(customer, [30, 29, 28, 27], active_users=5)
    use(customer, [26, 25], active_users=4)
    use(customer, [24], active_users=5)
    sweep(DAY)
    assert reached(customer, "team") == ago(24)


def test_what_is_late_is_found_once_and_may_still_be_reached() -> None:
    customer = starter(8)
    use(make.customer(), [8])
    sweep(DAY)
    late = Milestone.objects.get(customer=customer, key="activation")
    assert (late.missed_on, late.reached_on) == (DAY, None)
    use(customer, [0])
    sweep(DAY + dt.timedelta(days=1))
    late.refresh_from_db()
    assert (late.missed_on, late.reached_on) == (DAY, DAY)


@pytest.mark.parametrize(("first", "late"), [(None, []), (7, []), (8, ["activation"]), (150, ["activation"])])
def test_what_could_not_be_seen_is_unknown_not_late(first: int | None, late: list[str]) -> None:
    customer = starter(8)
    if first is not None:
        use(make.customer(), [first])  # somebody's use is reported since then
    sweep(DAY)
    assert list(customer.milestones.exclude(missed_on=None).values_list("key", flat=True)) == late


def test_what_fell_due_before_the_customer_was_known_is_unknown() -> None:
    customer, told = starter(8, seats=10), starter(8, seats=10)
    Contract.objects.update(known_on=DAY)
    use(told, [1], active_users=0)
    use(make.customer(), [8])
    sweep(DAY)
    assert list(Milestone.objects.exclude(missed_on=None).values_list("customer", "key")) == [(told.pk, "activation")]
    sweep(DAY + dt.timedelta(days=21))  # by day 28 both are known
    assert list(customer.milestones.exclude(missed_on=None).values_list("key", flat=True)) == ["habit"]


def test_use_reported_afterwards_finds_late_what_was_unknown() -> None:
    customer = starter(60)
    sweep(DAY)
    assert not customer.milestones.exclude(missed_on=None).exists()
    use(make.customer(), [40])
    sweep(DAY)
    assert set(customer.milestones.exclude(missed_on=None).values_list("key", flat=True)) == {"habit", "value"}
    sweep(DAY + dt.timedelta(days=100))  # use is old by then; the first milestone stays unknown
    assert not customer.milestones.exclude(missed_on=None).filter(key="activation").exists()


def test_due_day_itself_is_not_late() -> None:
    customer = starter(7)
    use(make.customer(), [9])
    sweep(DAY)
    assert Milestone.objects.get(customer=customer, key="activation").missed_on is None


def test_second_run_changes_nothing() -> None:
    customer = starter(30, seats=3)
    use(customer, range(20))
    assert sweep(DAY) > 0
    before = list(Milestone.objects.order_by("pk").values())
    assert sweep(DAY) == 0
    assert list(Milestone.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("state", [{"status": "prospect"}, {"status": "churned"}])
def test_only_current_customers_have_milestones(state: dict[str, str]) -> None:
    starter(3, **state)
    assert sweep(DAY) == 0


def test_old_customers_have_none() -> None:
    starter(200)
    assert sweep(DAY) == 0


def test_open_ones_follow_a_corrected_start() -> None:
    customer = starter(3)
    sweep(DAY)
    Customer.objects.filter(pk=customer.pk).update(first_contract_on=ago(1))
    sweep(DAY)
    assert Milestone.objects.get(customer=customer, key="team").due_on == ago(1) + dt.timedelta(days=84)


def test_who_comes_back_has_first_90_days_again() -> None:
    customer = starter(800)
    for key, due in (("activation", 793), ("habit", 772)):
        Milestone.objects.create(customer=customer, key=key, due_on=ago(due), reached_on=ago(due))
    Milestone.objects.create(customer=customer, key="value", due_on=ago(744), missed_on=ago(743))
    sweep(DAY)
    assert Milestone.objects.filter(reached_on=None, missed_on=None).count() == 0
    Customer.objects.filter(pk=customer.pk).update(first_contract_on=ago(20))
    use(customer, [19])
    sweep(DAY)
    rows = Milestone.objects.filter(customer=customer).order_by("due_on")
    assert list(rows.values_list("key", "due_on", "reached_on", "missed_on")) == [
        ("activation", ago(13), ago(19), None),
        ("habit", ago(-8), None, None),
        ("value", ago(-36), None, None),
        ("team", ago(-64), None, None),
    ]
    assert sweep(DAY) == 0


def test_statements_do_not_grow() -> None:
    counts = []
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            use(starter(20), range(10))
        with CaptureQueriesContext(connection) as seen:
            sweep(DAY)
        counts.append(len(seen))
    assert counts[0] == counts[1] == 6
