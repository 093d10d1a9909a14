"""The use of customers that become one: days that no records tell of, and other customers' days."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.identity import merging
from health.models import PersonDay, RollupMark, UsagePart, UsageRecord
from tests import factories as make
from tests.accounts.identity import pairs
from tests.accounts.identity.test_merging import NOW
from tests.factories import DAY
from tests.health.conftest import ago
from tests.health.people_world import come

pytestmark = pytest.mark.django_db


def days() -> set[tuple[int, dt.date]]:
    return set(PersonDay.objects.values_list("person__number", "day"))


def test_days_of_people_that_no_records_tell_of_stay() -> None:
    """As in the demo, whose people have no records: a merge and its undo take nobody's days."""
    make.organisation()
    make.months()
    a, b = make.customer(), make.customer()
    come(a, {1: [5, 3], 3: [4]})
    come(b, {1: [2], 2: [3, 1]})
    UsageRecord.objects.filter(customer=a).delete()
    pairs.derive([a, b])
    before, came = pairs.tables(), days()
    made = merging.merge(a, b, by=None, day=DAY)
    assert days() == came
    assert {part.day for part in UsagePart.objects.filter(table="")} == {dt.date.min}
    assert set(b.persons.values_list("number", flat=True)) == {1, 2, 3}
    merging.undo(made, by=None, day=DAY, now=NOW)
    assert pairs.differing(before, pairs.tables()) == {}


def test_a_merge_rolls_up_no_other_customers_days() -> None:
    make.organisation()
    make.months()
    a, b, other = make.customer(), make.customer(), make.customer()
    for customer in (a, other):
        RollupMark.objects.create(customer=customer, day=ago(1))
    merging.merge(b, a, by=None, day=DAY)
    assert list(RollupMark.objects.values_list("customer", flat=True)) == [other.pk]
