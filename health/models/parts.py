"""The days of use of customers that became one, each as it was by itself."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer


class UsagePart(models.Model):
    """One row of a usage table (``table``) as ``customer`` had it before it became one with another.

    The rows of the survivor are the sums of the parts; without the merge each customer has its own part again. ``day``
    is the row's; a row without a table says that the customer's parts are kept, be they none.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    table = models.CharField(max_length=40)
    day = models.DateField()
    row = models.JSONField()

    def __str__(self) -> str:
        return f"{self.table} {self.customer_id} {self.day}"
