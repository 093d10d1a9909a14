"""What history says of an object."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.db.models import Q, QuerySet

from config.history import kept
from config.history.actors import Actor
from config.history.models import Entry


@dataclass(frozen=True)
class LastChange:
    """Who last changed an object and when; ``person`` is None for a step, a command or a session outside the product."""

    at: dt.datetime
    person: int | None
    actor: Actor
    fields: tuple[str, ...]


def of_object(instance: models.Model) -> QuerySet[Entry]:
    """What happened to one row and its parts, the newest first."""
    kind = kept.of(instance).kind
    return Entry.objects.filter(Q(kind=kind, object_id=instance.pk) | Q(whole=kind, whole_id=instance.pk)).order_by(
        "-pk"
    )


def last_change(instance: models.Model) -> LastChange | None:
    """Who last changed ``instance`` or a part of it, and which fields; None where nothing changed since it was made.

    One statement. Raises KeyError for a model whose history is not kept.
    """
    entry = of_object(instance).first()
    if entry is None:
        return None
    actor = Actor(str(entry.actor_id or ""), entry.door)
    return LastChange(entry.at, entry.actor_id, actor, tuple({**entry.before, **entry.after}))
