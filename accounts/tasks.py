"""Work of the record that the worker does."""

from __future__ import annotations

from typing import Any

from accounts import changes, segmenting
from config import clock
from config.outbox.delivery import handler


@handler("accounts.segments")
def segments_due(_payload: dict[str, Any]) -> None:
    """Put customers where changed rules want them; that is news to the other readers of changes."""
    changes.mark(segmenting.move_all(clock.today()), "segment", by="segments")
