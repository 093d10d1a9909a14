"""The door for events of product analytics, spoken as the Segment tracking API: programs alone, by a key."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts import access, tokens
from accounts.imports import naming
from accounts.models import ApiToken
from config import clock
from config.limits import counting
from config.web.api.routes import EVENTS
from health.signals import events, numbering

# Batches, and single calls with their short names.
SHORT: Final = {"i": "identify", "g": "group", "t": "track", "p": "page", "s": "screen", "a": "alias"}
BATCHES: Final = frozenset({"batch", "import", "b"})
KINDS: Final = "|".join(sorted({*BATCHES, *SHORT, *SHORT.values()}))
# Clients send up to 4 MB unpacked, and 2,500 events by the book; a bomb is not unpacked to its end.
MOST_BYTES: Final = 5_000_000
MOST_EVENTS: Final = 5_000
TOLD: Final = 100
GZIP: Final = b"\x1f\x8b"
# Clients send a batch every few seconds, from each of their machines.
A_MINUTE: Final = 6_000
MINUTE: Final = dt.timedelta(minutes=1)
LATER: Final = frozenset({429, 503})
UNKNOWN: Final = 401


class Refused(Exception):  # noqa: N818  an answer, not a fault
    """The answer to a request of which nothing is taken: its status, a code, a message and the seconds to wait."""


@csrf_exempt
@login_not_required
@transaction.non_atomic_requests
def door(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a batch of events or a single one, by the key of a token; the answer comes after the commit.

    What is wrong with one event never refuses its batch: clients would send it again for ever, or drop it whole.
    """
    if request.method != "POST":
        return answer(405, "method", _("Post the events."))
    try:
        secret = secret_of(request)
        token = token_of(secret) if secret else None
        body = read(request)
        source = source_of(token or token_of(str(body.get("writeKey") or "")))
        sent = sent_events(body, kind)
        today, _swept, zone, _also = clock.standing()
        taken = events.accept(sent, body.get("sentAt"), source, now=clock.now(), today=today, zone=zone)
    except Refused as problem:
        return answer(*problem.args)
    except numbering.AnotherKey as problem:
        return answer(503, "person_key", str(problem))
    except OperationalError:
        return answer(503, "busy", _("The database is busy: send the events again."))
    told: dict[str, Any] = {"success": True}
    if taken.refused:
        told["refused"] = [{"messageId": key, "reason": reason} for key, reason in taken.refused[:TOLD]]
    return JsonResponse(told)


def answer(status: int, code: str, message: str, wait: int = 60) -> HttpResponse:
    """An error as clients read it: without code and message some try again for ever."""
    response = JsonResponse({"code": code, "message": message}, status=status)
    if status in LATER:
        response.headers["Retry-After"] = str(wait)
    if status == UNKNOWN:
        response.headers["WWW-Authenticate"] = "Basic"
    return response


def read(request: HttpRequest) -> Mapping[str, Any]:
    """The body as an object, whatever its content type says. Raises Refused."""
    raw = request.read(MOST_BYTES + 1)
    if raw.startswith(GZIP):
        raw = unpacked(raw)
    if len(raw) > MOST_BYTES:
        most = f"{MOST_BYTES:,}"
        raise Refused(413, "size", _("More than %(most)s bytes: send fewer events at once.") % {"most": most})
    try:
        body = json.loads(raw.decode("utf-8", "replace"), parse_int=whole)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "json", _("This is no JSON.")) from error
    if not isinstance(body, dict):
        raise Refused(400, "json", _("An object is needed."))
    return body


def sent_events(body: Mapping[str, Any], kind: str) -> list[Any]:
    """The events of a batch, or the one of a single call. Raises Refused."""
    sent = body.get("batch") if kind in BATCHES else [dict(body) | {"type": SHORT.get(kind, kind)}]
    if not isinstance(sent, list):
        raise Refused(400, "batch", _("batch is no list of events."))
    if len(sent) > MOST_EVENTS:
        most = f"{MOST_EVENTS:,}"
        raise Refused(413, "size", _("More than %(most)s events: send fewer at once.") % {"most": most})
    return sent


def unpacked(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(raw, MOST_BYTES + 1)
    except zlib.error as error:
        raise Refused(400, "gzip", _("This is no gzip.")) from error


def whole(text: str) -> int | float:
    """A whole number; one of thousands of digits is none."""
    return int(text) if len(text) <= len(str(2**64)) else float("inf")


def secret_of(request: HttpRequest) -> str:
    """The user name of Basic, or the Bearer; "" without either: then ``writeKey`` of the body says it."""
    scheme, _blank, given = request.headers.get("Authorization", "").partition(" ")
    secret = given.strip() if scheme.lower() == "bearer" else ""
    if scheme.lower() == "basic":
        try:
            secret = base64.b64decode(given).decode("utf-8", "replace").partition(":")[0]
        except (binascii.Error, ValueError):
            secret = ""
    return secret


def token_of(secret: str) -> ApiToken:
    """The token that may write events. Raises Refused."""
    now = clock.now()
    token = tokens.find(secret, now)
    if token is None or not tokens.allows(token, EVENTS, writing=True) or not access.configures(token.user):
        text = _("This key is unknown, has expired or was revoked, or may not write events.")
        raise Refused(UNKNOWN, "unauthorized", text)
    if wait := counting.take(counting.name_of(EVENTS, str(token.pk)), A_MINUTE, MINUTE):
        text = _("Too many requests: try again in %(seconds)d seconds.") % {"seconds": wait}
        raise Refused(429, "rate", text, wait)
    tokens.note_use(token, now)
    return token


def source_of(token: ApiToken) -> str:
    """Whose events they are: the program's name, which stays when its key is another; ``events`` without a program.

    Raises Refused where no source can be called as the program is.
    """
    source = token.user.name[: naming.LONGEST] if token.user.is_service else EVENTS
    if reason := naming.trouble(source, of_file=True):
        raise Refused(
            400, "source", _("The name of the program is that of the source: %(reason)s.") % {"reason": reason}
        )
    return source
