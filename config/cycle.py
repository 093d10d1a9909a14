"""The daily cycle: what happens to every customer once a day, in this order.

The worker runs it as outbox rows, each step writing the next one in its own transaction; operators,
tests and the demo run the same steps in the foreground. Every step may be run again: it changes
only what its day still asks for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.module_loading import import_string

from config import clock
from config.outbox import ticks
from config.outbox.delivery import enqueue, enqueue_batch, handler

CHANGED_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class Step:
    """One named step. ``chunks`` names the (first id, last id) ranges that ``call`` is spread over."""

    name: str
    call: str
    dated: bool = True
    chunks: str = ""


STEPS: Final = (
    Step("lifecycle", "accounts.lifecycle.sweep"),
    Step("rollups", "health.rollup.roll_up_changed", dated=False),
    Step("scores", "health.scoring.score_range", chunks="health.scoring.chunks"),
    Step("milestones", "health.milestones.sweep"),
    Step("first 90 days", "health.onboarding.sweep"),
    Step("journey", "health.journey.sweep"),
    Step("retention", "health.retention.sweep"),
    Step("ladder", "health.ladder.sweep"),
    Step("segments", "accounts.segmenting.sweep"),
    Step("cases", "health.cases.sweep.sweep"),
    Step("renewals", "renewals.pipeline.sweep"),
    Step("qbrs", "renewals.qbrs.sweep"),
    Step("case rules", "health.cases.demotion.sweep"),
    Step("motions", "health.motions.sweep"),
    Step("forecast", "renewals.forecast.refresh"),
    Step("plays", "playbooks.enrolment.sweep"),
    Step("replays", "health.replaying.sweep"),
    Step("digests", "health.digests.sweep"),
)


@dataclass(frozen=True)
class Done:
    """What one step of a foreground run counted."""

    step: str
    rows: int


def run(day: dt.date) -> Iterator[Done]:
    """Run every step for ``day`` here and now, each in a transaction of its own."""
    for step in STEPS:
        if step.chunks:
            ranges = import_string(step.chunks)(day)
            yield Done(step.name, sum(run_range(step, day, *ends) for ends in ranges))
        else:
            yield Done(step.name, run_whole(step, day))


def run_whole(step: Step, day: dt.date) -> int:
    """One step over all customers; waits for another run of the same step to end first."""
    with transaction.atomic():
        ticks.lock(f"cycle:{step.name}")
        rows: int = import_string(step.call)(*([day] if step.dated else []))
        return rows


def run_range(step: Step, day: dt.date, first: int, last: int) -> int:
    """One step over the customers with ``first`` <= id <= ``last``."""
    with transaction.atomic():
        ticks.lock(f"cycle:{step.name}:{first}")
        rows: int = import_string(step.call)(first, last, day)
        return rows


def begin_on(tick: str) -> int:
    """Begin the cycle of the day that ``tick`` names; 1, or 0 when it has been begun before."""
    day = dt.date.fromisoformat(tick)
    return int(enqueue("cycle.step", due(day, STEPS[0]), dedup_key=key(day, STEPS[0])))


@handler("cycle.step")
def step_due(payload: dict[str, Any]) -> None:
    """Run one step and write the next, or spread it over ranges whose last one writes the next."""
    day, step = dt.date.fromisoformat(payload["day"]), named(payload["step"])
    following = after(step)
    if step.chunks:
        spread(day, step, following)
        return
    run_whole(step, day)
    if following:
        enqueue("cycle.step", due(day, following), dedup_key=key(day, following))


def spread(day: dt.date, step: Step, following: Step | None) -> None:
    """One outbox row a range; the row after the last of them is the following step."""
    ranges = import_string(step.chunks)(day)
    items = [("cycle.range", due(day, step) | {"first": first, "last": last}) for first, last in ranges]
    then = ("cycle.step", due(day, following)) if following else None
    enqueue_batch(key(day, step), items, then=then)


@handler("cycle.range")
def range_due(payload: dict[str, Any]) -> None:
    day, step = dt.date.fromisoformat(payload["day"]), named(payload["step"])
    run_range(step, day, payload["first"], payload["last"])


def due(day: dt.date, step: Step) -> dict[str, Any]:
    return {"day": day.isoformat(), "step": step.name}


def key(day: dt.date, step: Step) -> str:
    return f"cycle:{day.isoformat()}:{step.name}"


def named(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)


def after(step: Step) -> Step | None:
    place = STEPS.index(step) + 1
    return STEPS[place] if place < len(STEPS) else None


def sweep_changed(_tick: str) -> int:
    """Score the customers with new data since the last sweep; 0 while another sweep is at it."""
    if not ticks.try_lock("changed"):
        return 0
    changed: int = import_string("health.sweeps.changed")(clock.today(), CHANGED_AT_ONCE)
    return changed
