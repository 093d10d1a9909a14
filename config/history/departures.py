"""The log of exports. Backups have a record of their own (``config.backup``)."""

from __future__ import annotations

from typing import Any

from config.history.actors import present
from config.history.models import Departure


def left(what: str, *, rows: int | None = None, **filters: Any) -> None:
    """Log an export by the present actor; ``what`` is its key in ``history.views.values.DEPARTED``.

    ``rows`` is the number of rows, None where not counted; ``filters`` are those of the request. One statement.
    """
    actor = present()
    Departure.objects.create(
        actor_id=int(actor.person) if actor.person else None, door=actor.door, what=what, rows=rows, filters=filters
    )
