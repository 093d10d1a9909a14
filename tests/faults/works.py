"""The product's Celery app with kinds of work that leave traces, fail, hang or kill their worker.

Loaded by workers and beats that the fault tests start: ``celery -A tests.faults.works``.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from contextlib import suppress
from typing import Any

from config.celery import app

app.loader.import_default_modules()  # sets Django up; models can be imported from here on

from celery.exceptions import SoftTimeLimitExceeded  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.mail.backends.smtp import EmailBackend  # noqa: E402
from django.db import connection, connections  # noqa: E402

from config import cycle, schedule  # noqa: E402
from config.outbox.delivery import handler  # noqa: E402
from tests.faults.skewed import skew  # noqa: E402

__all__ = ["app"]

if "FAULTS_LIMIT" in os.environ:
    app.conf.task_time_limit = float(os.environ["FAULTS_LIMIT"])
    app.conf.task_soft_time_limit = app.conf.task_time_limit - 1

if "FAULTS_DIES" in os.environ:
    settings.EMAIL_BACKEND = f"{__name__}.Dying"

skew()

COUNTED = "counted"
schedule.SCHEDULES[COUNTED] = schedule.Schedule(1, schedule.every(1), f"{__name__}.leave_trace")
app.conf.beat_schedule = {
    COUNTED: {"task": "schedule.run", "schedule": 0.5, "args": (COUNTED,)},
}


def leave_trace(name: str) -> int:
    """One more row for ``name``: nothing stops a second one, so that doing twice would show."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO faults_trace (name) VALUES (%s)", [name])
    return 1


cycle.steps.STEPS = (
    cycle.Step("lifecycle", f"{__name__}.whole"),
    cycle.Step("rollups", f"{__name__}.undated", dated=False),
    cycle.Step("scores", f"{__name__}.part", chunks=f"{__name__}.chunks"),
    cycle.Step("plays", f"{__name__}.whole"),
)


def whole(day: dt.date) -> int:
    return leave_trace(f"whole {day}")


def undated() -> int:
    return leave_trace("undated")


def chunks(_day: dt.date) -> list[tuple[int, int]]:
    return [(first, first + 9) for first in range(1, 400, 10)]


def part(first: int, last: int, day: dt.date) -> int:
    time.sleep(0.1)
    return leave_trace(f"{first} to {last} on {day}")


class Dying(EmailBackend):
    """Ends its process once the relay has said 250, or, for a subject that says so, just before it is told anything."""

    def send_messages(self, email_messages: Any) -> int:
        if not email_messages[0].subject.startswith("before"):
            super().send_messages(email_messages)
        os.kill(os.getpid(), signal.SIGKILL)
        return 0


@handler("faults.trace")
def trace(payload: dict[str, Any]) -> None:
    leave_trace(payload["name"])
    time.sleep(payload.get("seconds", 0))


@handler("faults.poison")
def poison(payload: dict[str, Any]) -> None:
    leave_trace(payload["name"])
    os.kill(os.getpid(), signal.SIGKILL)


@handler("faults.once", once_only=True)
def poison_once(payload: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@handler("faults.hang")
def hang(payload: dict[str, Any]) -> None:
    """Never end, whatever the soft limit says; each start leaves its instant in a transaction of its own."""
    own = connections.create_connection("default")
    with own.cursor() as cursor:
        cursor.execute("INSERT INTO faults_trace (name) VALUES (%s || ' ' || clock_timestamp())", [payload["name"]])
    own.close()
    while True:
        with suppress(SoftTimeLimitExceeded):
            time.sleep(600)
