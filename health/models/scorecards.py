"""Scorecards: which measures make a score, and how much each counts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Segment, Stage


class Scorecard(models.Model):
    """Scores the customers of its segments and stages; the first by ``position`` that fits counts.

    No segment or no stage named means every one. A published version is never changed: a change
    is a new row with the same ``key`` and the next ``version``.
    """

    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    segments = models.ManyToManyField(Segment, blank=True, related_name="scorecards")
    stages = ArrayField(models.CharField(max_length=10, choices=Stage), default=list, blank=True)
    is_published = models.BooleanField(_("in use"), default=False)
    measures = ArrayField(models.CharField(max_length=40), default=list, blank=True, editable=False)
    green_from = models.DecimalField(_("green from"), max_digits=5, decimal_places=2, default=70)
    yellow_from = models.DecimalField(_("yellow from"), max_digits=5, decimal_places=2, default=45)
    created_on = models.DateField()

    class Meta:
        verbose_name = _("scorecard")
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="scorecard_version_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(is_published=True),
                name="scorecard_one_published",
            ),
            models.CheckConstraint(
                condition=Q(green_from__gt=F("yellow_from")) & Q(yellow_from__gt=0) & Q(green_from__lt=100),
                name="scorecard_bands_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class MeasureGroup(models.Model):
    """A named share of a scorecard; weights count relative to the other groups."""

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="groups")
    key = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(default=1)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "key"], name="measure_group_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="measure_group_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class ScorecardMeasure(models.Model):
    """How one measure of the catalogue (``health.measures``) is turned into 0–100 whole points.

    Between ``zero_at`` and ``full_at`` points rise in a straight line, outside they stay at 0
    and 100; ``full_at`` below ``zero_at`` means less is better. ``shelf_life_days`` is the age of
    the newest input after which the value counts as missing.
    """

    group = models.ForeignKey(MeasureGroup, models.CASCADE, related_name="measures")
    measure = models.SlugField(_("measure"), max_length=40)
    window_days = models.PositiveSmallIntegerField(_("window (days)"), default=28)
    zero_at = models.DecimalField(_("0 points at"), max_digits=12, decimal_places=4)
    full_at = models.DecimalField(_("100 points at"), max_digits=12, decimal_places=4)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    shelf_life_days = models.PositiveSmallIntegerField(_("shelf life (days)"), default=90)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "measure"], name="scorecard_measure_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="scorecard_measure_weight_positive"),
            models.CheckConstraint(condition=~Q(zero_at=F("full_at")), name="scorecard_measure_slopes"),
            models.CheckConstraint(
                condition=Q(window_days__range=(1, 400)),
                name="scorecard_measure_window",
            ),
        ]

    def __str__(self) -> str:
        return self.measure


class Ceiling(models.Model):
    """A rule beside the weights: while its condition holds, the score is at most ``at_most``."""

    class Condition(models.TextChoices):
        CHAMPION_LEFT = "champion_left", _("Champion left, nobody named")
        LOGIN_ONLY = "login_only", _("Log-ins without core work")
        SILENT = "silent", _("No use for 30 days")

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="ceilings")
    condition = models.CharField(_("condition"), max_length=14, choices=Condition)
    at_most = models.DecimalField(_("at most"), max_digits=5, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "condition"], name="ceiling_once"),
            models.CheckConstraint(condition=Q(at_most__range=(0, 100)), name="ceiling_0_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.condition} {self.at_most}"
