"""The record of each backup."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Backup(models.Model):
    """One backup, from its request to its removal; ``file`` is at ``place``, a host and its folder.

    ``made_at`` is the instant of its snapshot, null until it is made, like ``size`` in bytes and ``rows``.
    ``verified_at`` is when a restored copy was last found equal to its description. ``error`` is why it could not be
    made, or why it failed the trial. ``asked_by`` is a person, empty for the nightly run and the command line.
    """

    asked_at = models.DateTimeField(db_default=Now())
    asked_by = models.CharField(max_length=200, blank=True, default="")
    nightly = models.BooleanField(default=False)
    place = models.CharField(max_length=1000, blank=True, default="")
    starts = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    file = models.CharField(max_length=1000, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    made_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(null=True)
    verified_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(made_at__isnull=True, size__isnull=True, rows__isnull=True, digest="", verified_at=None)
                | Q(made_at__isnull=False, size__isnull=False, rows__isnull=False) & ~Q(digest="") & ~Q(file=""),
                name="backup_made_whole",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(made_at__isnull=False) | ~Q(error=""),
                name="backup_ended_made_or_failed",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(ended_at=None), name="backup_to_do"),
            models.Index(fields=["-made_at"], condition=~Q(verified_at=None), name="backup_verified"),
        ]

    def __str__(self) -> str:
        return self.file or f"asked for at {self.asked_at}"
