"""What the worker does for a while, with how far it has come."""

from __future__ import annotations

from django.db import models


class Paced(models.Model):
    """Work in the background: ``rows_read`` of about ``rows_total`` rows are done, ``at_file`` is the file at hand.

    They are written outside the work's own transaction (``accounts.imports.progress``), which asks there for ``stop_asked``.
    """

    rows_total = models.PositiveBigIntegerField(null=True)
    rows_read = models.PositiveBigIntegerField(default=0)
    read_since = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    at_file = models.CharField(max_length=255, blank=True, default="")
    stop_asked = models.BooleanField(default=False)

    class Meta:
        abstract = True
