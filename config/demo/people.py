"""The organisation and the people who sign in to a demo, generated or imported."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from accounts.models import Cover, Organisation, Role, Segment, User
from config import clock
from config.demo.models import Portfolio
from config.demo.published import PASSWORD, hashes

NAME: Final = "Hashi Software"
ZONE: Final = "Asia/Tokyo"

# Email, name, role, email of the manager, language.
PEOPLE: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    ("admin@demo.example", "Ada Brandt", Role.ADMIN, "", "en"),
    ("viewer@demo.example", "Victor Lindgren", Role.VIEWER, "", "en"),
    ("manager@demo.example", "Mari Okada", Role.MANAGER, "", "en"),
    ("manager.ja@demo.example", "前田 直美", Role.MANAGER, "", "ja"),
    ("csm@demo.example", "Clara Bennett", Role.CSM, "manager@demo.example", "en"),
    ("owen@demo.example", "Owen Clarke", Role.CSM, "manager@demo.example", "en"),
    ("priya@demo.example", "Priya Nair", Role.CSM, "manager@demo.example", "en"),
    ("tomas@demo.example", "Tomas Novak", Role.CSM, "manager@demo.example", "en"),
    ("csm.ja@demo.example", "佐々木 陽子", Role.CSM, "manager.ja@demo.example", "ja"),
    ("kenta@demo.example", "Kenta Ogawa", Role.CSM, "manager.ja@demo.example", "en"),
    ("hana@demo.example", "Hana Mori", Role.CSM, "manager.ja@demo.example", "en"),
    ("luis@demo.example", "Luis Ortega", Role.CSM, "manager.ja@demo.example", "en"),
)
# Who works other hours than 40 a week, or has another share of them for customers than 80 percent.
HOURS: Final[dict[str, tuple[int, int]]] = {
    "manager@demo.example": (40, 15),
    "manager.ja@demo.example": (40, 15),
    "owen@demo.example": (32, 80),
    "tomas@demo.example": (24, 75),
    "hana@demo.example": (30, 80),
}
# Who is away and who covers, from and until so many days after the last of the history.
AWAY: Final = (
    ("hana@demo.example", "luis@demo.example", 1, 9),
    ("priya@demo.example", "owen@demo.example", 12, 17),
)
# One a role, as shown at the start; the Japanese CSM beside them.
SIGN_INS: Final = (
    "csm@demo.example",
    "manager@demo.example",
    "admin@demo.example",
    "viewer@demo.example",
    "csm.ja@demo.example",
)
# Owners by size of customer and language: a customer's hash picks one place in its list. The
# small ones are pooled: few people, many customers.
BOOKS: Final[dict[str, tuple[str, ...]]] = {
    "large_en": ("csm@", "csm@", "owen@", "priya@"),
    "large_ja": ("csm.ja@", "csm.ja@", "csm@", "kenta@"),
    "middle_en": ("csm@", "owen@", "priya@", "priya@", "tomas@"),
    "middle_ja": ("csm.ja@", "csm@", "kenta@", "kenta@", "hana@"),
    "small_en": ("csm@", "tomas@", "tomas@", "luis@", "luis@", "luis@", "luis@", "luis@"),
    "small_ja": ("csm.ja@", "hana@", "hana@", "hana@", "hana@", "luis@", "luis@", "luis@"),
}


# By segment: ARR, and renewals in 90 days.
LIMITS: Final = {"Enterprise": (5_000_000, 8), "Mid-market": (3_000_000, 15)}


def organisation(frozen_today: dt.date | None = None, **fields: Any) -> Organisation:
    """The demo's company; ``frozen_today`` pins the day for data that ends in the past."""
    values: dict[str, Any] = {
        "name": NAME,
        "time_zone": ZONE,
        "currency": "USD",
        "holiday_country": "JP",
        "frozen_today": frozen_today,
        "segments_settled_on": clock.today(),
    }
    return Organisation.objects.update_or_create(pk=1, defaults=values | fields)[0]


def sign_up() -> dict[str, User]:
    """All people of the demo by email, one password for all; safe to repeat. Three statements."""
    password = make_password(PASSWORD)
    User.objects.bulk_create(
        [
            User(email=email, name=name, role=role, language=language, password=password, guide_put_away=True)
            for email, name, role, _manager, language in PEOPLE
        ],
        ignore_conflicts=True,
    )
    users = {user.email: user for user in User.objects.filter(email__in=[row[0] for row in PEOPLE])}
    for email, _name, _role, manager, _language in PEOPLE:
        users[email].manager = users.get(manager)
        users[email].weekly_hours, users[email].customer_share = HOURS.get(email, (40, 80))
    User.objects.bulk_update(users.values(), ["manager", "weekly_hours", "customer_share"])
    return users


def limit_books() -> None:
    """How much ARR and how many renewals of the larger segments one person can carry."""
    for name, (arr, renewals) in LIMITS.items():
        Segment.objects.filter(name=name).update(arr_per_csm=arr, renewals_per_csm=renewals)


def be_away(users: dict[str, User], last: dt.date) -> None:
    """Enter the absences that lie ahead of ``last``, the last day of the history."""
    days = [dt.timedelta(days=number) for number in range(max(end for *_people, end in AWAY) + 1)]
    Cover.objects.bulk_create(
        Cover(owner=users[owner], by=users[by], starts_on=last + days[first], ends_on=last + days[end])
        for owner, by, first, end in AWAY
    )


def note_published(demo: Portfolio) -> list[str]:
    """Keep which people's password is the published one, as hashes; those of people who can sign in.

    Costs a verification a hash that is not known yet.
    """
    stored = User.objects.filter(email__in=[row[0] for row in PEOPLE], is_active=True).exclude(password="")
    found = hashes(demo.passwords, list(stored.values_list("password", flat=True)))
    if found != demo.passwords:
        Portfolio.objects.filter(pk=demo.pk).update(passwords=found)
    return found


def are_all_there() -> bool:
    """Whether nobody of the demo's people was renamed: their customers are found by their addresses."""
    return User.objects.filter(email__in=[row[0] for row in PEOPLE]).count() == len(PEOPLE)


def books() -> dict[str, list[int]]:
    """Ids of the owners in each of ``BOOKS``, by its name: the parameters of a statement."""
    ids = dict(User.objects.values_list("email", "pk"))
    return {f"owners_{book}": [ids[f"{short}demo.example"] for short in members] for book, members in BOOKS.items()}


def zone() -> ZoneInfo:
    """The time zone that days of a generated demo are counted in."""
    return ZoneInfo(ZONE)
