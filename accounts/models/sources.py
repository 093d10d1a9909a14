"""Where data comes from, and whose word counts where two disagree."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer


class Source(models.Model):
    """What an admin says of a source, known by the name that mappings give it.

    ``silent_days``: without rows for so many days it is silent; None: three times as long as it usually takes.
    """

    name = models.CharField(_("source"), max_length=40)
    silent_days = models.PositiveSmallIntegerField(_("silent after days"), null=True, blank=True)

    class Meta:
        verbose_name = _("source")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="source_once"),
            models.CheckConstraint(
                condition=Q(silent_days__isnull=True) | Q(silent_days__range=(1, 400)),
                name="source_silent_days_1_to_400",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FieldOrder(models.Model):
    """Whom to believe of one field of a target, the first before the others; ``hand`` are people on the pages.

    Without a row of its own, a field believes people first, and of sources the last one.
    """

    HAND = "hand"

    target = models.CharField(_("kind of rows"), max_length=40)
    field = models.CharField(_("field"), max_length=40)
    sources = ArrayField(
        models.CharField(max_length=40), verbose_name=_("sources in their order"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("whose word counts")
        constraints = [models.UniqueConstraint(fields=["target", "field"], name="field_order_once")]

    def __str__(self) -> str:
        return f"{self.target}.{self.field}"


class Disagreement(models.Model):
    """A value of a file that was left out because somebody else is believed; gone once both agree.

    ``object_id`` is the row of the record that the target's row means, ``by`` whose value stands.
    """

    target = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    given = models.TextField()
    stands = models.TextField()
    by = models.CharField(max_length=40)
    seen_on = models.DateField()

    class Meta:
        verbose_name = _("disagreement")
        constraints = [
            models.UniqueConstraint(fields=["target", "object_id", "field", "source"], name="disagreement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target}.{self.field} {self.object_id}"
