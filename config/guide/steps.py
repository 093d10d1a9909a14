"""How far an installation is on its first steps: read from what is there, never from a list of ticks."""

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
# Beyond so many rows nobody needs the exact number to see that data arrived.
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
    """Which steps are done, and whose installation it is."""

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
        """The step that is next; nothing once all are done."""
        return next((key for key, is_done in self.done.items() if not is_done), "")

    @property
    def next_words(self) -> str:
        """What the next step is called."""
        return str(STEPS[self.at]) if self.at else ""


def standing(admin: User) -> Guide:
    """The steps as they stand for ``admin``. One statement.

    People: somebody else was invited or has come. Segments: somebody said that they fit, or changed one. Data: a customer is
    there. First scores: a customer has one.
    """
    others = User.objects.filter(is_active=True).exclude(pk=admin.pk)
    customers = Customer.objects.filter(merged_into__isnull=True)
    yes, no = Value(True, BooleanField()), Value(False, BooleanField())
    row = (
        Organisation.objects.filter(pk=1)
        .annotate(
            people=Exists(others.filter(Q(invited_at__isnull=False) | Q(pk__in=others.joined().values("pk")))),
            segments=Case(When(segments_settled_on__isnull=False, then=yes), default=no),
            data=Exists(customers),
            scores=Exists(customers.filter(score__isnull=False)),
        )
        .values("name", *STEPS)
        .first()
    ) or {"name": UNNAMED} | dict.fromkeys(STEPS, False)
    return Guide(row["name"], {key: bool(row[key]) for key in STEPS})


def due(user: User) -> Guide | None:
    """The guide where the home page of ``user`` shows it: an admin's, until it is over or put away. At most one statement."""
    if user.role != "admin" or user.guide_put_away:
        return None
    guide = standing(user)
    return None if guide.is_over else guide


@dataclass(frozen=True)
class People:
    """Who was invited and who has come, beside the admin who asks."""

    invited: int
    joined: int


def people(admin: User) -> People:
    """One statement."""
    others = User.objects.filter(is_active=True).exclude(pk=admin.pk)
    joined = Q(pk__in=others.joined().values("pk"))
    found = others.aggregate(
        invited=Count("pk", filter=~joined & Q(invited_at__isnull=False)), joined=Count("pk", filter=joined)
    )
    return People(found["invited"], found["joined"])


def arrived() -> list[tuple[str, int, bool]]:
    """What of each kind is there: its words, how many rows, and whether there are more; kinds without rows are left out."""
    found = []
    for rows, words in ARRIVES.values():
        count = rows.order_by()[: COUNTED + 1].count()
        if count:
            found.append((str(words), min(count, COUNTED), count > COUNTED))
    return found


def scored() -> tuple[int, int]:
    """How many customers have a score, and how many there are. One statement."""
    found = Customer.objects.current().aggregate(scored=Count("score"), customers=Count("pk"))
    return found["scored"], found["customers"]
