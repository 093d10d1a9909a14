"""Forecast calls of CSMs and managers, with their day and reason."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from renewals.models.renewals import ForecastCategory, Renewal


class ForecastCallQuerySet(models.QuerySet["ForecastCall"]):
    def standing(self) -> ForecastCallQuerySet:
        """Calls that their author has not undone."""
        return self.filter(undone_at__isnull=True)


class ForecastCall(models.Model):
    """A call as it was made, so that callers can be scored later; never changed, only undone by its author (``undone_at``).

    A call without likelihood and category withdraws the call before it.
    """

    class Voice(models.TextChoices):
        CSM = "csm", _("CSM")
        FINAL = "final", _("Final")

    renewal = models.ForeignKey(Renewal, models.CASCADE, related_name="calls")
    voice = models.CharField(max_length=5, choices=Voice)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on = models.DateField()
    made_at = models.DateTimeField()
    likelihood = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    category = models.CharField(max_length=11, choices=ForecastCategory, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    undone_at = models.DateTimeField(null=True)

    objects = ForecastCallQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.renewal_id} {self.voice} {self.on}"

    @property
    def is_silence(self) -> bool:
        """Whether this call withdraws the one before it."""
        return self.likelihood is None and not self.category
