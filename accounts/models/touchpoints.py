"""The timeline: every time we and the customer met, wrote or spoke."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.contacts import Contact
from accounts.models.customers import Customer


class Touchpoint(models.Model):
    """One contact with a customer; ``next_step_on`` says by when ``next_step`` is due."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        EMAIL = "email", _("Email")
        EVENT = "event", _("Event")
        ONE_TO_MANY = "one_to_many", _("One to many")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="touchpoints")
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    proactive = models.BooleanField(_("proactive"), default=True)
    happened_on = models.DateField(_("on"))
    author = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        related_name="touchpoints",
        null=True,
        blank=True,
    )
    contacts = models.ManyToManyField(Contact, related_name="touchpoints", blank=True)
    sentiment = models.PositiveSmallIntegerField(_("sentiment"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, default="")
    next_step = models.CharField(_("next step"), max_length=200, blank=True, default="")
    next_step_on = models.DateField(_("next step by"), null=True, blank=True)

    class Meta:
        verbose_name = _("touchpoint")
        indexes = [models.Index(fields=["customer", "-happened_on", "-id"], name="touchpoint_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sentiment__isnull=True) | Q(sentiment__range=(1, 5)),
                name="touchpoint_sentiment_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"
