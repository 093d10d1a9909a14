"""What the company's own closed renewals say about the next ones."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Calibration(models.Model):
    """The model's renewal rate for one health band at one distance, from ``day`` on.

    ``days_before`` is 90, 180 or 365: of the contracts alive and in that band so many days before
    their term's end, ``kept`` of ``n`` went on. ``mean``, ``low`` and ``high`` (80 % interval) are
    those of the Beta posterior, fractions 0–1. ``is_fitted`` is False while there are too few
    closed renewals: the figures are then those of the prior, alone or nearly so.
    A row only where something changed. An empty band means "no score".
    """

    day = models.DateField(_("from"))
    days_before = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=6, blank=True, default="")
    n = models.PositiveIntegerField()
    kept = models.PositiveIntegerField()
    mean = models.DecimalField(max_digits=4, decimal_places=3)
    low = models.DecimalField(max_digits=4, decimal_places=3)
    high = models.DecimalField(max_digits=4, decimal_places=3)
    is_fitted = models.BooleanField()

    class Meta:
        verbose_name = _("calibration")
        constraints = [
            models.UniqueConstraint(fields=["days_before", "band", "day"], name="calibration_once_a_day"),
            models.CheckConstraint(
                condition=Q(low__gte=0) & Q(low__lte=models.F("mean")) & Q(mean__lte=models.F("high")) & Q(high__lte=1),
                name="calibration_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days_before} {self.band or 'none'} {self.day}: {self.mean}"
