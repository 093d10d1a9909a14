"""What the present portfolio was made from, so that a later start can go on with it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Portfolio(models.Model):
    """One row while the database holds a demo; none on an installation in real use.

    ``source`` is empty for a generated portfolio and names the data set for an imported one.
    ``began_on`` is the first day of the history and ``until`` its last, both held. ``lived_until`` is the day up to which
    what a running installation would have written is there: before ``until``, or null, where the making was broken off. ``passwords`` are the hashes of the
    published password that its people have; the frame warns while one is in use.
    """

    source = models.CharField(max_length=200, blank=True, default="")
    customers = models.PositiveIntegerField()
    seed = models.IntegerField(default=1)
    began_on = models.DateField()
    until = models.DateField()
    lived_until = models.DateField(null=True)
    passwords = ArrayField(models.TextField(), default=list, db_default=[])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="portfolio_single_row"),
            models.CheckConstraint(condition=Q(until__gte=F("began_on")), name="portfolio_ends_after_it_began"),
        ]

    def __str__(self) -> str:
        return f"{self.source or 'generated'}: {self.customers} customers until {self.until}"
