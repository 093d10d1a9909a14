"""Changed customers, for every reader that derives something of them."""

from __future__ import annotations

from django.db import models


class Change(models.Model):
    """One customer that changed, for one reader, which deletes the rows it has processed.

    Append-only and without a unique key, so that writers never wait for one another. Without a foreign key: a
    row outlives its customer and is then dropped.
    """

    reader = models.CharField(max_length=20)
    customer_id = models.BigIntegerField()
    what = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["reader", "customer_id"], name="change_by_reader")]

    def __str__(self) -> str:
        return f"{self.customer_id} for {self.reader}: {self.what}"
