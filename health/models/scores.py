"""The score history: a row only where something changed, so any past day is one look-up."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Band, Customer
from health.models.scorecards import Scorecard


class ScoreQuerySet(models.QuerySet["Score"]):
    def as_of(self, day: dt.date) -> ScoreQuerySet:
        """The score that held on ``day``: the newest row on or before it, one a customer."""
        newest = (
            Score.objects.filter(customer=OuterRef("customer"), day__lte=day)
            .order_by("-day")
            .values("pk")[:1]
        )
        return self.filter(pk=Subquery(newest))


class Score(models.Model):
    """A customer's health from ``day`` on, until its next row. 0 (leaving) to 100 (thriving).

    ``value`` is None when no measure had data; ``coverage`` is the share of weight that had
    data (0–1); ``oldest_input_on`` is the day of the oldest input used; ``parts`` holds, for each
    measure, ``{"m": key, "g": group key, "v": value, "p": points 0–100, "w": effective share of
    the total weight after redistribution, "on": newest input's day}``, so that the sum of
    p × w is the value before ceilings. ``ceiling`` names the one that bit, if any.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="scores", db_index=False
    )
    day = models.DateField(_("from"))
    scorecard = models.ForeignKey(
        Scorecard, models.PROTECT, related_name="scores", db_index=False
    )
    value = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    band = models.CharField(
        _("band"), max_length=6, choices=Band, blank=True, default=""
    )
    coverage = models.DecimalField(
        _("coverage"), max_digits=4, decimal_places=3, default=0
    )
    oldest_input_on = models.DateField(_("oldest input"), null=True)
    ceiling = models.CharField(max_length=14, blank=True, default="")
    parts = models.JSONField(default=list)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "day"], name="score_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True, band="")
                | Q(value__range=(0, 100), band__in=Band.values),
                name="score_has_band",
            ),
            models.CheckConstraint(
                condition=Q(coverage__range=(0, 1)), name="score_coverage_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.value}"
