"""People on the customer's side."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer
from accounts.models.named import Named
from config.folding import KeptGrams
from config.stamps import Stamped


class ContactRole(models.TextChoices):
    CHAMPION = "champion", _("Champion")
    BUYER = "buyer", _("Economic buyer")
    SPONSOR = "sponsor", _("Executive sponsor")
    ADMIN = "admin", _("Admin")
    USER = "user", _("End user")


class ContactState(models.TextChoices):
    ACTIVE = "active", _("Active")
    MOVED = "moved", _("Moved")
    LEFT = "left", _("Left")


class Contact(Named, Stamped):
    """One person; ``state_on`` is the day the state began."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=150)
    reading = models.CharField(_("reading"), max_length=150, blank=True, default="", db_default="")
    email = models.EmailField(_("email"), blank=True, default="")
    title = models.CharField(_("title"), max_length=120, blank=True, default="")
    roles = ArrayField(models.CharField(max_length=8, choices=ContactRole), default=list, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=ContactState, default=ContactState.ACTIVE)
    state_on = models.DateField(_("since"))
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("contact")
        indexes = [GinIndex(KeptGrams("name", "reading", "email"), name="contact_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="contact_external_once",
            ),
            models.CheckConstraint(condition=Q(state__in=ContactState.values), name="contact_state_known"),
            models.CheckConstraint(
                condition=Q(roles__contained_by=ContactRole.values),
                name="contact_roles_known",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="contact_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def role_words(self) -> list[str]:
        """The roles as people read them."""
        labels = dict(ContactRole.choices)
        return [str(labels[role]) for role in self.roles]
