"""What is searched of customers, beside the table whose rows every night rewrites."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from accounts.models.customers import Customer


class CustomerWords(models.Model):
    """Name, reading and domain of a customer as they are searched; kept by triggers on the customer's row."""

    # The constraint is the migration's own: a customer that SQL deletes takes its words along.
    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="searched", db_constraint=False
    )
    text = models.TextField()
    grams = ArrayField(models.TextField())

    class Meta:
        indexes = [GinIndex(fields=["grams"], name="customer_words")]

    def __str__(self) -> str:
        return self.text
