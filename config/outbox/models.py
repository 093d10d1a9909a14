"""Work that must happen once, kept in PostgreSQL until it has."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class State(models.TextChoices):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"
    UNKNOWN = "unknown"


class Batch(models.Model):
    """Rows that belong together, and the row that follows the last of them."""

    name = models.CharField(max_length=200, unique=True)
    then_kind = models.CharField(max_length=80, blank=True, default="")
    then_payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Outbox(models.Model):
    """One piece of work, written in the transaction that caused it.

    Published to Redis from ``publish_after`` on, and again whenever that lease has run out;
    ``attempts`` counts the starts of a worker, never publications. DEAD: given up after five
    starts, kept for replay. UNKNOWN: an effect that cannot be repeated may or may not have
    happened (mail whose worker died while sending).
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
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="outbox_state_known"),
            models.CheckConstraint(
                condition=Q(state="pending", settled_at__isnull=True)
                | ~Q(state="pending") & Q(settled_at__isnull=False),
                name="outbox_settled_unless_pending",
            ),
        ]
        indexes = [
            models.Index(fields=["publish_after"], condition=Q(state="pending"), name="outbox_to_publish"),
            models.Index(fields=["state"], condition=Q(state__in=["dead", "unknown"]), name="outbox_parked"),
            models.Index(fields=["settled_at"], name="outbox_settled"),
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
    """When a long-running process last did its round, and what it found."""

    process = models.CharField(max_length=20, primary_key=True)
    beat_at = models.DateTimeField(db_default=Now())
    redis_ok = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.process
