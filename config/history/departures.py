"""Reads that leave the house: exports. Backups have a record of their own (``config.backup``)."""

from __future__ import annotations

from typing import Any

from config.history.actors import present
from config.history.models import Departure


def left(what: str, *, rows: int | None = None, **filters: Any) -> None:
    """Note that data left: ``what`` names the export (``history.views.wording.DEPARTED``), who acts took it.

    ``rows`` is how many, None where nobody counted; ``filters`` what was asked for. One statement.
    """
    actor = present()
    Departure.objects.create(
        actor_id=int(actor.person) if actor.person else None, door=actor.door, what=what, rows=rows, filters=filters
    )
