"""Attributes of customers that an admin defines; their values stand in ``Customer.attributes``."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Attribute(models.Model):
    """An attribute with its kind: ``key`` is the name of its values in ``Customer.attributes``, ``label`` what people call it.

    The key stays, since files, programs and conditions name it. ``choices`` are the values of a choice, in their order.
    ``is_shown`` says whether the customer's page shows it; one that is not in use keeps its values and is asked nowhere.
    """

    class Kind(models.TextChoices):
        NUMBER = "number", pgettext_lazy("of an attribute", "Number")
        TEXT = "text", pgettext_lazy("of an attribute", "Text")
        DAY = "day", pgettext_lazy("of an attribute", "Day")
        CHOICE = "choice", pgettext_lazy("of an attribute", "Choice")
        FLAG = "flag", pgettext_lazy("of an attribute", "Yes or no")

    key = models.CharField(_("key"), max_length=80)
    label = models.CharField(_("label"), max_length=60)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    choices = ArrayField(models.CharField(max_length=80), verbose_name=_("choices"), default=list, blank=True)
    position = models.PositiveIntegerField(_("order"))
    is_shown = models.BooleanField(_("on the customer’s page"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints = [
            models.UniqueConstraint(
                fields=["key"], name="attribute_key_once",
                violation_error_message=_("There is an attribute with this key already."),
            ),
            models.UniqueConstraint(
                Lower("label"), name="attribute_label_once",
                violation_error_message=_("There is an attribute of this name already."),
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(label=""), name="attribute_named"),
            models.CheckConstraint(
                condition=Q(kind__in=["number", "text", "day", "choice", "flag"]), name="attribute_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="choice", choices__len__gt=0) | (~Q(kind="choice") & Q(choices=[])),
                name="attribute_choices_of_choice",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label
