"""The daily cycle: what happens to every customer once a day, in this order.

The worker runs it as outbox rows, one batch a step; operators, tests and the demo run the same steps in the
foreground. Every step may be run again: it changes only what its day still asks for.

A step that fails stops nobody: it is noted (``config.setaside``), and those after it run. Where data or a rule is the
cause, the customer that raises is found by halving and set aside alone; time-outs, deadlocks and lost
connections repeat the step.

The order follows from what the steps read and write. ``needs`` and ``yesterday`` say it here, and a test compares them
with the statements that a cycle really executes.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.module_loading import import_string

from accounts import statistics
from accounts.models import Customer, Segment
from config import clock, locks, settled
from config.history.actors import acting
from config.outbox.delivery import enqueue, enqueue_batch, extend_batch, handler, in_batch
from config.outbox.models import Batch, Outbox, State, Tick
from config.setaside import nights, register
from config.setaside.models import Kind, SetAside

CHANGED_AT_ONCE: Final = 5_000
ATTEMPTS: Final = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One named step: ``call`` takes the day, unless it is not ``dated``, and where ``scoped`` also ids of customers.

    Where ``whole``, it is told that the ids are everybody but who is set aside. ``chunks`` names the (first id, last id) ranges that ``call`` is spread over. ``reader`` is whose rows of the change log
    have the step run for some customers, by ``some`` where that is another call, and if ``free`` says it may. One that
    ``settles`` is left out where the day is settled for it (``config.settled``): all that it reads of customers is marked
    changed by whoever writes it. ``needs`` are the steps before it
    whose output of the same day it reads; ``yesterday`` the tables or columns that a later step writes and
    that it reads as they were left the day before. One that is done ``by_segment`` reads the service rules of the customers'
    segments: where it fails for more customers than can be set aside, it is found whose segment's rules are to blame.
    """

    name: str
    call: str
    dated: bool = True
    chunks: str = ""
    scoped: bool = False
    reader: str = ""
    some: str = ""
    free: str = ""
    settles: bool = False
    whole: bool = False
    by_segment: bool = False
    needs: tuple[str, ...] = ()
    yesterday: tuple[str, ...] = ()


STEPS: Final = (
    Step(
        "lifecycle",
        "accounts.lifecycle.sweep",
        scoped=True,
        settles=True,
        reader="segments",
        # Dated facts are written of all that the customer's row says.
        yesterday=("accounts_customer.segment_id", "accounts_customer.touch_model"),
    ),
    Step("rollups", "health.signals.rollup.roll_up_changed", dated=False),
    Step(
        "segments",
        "accounts.segmenting.sweep",
        scoped=True,
        reader="segments",
        needs=("lifecycle",),
        # Scorecards are chosen by segment, and segments may ask about health: that of the day before.
        yesterday=("accounts_customer.band", "accounts_customer.band_since", "accounts_customer.score"),
    ),
    Step(
        "milestones",
        "health.standing.milestones.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "rollups"),
    ),
    Step(
        "first 90 days",
        "health.standing.onboarding.sweep",
        scoped=True,
        settles=True,
        reader="scores",
        needs=("lifecycle", "rollups", "milestones"),
    ),
    Step(
        "journey",
        "health.standing.journey.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "milestones"),
    ),
    Step(
        "retention",
        "health.standing.retention.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "rollups"),
    ),
    Step(
        "ladder",
        "health.standing.ladder.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "retention"),
    ),
    Step(
        "scores",
        "health.scoring.score_range",
        chunks="health.scoring.chunks",
        reader="scores",
        some="health.scoring.sweeps.score",
        free="health.scoring.writing.try_lock",
        needs=("lifecycle", "rollups", "segments", "milestones"),
    ),
    Step(
        "renewals",
        "renewals.pipeline.sweep",
        scoped=True,
        reader="renewals",
        by_segment=True,
        needs=("segments", "scores", "rollups"),
    ),
    Step(
        "qbrs", "renewals.qbrs.sweep", scoped=True, reader="renewals", by_segment=True, needs=("lifecycle", "segments")
    ),
    Step(
        "cases",
        "health.cases.sweep.sweep",
        scoped=True,
        whole=True,
        settles=True,
        reader="cases",
        needs=("lifecycle", "rollups", "segments", "milestones", "scores", "renewals"),
        # What the night demotes alerts no more from the next night on.
        yesterday=("health_caserule.mode", "health_caserule.demoted_on"),
    ),
    Step("case rules", "health.cases.demotion.sweep", needs=("cases",)),
    Step(
        "motions",
        "health.standing.motions.sweep",
        scoped=True,
        settles=True,
        reader="motions",
        needs=("lifecycle", "segments", "milestones", "retention", "ladder", "scores", "renewals", "cases"),
    ),
    Step(
        "forecast",
        "renewals.forecast.refresh",
        settles=True,
        reader="renewals",
        some="renewals.calibration.apply_to",
        needs=("scores", "renewals"),
    ),
    Step(
        "plays",
        "playbooks.enrolment.sweep",
        scoped=True,
        reader="plays",
        needs=("lifecycle", "segments", "scores", "renewals", "cases", "case rules"),
    ),
    Step("replays", "health.publishing.replaying.sweep"),
    Step("digests", "health.digests.sweep", needs=("lifecycle", "milestones", "scores", "cases")),
)


@dataclass(frozen=True)
class Done:
    """What one step of a foreground run counted, or why it failed."""

    step: str
    rows: int
    failed: str = ""


class StepsFailedError(Exception):
    """Raised after a foreground run in which steps failed; the others were done."""


class NotTodayError(ValueError):
    """A cycle was asked for a day that is not the organisation's present one."""


def check(day: dt.date) -> None:
    """Raise NotTodayError unless ``day`` is the organisation's day and not after the real one.

    A cycle writes current figures: of another day they would be wrong for everybody.
    """
    if day > clock.real_today():
        raise NotTodayError(f"{day} has not come yet: no cycle is run for a day after the real one.")
    if day != (today := clock.today()):
        raise NotTodayError(
            f"The cycle is run for {today} only: a run for {day} would write that day's figures over today's."
        )


def may_run(day: dt.date) -> bool:
    """Whether ``check`` lets a step of ``day`` run; says in the log why not."""
    try:
        check(day)
    except NotTodayError as refusal:
        log.warning("%s", refusal)
        return False
    return True


def run(day: dt.date, *, anew: bool = False) -> Iterator[Done]:
    """Run every step for ``day`` here and now, each in transactions of its own, whatever other steps do.

    A step that is settled for the day is left out and counts 0, unless ``anew``.

    Raises StepsFailedError at the end where steps failed. The edges ask ``check`` first; the demo replays past days.
    """
    failed = []
    for step in STEPS:
        done = Done(step.name, 0) if not anew and settled.is_settled(step, day) else run_here(step, day)
        yield done
        if done.failed:
            failed.append(f"{done.step} ({done.failed})")
    if failed:
        raise StepsFailedError(f"Failed on {day}: {'; '.join(failed)}")


def run_here(step: Step, day: dt.date) -> Done:
    """One step, chunk after chunk."""
    todo = parts(step, day)
    begin(step, day, len(todo))
    counted = [repeated(step, day, part) for part in todo]
    return Done(step.name, sum(rows for rows, _ in counted), next(filter(None, (reason for _, reason in counted)), ""))


def repeated(step: Step, day: dt.date, part: Callable[[], int]) -> tuple[int, str]:
    """``note``, up to three times while a repetition may mend it."""
    reason = ""
    for _attempt in range(ATTEMPTS):
        try:
            return note(step, day, part)
        except Exception as error:  # noqa: BLE001  whatever it is, the steps after run
            reason = register.reason_of(error)
    nights.fail(step.name, day, reason)
    return 0, reason


def parts(step: Step, day: dt.date) -> list[Callable[[], int]]:
    """What a step consists of: one call, or one a range of customers."""
    if not step.chunks:
        return [lambda: run_whole(step, day)]
    return [lambda ends=ends: run_range(step, day, *ends) for ends in import_string(step.chunks)(day)]  # type: ignore[misc]


def begin(step: Step, day: dt.date, parts: int = 1) -> None:
    """Note that the step runs in so many parts, and which failed steps leave it with the figures of the day before."""
    stale = nights.failed(day) & set(step.needs)
    nights.begin(step.name, day, [one.name for one in STEPS if one.name in stale], settled.digest(), parts)


def note(step: Step, day: dt.date, part: Callable[[], int]) -> tuple[int, str]:
    """Do a part of a step and note what came of it: what it counted, and why it failed, as a whole, by its data, by rules or by the
    program.

    Errors that a repetition may mend are raised.
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
    """One step over all customers; waits for another run of the same step to end first."""
    call = import_string(step.call)
    with transaction.atomic():
        locks.lock(f"cycle:{step.name}")
        if not step.scoped:
            rows: int = call(*([day] if step.dated else []))
            return rows
        aside = list(register.excluded(Kind.CUSTOMER, step.name))
        besides = {"whole": True} if step.whole else {}
        everybody = Customer.objects.order_by("pk").values_list("pk", flat=True)
        return apart(step, aside, lambda: call(day), lambda: everybody, lambda ids: call(day, ids, **besides))


def run_range(step: Step, day: dt.date, first: int, last: int) -> int:
    """One step over the customers with ``first`` <= id <= ``last``."""
    call = import_string(step.call)

    def between(ids: list[int]) -> int:
        return int(call(ids[0], ids[-1], day))

    with transaction.atomic():
        locks.lock(f"cycle:{step.name}:{first}")
        aside = [pk for pk in register.excluded(Kind.CUSTOMER, step.name) if first <= pk <= last]
        members = Customer.objects.filter(pk__range=(first, last)).order_by("pk").values_list("pk", flat=True)
        return apart(step, aside, lambda: call(first, last, day), lambda: members, between)


def apart(
    step: Step,
    aside: Sequence[int],
    everybody: Callable[[], int],
    members: Callable[[], Iterable[int]],
    some: Callable[[list[int]], int],
) -> int:
    """Run ``everybody``; where that fails by somebody's data, the rest without those who make it fail.

    ``some`` runs over neighbours among ``members``. Who is set aside already is tried once more, alone; so is every segment
    with its customers, and those that work leave the register.
    """
    if not aside:
        try:
            with transaction.atomic():
                done = everybody()
            if step.by_segment:
                register.release_besides(Kind.SEGMENT, [], step.name)
            return done
        except Exception as error:
            if not register.of_data(error):
                raise
            log.warning("step %s fails for somebody: %s", step.name, register.reason_of(error))
    ids = list(members())
    register.release(Kind.CUSTOMER, set(aside) - set(ids), step.name)
    counted, bad = sparing(step, stretches(ids, set(aside)), some)
    if step.by_segment:
        register.release_besides(Kind.SEGMENT, bad, step.name)
    return counted


def sparing(step: Step, runs: Iterable[list[int]], some: Callable[[list[int]], int]) -> tuple[int, set[int]]:
    """Run ``some`` over each of ``runs``, lists of customers, and set aside, alone and by name, those that make it fail.

    Returns what it counted, and the ids of the segments that were set aside in the place of their customers.
    """
    runs = list(runs)
    try:
        with transaction.atomic():
            return sum(register.sparing(step.name, Kind.CUSTOMER, run, some, names) for run in runs), set()
    except register.TooManyError:
        if not step.by_segment:
            raise
    return segment_by_segment(step, [pk for run in runs for pk in run], some)


def segment_by_segment(step: Step, ids: Sequence[int], some: Callable[[list[int]], int]) -> tuple[int, set[int]]:
    """Run ``some`` over the customers of each segment; one that fails for too many of its own is set aside by its name.

    Returns as ``sparing``. Raises TooManyError where the step works for no other segment, be it among ``ids`` or not: not the
    segments are to blame then.
    """
    groups: dict[int | None, list[int]] = {}
    for pk, of in Customer.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "segment"):
        groups.setdefault(of, []).append(pk)
    counted, bad = 0, dict[int, register.TooManyError]()
    for segment, members in groups.items():
        try:
            with transaction.atomic():
                counted += register.sparing(step.name, Kind.CUSTOMER, members, some, names)
        except register.TooManyError as error:
            if segment is None:
                raise
            bad[segment] = error
    if bad and not works_besides(step, bad, groups, some):
        raise next(iter(bad.values()))
    for blamed in Segment.objects.filter(pk__in=bad):
        failure = bad[blamed.pk]
        register.record(step.name, Kind.SEGMENT, blamed.pk, blamed.name, failure.__cause__ or failure)
    return counted, set(bad)


def works_besides(
    step: Step, bad: Collection[int], groups: Mapping[int | None, list[int]], some: Callable[[list[int]], int]
) -> bool:
    """Whether the step works for most customers of a segment that is not ``bad``.

    Asks those that were done just now, ``groups``, first; then tries the newest 25 customers of each other segment, and
    leaves nothing of that trial.
    """
    aside = set(register.excluded(Kind.CUSTOMER, step.name))
    if any(2 * len(aside & set(groups[of])) < len(groups[of]) for of in groups if of not in bad):
        return True
    rest = Customer.objects.current().exclude(pk__in=aside).order_by("-pk")
    set_aside = set(register.excluded(Kind.SEGMENT, step.name))
    for other in Segment.objects.exclude(pk__in=set_aside | set(bad) | {of for of in groups if of}):
        sample = list(rest.filter(segment=other).values_list("pk", flat=True)[: register.MOST_AT_ONCE])
        with transaction.atomic():
            _counted, failing = register.halved(sample, some)
            transaction.set_rollback(True)
        if 2 * len(failing) < len(sample):
            return True
    return False


def stretches(ids: Sequence[int], aside: set[int]) -> Iterator[list[int]]:
    """``ids`` in order, cut so that each of ``aside`` stands alone."""
    stretch: list[int] = []
    for pk in ids:
        if pk in aside:
            yield from filter(None, (stretch, [pk]))
            stretch = []
        else:
            stretch.append(pk)
    if stretch:
        yield stretch


def names(ids: list[int]) -> Mapping[int, str]:
    return dict(Customer.objects.filter(pk__in=ids).values_list("pk", "name"))


def begin_on(tick: str) -> int:
    """Begin the cycle of the day that ``tick`` names; 1, or 0 when it has been begun before or is not today."""
    day = dt.date.fromisoformat(tick)
    return int(may_run(day) and enqueue_step(day, STEPS[0]))


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
    step = next((one for one in STEPS if one.name == aside.step), None)
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


def due(day: dt.date, step: Step) -> dict[str, Any]:
    return {"day": day.isoformat(), "step": step.name}


def key(day: dt.date, step: Step) -> str:
    return f"cycle:{day.isoformat()}:{step.name}"


def named(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)


def after(step: Step) -> Step | None:
    place = STEPS.index(step) + 1
    return STEPS[place] if place < len(STEPS) else None
