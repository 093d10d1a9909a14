"""Enqueueing rows for the relay in the transaction of their cause, alone or as a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

from django.db import connection, transaction
from django.db.models.functions import Now

from config.outbox.models import OPEN, Batch, Outbox, State

Payload = Mapping[str, Any]
# Kinds whose rows may take longer than a task may: each row is one transaction, which a killed worker leaves undone.
LONG: Final[set[str]] = set()
LONGEST: Final = dt.timedelta(hours=6)
IN_WORK: Final[ContextVar[int]] = ContextVar("IN_WORK")


def may_take_long(kind: str) -> None:
    """Let rows of ``kind`` run for up to six hours. Its handler must be one transaction that can be repeated."""
    LONG.add(kind)


def long_ones(ids: Sequence[int]) -> set[int]:
    """Those of the rows that may take long. One statement."""
    return set(Outbox.objects.filter(pk__in=ids, kind__in=LONG).values_list("pk", flat=True))


def enqueue(kind: str, payload: Payload, *, dedup_key: str) -> bool:
    """Write one piece of work, or return False when ``dedup_key`` has been used before.

    Must be called inside the transaction of its cause, and is rolled back with it.
    """
    require_transaction()
    rows = [Outbox(kind=kind, payload=dict(payload), dedup_key=dedup_key)]
    return insert(rows) == 1


def enqueue_batch(name: str, items: Sequence[tuple[str, Payload]], *, then: tuple[str, Payload] | None = None) -> bool:
    """Write all of ``items`` and, once the last is done or given up, ``then``, exactly once.

    Returns False, writing nothing, when a batch of that name exists. Without items ``then``
    is written at once. Must be called inside a transaction. Three statements.
    """
    require_transaction()
    then_kind, then_payload = then or ("", {})
    batches = Batch.objects.bulk_create(
        [Batch(name=name, then_kind=then_kind, then_payload=dict(then_payload))],
        ignore_conflicts=True,
    )
    batch = Batch.objects.select_for_update().get(name=batches[0].name)
    if batch.finished_at or batch.rows.exists():
        return False
    insert(rows_of(batch, items, first=0))
    finish_batch(batch.pk)
    return True


def extend_batch(items: Sequence[tuple[str, Payload]]) -> int:
    """Add ``items`` to the batch of the row in work, whose following row then waits for them too; returns how many."""
    require_transaction()
    batch = Batch.objects.select_for_update().get(rows=row_in_work())
    return insert(rows_of(batch, items, first=batch.rows.count()))


def in_batch() -> bool:
    """Whether the row in work belongs to a batch."""
    return Batch.objects.filter(rows=row_in_work()).exists()


def rows_of(batch: Batch, items: Sequence[tuple[str, Payload]], *, first: int) -> list[Outbox]:
    return [
        Outbox(kind=kind, payload=dict(payload), dedup_key=f"{batch.name}#{number}", batch=batch)
        for number, (kind, payload) in enumerate(items, first)
    ]


def hasten(kind: str) -> int:
    """Let the rows of ``kind`` that were put off be published now, but those a worker has at hand; returns how many."""
    with transaction.atomic():
        free = Outbox.objects.select_for_update(skip_locked=True, of=("self",))
        put_off = free.filter(kind=kind, state=State.PENDING, error="", publish_after__gt=Now())
        return Outbox.objects.filter(pk__in=[row.pk for row in put_off.only("pk")]).update(publish_after=Now())


def require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "Work is enqueued in the transaction of its cause; open transaction.atomic() first."
        )


def insert(rows: Sequence[Outbox]) -> int:
    """Insert ``rows`` except those whose key is taken; returns how many."""
    keys = [row.dedup_key for row in rows]
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO outbox_outbox
                   (kind, dedup_key, payload, state, batch_id, attempts, publications, error)
            VALUES (%s, %s, %s, 'pending', %s, 0, 0, '')
            ON CONFLICT (dedup_key) DO NOTHING
            """,
            [(row.kind, row.dedup_key, as_json(row.payload), row.batch_id) for row in rows],
        )
        return cursor.rowcount


def as_json(payload: Payload) -> Any:
    return Outbox._meta.get_field("payload").get_db_prep_save(payload, connection)


def row_in_work() -> int:
    """The id of the row whose handler is running: the idempotency key of outside calls."""
    return IN_WORK.get()


def finish_batch(batch_id: int) -> bool:
    """Write the batch's following row when none of its rows is open; True when that happened now.

    A row given up blocks nothing: it stays as it is, to be retried by hand. The batch's lock is taken first, so that of
    two workers that finish the last two rows at the same time the second sees the first one's row done.
    """
    batch = Batch.objects.select_for_update().filter(pk=batch_id, finished_at=None).first()
    if batch is None or batch.rows.filter(state__in=OPEN).exists():
        return False
    Batch.objects.filter(pk=batch_id).update(finished_at=Now())
    if batch.then_kind:
        enqueue(batch.then_kind, batch.then_payload, dedup_key=f"{batch.name}#then")
    return True
