"""Write work down in the transaction that causes it, and do each piece of it once.

``enqueue`` writes a row; the relay publishes its id; a worker calls ``deliver``, which locks the
row, runs the kind's handler and marks the row done in one transaction. Wiping Redis or killing
any process at any moment loses nothing and repeats nothing that PostgreSQL can see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from config.history.actors import acting
from config.outbox.models import Batch, Outbox, State

Payload = Mapping[str, Any]
Handle = Callable[[dict[str, Any]], object]

LAST_ATTEMPT: Final = 5
FIRST_PAUSE: Final = dt.timedelta(seconds=2)
LONGEST_ERROR: Final = 2000


@dataclass(frozen=True)
class Handler:
    """What a worker does with rows of one kind; ``parked`` is told of one that was given up, with the reason."""

    run: Handle
    once_only: bool
    parked: Callable[[dict[str, Any], str], object] | None = None


class InDoubt(Exception):  # noqa: N818  an answer, not an error of ours
    """A handler raises this when its outside effect may or may not have happened: no second try."""


HANDLERS: Final[dict[str, Handler]] = {}
IN_WORK: Final[ContextVar[int]] = ContextVar("IN_WORK")


def handler(
    kind: str, *, once_only: bool = False, parked: Callable[[dict[str, Any], str], object] | None = None
) -> Callable[[Handle], Handle]:
    """Register the decorated function for rows of ``kind``.

    It runs inside the transaction that marks the row done. ``once_only`` is for effects outside
    the database that cannot be repeated: a row whose worker died is parked as unknown, not rerun. ``parked`` is
    called with payload and reason in the transaction that gives a row up.
    """

    def register(run: Handle) -> Handle:
        HANDLERS[kind] = Handler(run, once_only, parked)
        return run

    return register


def row_in_work() -> int:
    """The id of the row whose handler is running: the idempotency key of outside calls."""
    return IN_WORK.get()


def enqueue(kind: str, payload: Payload, *, dedup_key: str) -> bool:
    """Write one piece of work, or return False when ``dedup_key`` has been used before.

    Must be called inside the transaction of its cause, and is forgotten with it.
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
    made = Batch.objects.bulk_create(
        [Batch(name=name, then_kind=then_kind, then_payload=dict(then_payload))],
        ignore_conflicts=True,
    )
    batch = Batch.objects.select_for_update().get(name=made[0].name)
    if batch.finished_at or batch.rows.exists():
        return False
    insert(rows_of(batch, items, first=0))
    finish_batch(batch.pk)
    return True


def extend_batch(items: Sequence[tuple[str, Payload]]) -> int:
    """Add ``items`` to the batch of the row in work, whose following row then waits for them too; how many went in."""
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


def require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "Work is enqueued in the transaction of its cause; open transaction.atomic() first."
        )


def insert(rows: Sequence[Outbox]) -> int:
    """Insert ``rows`` but those whose key is taken; return how many went in."""
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


def deliver(outbox_id: int) -> str:
    """Do the work of one row if it is due, free and has a handler here; return what came of it.

    "done", "retry" (failed, will be published again), "dead", "unknown", or "skipped" (settled
    already, held by another worker, or of a kind this release does not know: it stays pending
    for a release that does). The start is counted in a transaction of its own before the effect.
    """
    row = start(outbox_id)
    if row is None or row.state != State.PENDING:
        return "skipped" if row is None else row.state
    try:
        return finish(row)
    except Exception as error:  # noqa: BLE001  whatever a handler raises is counted and kept
        return fail(row, error)


def start(outbox_id: int) -> Outbox | None:
    """Count a start of the row, or park it when its starts are used up; None: not for us now."""
    with transaction.atomic():
        row = locked(outbox_id)
        if row is None or row.kind not in HANDLERS:
            return None
        if row.attempts >= LAST_ATTEMPT:
            return park(row, State.DEAD, row.error or "The worker died in each attempt.")
        if row.attempts and not row.error and HANDLERS[row.kind].once_only:
            return park(row, State.UNKNOWN, "The worker died while the effect was under way.")
        Outbox.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, error="")
        row.attempts += 1
        return row


def finish(row: Outbox) -> str:
    """Run the handler and mark the row done, together or not at all."""
    with transaction.atomic():
        held = locked(row.pk)
        if held is None or held.attempts != row.attempts:
            return "skipped"
        IN_WORK.set(row.pk)
        with acting(f"work:{row.kind}"):
            HANDLERS[row.kind].run(held.payload)
        Outbox.objects.filter(pk=row.pk).update(state=State.DONE, settled_at=Now(), error="")
        if held.batch_id:
            finish_batch(held.batch_id)
    return State.DONE.value


def fail(row: Outbox, error: Exception) -> str:
    """Keep the reason and let the relay publish the row again after a pause, or park it."""
    reason = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    with transaction.atomic():
        held = locked(row.pk)
        if held is None or held.attempts != row.attempts:
            return "skipped"
        if isinstance(error, InDoubt) or held.attempts >= LAST_ATTEMPT:
            state = State.UNKNOWN if isinstance(error, InDoubt) else State.DEAD
            return park(held, state, reason).state
        pause = FIRST_PAUSE * 4 ** (held.attempts - 1)
        Outbox.objects.filter(pk=row.pk).update(error=reason, publish_after=Now() + pause)
    return "retry"


def locked(outbox_id: int) -> Outbox | None:
    """The pending row, locked for this transaction; None when settled or held elsewhere."""
    rows = Outbox.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.filter(pk=outbox_id, state=State.PENDING).first()


def park(row: Outbox, state: State, reason: str) -> Outbox:
    """Give the row up; what waited for its batch goes on without it."""
    Outbox.objects.filter(pk=row.pk).update(state=state, settled_at=Now(), error=reason)
    row.state = state
    parked = HANDLERS[row.kind].parked
    if parked:
        parked(row.payload, reason)
    if row.batch_id:
        finish_batch(row.batch_id)
    return row


def finish_batch(batch_id: int) -> bool:
    """Write the batch's following row when none of its rows is pending; True when that happened now.

    A row that was given up holds nobody back: it stays as it is, to be tried again by hand. The batch's lock is
    taken first, so of two workers that finish the last two rows at the same time the second sees the first one's row done.
    """
    batch = Batch.objects.select_for_update().filter(pk=batch_id, finished_at=None).first()
    if batch is None or batch.rows.filter(state=State.PENDING).exists():
        return False
    Batch.objects.filter(pk=batch_id).update(finished_at=Now())
    if batch.then_kind:
        enqueue(batch.then_kind, batch.then_payload, dedup_key=f"{batch.name}#then")
    return True


def dead() -> list[Outbox]:
    """Rows given up or in doubt, oldest first."""
    parked = Outbox.objects.filter(state__in=[State.DEAD, State.UNKNOWN])
    return list(parked.order_by("pk"))


def replay(ids: Sequence[int] | None) -> int:
    """Give parked rows (all of them when ``ids`` is None) five new attempts; return how many."""
    parked = Outbox.objects.filter(state__in=[State.DEAD, State.UNKNOWN])
    if ids is not None:
        parked = parked.filter(pk__in=ids)
    return parked.update(state=State.PENDING, settled_at=None, attempts=0, error="", publish_after=Now())
