"""How many hours people have for customers: contract, share, holidays, closing days and absences."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.capacity import capacities
from accounts.models import ClosingDay, Cover, User
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db

WHOLE = 32 * 60


def hours(person: User, day: dt.date = DAY) -> list[float]:
    return [minutes / 60 for minutes in capacities([person], day)[person.pk]]


@pytest.mark.parametrize(
    ("weekly", "share", "expected"),
    [(40, 80, 32), (40, 100, 40), (30, 50, 15), ("37.5", 80, 30), (40, 0, 0), (0, 80, 0)],
)
def test_contracted_hours_times_the_share_for_customers(weekly, share, expected):
    make.organisation()
    assert hours(make.user(weekly_hours=weekly, customer_share=share)) == [expected] * 4


def test_holidays_and_closing_days_are_taken_off():
    make.organisation(holiday_country="JP")  # 24 November is a Tuesday; the day before was a holiday
    ClosingDay.objects.create(day=DAY + dt.timedelta(days=7))
    csm = make.user()
    assert hours(csm) == [32, 25.6, 32, 32]
    assert hours(csm, DAY - dt.timedelta(days=1)) == [25.6, 25.6, 32, 32]


def test_a_week_begins_today_and_weekends_count_where_people_work_on_them():
    make.organisation(holiday_country="EG")
    assert hours(make.user()) == [32, 32, 32, 32]


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (0, 1, [25.6, 32, 32, 32]),
        (-30, 0, [32, 32, 32, 32]),  # its last day was yesterday
        (4, 6, [32, 32, 32, 32]),  # a weekend
        (6, 8, [25.6, 25.6, 32, 32]),
        (-5, 60, [0, 0, 0, 0]),
    ],
)
def test_days_of_absence_are_taken_off(first, end, expected):
    make.organisation()
    csm, other = make.user(), make.user()
    start, until = DAY + dt.timedelta(days=first), DAY + dt.timedelta(days=end)
    Cover.objects.create(owner=csm, by=other, starts_on=start, ends_on=until)
    assert hours(csm) == expected
    assert hours(other) == [32, 32, 32, 32]


def test_three_statements_whatever_the_number_of_people():
    make.organisation(holiday_country="JP")
    for people in ([make.user()], [make.user() for _ in range(3)]):
        with statements() as asked:
            found = capacities(people, DAY)
        assert len(asked) == 3
        assert {sum(weeks) for weeks in found.values()} == {4 * WHOLE}
