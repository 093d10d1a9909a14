"""Steps as outbox rows: one batch per step, split into ranges of customers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

from config import clock, locks, settled
from config.cycle import steps
from config.cycle.apart import names
from config.cycle.running import begin, may_run, note, parts, run_range, run_whole
from config.cycle.steps import Step, after, due, key, named
from config.outbox.delivery import handler
from config.outbox.models import Batch, Outbox, State, Tick
from config.outbox.queueing import enqueue, enqueue_batch, extend_batch, in_batch
from config.setaside import nights, register
from config.setaside.models import Kind, SetAside


def begin_on(tick: str) -> int:
    """Begin the cycle of the day ``tick``; returns 1, or 0 when it has begun before or the day is not today."""
    day = dt.date.fromisoformat(tick)
    return int(may_run(day) and enqueue_step(day, steps.STEPS[0]))


def forget(day: dt.date) -> None:
    """Reset the cycle of a day that is frozen once more, because its earlier results may be outdated.

    Pending rows stay; they run their steps anyway.
    """
    Tick.objects.filter(schedule="daily", tick=day.isoformat()).delete()
    name = f"cycle:{day.isoformat()}:"
    Batch.objects.filter(name__startswith=name).exclude(rows__state=State.PENDING).delete()
    # The rows that begin the next step belong to no batch.
    Outbox.objects.filter(dedup_key__startswith=name, batch=None).exclude(state=State.PENDING).delete()
    nights.forget(day)


def enqueue_step(day: dt.date, step: Step) -> bool:
    """Write the step's batch; its ranges join it, and the next step follows when all are done or given up."""
    following = after(step)
    then = ("cycle.begin", due(day, following)) if following else None
    return enqueue_batch(key(day, step), [("cycle.step", due(day, step))], then=then)


@handler("cycle.begin")
def begin_due(payload: dict[str, Any]) -> None:
    """Begin the next step."""
    enqueue_step(dt.date.fromisoformat(payload["day"]), named(payload["step"]))


def step_parked(payload: dict[str, Any], reason: str) -> None:
    """Record that a step, or one of its ranges, was given up after five starts."""
    nights.fail(payload["step"], dt.date.fromisoformat(payload["day"]), reason)


@handler("cycle.step", parked=step_parked)
def step_due(payload: dict[str, Any]) -> None:
    """Run one step, or split it into ranges. Skips steps of a past day; the next night runs them."""
    day, step = dt.date.fromisoformat(payload["day"]), named(payload["step"])
    if not in_batch():  # written by an earlier release
        enqueue_step(day, step)
    elif may_run(day) and not settled.is_settled(step, day):
        begin(step, day)
        if step.chunks:
            note(step, day, lambda: spread(step, day))
        else:
            note(step, day, lambda: run_whole(step, day))


def spread(step: Step, day: dt.date) -> int:
    """Write one outbox row per range of customers into the batch of the step."""
    ranges = import_string(step.chunks)(day)
    nights.spread(step.name, day, len(ranges))
    extend_batch([("cycle.range", due(day, step) | {"first": first, "last": last}) for first, last in ranges])
    return 0


@handler("cycle.range", parked=step_parked)
def range_due(payload: dict[str, Any]) -> None:
    day, step = dt.date.fromisoformat(payload["day"]), named(payload["step"])
    if may_run(day):
        note(step, day, lambda: run_range(step, day, payload["first"], payload["last"]))


def run_again(aside: SetAside) -> bool:
    """Queue another try of what was set aside; False when one is queued already."""
    with transaction.atomic():
        return enqueue("cycle.again", {"set_aside": aside.pk}, dedup_key=f"again:{aside.pk}:{aside.times}")


@handler("cycle.again")
def again_due(payload: dict[str, Any]) -> None:
    """Retry what was set aside: a customer alone, anything else with its whole step, where it has one."""
    aside = SetAside.objects.filter(pk=payload["set_aside"]).first()
    if aside is None:
        return
    step = next((candidate for candidate in steps.STEPS if candidate.name == aside.step), None)
    day = clock.today()
    if not may_run(day):
        return
    if step is None or aside.kind != Kind.CUSTOMER:
        register.release(aside.kind, [aside.object_id], aside.step)
    if step is None:
        return
    if aside.kind == Kind.CUSTOMER and step.chunks:
        run_range(step, day, aside.object_id, aside.object_id)
    elif aside.kind == Kind.CUSTOMER:
        locks.lock(f"cycle:{step.name}")
        call = import_string(step.call)
        register.sparing(step.name, Kind.CUSTOMER, [aside.object_id], lambda ids: call(day, ids), names)
    else:
        begin(step, day)
        for part in parts(step, day):
            note(step, day, part)
