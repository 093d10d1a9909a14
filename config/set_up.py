"""The first admin of an empty installation: a link printed at the start, and the creation of company and admin."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts import shipped as segments
from accounts.models import Organisation, Role, User
from config import clock, locks, shipped

SALT: Final = "config.set_up"
VALID: Final = dt.timedelta(hours=24)
LOCAL: Final = {"localhost", "127.0.0.1", "[::1]", "*"}


def is_due() -> bool:
    """Whether there is no user at all."""
    return not User.objects.exists()


def link() -> str:
    """The link that creates the first admin; valid for 24 hours and only while there is no user: it works once."""
    token = signing.TimestampSigner(salt=SALT).sign("first")
    return f"{address()}{reverse('accounts:set_up', args=[token])}"


def address() -> str:
    """The URL of this installation as far as known: the organisation's, else by its host name, else this machine's."""
    stored_url = Organisation.objects.exclude(url="").values_list("url", flat=True).first()
    host = next((host for host in settings.ALLOWED_HOSTS if host not in LOCAL and not host.startswith(".")), "")
    return str(stored_url or (f"https://{host}" if host else f"http://127.0.0.1:{settings.PORT}")).rstrip("/")


def opens(token: str) -> bool:
    """Whether the link with this token is still valid."""
    try:
        signing.TimestampSigner(salt=SALT).unsign(token, max_age=VALID)
    except signing.BadSignature:
        return False
    return is_due()


def make(*, email: str, password: str, person: str, **company: Any) -> User | None:
    """Create the company and its first admin; None where a user exists. Call in a transaction; one of two succeeds."""
    locks.lock("config.set_up")
    if not is_due():
        return None
    Organisation.objects.update_or_create(pk=1, defaults=company)
    shipped.install(clock.today())
    segments.fit(company["currency"])
    return User.objects.create_user(email, password, name=person, role=Role.ADMIN)
