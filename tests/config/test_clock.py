"""The organisation's day: its own zone's, or the frozen one."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organisation
from config import clock

pytestmark = pytest.mark.django_db


def organisation(**fields: Any):
    Organisation.objects.all().delete()
    return Organisation.objects.create(pk=1, name="Acme", **fields)


def test_today_without_an_organisation_is_utc(django_assert_num_queries: DjangoAssertNumQueries):
    Organisation.objects.all().delete()
    with django_assert_num_queries(1):
        assert clock.today() == clock.now().date()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Tokyo"])
def test_today_is_the_zones_day(zone: str, django_assert_num_queries: DjangoAssertNumQueries):
    organisation(time_zone=zone)
    with django_assert_num_queries(1):
        assert clock.today() == clock.now().astimezone(ZoneInfo(zone)).date()


def test_zones_25_hours_apart_never_share_a_day():
    organisation(time_zone="Pacific/Kiritimati")
    east = clock.today()
    organisation(time_zone="Pacific/Niue")
    assert east - clock.today() in {dt.timedelta(days=1), dt.timedelta(days=2)}


def test_frozen_day_wins_and_the_instant_goes_on():
    organisation(time_zone="Asia/Tokyo", frozen_today=dt.date(2024, 12, 31))
    assert clock.today() == dt.date(2024, 12, 31)
    assert clock.now().year >= 2026


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-03-31T14:59:59+00:00", "Asia/Tokyo", "2026-03-31"),
        ("2026-03-31T15:00:00+00:00", "Asia/Tokyo", "2026-04-01"),
        ("2026-03-08T07:59:59+00:00", "America/Los_Angeles", "2026-03-07"),
        ("2026-03-09T06:59:59+00:00", "America/Los_Angeles", "2026-03-08"),
        ("2026-03-09T07:00:00+00:00", "America/Los_Angeles", "2026-03-09"),
    ],
)
def test_day_of_an_instant(instant: str, zone: str, day: str):
    found = clock.day_of(dt.datetime.fromisoformat(instant), ZoneInfo(zone))
    assert found.isoformat() == day
