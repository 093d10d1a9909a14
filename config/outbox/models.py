"""Work that must happen once, stored in PostgreSQL until it is done."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    DEAD = "dead"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


OPEN: Final = (State.PENDING, State.SENDING)


class Decision(models.TextChoices):
    """A person's decision on work given up or in doubt."""

    SENT = "sent", _("It went out")
    AGAIN = "again", _("Once more")
    DROPPED = "dropped", _("Dismissed")


class Batch(models.Model):
    """Rows that belong together, and the row that follows the last of them."""

    name = models.CharField(max_length=200, unique=True)
    then_kind = models.CharField(max_length=80, blank=True, default="")
    then_payload = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Outbox(models.Model):
    """One piece of work, written in the transaction that caused it.

    Published to Redis from ``publish_after`` on, and again whenever that lease has run out;
    ``attempts`` counts the starts of a worker, never publications. SENDING: an effect outside the
    database is under way since ``sending_since``; it is never published again. DEAD: given up after
    five starts, kept for replay. UNKNOWN: an effect that cannot be repeated may or may not have
    happened (mail whose worker died while sending). DROPPED: a person dismissed it.
    ``decision`` is a person's latest decision on the row, with that person's address and the instant.
    """

    kind = models.CharField(max_length=80)
    dedup_key = models.CharField(max_length=300, unique=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    batch = models.ForeignKey(Batch, models.CASCADE, null=True, related_name="rows")
    attempts = models.PositiveSmallIntegerField(default=0)
    publications = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    publish_after = models.DateTimeField(db_default=Now())
    sending_since = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=8, choices=Decision, blank=True, default="", db_default="")
    decided_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="outbox_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sending"], settled_at__isnull=True)
                | ~Q(state__in=["pending", "sending"]) & Q(settled_at__isnull=False),
                name="outbox_settled_unless_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(sending_since__isnull=False), name="outbox_sending_since"
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by="", decided_at__isnull=True)
                | Q(decision__in=Decision.values, decided_at__isnull=False) & ~Q(decided_by=""),
                name="outbox_decided_by_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["publish_after"], condition=Q(state="pending"), name="outbox_to_publish"),
            models.Index(fields=["state"], condition=Q(state__in=["dead", "unknown"]), name="outbox_parked"),
            models.Index(fields=["settled_at"], name="outbox_settled"),
            models.Index(fields=["sending_since"], condition=Q(state="sending"), name="outbox_sending"),
            models.Index(fields=["-decided_at"], condition=~Q(decision=""), name="outbox_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dedup_key}"


class Tick(models.Model):
    """One run of a schedule, committed together with that run's work."""

    schedule = models.CharField(max_length=40)
    tick = models.CharField(max_length=40)
    claimed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "tick"], name="tick_claimed_once")]

    def __str__(self) -> str:
        return f"{self.schedule} {self.tick}"


class Heartbeat(models.Model):
    """The latest round of a long-running process (``host/pid/start/member``) and its findings; the group that reads
    these rows writes one too.

    ``redis_ok`` is null where the process does not check Redis; ``clock_ahead`` is by how many seconds its machine's
    clock is ahead of the database's.
    """

    process = models.CharField(max_length=120, primary_key=True)
    member = models.CharField(max_length=20)
    beat_at = models.DateTimeField(db_default=Now())
    redis_ok = models.BooleanField(null=True)
    redis_version = models.CharField(max_length=40, blank=True, default="")
    clock_ahead = models.FloatField(null=True)

    def __str__(self) -> str:
        return self.process
