"""Segments: ordered rules that decide how much of our time a customer gets."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Field guide 44: a customer without a two-way touch for so long is out of touch.
UNTOUCHED_DAYS: Final = 90


class TouchModel(models.TextChoices):
    HIGH = "high", _("High touch")
    LOW = "low", _("Low touch")
    TECH = "tech", _("Tech touch")


class Assigning(models.TextChoices):
    """How customers of a segment get their first owner."""

    HAND = "hand", _("By hand")
    LOAD = "load", _("Least load")
    ARR = "arr", _("Least ARR")
    TURN = "turn", _("In turn")


class Segment(models.Model):
    """A customer belongs to the first segment, by ``position``, whose rule holds.

    ``rule`` is a condition (``accounts.conditions``), as in
    ``[{"field": "arr", "test": "at_least", "value": 50000}]``; an empty list holds for everybody. ``pool`` are those
    who get its new customers (``accounts.assigning``).
    """

    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"))
    rule = models.JSONField(_("rule"), default=list, blank=True)
    touch_model = models.CharField(_("touch model"), max_length=5, choices=TouchModel)
    touch_every_days = models.PositiveSmallIntegerField(_("touchpoint every (days)"), default=30)
    qbr_every_days = models.PositiveSmallIntegerField(
        _("QBR every (days)"), null=True, blank=True, help_text=_("Empty: no QBRs.")
    )
    ebr_every_days = models.PositiveSmallIntegerField(
        _("EBR every (days)"), null=True, blank=True, help_text=_("Empty: no EBRs.")
    )
    renewal_lead_days = models.PositiveSmallIntegerField(_("renewal prep lead (days)"), default=90)
    customers_per_csm = models.PositiveSmallIntegerField(_("customers a CSM can carry"), default=50)
    arr_per_csm = models.DecimalField(
        _("ARR a CSM can carry"),
        max_digits=24,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: no limit."),
    )
    renewals_per_csm = models.PositiveSmallIntegerField(
        _("renewals in 90 days a CSM can carry"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    assigning = models.CharField(
        _("new customers get their owner"),
        max_length=4,
        choices=Assigning,
        default=Assigning.HAND,
        db_default=Assigning.HAND.value,
    )
    pool = models.ManyToManyField("accounts.User", verbose_name=_("from among"), related_name="+", blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("segment")
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                name="segment_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["name"], name="segment_name_once"),
            models.CheckConstraint(
                condition=Q(renewal_lead_days__range=(60, 90)),
                name="segment_lead_60_to_90_days",
            ),
            models.CheckConstraint(
                condition=Q(touch_model__in=TouchModel.values),
                name="segment_touch_model_known",
            ),
            models.CheckConstraint(
                condition=Q(touch_every_days__gte=1) & Q(customers_per_csm__gte=1),
                name="segment_service_rules_positive",
            ),
            # Loads are divided by these numbers; None is no limit.
            models.CheckConstraint(
                condition=(Q(arr_per_csm=None) | Q(arr_per_csm__gte=1))
                & (Q(renewals_per_csm=None) | Q(renewals_per_csm__gte=1)),
                name="segment_limits_positive_or_none",
            ),
            models.CheckConstraint(
                condition=Q(assigning__in=Assigning.values),
                name="segment_assigning_known",
            ),
            # None, not 0, means that there are none: sweeps divide by these numbers.
            models.CheckConstraint(
                condition=(Q(qbr_every_days=None) | Q(qbr_every_days__gte=1))
                & (Q(ebr_every_days=None) | Q(ebr_every_days__gte=1)),
                name="segment_reviews_positive_or_none",
            ),
        ]

    def __str__(self) -> str:
        return self.name
