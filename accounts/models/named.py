"""Rows that keep the customer they name while that customer is merged into another."""

from __future__ import annotations

from django.db import models


class Named(models.Model):
    """A row of a customer. ``named`` is the customer that the row's own key names, where that one was merged into
    ``customer``; NULL where both are one. Loads and ``accounts.identity.merging`` write it; everybody else reads
    ``customer``.
    """

    named = models.ForeignKey(
        "accounts.Customer",
        models.DO_NOTHING,
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        abstract = True
