"""A person's score in place of the computed one, for a while; the computed one stays beside it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from accounts.models import Band, Customer, Named, User
from config.stamps import Stamped

LONGEST_DAYS: Final = 180


class OverrideQuerySet(models.QuerySet["Override"]):
    def holding(self, day: dt.date) -> OverrideQuerySet:
        """Those that hold on ``day``: at most one a customer."""
        ended = Q(withdrawn_on__isnull=False, withdrawn_on__lte=day)
        return self.filter(from_day__lte=day, until_day__gt=day).exclude(ended)


class Override(Named, Stamped):
    """``value`` (0–100) in place of the computed score from ``from_day`` until ``until_day``, the first day on which
    it no longer holds, or until the day it is withdrawn. It ends by its date alone. ``computed`` and ``computed_band``
    are the computed score when it began; scoring never reads or writes a row here.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="overrides", db_index=False)
    value = models.PositiveSmallIntegerField(_("score instead"))
    band = models.CharField(_("band"), max_length=6, choices=Band)
    from_day = models.DateField(_("from"))
    until_day = models.DateField(_("until"))
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    computed = models.DecimalField(_("computed then"), max_digits=5, decimal_places=2, null=True, blank=True)
    computed_band = models.CharField(max_length=6, choices=Band, blank=True, default="")
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("override")
        indexes = [models.Index(fields=["customer", "-from_day"], name="override_newest")]
        constraints = [
            # A range of one customer's number, so that no extension is needed for equality under GiST.
            ExclusionConstraint(
                name="override_one_holds",
                index_type="gist",
                expressions=[
                    (Func(F("customer_id"), F("customer_id"), models.Value("[]"), function="int8range"), "&&"),
                    (
                        Func(
                            F("from_day"),
                            Greatest(F("from_day"), Least(F("until_day"), F("withdrawn_on"))),
                            function="daterange",
                        ),
                        "&&",
                    ),
                ],
            ),
            models.CheckConstraint(condition=Q(value__range=(0, 100)), name="override_0_to_100"),
            models.CheckConstraint(condition=Q(band__in=Band.values), name="override_has_band"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_reason"),
            models.CheckConstraint(
                condition=Q(until_day__gt=F("from_day"))
                & Q(until_day__lte=F("from_day") + dt.timedelta(days=LONGEST_DAYS)),
                name="override_180_days_at_most",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_on__isnull=False, withdrawn_by__isnull=False),
                name="override_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.from_day}: {self.value}"

    @property
    def ended_on(self) -> dt.date:
        """The first day on which it no longer holds."""
        return min(self.until_day, self.withdrawn_on or self.until_day)

    def holds(self, day: dt.date) -> bool:
        return self.from_day <= day < self.ended_on
