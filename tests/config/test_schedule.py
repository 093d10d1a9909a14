"""Schedules: the due tick, claimed once, together with its work."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organisation
from config import schedule
from config.celery import app
from config.outbox import ticks
from config.outbox.models import Outbox, Tick
from config.schedule import BEAT, SCHEDULES, daily, every, run

pytestmark = pytest.mark.django_db


def organisation(**fields: Any):
    Organisation.objects.all().delete()
    return Organisation.objects.create(pk=1, name="Acme", **fields)


@pytest.mark.parametrize(
    ("instant", "zone", "tick"),
    [
        ("2026-01-01T00:59:59+00:00", "UTC", "2025-12-31"),
        ("2026-01-01T01:00:00+00:00", "UTC", "2026-01-01"),
        ("2026-01-01T15:59:59+00:00", "Asia/Tokyo", "2026-01-01"),
        ("2026-01-01T16:00:00+00:00", "Asia/Tokyo", "2026-01-02"),
        ("2028-02-29T12:00:00+00:00", "UTC", "2028-02-29"),
        # The night in which Berlin's clocks go back: 00:59 and 01:00 of that day are summer time.
        ("2026-10-24T22:59:59+00:00", "Europe/Berlin", "2026-10-24"),
        ("2026-10-24T23:00:00+00:00", "Europe/Berlin", "2026-10-25"),
        # Cairo's clocks skip 00:00 to 01:00 on 24 April 2026: the day is due at once.
        ("2026-04-23T21:59:59+00:00", "Africa/Cairo", "2026-04-23"),
        ("2026-04-23T22:00:00+00:00", "Africa/Cairo", "2026-04-24"),
    ],
)
def test_daily_tick_begins_at_one(instant: str, zone: str, tick: str):
    organisation(time_zone=zone)
    assert daily(dt.datetime.fromisoformat(instant)) == tick


def test_daily_tick_of_a_frozen_day():
    organisation(frozen_today=dt.date(2024, 12, 31))
    assert daily(dt.datetime(2026, 5, 1, tzinfo=dt.UTC)) == "2024-12-31"


def test_frozen_day_that_has_not_come_begins_no_cycle():
    organisation(frozen_today=dt.date(2026, 5, 2), time_zone="Asia/Tokyo")
    assert daily(dt.datetime(2026, 5, 1, 14, 59, tzinfo=dt.UTC)) is None
    assert daily(dt.datetime(2026, 5, 1, 15, 0, tzinfo=dt.UTC)) == "2026-05-02"


def test_no_daily_tick_without_an_organisation():
    Organisation.objects.all().delete()
    assert daily(dt.datetime(2026, 5, 1, tzinfo=dt.UTC)) is None
    assert run("daily") == 0
    assert not Tick.objects.exists()


def test_every_five_seconds():
    due = every(5)
    assert due(dt.datetime(2026, 5, 1, 12, 0, 4, 999_999, tzinfo=dt.UTC)) == "2026-05-01T12:00:00Z"
    assert due(dt.datetime(2026, 5, 1, 12, 0, 5, tzinfo=dt.UTC)) == "2026-05-01T12:00:05Z"


def test_daily_run_begins_the_cycle_once():
    organisation(frozen_today=dt.date(2024, 12, 31))
    assert [run("daily"), run("daily")] == [1, 0]
    row = Outbox.objects.get()
    assert (row.dedup_key, row.payload) == (
        "cycle:2024-12-31:lifecycle#0",
        {"day": "2024-12-31", "step": "lifecycle"},
    )
    assert list(Tick.objects.values_list("schedule", "tick")) == [("daily", "2024-12-31")]


def test_run_that_is_done_costs_two_statements_and_the_clock(django_assert_num_queries: DjangoAssertNumQueries):
    organisation()
    run("daily")
    with django_assert_num_queries(3):
        run("daily")


@pytest.mark.django_db(transaction=True)
def test_claim_vanishes_with_failed_work():
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        assert ticks.claim("daily", "2026-01-01")
        raise ZeroDivisionError
    with transaction.atomic():
        assert ticks.claim("daily", "2026-01-01")
    with transaction.atomic():
        assert not ticks.claim("daily", "2026-01-01")


@pytest.mark.django_db(transaction=True)
def test_claim_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        ticks.claim("daily", "2026-01-01")


@pytest.mark.django_db(transaction=True)
def test_second_claimant_waits_and_then_yields():
    won: list[bool] = []

    def second() -> None:
        with transaction.atomic():
            won.append(ticks.claim("daily", "2026-01-01"))
        connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        assert ticks.claim("daily", "2026-01-01")
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert won == [False]


@pytest.mark.django_db(transaction=True)
def test_work_apart_has_no_transaction_around_it(monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[bool, bool]] = []

    def work(tick: str) -> int:
        seen.append((connection.in_atomic_block, ticks.claimed("changed", tick)))
        raise ZeroDivisionError

    monkeypatch.setattr("config.changed.sweep", work)
    organisation()
    with pytest.raises(ZeroDivisionError):
        run("changed")
    assert seen == [(False, True)]
    assert {name for name, one in SCHEDULES.items() if one.apart} == {"changed", "housekeeping"}


def test_beat_knocks_for_every_schedule():
    assert BEAT.keys() == SCHEDULES.keys()
    assert app.conf.beat_schedule == BEAT
    assert {entry["task"] for entry in BEAT.values()} == {"schedule.run"}


def test_every_schedule_names_work_that_exists():
    for entry in SCHEDULES.values():
        assert callable(schedule.import_string(entry.work))
