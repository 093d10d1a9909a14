"""Segments are saved, and customers placed anew soon after."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction

from accounts.models import Segment, User
from config.outbox.queueing import enqueue
from config.setaside import register


@transaction.atomic
def save(segment: Segment, fields: Sequence[str], pool: Iterable[User] | None = None) -> None:
    """Save the ``fields`` of a segment that changed and, where it is given, its ``pool``; have customers placed anew."""
    segment.save(update_fields=fields)
    if pool is not None:
        segment.pool.set(pool)
    follow(segment)


def follow(segment: Segment) -> None:
    """Release a saved segment that was set aside, and have customers placed by it."""
    register.release("segment", [segment.pk])
    place_soon()


def place_soon() -> None:
    """Have the worker place everybody by the rules as this transaction leaves them.

    The key is unique to this change: the same rules again, after others, cause another sweep.
    """
    enqueue("accounts.segments", {}, dedup_key=f"segments:{uuid.uuid4()}")
