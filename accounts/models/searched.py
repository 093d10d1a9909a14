"""The searched texts of customers, apart from the table whose rows every night rewrites."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from accounts.models.customers import Customer


class CustomerWords(models.Model):
    """Name, reading and domain of a customer in the form for search; written by triggers on the customer's row."""

    # The migration itself adds the constraint: deleting a customer by SQL deletes its words, too.
    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="searched", db_constraint=False
    )
    text = models.TextField()
    grams = ArrayField(models.TextField())

    class Meta:
        indexes = [GinIndex(fields=["grams"], name="customer_words")]

    def __str__(self) -> str:
        return self.text
