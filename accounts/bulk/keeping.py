"""How long acts on many rows stay."""

from __future__ import annotations

import datetime as dt
from typing import Final

from accounts.models import BulkAct

KEPT: Final = dt.timedelta(days=90)
# An act may have 100,000 rows.
ACTS_AT_ONCE: Final = 10


def tidy(now: dt.datetime) -> int:
    """Forget acts that ended more than 90 days ago, with their rows; at most ten in a run. How many acts."""
    ended = BulkAct.objects.filter(state__in=BulkAct.ENDED, ended_at__lt=now - KEPT).order_by("pk")
    _rows, by_model = BulkAct.objects.filter(pk__in=ended.values("pk")[:ACTS_AT_ONCE]).delete()
    return by_model.get(BulkAct._meta.label, 0)
