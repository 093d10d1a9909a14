"""Work of the record that the worker does."""

from __future__ import annotations

from typing import Any

from accounts import assigning, bulk, changes, segmenting
from accounts.bulk.running import KIND, work_off
from accounts.models import BulkAct
from config import clock
from config.history.actors import acting
from config.outbox.delivery import handler
from config.web.refusing import reason


@handler("accounts.segments")
def segments_due(_payload: dict[str, Any]) -> None:
    """Put customers where changed rules want them, and give new ones their owners; that is news to the other readers of changes."""
    day = clock.today()
    changes.mark(segmenting.move_all(day), "segment", by="segments")
    assigning.sweep(day)


def _bulk_given_up(payload: dict[str, Any], problem: str) -> None:
    bulk.stop(payload["act"], problem, clock.now())


@handler(KIND, parked=_bulk_given_up)
def bulk_chunk(payload: dict[str, Any]) -> None:
    """Do the next chunk of an act on many rows, in the name of who asked for it and by their way in."""
    begun = BulkAct.objects.get(pk=payload["act"])
    with acting(begun.door, lambda: begun.returned_by_id or begun.by_id):
        work_off(begun.pk, clock.today(), clock.now(), reason)
