"""What a running installation would have written by itself: segments, scores, renewals, plays."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction

from accounts import lifecycle, segmenting
from accounts.models import Customer
from config import cycle
from config.demo import lived, randomness
from config.demo.generate import Say, silent
from config.demo.plan import NEVER, Plan
from health import ladder, milestones, retention, scoring

# Retention states and rungs are told for a year back.
STANDING_MONTHS: Final = 12

# The sweeps of past month-ends know nothing of arrivals: what they say about the time before a
# customer came is moved to the day it came.
MOVE_TO_ARRIVAL: Final = """
UPDATE accounts_datedfact f SET from_day = e.came_on
FROM (
    SELECT DISTINCT ON (f.customer_id, f.fact) f.id, c.came_on
    FROM accounts_datedfact f
    JOIN (SELECT id, (created_at AT TIME ZONE %(zone)s)::date AS came_on FROM accounts_customer) c ON c.id = f.customer_id
    WHERE f.from_day < c.came_on
    ORDER BY f.customer_id, f.fact, f.from_day DESC
) e
WHERE f.id = e.id AND NOT EXISTS (
    SELECT FROM accounts_datedfact o WHERE o.customer_id = f.customer_id AND o.fact = f.fact AND o.from_day = e.came_on)
"""
DROP_BEFORE: Final = """
DELETE FROM accounts_datedfact f USING accounts_customer c
WHERE c.id = f.customer_id AND f.from_day < (c.created_at AT TIME ZONE %(zone)s)::date
"""


def run(plan: Plan, *, say: Say = silent) -> None:
    """What the days after ``plan.since`` would have left behind, up to the cycle of the last day.

    Where the whole history is held: segments and scores of the month-ends, and for a fresh portfolio
    eight weeks of people's work. Each step commits by itself and may be run again.
    """
    randomness.install(plan.seed)
    if not plan.is_short:
        ends = month_ends(max(plan.began_on, plan.since), plan.until)
        say(f"segments and scores of {len(ends)} month-ends")
        segment(ends)
        scoring.score_history(ends)
    if not plan.is_short and plan.since == NEVER:
        live_through(plan, say)
    for done in cycle.run(plan.until):
        say(f"daily cycle: {done.step} {done.rows:,}")
    move_to_arrival(plan)


def live_through(plan: Plan, say: Say) -> None:
    """The cycles and the work of some days of the past eight weeks."""
    say(f"{lived.review(plan):,} business reviews held")
    for day in lived.past_days(plan):
        rows = sum(done.rows for done in cycle.run(day))
        say(f"{day}: daily cycle {rows:,}, {lived.act(plan, day):,} acts of people")
    yesterday = plan.until - dt.timedelta(days=1)
    say(f"{yesterday}: {lived.act(plan, yesterday):,} acts of people")


def is_due() -> bool:
    """Whether no customer has a score yet: a portfolio whose making was broken off."""
    return not Customer.objects.filter(scored_at__isnull=False).exists()


@transaction.atomic
def segment(ends: list[dt.date]) -> None:
    """Write the dated facts and milestones of past month-ends, and how customers stood on the last of them; today's
    copies are put right by the cycle after.
    """
    for end in ends:
        lifecycle.sweep(end)
        segmenting.sweep(end)
        milestones.sweep(end)
    for end in ends[-STANDING_MONTHS:]:
        retention.sweep(end)
        ladder.sweep(end)


@transaction.atomic
def move_to_arrival(plan: Plan) -> None:
    """Let no fact be older than its customer."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE_TO_ARRIVAL, {"zone": plan.zone.key})
        cursor.execute(DROP_BEFORE, {"zone": plan.zone.key})


def month_ends(after: dt.date, until: dt.date) -> list[dt.date]:
    """The last days of months after ``after`` and before ``until``, oldest first."""
    ends: list[dt.date] = []
    end = until.replace(day=1) - dt.timedelta(days=1)
    while end > after:
        ends.append(end)
        end = end.replace(day=1) - dt.timedelta(days=1)
    return ends[::-1]
