"""The first and the last day of everything that has a period."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts import periods
from accounts.models import Contract
from tests.factories import DAY, customer

pytestmark = pytest.mark.django_db

ON = "%(day)s::date"


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def true_of(condition: str, day: int, **row: object) -> bool:
    """Whether the condition is true on the day of a row ``x`` with the columns (days from DAY, or None)."""
    columns = ", ".join(
        f"%({name})s::{'text' if isinstance(value, str) else 'date'} AS {name}" for name, value in row.items()
    )
    values = {name: on(value) if isinstance(value, int) else value for name, value in row.items()}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {condition} FROM (SELECT {columns}) x", {**values, "day": on(day)})
        return bool(cursor.fetchone()[0])


HALF_OPEN = [(-1, False), (0, True), (9, True), (10, False)]


@pytest.mark.parametrize(("day", "counts"), HALF_OPEN)
def test_a_period_includes_its_first_day_and_not_its_end(day, counts):
    dates = {"starts_on": 0, "ends_on": 10}
    assert true_of(periods.line_runs("x", ON), day, **dates) is counts
    assert true_of(periods.in_force("x", ON), day, **dates) is counts
    assert true_of(periods.connected("x", ON), day, connected_on=0, disconnected_on=10) is counts


def test_without_an_end_it_goes_on_and_an_entitlement_without_a_start_began_before():
    assert true_of(periods.line_runs("x", ON), 5_000, starts_on=0, ends_on=None)
    assert true_of(periods.in_force("x", ON), -5_000, starts_on=None, ends_on=10)
    assert not true_of(periods.in_force("x", ON), 10, starts_on=None, ends_on=10)


@pytest.mark.parametrize(("state", "day", "there"), [
    ("active", -1, False), ("active", 0, True), ("left", -1, True), ("left", 0, False),
])  # fmt: skip
def test_a_contact_is_there_from_the_day_it_came_to_the_day_before_it_left(state, day, there):
    assert true_of(periods.present("x", ON), day, state=state, state_on=0) is there


@pytest.mark.parametrize(("known_on", "day", "known"), [(0, -1, False), (0, 0, True), (None, -1, True)])
def test_a_row_is_known_from_its_day(known_on, day, known):
    assert true_of(periods.known("x", ON), day, known_on=known_on) is known


def runs(contract: Contract, day: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {periods.runs('k', ON)} FROM accounts_contract k WHERE k.id = %(pk)s",
            {"pk": contract.pk, "day": on(day)},
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(("day", "counts"), HALF_OPEN)
def test_a_contract_runs_until_it_ended_or_its_follower_begins(day, counts):
    of = customer()
    ended = Contract.objects.create(customer=of, starts_on=on(0), ended_on=on(10))
    follower = Contract.objects.create(customer=of, starts_on=on(10))
    replaced = Contract.objects.create(customer=of, starts_on=on(0), replaced_by=follower)
    assert [runs(ended, day), runs(replaced, day)] == [counts, counts]
    assert runs(follower, day) is (day >= 10)
