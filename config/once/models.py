"""Forms that were sent, each with the answer it got."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Sent(models.Model):
    """One form that was sent by one person with one content, and its answer.

    ``digest`` tells it apart (``config.once.pressing.digest``); ``headers`` are those that belong to the answer, ``notes``
    what the next whole page was to say, as (level, words, tags), ``body`` its toast and nothing else.
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
