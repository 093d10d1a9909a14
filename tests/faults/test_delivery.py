"""Kill workers, relays and Redis: nothing is lost, nothing is done twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction

from accounts.models import Organisation
from config import cycle
from config.outbox import delivery
from config.outbox.models import Heartbeat, Outbox
from config.outbox.queueing import enqueue_batch
from tests.faults.conftest import PATIENCE, Broker, Group, settled, traces, wait, write

pytestmark = pytest.mark.timeout(3 * PATIENCE)


def once(kind: str, count: int) -> Counter[str]:
    return Counter({f"{kind}-{number}": 1 for number in range(count)})


def test_worker_killed_in_mid_run(group: Group):
    parts = [("faults.trace", {"name": f"part-{number}", "seconds": 0.1}) for number in range(80)]
    with transaction.atomic():
        enqueue_batch("parts", parts, then=("faults.trace", {"name": "last"}))
    group.relay()
    for kill_at in (10, 50):
        worker = group.worker()
        wait(lambda at=kill_at: traces().total() >= at, f"{kill_at} parts")
        group.kill(worker)
    assert Outbox.objects.filter(state="pending").count() >= 20
    group.worker()
    wait(settled, "the rest")
    assert traces() == once("part", 80) + Counter(last=1)


@pytest.mark.long
def test_relay_killed_and_redis_wiped(group: Group, broker: Broker):
    write("faults.trace", 400, seconds=0.02)
    relay = group.relay()
    group.worker()
    wait(lambda: traces().total() >= 20, "the first 20")
    broker.client.flushall()
    wait(lambda: traces().total() >= 100, "100 after FLUSHALL")
    group.kill(relay)
    broker.kill()
    Heartbeat.objects.all().delete()
    group.relay()
    wait(Heartbeat.objects.filter(redis_ok=False).exists, "the second relay to miss Redis")
    broker.start()
    wait(settled, "the rest")
    assert traces() == once("faults.trace", 400)


@pytest.mark.long
def test_two_relays_and_two_workers(group: Group):
    write("faults.trace", 300)
    for _ in range(2):
        group.relay()
        group.worker()
    wait(lambda: traces().total() >= 50, "the first 50")
    for _ in range(3):
        Outbox.objects.filter(state="pending").update(publish_after="2020-01-01T00:00Z")
    wait(settled, "all")
    assert traces() == once("faults.trace", 300)


@pytest.mark.long
def test_two_beats_and_two_workers(group: Group):
    for _ in range(2):
        group.beat()
        group.worker()
    wait(lambda: len(traces()) >= 6, "six ticks")
    found = traces()
    assert set(found.values()) == {1}


@pytest.mark.long
def test_poison_is_parked_after_five_and_others_are_unharmed(group: Group):
    write("faults.poison", 1)
    write("faults.once", 1)
    write("faults.trace", 30)
    group.relay()
    group.worker()
    wait(settled, "all to be settled")
    assert traces() == once("faults.trace", 30)
    poison = Outbox.objects.get(kind="faults.poison")
    assert (poison.state, poison.attempts) == ("dead", 5)
    assert delivery.give_up_lost(after=dt.timedelta()) == 1
    once_only = Outbox.objects.get(kind="faults.once")
    assert (once_only.state, once_only.attempts) == ("unknown", 1)


@pytest.mark.long
def test_daily_cycle_whose_worker_is_killed(group: Group):
    Organisation.objects.update_or_create(pk=1, defaults={"name": "Acme", "frozen_today": "2026-05-01"})
    with transaction.atomic():
        assert cycle.begin_on("2026-05-01") == 1
    group.relay()
    worker = group.worker()
    wait(lambda: traces().total() >= 15, "the scores to begin")
    group.kill(worker)
    with transaction.atomic():
        assert cycle.begin_on("2026-05-01") == 0
    group.worker()
    wait(settled, "the last step")
    parts = Counter({f"{first} to {first + 9} on 2026-05-01": 1 for first in range(1, 400, 10)})
    assert traces() == parts + Counter({"whole 2026-05-01": 2, "undated": 1})
