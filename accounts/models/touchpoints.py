"""The timeline: every time we and the customer met, wrote or spoke."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.contacts import Contact
from accounts.models.customers import Customer
from accounts.models.efforts import within_a_day
from accounts.models.named import Named
from config.stamps import Stamped


class TouchpointQuerySet(models.QuerySet["Touchpoint"]):
    def two_way(self) -> TouchpointQuerySet:
        """Touches in which the customer took part: it spoke, wrote or came."""
        return self.filter(two_way=True)


class Touchpoint(Named, Stamped):
    """One contact with a customer; ``next_step`` is due by ``next_step_on``.

    ``minutes`` is the time it took us, preparation included; None where unknown. ``direction`` says who began it,
    ``mass`` whether it went to many, ``attended`` whether somebody of the customer took part. It is two-way when it
    went to one customer and came from it or was attended.
    """

    class Direction(models.TextChoices):
        IN = "in", _("From the customer")
        OUT = "out", _("From us")

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        EMAIL = "email", _("Email")
        EVENT = "event", _("Event")
        ONE_TO_MANY = "one_to_many", _("One to many")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="touchpoints")
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    proactive = models.BooleanField(_("proactive"), default=True)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, db_default=Direction.OUT, blank=True)
    mass = models.BooleanField(_("to many"), default=False, db_default=False)
    attended = models.BooleanField(_("attended"), default=False, db_default=False)
    two_way = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(mass=False) & (Q(direction="in") | Q(attended=True)), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(_("two-way")),
        db_persist=True,
    )
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
    minutes = models.PositiveSmallIntegerField(_("Took (minutes)"), null=True, blank=True)
    source = models.CharField(max_length=40, blank=True, default="", db_default="")
    external_id = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = TouchpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("touchpoint")
        indexes = [models.Index(fields=["customer", "-happened_on", "-id"], name="touchpoint_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="touchpoint_external_once",
            ),
            models.CheckConstraint(
                condition=Q(sentiment__isnull=True) | Q(sentiment__range=(1, 5)),
                name="touchpoint_sentiment_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(direction__in=["in", "out"]),
                name="touchpoint_direction_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind="one_to_many") | Q(mass=True),
                name="touchpoint_to_many_is_mass",
            ),
            models.CheckConstraint(condition=within_a_day(), name="touchpoint_minutes_within_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.follow_kind()
        super().save(*args, **kwargs)

    def follow_kind(self) -> None:
        """Fill in what follows from the kind of a new touch: calls and meetings are attended, a mail to many is
        mass.
        """
        if self.direction not in self.Direction.values:
            self.direction = self.Direction.OUT if self.proactive else self.Direction.IN
        self.mass = self.mass or self.kind == self.Kind.ONE_TO_MANY
        self.attended = self.attended or self.kind in {self.Kind.CALL, self.Kind.MEETING}
