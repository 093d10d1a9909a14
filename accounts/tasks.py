"""Work of the record that the worker does."""

from __future__ import annotations

from typing import Any

from accounts import segmenting
from config import clock
from config.outbox.delivery import handler


@handler("accounts.segments")
def segments_due(_payload: dict[str, Any]) -> None:
    """Put customers where changed rules want them."""
    segmenting.sweep(clock.today())
