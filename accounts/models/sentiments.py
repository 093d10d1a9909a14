"""The CSM's sentiment about a customer, beside the score and never part of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer
from accounts.models.named import Named
from accounts.models.touchpoints import Touchpoint
from config.stamps import Stamped


class Sentiment(Named, Stamped):
    """``value`` (1 bad to 5 good) from ``day`` on, until the customer's next row by day and number.

    None means that there is no sentiment yet after a handover. A sentiment recorded with a touch is deleted with
    the touch.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="sentiments", db_index=False)
    day = models.DateField(_("on"))
    value = models.PositiveSmallIntegerField(_("CSM sentiment"), null=True, blank=True)
    author = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", null=True, blank=True)
    touch = models.OneToOneField(Touchpoint, models.CASCADE, related_name="felt", null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("sentiment")
        indexes = [models.Index(fields=["customer", "-day", "-id"], name="sentiment_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=True, touch__isnull=True) | Q(value__range=(1, 5)),
                name="sentiment_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.value}"
