"""Running steps in this process: the rows each counted, or why it failed."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.module_loading import import_string

from accounts import statistics
from accounts.models import Customer
from config import clock, locks, settled
from config.cycle import steps
from config.cycle.apart import apart
from config.cycle.steps import Step
from config.history.actors import acting
from config.setaside import nights, register
from config.setaside.models import Kind

ATTEMPTS: Final = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """The rows that one step of a foreground run counted, or why it failed."""

    step: str
    rows: int
    failed: str = ""


class StepsFailedError(Exception):
    """Steps of a foreground run failed; the others are done."""


class NotTodayError(ValueError):
    """The day of a cycle is not the organisation's present one."""


def check(day: dt.date) -> None:
    """Raise NotTodayError unless ``day`` is the organisation's day and not after the real one.

    A cycle writes current figures, which would be wrong for everybody on another day.
    """
    if day > clock.real_today():
        raise NotTodayError(f"{day} has not come yet: no cycle is run for a day after the real one.")
    if day != (today := clock.today()):
        raise NotTodayError(
            f"The cycle is run for {today} only: a run for {day} would write that day's figures over today's."
        )


def may_run(day: dt.date) -> bool:
    """Whether ``check`` allows a step of ``day``; logs the reason if not."""
    try:
        check(day)
    except NotTodayError as refusal:
        log.warning("%s", refusal)
        return False
    return True


def run(day: dt.date, *, anew: bool = False) -> Iterator[Done]:
    """Run every step for ``day`` in this process, each in transactions of its own, whether or not others fail.

    Skips steps settled for the day, which count 0, unless ``anew``. Raises StepsFailedError at the end where steps
    failed. The edges call ``check`` first; the demo replays past days.
    """
    failed = []
    for step in steps.STEPS:
        done = Done(step.name, 0) if not anew and settled.is_settled(step, day) else run_here(step, day)
        yield done
        if done.failed:
            failed.append(f"{done.step} ({done.failed})")
    if failed:
        raise StepsFailedError(f"Failed on {day}: {'; '.join(failed)}")


def run_here(step: Step, day: dt.date) -> Done:
    """One step, chunk after chunk."""
    calls = parts(step, day)
    begin(step, day, len(calls))
    results = [repeated(step, day, part) for part in calls]
    return Done(step.name, sum(rows for rows, _ in results), next(filter(None, (reason for _, reason in results)), ""))


def repeated(step: Step, day: dt.date, part: Callable[[], int]) -> tuple[int, str]:
    """``note``, up to three times for errors that a repetition may fix."""
    reason = ""
    for _attempt in range(ATTEMPTS):
        try:
            return note(step, day, part)
        except Exception as error:  # noqa: BLE001  the later steps run whatever it is
            reason = register.reason_of(error)
    nights.fail(step.name, day, reason)
    return 0, reason


def parts(step: Step, day: dt.date) -> list[Callable[[], int]]:
    """The calls of a step: one, or one per range of customers."""
    if not step.chunks:
        return [lambda: run_whole(step, day)]
    return [lambda ends=ends: run_range(step, day, *ends) for ends in import_string(step.chunks)(day)]  # type: ignore[misc]


def begin(step: Step, day: dt.date, parts: int = 1) -> None:
    """Record that the step runs in ``parts``, and which failed steps leave it with the figures of the day before."""
    stale = nights.failed(day) & set(step.needs)
    nights.begin(
        step.name, day, [earlier.name for earlier in steps.STEPS if earlier.name in stale], settled.digest(), parts
    )


def note(step: Step, day: dt.date, part: Callable[[], int]) -> tuple[int, str]:
    """Run a part of a step and record the result: the rows counted, and the reason of a failure by data, rules or code.

    Raises errors that a repetition may fix.
    """
    try:
        with transaction.atomic(), acting(f"step:{step.name}"):
            rows = part()
            statistics.refresh_written()
    except Exception as error:
        if not register.fails_again(error):
            raise
        log.exception("step %s of %s failed", step.name, day)
        reason = register.reason_of(error)
        with transaction.atomic():
            nights.fail(step.name, day, reason)
            register.record(step.name, Kind.STEP, 0, step.name, reason)
        return 0, reason
    with transaction.atomic():
        nights.count(step.name, day, rows)
        if step.name not in nights.failed(day):
            register.release(Kind.STEP, [0], step.name)
    return rows, ""


def run_whole(step: Step, day: dt.date) -> int:
    """Run one step over all customers; waits for another run of the same step to end."""
    call = import_string(step.call)
    with transaction.atomic():
        locks.lock(f"cycle:{step.name}")
        if not step.scoped:
            rows: int = call(*([day] if step.dated else []))
            return rows
        aside = list(register.excluded(Kind.CUSTOMER, step.name))
        options = {"whole": True} if step.whole else {}
        everybody = Customer.objects.order_by("pk").values_list("pk", flat=True)
        return apart(step, aside, lambda: call(day), lambda: everybody, lambda ids: call(day, ids, **options))


def run_range(step: Step, day: dt.date, first: int, last: int) -> int:
    """Run one step over the customers with ``first`` <= id <= ``last``."""
    call = import_string(step.call)

    def between(ids: list[int]) -> int:
        return int(call(ids[0], ids[-1], day))

    with transaction.atomic():
        locks.lock(f"cycle:{step.name}:{first}")
        aside = [pk for pk in register.excluded(Kind.CUSTOMER, step.name) if first <= pk <= last]
        members = Customer.objects.filter(pk__range=(first, last)).order_by("pk").values_list("pk", flat=True)
        return apart(step, aside, lambda: call(first, last, day), lambda: members, between)
