"""Housekeeping deletes what is finished and old, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import Segment
from config import clock
from config.history.models import Departure, Entry
from config.outbox import housekeeping, ticks
from config.outbox.housekeeping import tidy
from config.outbox.models import Batch, Outbox, Tick
from config.outbox.queueing import enqueue, enqueue_batch
from tests import factories

pytestmark = pytest.mark.django_db


def age(table: str, column: str, days: int, where: str = "true") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = now() - %s * interval '1 day' WHERE {where}", [days])


@pytest.mark.parametrize(
    ("state", "days", "left"),
    [("done", 36, 0), ("done", 34, 1), ("dead", 400, 1), ("dropped", 36, 0), ("unknown", 400, 1)],
)
def test_finished_work_is_kept_35_days(state: str, days: int, left: int):
    enqueue("note", {}, dedup_key="k")
    Outbox.objects.update(state=state, settled_at="2026-01-01T00:00Z")
    age("outbox_outbox", "settled_at", days)
    assert tidy() == 1 - left
    assert Outbox.objects.count() == left


def test_pending_work_is_kept():
    enqueue("note", {}, dedup_key="k")
    age("outbox_outbox", "created_at", 400)
    assert tidy() == 0
    assert Outbox.objects.exists()


def test_batch_goes_with_its_rows():
    with transaction.atomic():
        enqueue_batch("old", [("note", {})])
        enqueue_batch("open", [("note", {})])
    old = Batch.objects.get(name="old")
    old.rows.update(state="done", settled_at="2020-01-01T00:00Z")
    Batch.objects.filter(pk=old.pk).update(finished_at="2020-01-01T00:00Z")
    tidy()
    assert list(Batch.objects.values_list("name", flat=True)) == ["open"]


def test_ticks_are_kept_two_days_and_daily_ones_400():
    for schedule, days in (("changed", 1), ("changed", 3), ("daily", 399), ("daily", 401)):
        ticks.claim(schedule, str(days))
        age("outbox_tick", "claimed_at", days, f"tick = '{days}'")
    tidy()
    assert set(Tick.objects.values_list("schedule", "tick")) == {("changed", "1"), ("daily", "399")}


def test_a_run_takes_at_most_so_many_of_each_kind(monkeypatch: pytest.MonkeyPatch, settings: Settings):
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    settings.HISTORY_DAYS = 1
    later = clock.now() + dt.timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    for number in range(3):
        ticks.claim("changed", str(number))
        Session.objects.create(session_key=str(number), expire_date="2020-01-01T00:00Z")
        Departure.objects.create(what="portfolio")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO cache_entry VALUES (%s, '', '2020-01-01T00:00Z')", [f"old {number}"])
    factories.segment(), factories.segment(), factories.segment()
    Segment.objects.update(touch_every_days=77)
    age("outbox_tick", "claimed_at", 3)

    def left() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM cache_entry WHERE cache_key LIKE 'old %'")
            cached = cursor.fetchone()[0]
        return [cached, *(model.objects.count() for model in (Tick, Session, Departure, Entry))]

    found = [left()]
    for _run in range(2):
        tidy()
        found.append(left())
    assert found == [[3] * 5, [1] * 5, [0] * 5]
