"""Retention of the history."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection


def tidy(now: dt.datetime, most: int) -> int:
    """Delete entries older than ``HISTORY_DAYS``, at most ``most`` rows of each table; returns how many.

    Deletes nothing where ``HISTORY_DAYS`` is 0. One statement.
    """
    if not settings.HISTORY_DAYS:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT history_forget(%s, %s)", [now - dt.timedelta(days=settings.HISTORY_DAYS), most])
        return int(cursor.fetchone()[0])
