"""Limits tries at passwords by e-mail, by address, and by devices that have signed in before.

Tries from a device that nobody has signed in from count on two shared counters: that of the e-mail and that of the
address. Wrong tries of others fill those, so a device that its owner has signed in from has a counter of its own,
which only the holder of the device can fill. A right try is given back; after wrong tries the waits grow.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from config.limits import counting
from config.limits.counting import Delay

DEVICE_KEPT: Final = dt.timedelta(days=400)
PEOPLE_A_DEVICE: Final = 10
SALT: Final = "accounts.device"
# As some proxies write it: 198.51.100.7:1234, [2001:db8::1]:1234 or [2001:db8::1].
WITH_PORT: Final = re.compile(r"^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$")


def _delay(free: int, first: int, longest: int, hours: int) -> Delay:
    """First and longest wait in seconds."""
    seconds = dt.timedelta(seconds=first), dt.timedelta(seconds=longest)
    return Delay(free, *seconds, dt.timedelta(hours=hours))


EMAIL: Final = _delay(5, 30, 900, 24)
ADDRESS: Final = _delay(10, 10, 300, 1)
DEVICE: Final = _delay(10, 30, 900, 24)
MAILED: Final = _delay(3, 60, 3_600, 24)


@dataclass(frozen=True)
class Try:
    """The counters of a try, and the e-mail of the person concerned."""

    counters: tuple[tuple[str, Delay], ...]
    email: str = ""


@dataclass(frozen=True)
class Device:
    """A browser that people have signed in from; ``people`` are digests."""

    number: str = ""
    people: tuple[str, ...] = ()

    def knows(self, email: str) -> bool:
        return _person(email) in self.people

    def having(self, email: str) -> Device:
        """The device once that person has signed in from it."""
        others = tuple(person for person in self.people if person != _person(email))
        return Device(self.number or secrets.token_hex(8), (_person(email), *others)[:PEOPLE_A_DEVICE])


def signing_in(email: str, address: str, device: Device) -> Try:
    """A try to sign in as ``email``."""
    if device.knows(email):
        return Try(((counting.name_of("device", device.number, _plain(email)), DEVICE),), email)
    return Try(((counting.name_of("address", address), ADDRESS), (_of_email(email), EMAIL)), email)


def mailing(email: str, address: str) -> Try:
    """A try to have the link for a new password mailed."""
    names = counting.name_of("mail-address", address), counting.name_of("mail", _plain(email))
    return Try(((names[0], ADDRESS), (names[1], MAILED)), email)


def asking_again(person: int) -> Try:
    """A try at the password of somebody who is signed in."""
    return Try(((counting.name_of("session", str(person)), EMAIL),))


def begin(attempt: Try) -> int:
    """Count the try. 0 where it may be made, else the seconds to wait; it is not counted then."""
    with transaction.atomic():
        for name, delay in attempt.counters:  # always in the same order of kinds: two tries never wait for each other
            wait = counting.attempt(name, delay)
            if wait:
                transaction.set_rollback(True)
                return wait
    return 0


def right(attempt: Try) -> None:
    """Record a right try: give it back to the address, and reset the other counters."""
    counting.give_back([name for name, delay in attempt.counters if delay is ADDRESS])
    counting.forget([name for name, delay in attempt.counters if delay is not ADDRESS])


def renewed(email: str) -> None:
    """Reset the e-mail's counters after the person has set a new password by the mailed link."""
    counting.forget([_of_email(email), counting.name_of("mail", _plain(email))])


def device_of(request: HttpRequest, cookie: str) -> Device:
    """The device that the cookie names; an unknown one where it is missing, forged or too old."""
    try:
        cookie_data: Any = signing.loads(request.COOKIES.get(cookie, ""), salt=SALT, max_age=DEVICE_KEPT)
        return Device(str(cookie_data["number"]), tuple(map(str, cookie_data["people"])))
    except (signing.BadSignature, KeyError, TypeError):
        return Device()


def remember(response: HttpResponse, cookie: str, device: Device, *, secure: bool) -> None:
    """Store in a cookie which people have signed in from the browser. The cookie signs nobody in."""
    signed_data = signing.dumps({"number": device.number, "people": device.people}, salt=SALT)
    response.set_cookie(cookie, signed_data, max_age=DEVICE_KEPT, secure=secure, httponly=True, samesite="Lax")


def address_of(request: HttpRequest, proxies: int) -> str:
    """The client's address as the outermost of our ``proxies`` saw it; of IPv6 the network that one household has.

    Entries that a client itself writes into ``X-Forwarded-For`` are further left and are not read.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")] if proxies else []
    text = hops[-proxies] if proxies and len(hops) >= proxies else request.META.get("REMOTE_ADDR", "")
    try:
        ip = ipaddress.ip_address(WITH_PORT.sub(r"\1\2", text))
    except ValueError:
        return str(request.META.get("REMOTE_ADDR", ""))
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))  # noqa: PLR2004


def _of_email(email: str) -> str:
    return counting.name_of("email", _plain(email))


def _person(email: str) -> str:
    return counting.name_of("person", _plain(email))


def _plain(email: str) -> str:
    """One spelling of an e-mail for all that a sign-in finds a person by: Django's admin normalises, allauth takes the lower
    case, the database compares the upper one, and each step makes one letter of several.
    """
    return unicodedata.normalize("NFKC", email).strip().lower().upper()
