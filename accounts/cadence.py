"""The cadence of a customer's touches, from its segment, as SQL and for querysets of customers."""

from __future__ import annotations

from typing import Final

from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.models import UNTOUCHED_DAYS

# Without a segment the general limit applies.
TOUCH_EVERY: Final = Coalesce(F("segment__touch_every_days"), UNTOUCHED_DAYS)


def touch_every(segment: str) -> str:
    """The days between two-way touches; ``segment`` is the alias of the customer's segment or of NULLs."""
    return f"coalesce({segment}.touch_every_days, {UNTOUCHED_DAYS})"
