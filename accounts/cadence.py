"""How often a customer is to be touched and reviewed: what its segment says, in SQL about the segment's row ``s``."""

from __future__ import annotations

from accounts.models import UNTOUCHED_DAYS


def touch_every(segment: str) -> str:
    """So many days between two-way touches; without a segment the limit that holds for everybody."""
    return f"coalesce({segment}.touch_every_days, {UNTOUCHED_DAYS})"
