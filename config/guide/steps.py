"""Progress of an installation on its first steps, derived from its data, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.db.models import BooleanField, Case, Count, Exists, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Contact, Contract, Customer, Organisation, Touchpoint, User
from accounts.shipped import UNNAMED
from health.models import SurveyResponse, Ticket, UsageRecord

STEPS: Final = {
    "people": _("People"),
    "segments": _("Segments"),
    "data": _("Data"),
    "scores": _("First scores"),
}
# Beyond so many rows the page shows no exact number.
COUNTED: Final = 10_000
ARRIVES: Final = {
    "customers": (Customer.objects.filter(merged_into__isnull=True), _("Customers")),
    "contacts": (Contact.objects.all(), _("Contacts")),
    "contracts": (Contract.objects.all(), _("Contracts")),
    "usage": (UsageRecord.objects.all(), pgettext_lazy("rows of usage", "Usage")),
    "tickets": (Ticket.objects.all(), _("Tickets")),
    "surveys": (SurveyResponse.objects.all(), _("Survey answers")),
    "touches": (Touchpoint.objects.all(), _("Touches")),
}


@dataclass(frozen=True)
class Guide:
    """The steps with whether each is done, and the company's name."""

    company: str
    done: dict[str, bool]

    @cached_property
    def count(self) -> int:
        """How many steps are done."""
        return sum(self.done.values())

    @property
    def is_over(self) -> bool:
        """Whether every step is done."""
        return self.count == len(self.done)

    @property
    def at(self) -> str:
        """The next step; "" once all are done."""
        return next((key for key, is_done in self.done.items() if not is_done), "")

    @property
    def next_words(self) -> str:
        """The label of the next step."""
        return str(STEPS[self.at]) if self.at else ""


def standing(admin: User) -> Guide:
    """The progress of the steps for ``admin``. One statement.

    People: somebody else has joined. Segments: somebody confirmed or changed them. Data: a customer
    exists. First scores: a customer has one.
    """
    others = User.objects.people().filter(is_active=True).exclude(pk=admin.pk)
    customers = Customer.objects.filter(merged_into__isnull=True)
    yes, no = Value(True, BooleanField()), Value(False, BooleanField())
    row = (
        Organisation.objects.filter(pk=1)
        .annotate(
            people=Exists(others.joined()),
            segments=Case(When(segments_settled_on__isnull=False, then=yes), default=no),
            data=Exists(customers),
            scores=Exists(customers.filter(score__isnull=False)),
        )
        .values("name", *STEPS)
        .first()
    ) or {"name": UNNAMED} | dict.fromkeys(STEPS, False)
    return Guide(row["name"], {key: bool(row[key]) for key in STEPS})


def due(user: User) -> Guide | None:
    """The guide for the home page of ``user``: an admin's, until it is over or put away. At most one statement."""
    if user.role != "admin" or user.guide_put_away:
        return None
    guide = standing(user)
    return None if guide.is_over else guide


@dataclass(frozen=True)
class People:
    """How many other people were invited, and how many have joined."""

    invited: int
    joined: int


def people(admin: User) -> People:
    """One statement."""
    others = User.objects.people().filter(is_active=True).exclude(pk=admin.pk)
    joined = Q(pk__in=others.joined().values("pk"))
    counts = others.aggregate(
        invited=Count("pk", filter=~joined & Q(invited_at__isnull=False)), joined=Count("pk", filter=joined)
    )
    return People(counts["invited"], counts["joined"])


def arrived() -> list[tuple[str, int, bool]]:
    """Label, number of rows (at most 10,000) and whether there are more, of each kind with rows."""
    kinds = []
    for rows, label in ARRIVES.values():
        count = rows.order_by()[: COUNTED + 1].count()
        if count:
            kinds.append((str(label), min(count, COUNTED), count > COUNTED))
    return kinds


def scored() -> tuple[int, int]:
    """The number of current customers with a score, and of all. One statement."""
    counts = Customer.objects.current().aggregate(scored=Count("score"), customers=Count("pk"))
    return counts["scored"], counts["customers"]
