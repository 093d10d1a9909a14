"""Queries over the history of an object."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import models
from django.db.models import Q, QuerySet

from config.history import kept
from config.history.actors import Actor
from config.history.models import Entry, own


@dataclass(frozen=True)
class LastChange:
    """Who changed an object and when; ``person`` is None for a step, a command or a session outside the product."""

    at: dt.datetime
    person: int | None
    actor: Actor
    fields: tuple[str, ...]


def of_object(instance: models.Model) -> QuerySet[Entry]:
    """The entries of one row and its parts, the newest first."""
    kind = kept.of(instance).kind
    return Entry.objects.filter(own(kind, instance.pk) | Q(whole=kind, whole_id=instance.pk)).order_by("-pk")


def last_change(instance: models.Model, since: dt.datetime, fields: Collection[str] = ()) -> LastChange | None:
    """Who last changed one of ``fields`` of ``instance`` after ``since``; None where unknown.

    Without ``fields`` it is the latest change of the object or its parts, if one actor made all of them. Raises
    KeyError for a model without history.
    """
    rows = of_object(instance).filter(at__gt=since)
    if fields:
        changed = Q(before__has_any_keys=[*fields]) | Q(after__has_any_keys=[*fields])
        entry = rows.filter(changed, kind=kept.of(instance).kind).first()
    else:
        is_one_actor = rows.order_by().values("actor_id", "door").distinct()[:2].count() == 1
        entry = rows.first() if is_one_actor else None
    if entry is None:
        return None
    actor = Actor(str(entry.actor_id or ""), entry.door)
    return LastChange(entry.at, entry.actor_id, actor, tuple({**entry.before, **entry.after}))
