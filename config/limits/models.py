"""Counters of requests and of tries."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """A counter; its ``name`` is a digest.

    Of a rate: ``count`` in the window that began at ``since``, ``earlier`` in the one before. Of tries: ``count``
    failed ones, the last at ``since``; the next is allowed from ``free_at`` on.
    """

    name = models.CharField(primary_key=True, max_length=60)
    count = models.PositiveIntegerField()
    earlier = models.PositiveIntegerField(default=0, db_default=0)
    since = models.DateTimeField()
    free_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["since"], name="counter_by_age")]

    def __str__(self) -> str:
        return self.name
