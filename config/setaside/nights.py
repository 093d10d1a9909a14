"""The step runs of each night: failures, runs on yesterday's figures, and steps settled for the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import F

from config.setaside.models import StepRun

KEPT: Final = dt.timedelta(days=400)

BEGIN: Final = """
    INSERT INTO setaside_steprun (step, day, state, "left", rows, reason, stale, rules)
    VALUES (%(step)s, %(day)s, CASE WHEN %(parts)s = 0 THEN 'done' ELSE 'begun' END, %(parts)s, 0, '',
        to_jsonb(%(stale)s::text[]), %(rules)s)
    ON CONFLICT (day, step) DO UPDATE SET state = excluded.state, "left" = excluded."left", rows = 0, reason = '',
        stale = excluded.stale, rules = excluded.rules, ended_at = clock_timestamp()
"""
COUNT: Final = """
    UPDATE setaside_steprun SET rows = rows + %(rows)s, ended_at = clock_timestamp(),
        "left" = greatest("left" - 1, 0),
        state = CASE WHEN state = 'begun' AND "left" <= 1 THEN 'done' ELSE state END,
        changed_at = CASE WHEN %(rows)s > 0 THEN clock_timestamp() ELSE changed_at END
    WHERE step = %(step)s AND day = %(day)s
"""
FAIL: Final = """
    INSERT INTO setaside_steprun (step, day, state, rows, reason, stale, rules)
    VALUES (%(step)s, %(day)s, 'failed', 0, %(reason)s, '[]', '')
    ON CONFLICT (day, step) DO UPDATE SET state = 'failed', reason = excluded.reason, rules = '',
        ended_at = clock_timestamp()
"""
SETTLED: Final = """
    SELECT EXISTS (
        SELECT FROM setaside_steprun r WHERE r.step = %(step)s AND r.day = %(day)s AND r.state = 'done'
          AND r.stale = '[]' AND r.rules = %(rules)s AND NOT EXISTS (
            SELECT FROM setaside_steprun n WHERE n.day = r.day AND n.step = ANY(%(needs)s)
              AND (n.state = 'failed' OR n.changed_at > r.ended_at)))
"""


def begin(step: str, day: dt.date, stale: Sequence[str] = (), rules: str = "", parts: int = 1) -> None:
    """Record that ``step`` runs for ``day`` in ``parts``; it reads the output of ``stale`` steps of the day before.

    Resets its count; the step is done when every part is counted.
    """
    _write(BEGIN, {"step": step, "day": day, "stale": list(stale), "rules": rules, "parts": parts})


def spread(step: str, day: dt.date, parts: int) -> None:
    """Record that ``step`` has ``parts`` more parts to run."""
    StepRun.objects.filter(step=step, day=day).update(left=F("left") + parts)


def count(step: str, day: dt.date, rows: int) -> None:
    """Add the rows that one part of ``step`` counted."""
    _write(COUNT, {"step": step, "day": day, "rows": rows})


def fail(step: str, day: dt.date, reason: str) -> None:
    """Record that ``step``, or one of its parts, failed; this stays until it begins anew."""
    _write(FAIL, {"step": step, "day": day, "reason": reason or "-"})


def settled(step: str, day: dt.date, rules: str, needs: Sequence[str]) -> bool:
    """Whether ``step`` was done for ``day`` under ``rules``, and none of ``needs`` wrote anything or failed since."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLED, {"step": step, "day": day, "rules": rules, "needs": list(needs)})
        return bool(cursor.fetchone()[0])


def failed(day: dt.date) -> set[str]:
    """The steps that failed on ``day`` and have not run again since."""
    rows = StepRun.objects.filter(day=day, state=StepRun.State.FAILED)
    return set(rows.values_list("step", flat=True))


def of(day: dt.date) -> list[StepRun]:
    """The step runs of ``day`` in the order in which they ended."""
    return list(StepRun.objects.filter(day=day).order_by("ended_at", "pk"))


def newest_day() -> dt.date | None:
    """The latest day with a step run."""
    newest: dt.date | None = StepRun.objects.order_by("-day").values_list("day", flat=True).first()
    return newest


def forget(day: dt.date) -> None:
    """Delete the step runs of a day, so that its steps run as if for the first time."""
    StepRun.objects.filter(day=day).delete()


def tidy(today: dt.date) -> int:
    """Delete step runs older than 400 days; returns how many."""
    return StepRun.objects.filter(day__lt=today - KEPT).delete()[0]


def _write(sql: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
