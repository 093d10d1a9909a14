"""Changes of owner, stored so that each can be shown and undone."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.customers import Customer
from accounts.models.segments import Assigning, Segment
from accounts.models.sentiments import Sentiment
from accounts.models.users import User

if TYPE_CHECKING:
    from accounts.models.users import User as Person


class HandoverQuerySet(models.QuerySet["Handover"]):
    def changeable_by(self, user: Person) -> HandoverQuerySet:
        """Handovers that ``user`` may undo: an admin all, a manager their own."""
        if access.configures(user):
            return self
        return self.filter(by=user) if access.manages(user) else self.none()

    def latest_first(self) -> HandoverQuerySet:
        """With who made each, how many it moved, from whom (``givers``) and to whom (``heirs``: names in their order).

        Leaves out undos of others. One statement.
        """
        rows = self.exclude(door=Handover.Door.UNDO).select_related("by")
        before, after = (
            ArrayAgg(f"moves__{side}__name", distinct=True, filter=Q(**{f"moves__{side}__isnull": False}), default=[])
            for side in ("before", "after")
        )
        return rows.annotate(moved=models.Count("moves"), givers=before, heirs=after).order_by("-made_at", "-pk")


class Handover(models.Model):
    """Customers that changed their owner in one act. ``key`` is unique to the press that caused it."""

    class Door(models.TextChoices):
        FORM = "form", _("Customer form")
        PAGE = "page", _("Handover")
        IMPORT = "import", _("Import")
        LEAVER = "leaver", _("Deactivation")
        API = "api", _("API")
        AUTO = "auto", _("Assignment")
        UNDO = "undo", _("Undo")

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    door = models.CharField(_("by way of"), max_length=6, choices=Door)
    day = models.DateField(_("from"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    made_at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="handover_once_a_press"),
            models.CheckConstraint(
                condition=Q(door__in=["form", "page", "import", "leaver", "api", "auto", "undo"]),
                name="handover_door_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.day}"


class HandoverMove(models.Model):
    """One customer of a handover: its owner before and after (None: nobody), and the sentiment's end it wrote.

    For an automatic assignment also the segment and its way (``how``).
    """

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="moves", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="handovers")
    before = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    after = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    segment = models.ForeignKey(Segment, models.SET_NULL, related_name="+", null=True, blank=True)
    how = models.CharField(max_length=4, choices=Assigning, blank=True, default="", db_default="")
    ended = models.ForeignKey(Sentiment, models.SET_NULL, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handover", "customer"], name="handover_customer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.before_id} → {self.after_id}"
