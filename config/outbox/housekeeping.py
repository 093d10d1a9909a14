"""Deleting rows that nobody needs any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from config import clock
from config.history import keeping
from config.limits import counting
from config.once import answering, pressing
from config.outbox import heartbeats
from config.outbox.models import Batch, Outbox, State, Tick
from config.setaside import nights

KEYS_KEPT: Final = dt.timedelta(days=35)
DAYS_KEPT: Final = dt.timedelta(days=400)
TICKS_KEPT: Final = dt.timedelta(days=2)
AT_ONCE: Final = 20_000
JOINED: Final[list[Callable[[dt.datetime], int]]] = []
FORGET_CACHED: Final = """
    DELETE FROM cache_entry
    WHERE cache_key IN (SELECT cache_key FROM cache_entry WHERE expires < now() ORDER BY expires LIMIT %s)
"""


def tidy(_tick: str = "") -> int:
    """Delete finished and dismissed work after 35 days (its keys are free again then), old ticks, heartbeats, expired sessions, history where it is not kept for ever,
    after half an hour what forms were answered and after two days what was tried; and what apps forget by themselves.

    Ticks of the daily cycle and what came of its steps stay 400 days. Each statement commits by itself; of work,
    ticks, sessions, the cache and history at most 20,000 rows go in a run, and the rest in the next ones.
    """
    old = Outbox.objects.filter(state__in=[State.DONE, State.DROPPED], settled_at__lt=Now() - KEYS_KEPT)
    rows = forget_some(old)
    Batch.objects.filter(finished_at__lt=Now() - KEYS_KEPT, rows=None).delete()
    ticks = Q(claimed_at__lt=Now() - TICKS_KEPT) & ~Q(schedule="daily")
    forget_some(Tick.objects.filter(ticks | Q(claimed_at__lt=Now() - DAYS_KEPT)))
    nights.tidy(clock.today())
    pressing.tidy()
    answering.tidy()
    counting.tidy()
    heartbeats.tidy()
    keeping.tidy(clock.now(), AT_ONCE)
    for forget in JOINED:
        forget(clock.now())
    forget_some(Session.objects.filter(expire_date__lt=Now()))
    with connection.cursor() as cursor:
        cursor.execute(FORGET_CACHED, [AT_ONCE])
    return rows


def join(forget: Callable[[dt.datetime], int]) -> None:
    """Have ``forget`` delete what an app keeps no longer, given the present instant; it bounds what it takes in a run."""
    if forget not in JOINED:
        JOINED.append(forget)


def forget_some(old: QuerySet[Any]) -> int:
    """Delete at most ``AT_ONCE`` of the ``old`` rows; returns how many."""
    return old.model._default_manager.filter(pk__in=old.order_by("pk").values("pk")[:AT_ONCE]).delete()[0]
