"""How long history stays."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection


def tidy(now: dt.datetime) -> int:
    """Forget what is older than ``HISTORY_DAYS``; how many rows, none where history stays for ever. One statement."""
    if not settings.HISTORY_DAYS:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT history_forget(%s)", [now - dt.timedelta(days=settings.HISTORY_DAYS)])
        return int(cursor.fetchone()[0])
