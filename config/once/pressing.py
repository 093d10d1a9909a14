"""The second press of a button: it acts no second time and gets the answer of the first.

Every form drawn with ``{% csrf_token %}`` carries a fresh key. The row of a sent form is written in the transaction of
its page; another press of the same form with the same content waits for that transaction and then finds the row. Where
the first press was refused or failed, or only redrew a page, there is no row, and the next press runs the view. Of an
answer only the confirmation is kept: the redirect, the events for other parts of the page, and the toast.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any, Final, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from config.once.models import Sent

KEY: Final = "form_key"
KEPT: Final = dt.timedelta(minutes=30)
# How long a second press waits for the first; shorter than a statement of a page may take.
PATIENCE: Final = dt.timedelta(seconds=10)
LONGEST_KEY: Final = 40
# Signing in has rules of its own, and so has Django's own admin.
LEFT_ALONE: Final = frozenset({"", "admin"})
ANSWERS: Final = ("Content-Type", "Location")
TOAST: Final = b'<div id="toasts" hx-swap-oob='
ELSEWHERE: Final = 300
REFUSED: Final = 400
NO_CONTENT: Final = 204
CONFLICT: Final = 409
CARRIED: Final = frozenset({"csrfmiddlewaretoken"})


class UnderWay(Exception):  # noqa: N818 (no error: the first press is still running)
    """The first press has not been answered within ``PATIENCE``."""


class OnceMiddleware:
    """Repeats the stored answer to a form sent before, without running its view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if request.method != "POST" or match is None or match.app_name in LEFT_ALONE:
            return None
        key = request.POST.get(KEY, "")
        if not 0 < len(key) <= LONGEST_KEY or not request.user.is_authenticated:
            return None
        try:
            with transaction.atomic():
                return _pressed(digest(request, key), request, lambda: view(request, *args, **kwargs))
        except UnderWay:
            return _wait()


def digest(request: HttpRequest, key: str) -> str:
    """A keyed digest of a sent form: sender and role, address, form key and content, none of which it reveals."""
    content = sorted((name, values) for name, values in request.POST.lists() if name not in CARRIED)
    files: Any = request.FILES
    names = sorted((name, file.name, _digest_of(file)) for name, uploads in files.lists() for file in uploads)
    identity = repr((request.user.pk, getattr(request.user, "role", ""), request.get_full_path(), key, content, names))
    return salted_hmac("config.once", identity, algorithm="sha256").hexdigest()


def _digest_of(file: UploadedFile) -> str:
    """The digest of an uploaded file, which is rewound afterwards."""
    hasher = hashlib.sha256()
    for piece in file.chunks():
        hasher.update(piece)
    file.seek(0)
    return hasher.hexdigest()


def refusal(response: HttpResponse) -> HttpResponse:
    """Mark ``response`` as a refusal, so that the next press tries again."""
    response.is_refusal = True  # type: ignore[attr-defined]
    return response


def tidy() -> int:
    """Delete forms sent more than half an hour ago; returns how many."""
    return Sent.objects.filter(at__lt=Now() - KEPT).delete()[0]


def _pressed(name: str, request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    if not _is_first(name):
        return _again(request, Sent.objects.get(digest=name))
    response = act()
    row = Sent.objects.filter(digest=name)
    if not _acted(response):
        row.delete()
        return response
    body, headers = _kept(response)
    row.update(status=response.status_code, headers=headers, notes=_notes(request), body=body)
    return response


def _is_first(name: str) -> bool:
    """Whether this press writes the row; replaces a row that is too old. Raises UnderWay."""
    write = (
        "SELECT set_config('lock_timeout', %s, true); "
        "INSERT INTO once_sent (digest) VALUES (%s) ON CONFLICT (digest) DO UPDATE SET at = now() "
        "WHERE once_sent.at < now() - make_interval(secs => %s); SET LOCAL lock_timeout TO DEFAULT"
    )
    with connection.cursor() as cursor:
        try:
            cursor.execute(write, [f"{PATIENCE.seconds}s", name, KEPT.total_seconds()])
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise UnderWay from error
            raise
        cursor.nextset()
        return bool(cursor.rowcount == 1)


def _wait() -> HttpResponse:
    """409: the first press has not finished yet."""
    title = _("This is still being saved")
    text = _("Your first press is under way. Load the page again in a few seconds to see what came of it.")
    context = {"status": CONFLICT, "title": title, "text": text}
    headers = {"Retry-After": str(PATIENCE.seconds)}  # by which the page knows it from other refusals
    return HttpResponse(render_to_string("error_bare.html", context), status=CONFLICT, headers=headers)


def _acted(response: HttpResponse) -> bool:
    """Whether an answer confirms an act, unlike one that only redraws a page."""
    if response.status_code >= REFUSED or response.streaming or getattr(response, "is_refusal", False):
        return False
    reports_act = any(name.startswith("HX-") for name in response.headers) or TOAST in response.content
    return reports_act or response.status_code == NO_CONTENT or response.status_code >= ELSEWHERE


def _kept(response: HttpResponse) -> tuple[bytes, dict[str, str]]:
    """The toast and headers of an answer, without any page fragment, which would be outdated when repeated."""
    headers = {name: value for name, value in response.items() if name in ANSWERS or name.startswith("HX-")}
    before, mark, toast = response.content.rpartition(TOAST)
    body = mark + toast if mark else b""
    if (before if mark else response.content).strip():
        headers["HX-Reswap"] = "none"
    return body, headers


def _notes(request: HttpRequest) -> list[tuple[int, str, str]]:
    storage = cast("Any", messages.get_messages(request))
    return [(message.level, str(message.message), message.extra_tags or "") for message in storage._queued_messages]


def _again(request: HttpRequest, sent: Sent) -> HttpResponse:
    for level, text, tags in sent.notes:
        messages.add_message(request, level, text, extra_tags=tags)
    return HttpResponse(bytes(sent.body), status=sent.status, headers=sent.headers)
