"""What held of a customer on a day: from the day a fact was written down to the day before the next."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from accounts import facts
from accounts.models import Customer, DatedFact, Fact
from tests.factories import DAY, customer

pytestmark = pytest.mark.django_db


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def dated(of: Customer, *values: tuple[int, str], **more: Any) -> None:
    rows = (DatedFact(customer=of, fact="stage", from_day=on(day), value=value, **more) for day, value in values)
    DatedFact.objects.bulk_create(rows)


def asked(statement: str, day: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"day": on(day)})
        return cursor.fetchall()


@pytest.mark.parametrize(("day", "value"), [(-11, None), (-10, "growth"), (-1, "growth"), (0, "mature"), (9, "mature")])
def test_a_value_holds_from_its_day_to_the_day_before_the_next(day, value):
    of = customer(stage="onboarding")
    dated(of, (-10, "growth"), (0, "mature"))
    held = facts.value_on("c.id", "stage", "%(day)s::date")
    assert asked(f"SELECT {held} FROM accounts_customer c", day) == [(value,)]
    assert Customer.objects.annotate(held=facts.as_of(on(day), Fact.STAGE)).get().held == value
    or_now = facts.value_or_now("c", "stage", "%(day)s::date")
    assert asked(f"SELECT {or_now} FROM accounts_customer c", day) == [(value or "onboarding",)]


@pytest.mark.parametrize(("known_on", "value"), [(-1, "growth"), (0, "mature")])
def test_what_was_learned_later_was_not_known_before(known_on, value):
    of = customer()
    dated(of, (-10, "growth"))
    dated(of, (-5, "mature"), known_on=DAY)
    held = facts.value_on("c.id", "stage", "%(day)s::date", known_on=f"DATE '{on(known_on)}'")
    assert asked(f"SELECT {held} FROM accounts_customer c", -5) == [(value,)]


@pytest.mark.parametrize(
    ("first", "day", "begun"),
    [(-10, -6, ["growth"]), (-9, -6, []), (-10, -5, ["mature"]), (-5, -5, ["mature"]), (-4, 0, []), (-10, -11, [])],
)
def test_begun_is_what_holds_on_the_day_and_began_since_the_first(first, day, begun):
    dated(customer(), (-10, "growth"), (-5, "mature"))
    statement = facts.begun("stage", f"DATE '{on(first)}'", "%(day)s::date")
    assert [value for _customer, value, _from_day in asked(statement, day)] == begun


def test_of_a_fact_that_changes_and_changes_back_on_a_day_the_last_value_stands():
    of = customer(touch_model="low")
    facts.record(on(-3), [of.pk])
    for touch_model in ("high", "low"):
        Customer.objects.filter(pk=of.pk).update(touch_model=touch_model)
        facts.record(DAY, [of.pk])
    assert facts.history(of, Fact.TOUCH).first().value == "low"
    assert facts.record(DAY, [of.pk]) == 0


def test_first_day_is_that_of_the_first_fact_of_its_kind():
    assert facts.first_day(Fact.STAGE) is None
    dated(customer(), (-10, "growth"), (-20, "onboarding"))
    assert facts.first_day(Fact.STAGE) == on(-20)
