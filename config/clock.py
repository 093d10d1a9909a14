"""The organisation's day and the present instant: the only places the clock is read.

It is below every app: edges and sweeps read the clock here and pass the value down.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.apps import apps
from django.db.models import BooleanField, Expression, Subquery, Value
from django.utils import timezone

UTC = ZoneInfo("UTC")


@cache
def time_zones() -> frozenset[str]:
    """Names of the time zones that this machine knows; read once, because the files of all of them are opened for it."""
    return frozenset(available_timezones())


def now() -> dt.datetime:
    """The present instant, in UTC. It advances even where the day is frozen."""
    return timezone.now()  # noqa: TID251  the one place


def today(at: dt.datetime | None = None) -> dt.date:
    """The present day in the organisation's time zone, or its ``frozen_today`` where one is set.

    Without an organisation the day is UTC's. One query of one row. Work shared by several machines passes ``at``, the
    instant of the database's clock.
    """
    zone, frozen = organisation() or (UTC, None)
    return frozen or day_of(at or now(), zone)


def real_today(at: dt.datetime | None = None) -> dt.date:
    """The present day in the organisation's time zone, frozen or not. One query of one row."""
    zone, _frozen = organisation() or (UTC, None)
    return day_of(at or now(), zone)


def standing(also: Expression | None = None) -> tuple[dt.date, dt.datetime | None, ZoneInfo, Any]:
    """The day, the instant of the last sweep for new data (None: never), the organisation's zone, and the value of
    ``also``, None without an organisation. One query.
    """
    swept = apps.get_model("outbox", "Tick")._default_manager.filter(schedule="changed")
    newest = swept.order_by("-tick").values("claimed_at")[:1]
    rows = apps.get_model("accounts", "Organisation")._default_manager.annotate(
        swept_at=Subquery(newest), also=also or Value(None, BooleanField())
    )
    row = rows.values_list("time_zone", "frozen_today", "swept_at", "also").first()
    if row is None:
        return day_of(now(), UTC), None, UTC, None
    zone = ZoneInfo(row[0])
    return row[1] or day_of(now(), zone), row[2], zone, row[3]


def day_of(instant: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The calendar day of ``instant`` in ``zone``."""
    return instant.astimezone(zone).date()


def midnight(zone: dt.tzinfo) -> dt.datetime:
    """The last midnight in ``zone``, whether or not the organisation's day is frozen."""
    return dt.datetime.combine(day_of(now(), zone), dt.time(), tzinfo=zone)


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which ``day`` ends in the organisation's time zone. One query of one row."""
    zone, _frozen = organisation() or (UTC, None)
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)


def organisation() -> tuple[ZoneInfo, dt.date | None] | None:
    """The organisation's time zone and frozen day, or None before there is an organisation."""
    rows = apps.get_model("accounts", "Organisation")._default_manager.all()
    row = rows.values_list("time_zone", "frozen_today").first()
    return (ZoneInfo(row[0]), row[1]) if row else None
