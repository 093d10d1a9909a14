"""The first admin of an empty installation: a link printed by the start, and what it makes."""

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
    """Whether there is nobody at all who could sign in, now or once invited."""
    return not User.objects.exists()


def link() -> str:
    """Where the first admin is made: for 24 hours, and only while there is nobody, so that it works once."""
    token = signing.TimestampSigner(salt=SALT).sign("first")
    return f"{address()}{reverse('accounts:set_up', args=[token])}"


def address() -> str:
    """Where this installation is reached as far as it knows: its own address, its host name, else this machine."""
    named = Organisation.objects.exclude(url="").values_list("url", flat=True).first()
    host = next((host for host in settings.ALLOWED_HOSTS if host not in LOCAL and not host.startswith(".")), "")
    return str(named or (f"https://{host}" if host else f"http://127.0.0.1:{settings.PORT}")).rstrip("/")


def opens(token: str) -> bool:
    """Whether the link with this token still makes an admin."""
    try:
        signing.TimestampSigner(salt=SALT).unsign(token, max_age=VALID)
    except signing.BadSignature:
        return False
    return is_due()


def make(*, email: str, password: str, person: str, **company: Any) -> User | None:
    """The company and its first admin; None where somebody is there by now. In a transaction; of two at once one succeeds."""
    locks.lock("config.set_up")
    if not is_due():
        return None
    Organisation.objects.update_or_create(pk=1, defaults=company)
    shipped.install(clock.today())
    segments.fit(company["currency"])
    return User.objects.create_user(email, password, name=person, role=Role.ADMIN)
