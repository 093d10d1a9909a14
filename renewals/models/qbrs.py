"""Business reviews, due by segment cadence."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Named, User
from config.stamps import Stamped


class Qbr(Named, Stamped):
    """One review; at most one open a customer. ``goals`` are next quarter's, as lines of text."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="qbrs")
    due_on = models.DateField(_("due on"))
    held_on = models.DateField(_("held on"), null=True, blank=True)
    goals = models.JSONField(_("goals"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True, default="")
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("QBR")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(held_on__isnull=True),
                name="qbr_one_open",
            ),
            models.UniqueConstraint(fields=["customer", "due_on"], name="qbr_once_a_day"),
            models.CheckConstraint(
                condition=Q(held_on__isnull=True) | ~Q(goals=[]),
                name="qbr_closed_has_goals",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.due_on}"
