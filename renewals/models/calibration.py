"""The renewal model fitted to the company's own closed renewals."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Calibration(models.Model):
    """The model for one group of open renewals at one distance, from ``day`` on.

    ``days_before`` is 90, 180 or 365: of the contracts alive so many days before their term's end, ``kept`` of ``n``
    went on. The group "score" covers customers with a score: the log-odds of going on are ``intercept`` + ``slope`` ×
    score / 100, never falling with the score, with their variances and covariance. The groups "none" (no score) and
    "notice" (notice given; at any distance, ``days_before`` 0) have one likelihood: ``mean`` with its 80 % interval.
    ``is_fitted`` is False while there are too few closed renewals: the figures are then a starting belief or, after
    a notice, absent (``mean`` is None). A day without a change has no row.
    """

    class Group(models.TextChoices):
        SCORE = "score", _("Health score")
        NONE = "none", _("No score")
        NOTICE = "notice", _("Notice given")

    day = models.DateField(_("from"))
    days_before = models.PositiveSmallIntegerField()
    group = models.CharField(max_length=6, choices=Group)
    n = models.PositiveIntegerField()
    kept = models.PositiveIntegerField()
    is_fitted = models.BooleanField()
    intercept = models.FloatField(null=True)
    slope = models.FloatField(null=True)
    intercept_variance = models.FloatField(null=True)
    slope_variance = models.FloatField(null=True)
    covariance = models.FloatField(null=True)
    mean = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    low = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    high = models.DecimalField(max_digits=4, decimal_places=3, null=True)

    class Meta:
        verbose_name = _("calibration")
        constraints = [
            models.UniqueConstraint(fields=["days_before", "group", "day"], name="calibration_once_a_day"),
            models.CheckConstraint(
                condition=Q(mean__isnull=True)
                | (Q(low__gte=0) & Q(low__lte=F("mean")) & Q(mean__lte=F("high")) & Q(high__lte=1)),
                name="calibration_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(group="score") | Q(slope__gte=0, intercept__isnull=False), name="calibration_never_falls"
            ),
            models.CheckConstraint(condition=Q(group__in=["score", "none", "notice"]), name="calibration_group_known"),
        ]

    def __str__(self) -> str:
        return f"{self.days_before} {self.group} {self.day}"
