"""Steps as outbox rows: a batch a step, spread over ranges of customers."""

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
    """Begin the cycle of the day that ``tick`` names; 1, or 0 when it has been begun before or is not today."""
    day = dt.date.fromisoformat(tick)
    return int(may_run(day) and enqueue_step(day, steps.STEPS[0]))


def forget(day: dt.date) -> None:
    """Let the cycle of a day that is frozen once more begin anew: what its steps found then may be of another day by now.

    Rows still to be worked off stay; they do their steps anyway.
    """
    Tick.objects.filter(schedule="daily", tick=day.isoformat()).delete()
    name = f"cycle:{day.isoformat()}:"
    Batch.objects.filter(name__startswith=name).exclude(rows__state=State.PENDING).delete()
    # The rows that went on from one step to the next belong to no batch.
    Outbox.objects.filter(dedup_key__startswith=name, batch=None).exclude(state=State.PENDING).delete()
    nights.forget(day)


def enqueue_step(day: dt.date, step: Step) -> bool:
    """Write the step's batch: its ranges join it, and the step after follows when all are done or given up."""
    following = after(step)
    then = ("cycle.begin", due(day, following)) if following else None
    return enqueue_batch(key(day, step), [("cycle.step", due(day, step))], then=then)


@handler("cycle.begin")
def begin_due(payload: dict[str, Any]) -> None:
    """Go on with the next step."""
    enqueue_step(dt.date.fromisoformat(payload["day"]), named(payload["step"]))


def step_parked(payload: dict[str, Any], reason: str) -> None:
    """A step, or one of its ranges, was given up after five starts."""
    nights.fail(payload["step"], dt.date.fromisoformat(payload["day"]), reason)


@handler("cycle.step", parked=step_parked)
def step_due(payload: dict[str, Any]) -> None:
    """Run one step, or spread it over ranges. Steps of a day that is over are left to the next night."""
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
    """One outbox row a range of customers, in the batch of the step."""
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
    """Have what was set aside tried once more by the worker; False when that is on its way already."""
    with transaction.atomic():
        return enqueue("cycle.again", {"set_aside": aside.pk}, dedup_key=f"again:{aside.pk}:{aside.times}")


@handler("cycle.again")
def again_due(payload: dict[str, Any]) -> None:
    """Try what was set aside: a customer alone, anything else together with its whole step, where it has one."""
    aside = SetAside.objects.filter(pk=payload["set_aside"]).first()
    if aside is None:
        return
    step = next((one for one in steps.STEPS if one.name == aside.step), None)
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
