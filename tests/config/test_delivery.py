"""The outbox: written with its cause, done once, given up after five starts, replayable."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries

from config import tasks
from config.outbox import delivery, queueing
from config.outbox.delivery import LAST_ATTEMPT, InDoubt, Later, deliver, handler
from config.outbox.models import Batch, Outbox, State
from config.outbox.queueing import enqueue, enqueue_batch
from config.outbox.relay import claim

pytestmark = pytest.mark.django_db

DONE: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """Kinds that note their payload, fail, or are in doubt; forgotten after each test."""
    known = dict(delivery.HANDLERS)
    DONE.clear()
    handler("note")(DONE.append)
    handler("fail")(fail)
    handler("once", once_only=True)(DONE.append)
    handler("doubt", once_only=True)(doubt)
    yield
    delivery.HANDLERS.clear()
    delivery.HANDLERS.update(known)


def fail(payload: dict[str, Any]) -> None:
    Outbox.objects.create(kind="note", dedup_key="written by a failed handler")
    raise ValueError(payload["why"])


def doubt(_payload: dict[str, Any]) -> None:
    raise InDoubt("connection lost after DATA")


def row(key: str = "k") -> Outbox:
    return Outbox.objects.get(dedup_key=key)


def test_enqueue_writes_a_pending_row():
    assert enqueue("note", {"n": 1}, dedup_key="k") is True
    found = row()
    assert (found.kind, found.payload, found.state, found.attempts) == ("note", {"n": 1}, "pending", 0)


def test_enqueue_again_with_the_same_key_writes_nothing():
    enqueue("note", {"n": 1}, dedup_key="k")
    assert enqueue("note", {"n": 2}, dedup_key="k") is False
    assert row().payload == {"n": 1}


def test_enqueue_is_one_statement(django_assert_num_queries: DjangoAssertNumQueries):
    with django_assert_num_queries(1):
        enqueue("note", {}, dedup_key="k")


@pytest.mark.django_db(transaction=True)
def test_enqueue_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        enqueue("note", {}, dedup_key="k")
    with pytest.raises(transaction.TransactionManagementError):
        enqueue_batch("b", [], then=("note", {}))
    assert not Outbox.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_enqueue_is_forgotten_with_its_cause():
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        enqueue("note", {}, dedup_key="k")
        raise ZeroDivisionError
    assert not Outbox.objects.exists()


def test_deliver_does_the_work_once():
    enqueue("note", {"n": 1}, dedup_key="k")
    assert deliver(row().pk) == "done"
    assert deliver(row().pk) == "skipped"
    assert DONE == [{"n": 1}]
    assert (row().attempts, row().state) == (1, "done")
    assert row().settled_at is not None


def test_work_that_meets_others_is_put_off_however_often_and_comes_at_once_when_they_are_done(caplog):
    """What its handler wrote stays, and no start of it counts; work at hand elsewhere and failed work keep their times.

    Work that waits is no warning; work that failed is.
    """
    handler("note")(lambda payload: DONE.append(payload) or Later(dt.timedelta(minutes=1)))
    for key, kind in (("k", "note"), ("other", "fail")):
        enqueue(kind, {"n": 1, "why": "it is so"}, dedup_key=key)
    for key in ("other", "k"):
        tasks.deliver_row(row(key).pk)
    assert [entry.message for entry in caplog.records] == [f"outbox row {row('other').pk}: retry"]
    assert [deliver(row().pk) for _start in range(LAST_ATTEMPT)] == ["later"] * LAST_ATTEMPT
    assert (row().state, row().attempts, len(DONE)) == ("pending", 0, LAST_ATTEMPT + 1)
    assert [found.pk for found in Outbox.objects.filter(publish_after__gt=Now() + dt.timedelta(seconds=50))] == [
        row().pk
    ]
    assert (queueing.hasten("fail"), queueing.hasten("note"), queueing.hasten("note")) == (0, 1, 0)
    assert claim() == [row().pk]


def test_deliver_knows_its_row():
    seen: list[int] = []
    handler("note")(lambda _payload: seen.append(queueing.row_in_work()))
    enqueue("note", {}, dedup_key="k")
    deliver(row().pk)
    assert seen == [row().pk]


def test_missing_row_is_skipped():
    assert deliver(10**9) == "skipped"


def test_unknown_kind_stays_pending():
    enqueue("of the next release", {}, dedup_key="k")
    assert deliver(row().pk) == "skipped"
    assert (row().state, row().attempts) == ("pending", 0)


def test_failure_undoes_the_handler_and_waits():
    enqueue("fail", {"why": "no luck"}, dedup_key="k")
    assert deliver(row().pk) == "retry"
    found = row()
    assert (found.state, found.attempts, found.error) == ("pending", 1, "ValueError: no luck")
    assert not Outbox.objects.filter(kind="note").exists()
    assert claim() == []


def test_pauses_grow_fourfold():
    enqueue("fail", {"why": ""}, dedup_key="k")
    pauses = []
    for _attempt in range(4):
        deliver(row().pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM publish_after - statement_timestamp()) FROM outbox_outbox")
            pauses.append(round(cursor.fetchone()[0]))
    assert pauses == [2, 8, 32, 128]


def test_fifth_failure_is_the_last():
    enqueue("fail", {"why": "poison"}, dedup_key="k")
    assert [deliver(row().pk) for _ in range(6)] == ["retry"] * 4 + ["dead", "skipped"]
    assert (row().attempts, row().error) == (5, "ValueError: poison")


def test_row_whose_worker_died_five_times_is_dead():
    enqueue("note", {}, dedup_key="k")
    for _ in range(5):
        delivery.start(row().pk)
    assert deliver(row().pk) == "dead"
    assert row().error == "The worker died in each attempt."
    assert DONE == []


def test_effect_that_cannot_be_repeated_is_not_tried_after_a_death():
    enqueue("once", {}, dedup_key="k")
    delivery.start(row().pk)
    assert row().state == "sending"
    assert claim() == []
    assert deliver(row().pk) == "skipped"  # its id came twice
    assert delivery.give_up_lost() == 0
    assert delivery.give_up_lost(after=dt.timedelta()) == 1
    assert (row().state, row().error) == ("unknown", delivery.LOST)
    assert DONE == []


def test_effect_begun_by_an_earlier_release_is_in_doubt():
    enqueue("once", {}, dedup_key="k")
    Outbox.objects.update(attempts=1)
    assert deliver(row().pk) == "unknown"
    assert DONE == []


@pytest.mark.django_db(transaction=True)
def test_effect_outside_happens_in_no_transaction_and_once():
    def effect(payload: dict[str, Any]) -> None:
        assert not connection.in_atomic_block
        DONE.append(payload)
        assert deliver(row().pk) == "skipped"
        assert not enqueued_again()
        if payload["dies"]:
            connection.close()  # the session is gone after the relay's 250: it opens anew
            Outbox.objects.filter(pk=row().pk).update(attempts=9)  # somebody else holds it

    def enqueued_again() -> bool:
        with transaction.atomic():
            return enqueue("once", {}, dedup_key="k")

    handler("once", once_only=True)(effect)
    for dies, came in ((False, "done"), (True, "skipped")):
        Outbox.objects.all().delete()
        with transaction.atomic():
            enqueue("once", {"dies": dies}, dedup_key="k")
        assert deliver(row().pk) == came
        assert deliver(row().pk) == "skipped"
    assert [payload["dies"] for payload in DONE] == [False, True]


def test_effect_outside_that_is_refused_is_tried_again():
    def refused(_payload: dict[str, Any]) -> None:
        raise ValueError("mailbox full")

    handler("once", once_only=True)(refused)
    enqueue("once", {}, dedup_key="k")
    for _ in range(4):
        assert deliver(row().pk) == "retry"
        assert (row().state, row().sending_since) == ("pending", None)
    assert deliver(row().pk) == "dead"


def test_effect_in_doubt_is_parked_at_once():
    enqueue("doubt", {}, dedup_key="k")
    assert deliver(row().pk) == "unknown"
    assert row().error == "InDoubt: connection lost after DATA"


def test_start_that_has_been_overtaken_does_nothing():
    enqueue("note", {"n": 1}, dedup_key="k")
    first = delivery.start(row().pk)
    delivery.start(row().pk)
    assert first is not None
    assert delivery.finish(first) == "skipped"
    assert delivery.fail(first, ValueError()) == "skipped"
    assert DONE == []


def test_replay_gives_five_new_starts():
    enqueue("fail", {"why": ""}, dedup_key="k")
    for _ in range(5):
        deliver(row().pk)
    assert [found.pk for found in delivery.dead()] == [row().pk]
    assert delivery.replay([row().pk]) == 1
    assert (row().state, row().attempts, row().settled_at) == (State.PENDING, 0, None)
    handler("fail")(DONE.append)
    assert deliver(row().pk) == "done"


def test_batch_is_followed_by_its_next_row_once():
    enqueue_batch("b", [("note", {"n": n}) for n in range(3)], then=("note", {"n": "last"}))
    rows = list(Outbox.objects.order_by("pk"))
    assert [r.dedup_key for r in rows] == ["b#0", "b#1", "b#2"]
    for part in (rows[2], rows[0]):
        deliver(part.pk)
    assert not Outbox.objects.filter(dedup_key="b#then").exists()
    deliver(rows[1].pk)
    deliver(rows[1].pk)
    assert Outbox.objects.get(dedup_key="b#then").payload == {"n": "last"}
    assert Outbox.objects.count() == 4
    assert Batch.objects.get().finished_at is not None


def test_batch_of_the_same_name_is_written_once():
    assert enqueue_batch("b", [("note", {})], then=None) is True
    assert enqueue_batch("b", [("note", {}), ("note", {})], then=None) is False
    assert Outbox.objects.count() == 1


def test_batch_without_items_is_followed_at_once():
    enqueue_batch("b", [], then=("note", {"n": "last"}))
    assert [r.dedup_key for r in Outbox.objects.all()] == ["b#then"]
    assert enqueue_batch("b", [("note", {})], then=("note", {})) is False


@pytest.mark.parametrize("kind", ["fail", "doubt"])
def test_batch_goes_on_without_a_row_that_is_given_up(kind: str):
    enqueue_batch("b", [("note", {}), (kind, {"why": ""})], then=("note", {"n": "last"}))
    for part in list(Outbox.objects.all()):
        for _ in range(5):
            deliver(part.pk)
    assert row("b#1").state in {"dead", "unknown"}
    assert row("b#then").state == "pending"
    handler(kind)(DONE.append)
    assert delivery.replay(None) == 1
    assert deliver(row("b#1").pk) == "done"
    assert Outbox.objects.filter(dedup_key__startswith="b#").count() == 3


def test_batch_goes_on_without_a_row_whose_worker_died_each_time():
    enqueue_batch("b", [("note", {"n": "poison"})], then=("note", {"n": "last"}))
    for _ in range(5):
        delivery.start(row("b#0").pk)
    assert deliver(row("b#0").pk) == "dead"
    assert deliver(row("b#then").pk) == "done"
    assert DONE == [{"n": "last"}]


def test_row_in_work_adds_to_its_batch():
    def spread(_payload: dict[str, Any]) -> None:
        assert queueing.in_batch()
        assert queueing.extend_batch([("note", {"n": n}) for n in range(2)]) == 2

    handler("spread")(spread)
    enqueue_batch("b", [("spread", {})], then=("note", {"n": "last"}))
    assert deliver(row("b#0").pk) == "done"
    assert not Outbox.objects.filter(dedup_key="b#then").exists()
    assert [deliver(row(key).pk) for key in ("b#1", "b#2", "b#then")] == ["done"] * 3
    assert DONE == [{"n": 0}, {"n": 1}, {"n": "last"}]


def test_row_without_a_batch_knows_it():
    seen: list[bool] = []
    handler("note")(lambda _payload: seen.append(queueing.in_batch()))
    enqueue("note", {}, dedup_key="k")
    deliver(row().pk)
    assert seen == [False]


def test_whoever_gives_a_row_up_is_told_the_reason():
    told: list[tuple[dict[str, Any], str]] = []
    handler("fail", parked=lambda payload, reason: told.append((payload, reason)))(fail)
    enqueue("fail", {"why": "poison"}, dedup_key="k")
    for _ in range(4):
        deliver(row().pk)
    assert told == []
    deliver(row().pk)
    assert told == [({"why": "poison"}, "ValueError: poison")]


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_row_do_it_once():
    begun, go_on = threading.Event(), threading.Event()

    def slowly(payload: dict[str, Any]) -> None:
        begun.set()
        go_on.wait(10)
        DONE.append(payload)

    handler("note")(slowly)
    with transaction.atomic():
        enqueue("note", {"n": 1}, dedup_key="k")
    first = in_thread(row().pk)
    assert begun.wait(10)
    assert deliver(row().pk) == "skipped"
    go_on.set()
    first.join(10)
    assert DONE == [{"n": 1}]
    assert row().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_last_two_rows_of_a_batch_at_the_same_moment():
    together = threading.Barrier(2)

    def meet(_payload: dict[str, Any]) -> None:
        together.wait(10)

    handler("note")(meet)
    with transaction.atomic():
        enqueue_batch("b", [("note", {}), ("note", {})], then=("once", {}))
    workers = [in_thread(part.pk) for part in Outbox.objects.all()]
    for worker in workers:
        worker.join(10)
    assert Outbox.objects.filter(dedup_key="b#then").count() == 1
    assert Outbox.objects.filter(state="done").count() == 2


def in_thread(pk: int) -> threading.Thread:
    def work() -> None:
        try:
            deliver(pk)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_command_counts_lists_and_replays(capsys: pytest.CaptureFixture[str]):
    enqueue("fail", {"why": "poison"}, dedup_key="k")
    enqueue("note", {}, dedup_key="waits")
    for _ in range(5):
        deliver(row().pk)
    call_command("outbox")
    assert capsys.readouterr().out == "dead     1\npending  1\n"
    call_command("outbox", "--dead")
    assert capsys.readouterr().out == f"{row().pk} dead fail k: ValueError: poison\n"
    call_command("outbox", "--replay", "all")
    assert capsys.readouterr().out == "1 to be tried again\n"
    assert row().state == "pending"


@pytest.mark.parametrize(
    ("ids", "says"),
    [(["x"], "takes the numbers"), (["all", "1"], "takes the numbers"), (["１"], "takes the numbers"),
     ([str(2**63)], "takes the numbers"), (["999999999"], "not given up")],
)  # fmt: skip
def test_command_refuses_rows_that_are_not_given_up(ids: list[str], says: str):
    with pytest.raises(CommandError, match=says):
        call_command("outbox", "--replay", *ids)
