"""The schedules, and which of their runs is due.

Beat only sends a schedule's name every few seconds. The worker determines the due tick by the database's clock and
claims it in the transaction that does the work, so that late or duplicate messages do no harm; after downtime the
latest missed tick is caught up once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.module_loading import import_string

from config import clock
from config.outbox import ticks

DAILY_AFTER_MIDNIGHT: Final = dt.timedelta(hours=1)
BACKUP_AFTER_MIDNIGHT: Final = dt.timedelta(hours=2)
EPOCH: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Schedule:
    """``due`` gives the tick due at an instant (None: none yet); ``work`` runs once for it.

    ``apart``: the work has transactions of its own, after the tick has been claimed. Only for work that the next tick
    does anyway where this one is killed.
    """

    knock_every: int
    due: Callable[[dt.datetime], str | None]
    work: str
    apart: bool = False


def daily(now: dt.datetime) -> str | None:
    """The day whose cycle is due, from 01:00 in the organisation's zone; a frozen day unless it is in the future."""
    organisation = clock.organisation()
    if organisation is None:
        return None
    zone, frozen = organisation
    begun = (now.astimezone(zone) - DAILY_AFTER_MIDNIGHT).date()
    if frozen and frozen > now.astimezone(zone).date():
        return None
    return (frozen or begun).isoformat()


def nightly(now: dt.datetime) -> str:
    """The real day whose backup is due, frozen or not, from 02:00 in the organisation's zone."""
    zone, _frozen = clock.organisation() or (clock.UTC, None)
    return (now.astimezone(zone) - BACKUP_AFTER_MIDNIGHT).date().isoformat()


def every(seconds: int) -> Callable[[dt.datetime], str]:
    """A tick every ``seconds``, named by the instant it begins."""

    def due(now: dt.datetime) -> str:
        begun = EPOCH + (now - EPOCH) // dt.timedelta(seconds=seconds) * dt.timedelta(seconds=seconds)
        return begun.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    return due


SCHEDULES: Final = {
    "daily": Schedule(60, daily, "config.cycle.begin_on"),
    "changed": Schedule(5, every(5), "config.changed.sweep", apart=True),
    "backup": Schedule(60, nightly, "config.backup.keeping.ask_nightly"),
    "lost": Schedule(60, every(60), "config.outbox.delivery.give_up_lost"),
    "housekeeping": Schedule(300, every(3600), "config.outbox.housekeeping.tidy", apart=True),
}

BEAT: Final[dict[str, dict[str, object]]] = {
    name: {"task": "schedule.run", "schedule": float(schedule.knock_every), "args": (name,)}
    for name, schedule in SCHEDULES.items()
}


def run(name: str) -> int:
    """Run the schedule's due tick unless it is done; returns the number its work returns."""
    schedule = SCHEDULES[name]
    tick = schedule.due(ticks.database_now())
    if tick is None or ticks.claimed(name, tick):
        return 0
    with transaction.atomic():
        if not ticks.claim(name, tick):
            return 0
        if not schedule.apart:
            return work(schedule, tick)
    return work(schedule, tick)


def work(schedule: Schedule, tick: str) -> int:
    done: int = import_string(schedule.work)(tick)
    return done
