"""The keys of other systems for people; those of customers are ``accounts.models.customers.ExternalKey``."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.contacts import Contact
from accounts.models.users import User


class PersonKey(models.Model):
    """A key in another system; a person may have many."""

    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("external id"), max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class ContactKey(PersonKey):
    """A further key of a contact, beside the one it was made by."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="keys")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="contact_key_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="contact_key_has_id"),
        ]


class UserKey(PersonKey):
    """A key of one of us, as files name owners by it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="keys")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="user_key_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="user_key_has_id"),
        ]
