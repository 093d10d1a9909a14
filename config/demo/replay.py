"""What a running installation would have written by itself: segments, scores, renewals, plays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.db import transaction

from accounts import facts, lifecycle, segmenting, statistics
from config import cycle
from config.demo import lived, randomness
from config.demo.generate import Say, silent
from config.demo.plan import NEVER, Plan
from health import scoring
from health.standing import ladder, milestones, retention

# Retention states and rungs are told for a year back.
STANDING_MONTHS: Final = 12
# The steps of a past day's cycle are named where one takes its time.
STEPS_SAID_FROM: Final = 1_000


def run(plan: Plan, *, say: Say = silent) -> None:
    """What the days after ``plan.since`` would have left behind, up to the cycle of the last day.

    Where the whole history is held: segments and scores of the month-ends, and for a fresh portfolio
    eight weeks of people's work. Each step commits by itself and may be run again.
    """
    randomness.install(plan.seed)
    if not plan.is_short:
        ends = month_ends(max(plan.began_on, plan.since), plan.until)
        segment(ends, say)
        for end in ends:
            say(f"scores of {end}: {scoring.score_history([end]):,}")
    if not plan.is_short and plan.since == NEVER:
        live_through(plan, say)
    for done in cycle.run(plan.until):
        say(f"daily cycle: {done.step} {done.rows:,}")
    move_to_arrival(plan)


def live_through(plan: Plan, say: Say) -> None:
    """The cycles and the work of some days of the past eight weeks."""
    say(f"{lived.review(plan):,} business reviews held")
    for day in lived.past_days(plan):
        rows = 0
        for done in cycle.run(day):
            rows += done.rows
            if plan.customers >= STEPS_SAID_FROM:
                say(f"{day}: {done.step} {done.rows:,}")
        say(f"{day}: daily cycle {rows:,}, {lived.act(plan, day):,} acts of people")
    yesterday = plan.until - dt.timedelta(days=1)
    say(f"{yesterday}: {lived.act(plan, yesterday):,} acts of people")


def segment(ends: list[dt.date], say: Say = silent) -> None:
    """Write the dated facts and milestones of past month-ends, and how customers stood on the last of them; today's
    copies are put right by the cycle after. Each month-end is a transaction of its own.
    """
    for end in ends:
        say(f"facts of {end}: {swept(end, lifecycle.sweep, segmenting.sweep, milestones.sweep):,}")
    for end in ends[-STANDING_MONTHS:]:
        say(f"standings of {end}: {swept(end, retention.sweep, ladder.sweep):,}")


@transaction.atomic
def swept(end: dt.date, *sweeps: Callable[[dt.date], int]) -> int:
    changed = sum(sweep(end) for sweep in sweeps)
    statistics.refresh_written()
    return changed


@transaction.atomic
def move_to_arrival(plan: Plan) -> None:
    """Let no fact be older than its customer."""
    facts.begin_at_arrival(plan.zone.key)


def month_ends(after: dt.date, until: dt.date) -> list[dt.date]:
    """The last days of months after ``after`` and before ``until``, oldest first."""
    ends: list[dt.date] = []
    end = until.replace(day=1) - dt.timedelta(days=1)
    while end > after:
        ends.append(end)
        end = end.replace(day=1) - dt.timedelta(days=1)
    return ends[::-1]
