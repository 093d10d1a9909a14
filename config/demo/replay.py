"""What a running installation would have written by itself: segments, scores, renewals, plays."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction

from accounts import lifecycle, segmenting
from accounts.models import Customer
from config import cycle
from config.demo.generate import Say, silent
from config.demo.plan import Plan
from health import scoring

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
    """Segments and scores of the month-ends after ``plan.since``, where they are held, and the cycle of the last day.

    Each step commits by itself and may be run again.
    """
    if not plan.is_short:
        ends = month_ends(max(plan.began_on, plan.since), plan.until)
        say(f"segments and scores of {len(ends)} month-ends")
        segment(ends, plan.zone.key)
        scoring.score_history(ends)
    for done in cycle.run(plan.until):
        say(f"daily cycle: {done.step} {done.rows:,}")


def is_due() -> bool:
    """Whether no customer has a score yet: a portfolio whose making was broken off."""
    return not Customer.objects.filter(scored_at__isnull=False).exists()


@transaction.atomic
def segment(ends: list[dt.date], zone: str) -> None:
    """Write the dated facts of past month-ends; today's copies are put right by the cycle after."""
    for end in ends:
        lifecycle.sweep(end)
        segmenting.sweep(end)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_TO_ARRIVAL, {"zone": zone})
        cursor.execute(DROP_BEFORE, {"zone": zone})


def month_ends(after: dt.date, until: dt.date) -> list[dt.date]:
    """The last days of months after ``after`` and before ``until``, oldest first."""
    ends: list[dt.date] = []
    end = until.replace(day=1) - dt.timedelta(days=1)
    while end > after:
        ends.append(end)
        end = end.replace(day=1) - dt.timedelta(days=1)
    return ends[::-1]
