"""People on the customer's side."""

from __future__ import annotations

import re
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer
from accounts.models.named import Named
from config.folding import KeptGrams
from config.stamps import Stamped

# Honorifics that follow the name: those that are written in Japanese.
FOLLOWS: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def whole_name(family_name: str, given_name: str) -> str:
    """The name made of both: 森 健司, Kenji Mori."""
    is_japanese = bool(FOLLOWS.search(family_name + given_name))
    return " ".join(filter(None, (family_name, given_name) if is_japanese else (given_name, family_name)))


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
    """One person; ``state_on`` is the day the state began.

    ``name`` is how the person is called, made of family and given name in the order in which they are written where only
    those are given. ``reading`` is the name in kana, by which people are sorted. ``department`` and ``title`` say the present post
    where no posts are known.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=150)
    reading = models.CharField(_("reading"), max_length=150, blank=True, default="", db_default="")
    family_name = models.CharField(_("family name"), max_length=80, blank=True, default="", db_default="")
    given_name = models.CharField(_("given name"), max_length=80, blank=True, default="", db_default="")
    honorific = models.CharField(_("honorific"), max_length=20, blank=True, default="", db_default="")
    email = models.EmailField(_("email"), blank=True, default="")
    department = models.CharField(_("department"), max_length=120, blank=True, default="", db_default="")
    title = models.CharField(_("title"), max_length=120, blank=True, default="")
    roles = ArrayField(models.CharField(max_length=8, choices=ContactRole), default=list, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=ContactState, default=ContactState.ACTIVE)
    state_on = models.DateField(_("since"))
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")
    # NULL where the contact is older than this column.
    created_at = models.DateTimeField(db_default=Now(), null=True, editable=False)

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
    def addressed(self) -> str:
        """The name as a letter begins with it: 森様, Dr. Mori."""
        return self._with_honorific(self.family_name or self.name)

    @property
    def styled(self) -> str:
        """The whole name with its honorific: 森 健司様, Dr. Kenji Mori."""
        return self._with_honorific(self.name)

    def _with_honorific(self, called: str) -> str:
        if not self.honorific:
            return called
        return f"{called}{self.honorific}" if FOLLOWS.search(self.honorific) else f"{self.honorific} {called}"

    @property
    def role_words(self) -> list[str]:
        """The roles as people read them. Of a past day they are ``roles_then``, where that is set (``accounts.roles``)."""
        labels = dict(ContactRole.choices)
        roles: list[str] | None = getattr(self, "roles_then", self.roles)
        return [str(_("not known"))] if roles is None else [str(labels[role]) for role in roles]
