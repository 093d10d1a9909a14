"""Outbox: write work in the transaction that causes it, and do each piece of it once.

``enqueue`` writes a row; the relay publishes its id; a worker calls ``deliver``, which locks the row, runs the kind's
handler and marks the row done in one transaction. An effect outside the database (mail) runs in no transaction, between
the states "sending" and "done". Wiping Redis or killing any process at any moment loses nothing and repeats nothing
that PostgreSQL can see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from config.history.actors import acting
from config.outbox.models import Decision, Outbox, State
from config.outbox.queueing import IN_WORK, finish_batch

Handle = Callable[[dict[str, Any]], object]

LAST_ATTEMPT: Final = 5
FIRST_PAUSE: Final = dt.timedelta(seconds=2)
LONGEST_ERROR: Final = 2000
# A worker aborts a task after 300 s.
LOST_AFTER: Final = dt.timedelta(seconds=360)
LOST: Final = "The worker died while the effect was under way."


@dataclass(frozen=True)
class Handler:
    """The function for rows of one kind; ``parked`` is called with payload and reason of a row that is given up."""

    run: Handle
    once_only: bool
    parked: Callable[[dict[str, Any], str], object] | None = None


@dataclass(frozen=True)
class Later:
    """The answer of a handler that could not begin, as others are at work: its row is published again after that time.

    What the handler wrote stays; the start counts for nothing.
    """

    after: dt.timedelta


class InDoubt(Exception):  # noqa: N818  an answer, not an error of ours
    """Raised by a handler whose outside effect may or may not have happened: no second try."""


ANEW: Final[dict[str, Any]] = {
    "state": State.PENDING,
    "settled_at": None,
    "attempts": 0,
    "error": "",
    "publish_after": Now(),
}
HANDLERS: Final[dict[str, Handler]] = {}


def handler(
    kind: str, *, once_only: bool = False, parked: Callable[[dict[str, Any], str], object] | None = None
) -> Callable[[Handle], Handle]:
    """Register the decorated function for rows of ``kind``.

    It runs inside the transaction that marks the row done. ``once_only`` is for effects outside the database that
    cannot be repeated: those run in no transaction, and a row whose worker died is parked as unknown, not rerun; an
    error of such a function counts as a refusal and is tried again, unless it is InDoubt. ``parked`` is called with
    payload and reason in the transaction that gives a row up.
    """

    def register(run: Handle) -> Handle:
        HANDLERS[kind] = Handler(run, once_only, parked)
        return run

    return register


def deliver(outbox_id: int) -> str:
    """Do the work of one row if it is due, free and has a handler here; returns the outcome.

    "done", "retry" (failed, will be published again), "later" (others are at work, the same), "dead", "unknown", or "skipped" (settled already, locked by
    another worker, or of a kind this release does not know: it stays pending for a release that does). The start is
    counted in a transaction of its own before the effect.
    """
    row = start(outbox_id)
    if row is None or row.state != State.PENDING:
        return "skipped" if row is None else row.state
    if HANDLERS[row.kind].once_only:
        return send(row)
    try:
        return finish(row)
    except Exception as error:  # noqa: BLE001  whatever a handler raises is counted and kept
        return fail(row, error)


def start(outbox_id: int) -> Outbox | None:
    """Count a start of the row, or park it when its starts are used up; None where it is not free or unknown here."""
    with transaction.atomic():
        row = locked(outbox_id)
        if row is None or row.kind not in HANDLERS:
            return None
        if row.attempts >= LAST_ATTEMPT:
            return park(row, State.DEAD, row.error or "The worker died in each attempt.")
        if row.attempts and not row.error and HANDLERS[row.kind].once_only:  # begun by an earlier release
            return park(row, State.UNKNOWN, LOST)
        outside = {"state": State.SENDING, "sending_since": Now()} if HANDLERS[row.kind].once_only else {}
        Outbox.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, error="", **outside)
        row.attempts += 1
        return row


def send(row: Outbox) -> str:
    """Run the handler of an effect outside the database, in no transaction, and store the outcome.

    Where that fails, the row stays "sending" until ``give_up_lost``: it is never started a second time.
    """
    IN_WORK.set(row.pk)
    try:
        HANDLERS[row.kind].run(row.payload)
    except Exception as error:  # noqa: BLE001  a refusal or a doubt, counted and kept
        return fail(row, error, State.SENDING)
    with transaction.atomic():
        current = locked(row.pk, State.SENDING)
        if current is None or current.attempts != row.attempts:
            return "skipped"
        settle(current, State.DONE, "")
    return State.DONE.value


def give_up_lost(_tick: str = "", after: dt.timedelta = LOST_AFTER) -> int:
    """Park as unknown the rows that have been sending for longer than a worker may run; returns how many."""
    with transaction.atomic():
        lost = Outbox.objects.select_for_update(skip_locked=True, of=("self",))
        rows = list(lost.filter(state=State.SENDING, sending_since__lte=Now() - after))
        for row in rows:
            park(row, State.UNKNOWN, LOST)
    return len(rows)


def finish(row: Outbox) -> str:
    """Run the handler and mark the row done, or put it off, together or not at all."""
    with transaction.atomic():
        current = locked(row.pk)
        if current is None or current.attempts != row.attempts:
            return "skipped"
        IN_WORK.set(row.pk)
        with acting(f"work:{row.kind}"):
            answer = HANDLERS[row.kind].run(current.payload)
        if isinstance(answer, Later):
            put_off = {"attempts": F("attempts") - 1, "publish_after": Now() + answer.after}
            Outbox.objects.filter(pk=row.pk).update(**put_off)
            return "later"
        settle(current, State.DONE, "")
    return State.DONE.value


def fail(row: Outbox, error: Exception, while_in: State = State.PENDING) -> str:
    """Store the reason and let the relay publish the row again after a pause, or park it."""
    reason = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    with transaction.atomic():
        current = locked(row.pk, while_in)
        if current is None or current.attempts != row.attempts:
            return "skipped"
        if isinstance(error, InDoubt) or current.attempts >= LAST_ATTEMPT:
            state = State.UNKNOWN if isinstance(error, InDoubt) else State.DEAD
            return park(current, state, reason).state
        pause = FIRST_PAUSE * 4 ** (current.attempts - 1)
        Outbox.objects.filter(pk=row.pk).update(
            state=State.PENDING, sending_since=None, error=reason, publish_after=Now() + pause
        )
    return "retry"


def locked(outbox_id: int, state: State = State.PENDING) -> Outbox | None:
    """The row, locked for this transaction; None when it is in another state or locked elsewhere."""
    rows = Outbox.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.filter(pk=outbox_id, state=state).first()


def park(row: Outbox, state: State, reason: str) -> Outbox:
    """Give the row up; its batch goes on without it."""
    callback = HANDLERS[row.kind].parked if row.kind in HANDLERS else None
    if callback:
        callback(row.payload, reason)
    return settle(row, state, reason)


def settle(row: Outbox, state: State, reason: str) -> Outbox:
    """Store the row's final state, and finish its batch if it was the last."""
    Outbox.objects.filter(pk=row.pk).update(state=state, sending_since=None, settled_at=Now(), error=reason)
    row.state = state
    if row.batch_id:
        finish_batch(row.batch_id)
    return row


def dead() -> list[Outbox]:
    """Rows given up or in doubt, oldest first."""
    return list(given_up().order_by("pk"))


def given_up() -> QuerySet[Outbox]:
    """Rows that wait for a person's decision."""
    return Outbox.objects.filter(state__in=[State.DEAD, State.UNKNOWN])


def decide(outbox_id: int, decision: Decision, by: str) -> bool:
    """Apply a person's decision to a row given up or in doubt, with who and when; False where it no longer is.

    "Sent" is only possible for a row in doubt.
    """
    record = {"decision": decision, "decided_by": by, "decided_at": Now()}
    rows = given_up().filter(pk=outbox_id)
    if decision == Decision.AGAIN:
        return rows.update(**ANEW, **record) == 1
    if decision == Decision.SENT:
        return rows.filter(state=State.UNKNOWN).update(state=State.DONE, settled_at=Now(), **record) == 1
    return rows.update(state=State.DROPPED, settled_at=Now(), **record) == 1


def replay(ids: Sequence[int] | None) -> int:
    """Give parked rows (all when ``ids`` is None) five new attempts; returns how many."""
    rows = given_up()
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.update(**ANEW)
