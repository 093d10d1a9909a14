"""The people who use the product, and the agents, day by day."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import Contact, Customer, Named


class Person(Named):
    """A name under which somebody used the product for one customer, or an agent did.

    ``number`` is a keyed hash of the name that the source gives (``health.signals.numbering``); the name itself is kept
    nowhere. ``contact`` is whom the name belongs to, where one is known: the person, or whom the agent works for. Names of one
    contact are one person: those with the same ``who``, the id of one of them; NULL where the name is the only one
    (``health.signals.linking``).
    ``first_on`` is the first day of use, ``core_on`` the first with core work.
    """

    id = models.AutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="persons", db_index=False)
    number = models.BigIntegerField()
    is_agent = models.BooleanField(default=False)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="persons")
    who = models.IntegerField(null=True)
    first_on = models.DateField()
    core_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["number"], name="person_number"),
            models.Index(fields=["who"], name="person_who", condition=models.Q(who__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "number", "is_agent"], name="person_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def known_as(self) -> Contact | None:
        """The contact, while it is one of the customer's: whoever sees this customer need not see the one that it went to.

        Where ``is_known`` is set it says so of the day that was asked for (``health.explaining.people.standing``).
        """
        contact = self.contact if self.contact_id else None
        is_known = getattr(self, "is_known", contact is not None and contact.customer_id == self.customer_id)
        return contact if is_known else None

    @property
    def name(self) -> str:
        """The contact's name, else a few letters that tell one person from another."""
        if contact := self.known_as:
            return contact.name
        letters = f"{self.number % 2**64:016x}"[-6:]
        return (_("Agent %(letters)s") if self.is_agent else _("Person %(letters)s")) % {"letters": letters}


class PersonDay(models.Model):
    """The use under one name on one day, about 75 bytes with its index. Monthly range partitions on ``day``.

    ``gap`` is the number of days since the person's day of use before, under whichever name; 0 where another name of the day
    counts, NULL where there is none within ``health.signals.people.LONGEST``. The columns stand in the order that wastes no room. Rows are derived from usage
    records and have no foreign key in the database.
    """

    pk = models.CompositePrimaryKey("person_id", "day")
    feature_bits = models.BigIntegerField(default=0, db_default=0)
    person = models.ForeignKey(Person, models.CASCADE, related_name="days", db_index=False, db_constraint=False)
    day = models.DateField()
    uses = models.PositiveIntegerField(default=0, db_default=0)
    gap = models.PositiveSmallIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.day}"
