"""How often a customer is to be touched: what its segment says, as SQL and for querysets of customers."""

from __future__ import annotations

from typing import Final

from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.models import UNTOUCHED_DAYS

# Without a segment it is the limit that holds for everybody.
TOUCH_EVERY: Final = Coalesce(F("segment__touch_every_days"), UNTOUCHED_DAYS)


def touch_every(segment: str) -> str:
    """So many days between two-way touches, where ``segment`` is the alias of the customer's segment or of NULLs."""
    return f"coalesce({segment}.touch_every_days, {UNTOUCHED_DAYS})"
