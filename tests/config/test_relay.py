"""The relay: what is due and free is published; a wipe of Redis is noticed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from config.outbox.heartbeats import beat
from config.outbox.models import Heartbeat, Outbox
from config.outbox.queueing import enqueue
from config.outbox.relay import Relay, claim, publish_everything_again

pytestmark = pytest.mark.django_db


@dataclass
class Shelf:
    """A carrier that keeps what it is given."""

    wiped: bool = False
    silent: bool = False
    queue: int = 0
    taken: list[int] = field(default_factory=list)

    def is_wiped(self) -> bool:
        return self.wiped

    def set_marker(self) -> None:
        if self.silent:
            raise OSError("no answer")
        self.wiped = False

    def waiting(self) -> int:
        return self.queue

    def publish(self, ids: list[int]) -> None:
        self.taken += ids


def rows(count: int) -> list[int]:
    for number in range(count):
        enqueue("note", {}, dedup_key=f"k{number}")
    return list(Outbox.objects.order_by("pk").values_list("pk", flat=True))


def leases() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM publish_after - statement_timestamp())::int FROM outbox_outbox")
        return [lease for (lease,) in cursor.fetchall()]


def test_due_rows_are_published_once_a_lease():
    ids = rows(3)
    shelf = Shelf()
    assert Relay(shelf).round() == 3
    assert Relay(shelf).round() == 0
    assert shelf.taken == ids


def test_round_takes_two_hundred():
    rows(201)
    assert [Relay(Shelf()).round() for _ in range(3)] == [200, 1, 0]


def test_lease_doubles_to_a_minute():
    rows(1)
    seen = []
    for _ in range(5):
        claim()
        seen += leases()
        Outbox.objects.update(publish_after="2020-01-01T00:00Z")
    assert seen == [8, 16, 32, 60, 60]


def test_settled_rows_are_left_alone():
    rows(2)
    Outbox.objects.filter(dedup_key="k0").update(state="done", settled_at="2026-01-01T00:00Z")
    assert len(claim()) == 1


def test_full_queue_is_left_alone():
    rows(1)
    shelf = Shelf(queue=1000)
    assert Relay(shelf).round() == 0
    assert leases() == [0]


def test_wipe_ends_every_lease_but_not_the_pauses():
    ids = rows(2)
    claim()
    Outbox.objects.filter(pk=ids[1]).update(error="ValueError: later")
    shelf = Shelf(wiped=True)
    assert Relay(shelf).round() == 1
    assert shelf.taken == ids[:1]


def test_wipe_is_not_forgotten_where_redis_does_not_answer_for_its_marker():
    ids = rows(2)
    shelf = Shelf()
    relay = Relay(shelf)
    assert relay.round() == 2
    shelf.wiped = shelf.silent = True
    with pytest.raises(OSError, match="no answer"):
        relay.round()
    shelf.silent = False
    assert relay.round() == 2
    assert shelf.taken == ids * 2


def test_round_is_at_most_two_statements(django_assert_num_queries: DjangoAssertNumQueries):
    rows(3)
    with django_assert_num_queries(1):
        Relay(Shelf()).round()
    with django_assert_num_queries(2):
        Relay(Shelf(wiped=True)).round()


@pytest.mark.django_db(transaction=True)
def test_row_in_work_is_not_published():
    with transaction.atomic():
        ids = rows(2)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM outbox_outbox WHERE id = %s FOR UPDATE", [ids[0]])
        assert claim() == ids[1:]
        publish_everything_again()
        other.rollback()
        assert claim() == ids
    finally:
        other.close()


def test_heartbeat_is_one_row():
    beat("relay", redis_ok=True)
    beat("relay", redis_ok=False)
    assert Heartbeat.objects.values_list("member", "redis_ok").get() == ("relay", False)
