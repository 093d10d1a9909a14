"""Forms that were sent, each with the answer it got."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Sent(models.Model):
    """One form sent by one person with one content, and its answer.

    ``digest`` identifies it (``config.once.pressing.digest``). Of the answer, ``headers`` are kept, ``notes`` are the
    messages for the next whole page, as (level, text, tags), and ``body`` is the toast alone.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    at = models.DateTimeField(db_default=Now())
    status = models.PositiveSmallIntegerField(default=0, db_default=0)
    headers = models.JSONField(default=dict, db_default={})
    notes = models.JSONField(default=list, db_default=[])
    body = models.BinaryField(default=b"", db_default=b"")

    class Meta:
        indexes = [models.Index(fields=["at"], name="sent_by_age")]

    def __str__(self) -> str:
        return self.digest


class Answered(models.Model):
    """An answer of the API to a request with an ``Idempotency-Key``.

    ``name`` identifies person and key, ``content`` the request (``config.once.answering``); both are digests. ``body`` is
    what was answered.
    """

    name = models.CharField(primary_key=True, max_length=64)
    content = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())
    status = models.PositiveSmallIntegerField(default=0, db_default=0)
    headers = models.JSONField(default=dict, db_default={})
    body = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["at"], name="answered_by_age")]

    def __str__(self) -> str:
        return self.name
