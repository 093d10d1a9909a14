"""Entries of the change history, written by triggers, and logged exports."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

CUSTOMER: Final = "customer"


class Exact(json.JSONDecoder):
    """Decodes amounts as Decimal, not as the nearest binary fraction."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, parse_float=Decimal)


class ClockTimestamp(Func):
    """The database's clock at the statement, so that two changes in one transaction have different times."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class Operation(models.TextChoices):
    CHANGED = "changed", _("Changed")
    DELETED = "deleted", _("Deleted")
    ADDED = "added", _("Added")


def own(kind: str, pk: int) -> Q:
    """The entries of one row, as a condition that uses their index."""
    return Q(kind=kind, **{_by_which(kind): pk})


def own_of(kind: str, pks: Iterable[int]) -> Q:
    """As ``own``, of several rows of a kind."""
    return Q(kind=kind, **{f"{_by_which(kind)}__in": list(pks)})


def _by_which(kind: str) -> str:
    return "customer_id" if kind == CUSTOMER else "object_id"


class Entry(models.Model):
    """The change, deletion or (in some tables) adding of one row. Only triggers write entries; none is updated.

    ``act`` is the transaction's number, which groups the entries of one act. ``kind`` is the model and ``object_id``
    its row; for a part of something larger, such as a group of a scorecard, ``whole`` is that object. ``before`` and
    ``after`` are the changed fields by name; of a deleted row ``before`` has every recorded field. ``actor_id`` is the
    person (no foreign key, so that it outlives the account) and ``door`` the way in (``history.actors``); both are
    empty for a session outside the product.
    """

    at = models.DateTimeField(db_default=ClockTimestamp())
    act = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    operation = models.CharField(max_length=7, choices=Operation)
    whole = models.CharField(max_length=40, null=True)  # noqa: DJ001 (the index leaves out what is no part)
    whole_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    door = models.CharField(max_length=80, default="", db_default="")
    before = models.JSONField(default=dict, decoder=Exact)
    after = models.JSONField(default=dict, decoder=Exact)

    class Meta:
        indexes = [
            # A customer's own entries use the index by customer: the most frequent change writes one index less.
            models.Index(fields=["kind", "object_id", "id"], condition=~Q(kind=CUSTOMER), name="history_of_object"),
            models.Index(
                fields=["customer_id", "id"], condition=Q(customer_id__isnull=False), name="history_of_customer"
            ),
            models.Index(fields=["whole", "whole_id", "id"], condition=Q(whole__isnull=False), name="history_of_whole"),
            # What the API tells as gone: few of all entries.
            models.Index(
                fields=["id"],
                condition=Q(operation="deleted") | Q(after__has_key="merged_into"),
                name="history_of_gone",
            ),
            # Contacts that went to another customer: few, asked for whenever a past day is measured.
            models.Index(
                fields=["at"],
                condition=Q(kind="contact", operation="changed", before__has_key="customer"),
                name="history_of_moves",
            ),
            BrinIndex(fields=["at"], name="history_by_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(operation__in=Operation.values), name="history_operation_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.operation}"


class Departure(models.Model):
    """One export of data. ``rows`` is the number of rows, None where not counted.

    Backups have a record of their own (``config.backup.models``).
    """

    at = models.DateTimeField(db_default=ClockTimestamp())
    actor_id = models.BigIntegerField(null=True)
    door = models.CharField(max_length=80, default="", db_default="")
    what = models.CharField(max_length=80)
    filters = models.JSONField(default=dict)
    rows = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.what} {self.at}"
