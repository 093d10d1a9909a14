"""Experiments of shared reliability: E05, E06, E10, E13, E14, E16, E19, each with its pass line."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import threading
import time
from collections import Counter

import psycopg
import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import F

from config.mail import queue_mail
from config.outbox import delivery, ticks
from config.outbox.models import Decision, Heartbeat, Outbox
from config.outbox.queueing import enqueue
from config.run import members, prepare
from tests import migrating
from tests.faults.browser import Browser
from tests.faults.conftest import (
    PATIENCE,
    Broker,
    Group,
    database_cut,
    free_port,
    settled,
    test_database,
    traces,
    wait,
    write,
)
from tests.faults.sink import Sink

pytestmark = [pytest.mark.long, pytest.mark.timeout(4 * PATIENCE)]

AWAY = 30.0  # seconds
BACK_WITHIN = 10.0  # seconds; a busy machine is given as much again
SLACK = 2.0


def test_e05_redis_down_at_the_start_of_web_and_worker(group: Group, broker: Broker):
    broker.kill()
    port = free_port()
    group.start(members.web(members.Place(port), members.Sizes(web=1, threads=2, worker=1)), TSUNAGU_PROCESS="test")
    group.relay()
    group.worker()
    browser = Browser(port)
    wait(browser.up, "the web server")
    assert browser.load("/sign-in/login/")[0] == 200
    wait(Heartbeat.objects.filter(member="worker", redis_ok=False).exists, "the worker to say that Redis is away")
    write("faults.trace", 20)
    time.sleep(AWAY)
    broker.start()
    assert wait(settled, "the work", PATIENCE) < BACK_WITHIN * SLACK
    assert len(traces()) == 20


def test_e06_redis_full(group: Group, broker: Broker):
    group.relay()
    group.worker()
    write("faults.trace", 10)
    wait(settled, "the first work")
    broker.client.config_set("maxmemory", "1")
    with transaction.atomic():
        for number in range(50):
            enqueue("faults.trace", {"name": f"full-{number}"}, dedup_key=f"full-{number}")
    wait(Heartbeat.objects.filter(member="relay", redis_ok=False).exists, "the relay to notice")
    time.sleep(5)
    assert Outbox.objects.filter(state="pending").count() == 50
    broker.client.config_set("maxmemory", "0")
    wait(settled, "the rest")
    assert Outbox.objects.filter(state="done").count() == 60
    assert set(traces().values()) == {1}


KILLS = int(os.environ.get("KILLS", "200"))
BEFORE = KILLS // 5  # more of them, killed before the relay has heard anything


@pytest.mark.timeout(10 * PATIENCE)
def test_e10_worker_killed_between_the_relays_250_and_the_commit(group: Group):
    """No mail is sent twice and none is forgotten; those in doubt are settled by who looks up their Message-ID."""
    sink = Sink()
    with transaction.atomic():
        for number in range(KILLS + BEFORE):
            subject = f"{'after' if number < KILLS else 'before'} {number}"
            message = EmailMultiAlternatives(subject, "Words", "us@example.com", ["you@example.com"])
            queue_mail(message, dedup_key=subject)
    rows = Outbox.objects.filter(kind="mail")
    group.relay()
    dying = group.worker(EMAIL_URL=sink.url, FAULTS_DIES="yes")
    took = wait(lambda: rows.filter(state="sending").count() == KILLS + BEFORE, "all to be under way", 6 * PATIENCE)
    group.kill(dying)
    assert len(sink.accepted) == KILLS
    begun = time.monotonic()
    assert delivery.give_up_lost(after=dt.timedelta()) == KILLS + BEFORE
    for row in rows.filter(state="unknown"):
        known = any(name.startswith(f"<outbox-{row.pk}@") for name in sink.accepted)
        assert delivery.decide(row.pk, Decision.SENT if known else Decision.AGAIN, "test")
    group.worker(EMAIL_URL=sink.url)
    wait(settled, "the mails that had not gone out")
    settled_in = time.monotonic() - begun
    assert Counter(rows.values_list("state", flat=True)) == {"done": KILLS + BEFORE}
    assert len(sink.accepted) == KILLS + BEFORE
    assert set(sink.accepted.values()) == {1}
    assert settled_in < 60
    print(json.dumps({"kills": KILLS + BEFORE, "killed_in_s": round(took), "settled_in_s": round(settled_in, 1)}))
    sink.shutdown()
    sink.server_close()


def test_e13_beat_with_the_database_and_then_redis_cut(group: Group, broker: Broker):
    group.relay()
    group.worker()
    beat = group.beat()
    wait(lambda: len(traces()) >= 3, "three ticks")
    with database_cut():
        time.sleep(AWAY)
    assert resumed() < BACK_WITHIN * SLACK
    broker.kill()
    time.sleep(AWAY)
    broker.start()
    assert resumed() < BACK_WITHIN * SLACK
    assert beat.poll() is None
    assert set(traces().values()) == {1}


SKEW = 600  # seconds


def test_e14_clocks_that_differ(group: Group):
    """Workers and beats ten minutes ahead and behind, a web server behind: all goes by the database's clock, and it is told."""
    port = free_port()
    web = members.web(members.Place(port), members.Sizes(web=1, threads=2, worker=1), app="tests.faults.wsgi")
    group.start(web, TSUNAGU_PROCESS="test", FAULTS_AHEAD=str(-SKEW))
    group.relay()
    begun = ticks.database_now()
    for ahead in (SKEW, -SKEW):
        group.worker(FAULTS_AHEAD=str(ahead))
        group.beat(FAULTS_AHEAD=str(ahead))
    write("faults.trace", 100)
    wait(settled, "the work")
    wait(lambda: len(traces()) >= 105, "five ticks")
    browser = Browser(port)
    wait(browser.up, "the web server")
    status, told = browser.load("/readyz")
    ended = ticks.database_now()
    assert set(traces().values()) == {1}
    ticked = [dt.datetime.fromisoformat(name) for name in traces() if "trace" not in name]
    assert begun - dt.timedelta(seconds=2) < min(ticked) <= max(ticked) <= ended
    assert not Outbox.objects.filter(settled_at__lt=F("created_at")).exists()
    assert not Outbox.objects.filter(settled_at__gt=ended).exists()
    aheads = sorted(Heartbeat.objects.exclude(clock_ahead=None).values_list("clock_ahead", flat=True))
    assert abs(aheads[0] + SKEW) < 30
    assert abs(aheads[-1] - SKEW) < 30
    assert "Clocks of this product's machines and of the database differ by" in told, (status, told)


def resumed() -> float:
    """Seconds until two more ticks have run."""
    before = len(traces())
    return wait(lambda: len(traces()) >= before + 2, "ticks to run again")


def test_e16_work_that_hangs_beyond_the_hard_limit(group: Group):
    limit = 4.0
    write("faults.hang", 1)
    write("faults.trace", 20)
    group.relay()
    for _ in range(2):
        group.worker(FAULTS_LIMIT=str(limit))
    wait(settled, "all to be settled", 3 * PATIENCE)
    hung = Outbox.objects.get(kind="faults.hang")
    assert (hung.state, hung.attempts) == ("dead", 5)
    starts = sorted(dt.datetime.fromisoformat(name.split(" ", 1)[1]) for name in traces() if "hang" in name)
    assert len(starts) == 5
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(starts)]
    assert min(gaps) > limit - 1  # no second copy while the first one runs
    assert len([name for name in traces() if "trace" in name]) == 20


@pytest.mark.django_db(transaction=True)
def test_e19_migration_while_a_long_reader_holds_the_table():
    """It lets go after two seconds, so that other readers queue no longer, and comes through once the long one ends."""
    migrating.go_to(("outbox", "0003_sending_and_decided"))
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    waits: list[float] = []
    done = threading.Event()

    def hold() -> None:
        with psycopg.connect(test_database()) as session:
            session.execute("SELECT count(*) FROM outbox_heartbeat")
            time.sleep(8)

    def read() -> None:
        with psycopg.connect(test_database(), autocommit=True) as session:
            while not done.is_set():
                begun = time.monotonic()
                session.execute("SELECT count(*) FROM outbox_heartbeat")
                waits.append(time.monotonic() - begun)
                time.sleep(0.02)

    threads = [threading.Thread(target=act) for act in (hold, read)]
    try:
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        begun = time.monotonic()
        prepare.migrate()
        assert time.monotonic() - begun > 6
    finally:
        done.set()
        for thread in threads:
            thread.join()
        connection.close()
    assert max(waits) < 2.5
    assert len(waits) > 50
    Heartbeat.objects.count()
