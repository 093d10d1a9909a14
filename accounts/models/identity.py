"""Who is who: the keys of other systems for people, customers that were merged, and those that are not the same.

The keys of customers are ``accounts.models.customers.ExternalKey``.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.contacts import Contact
from accounts.models.customers import Customer
from accounts.models.users import User
from config.stamps import Stamped


class PersonKey(Stamped):
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


class Merge(models.Model):
    """``merged`` is the same customer as ``survivor`` until somebody takes that back.

    ``before`` and ``after`` hold the survivor's columns that the merge wrote. A survivor may be merged in turn:
    ``Customer.merged_into`` is the last one of the chain, made of these rows by ``accounts.identity.merging`` alone.
    """

    merged = models.ForeignKey(Customer, models.PROTECT, related_name="merges")
    survivor = models.ForeignKey(Customer, models.PROTECT, related_name="merges_into")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at__isnull=True), name="merged_once"),
            models.CheckConstraint(condition=~Q(merged=F("survivor")), name="merged_into_another"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} in {self.survivor_id}"


class NotSame(models.Model):
    """Somebody looked at the pair and said that they are two customers; ``first`` has the lower number."""

    first = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    said_at = models.DateTimeField(db_default=Now())
    said_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="not_same_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="not_same_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class TwinPair(models.Model):
    """Two customers that have something in common, the one with the lower number ``first``, as of the latest search.

    ``evidence`` counts by kind what they have in common, ``weight`` is what that weighs (``accounts.identity.twins``).
    """

    first = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    evidence = models.JSONField(default=dict)
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="twin_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="twin_pair_in_order"),
        ]
        indexes = [models.Index(fields=["-weight", "first", "second"], name="twin_pair_by_weight")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"
