"""Housekeeping deletes what is finished and old, and nothing else."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from config.outbox import ticks
from config.outbox.delivery import enqueue, enqueue_batch
from config.outbox.housekeeping import tidy
from config.outbox.models import Batch, Outbox, Tick

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
