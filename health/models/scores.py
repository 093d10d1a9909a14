"""The score history: a row only where something changed, so any past day is one look-up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Band, Customer
from config.stamps import Stamped
from health.models.scorecards import Purpose, Scorecard


class RealField(models.FloatField):
    """Four-byte floating point: seven digits, enough for a share of one."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002 (Django's signature)
        return "real"


@dataclass(frozen=True)
class Part:
    """One measure's share of a score.

    ``points`` 0–100, None without data; ``weight`` its share of the whole after redistribution
    (0–1); ``amount`` the measured quantity in the measure's unit; ``newest_on`` its newest input.
    """

    measure: str
    points: int | None
    weight: float
    amount: float | None
    newest_on: dt.date | None

    @property
    def contribution(self) -> float:
        """Points of the score that come from this part; all of them sum to the score."""
        return (self.points or 0) * self.weight


class ScoreQuerySet(models.QuerySet["Score"]):
    def as_of(self, day: dt.date) -> ScoreQuerySet:
        """The score that held on ``day``: the newest row on or before it, one a customer."""
        newest = Score.objects.filter(customer=OuterRef("customer"), day__lte=day).order_by("-day").values("pk")[:1]
        return self.filter(pk=Subquery(newest))


class ScoreRow(models.Model):
    """A score of any purpose from a day on: 0 (leaving) to 100 (thriving).

    ``value`` is None when no measure had data; ``coverage`` is the share of weight that had
    data (0–1); ``oldest_input_on`` is the day of the oldest of the newest inputs. The four lists
    run in the order of ``scorecard.measures``; ``raw`` is the sum of points × weights to two decimals,
    and ``value`` is ``raw`` in whole points, unless the ceiling named in ``ceiling`` lowered it.
    """

    day = models.DateField(_("from"))
    value = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    raw = models.DecimalField(_("before ceilings"), max_digits=5, decimal_places=2, null=True)
    band = models.CharField(_("band"), max_length=6, choices=Band, blank=True, default="")
    coverage = models.DecimalField(_("coverage"), max_digits=4, decimal_places=3, default=0)
    oldest_input_on = models.DateField(_("oldest input"), null=True)
    ceiling = models.CharField(max_length=14, blank=True, default="")
    points = ArrayField(models.PositiveSmallIntegerField(null=True), default=list)
    weights = ArrayField(RealField(), default=list)
    amounts = ArrayField(models.FloatField(null=True), default=list)
    inputs_on = ArrayField(models.DateField(null=True), default=list)

    scorecard: models.ForeignKey[Scorecard, Scorecard]
    customer_id: int
    scorecard_id: int

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.value}"

    @property
    def parts(self) -> list[Part]:
        """The parts in the scorecard's order; reads ``scorecard`` (select it beforehand)."""
        rows = zip(
            self.scorecard.measures,
            self.points,
            self.weights,
            self.amounts,
            self.inputs_on,
            strict=True,
        )
        return [Part(*row) for row in rows]


def in_its_range(name: str) -> list[models.BaseConstraint]:
    """The constraints of every table of scores; ``name`` begins their names."""
    return [
        models.CheckConstraint(
            condition=Q(value__isnull=True, band="") | Q(value__range=(0, 100), band__in=Band.values),
            name=f"{name}_has_band",
        ),
        models.CheckConstraint(condition=Q(coverage__range=(0, 1)), name=f"{name}_coverage_0_to_1"),
    ]


class Score(ScoreRow, Stamped):
    """A customer's health from ``day`` on, until its next row."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="scores", db_index=False)
    scorecard = models.ForeignKey(
        Scorecard,
        models.PROTECT,
        related_name="scores",
        db_index=False,
        db_constraint=False,
    )

    objects = ScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score")
        constraints = [
            models.UniqueConstraint(fields=["customer", "day"], name="score_once_a_day"),
            *in_its_range("score"),
        ]


class NamedScore(ScoreRow):
    """A customer's score of another purpose than health from ``day`` on, until its next row of that purpose.

    The table of its own keeps other purposes out of queries on health, and the hot table small.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="named_scores", db_index=False)
    purpose = models.CharField(max_length=9, choices=Purpose)
    scorecard = models.ForeignKey(
        Scorecard,
        models.PROTECT,
        related_name="named_scores",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        verbose_name = _("named score")
        constraints = [
            models.UniqueConstraint(fields=["customer", "purpose", "day"], name="named_score_once_a_day"),
            models.CheckConstraint(condition=~Q(purpose=Purpose.HEALTH), name="named_score_is_not_health"),
            *in_its_range("named_score"),
        ]


class Replay(models.Model):
    """A customer's score under one scorecard version as of a past day, from the record as it was then.

    Written by ``health.publishing.replaying`` for whole days (``ReplayedDay``), for drafts and for versions that were not
    yet in use on the day; nothing else reads them as scores. ``points`` run in the order of ``scorecard.measures``.
    """

    scorecard = models.ForeignKey(
        Scorecard, models.CASCADE, related_name="replays", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    day = models.DateField()
    value = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    band = models.CharField(max_length=6, choices=Band, blank=True, default="")
    coverage = models.DecimalField(max_digits=4, decimal_places=3, default=0)
    points = ArrayField(models.PositiveSmallIntegerField(null=True), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "customer", "day"], name="replay_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard_id} {self.customer_id} {self.day}: {self.value}"


class ReplayedDay(models.Model):
    """A past day that was scored whole under one scorecard version, whose rules' digest is ``rules``."""

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="replayed_days")
    day = models.DateField()
    rules = models.CharField(max_length=32)
    customers = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scorecard", "day"], name="replayed_day_once")]

    def __str__(self) -> str:
        return f"{self.scorecard_id} {self.day}"


class ScoredRange(models.Model):
    """A range of customers that was scored whole for ``day`` under the rules that ``rules`` is the digest of.

    A second cycle of the same day skips it as long as no customer in it has been marked as changed since.
    """

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    day = models.DateField()
    rules = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first_id", "last_id"], name="scored_range_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} to {self.last_id}: {self.day}"
