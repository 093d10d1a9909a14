"""The second press of a button: it does nothing again and gets the answer of the first.

Every form drawn with ``{% csrf_token %}`` carries a fresh key. The row of a sent form is written in the transaction of its
page; another press of the same form with the same content waits for that transaction and then finds the row. Where the first
press was refused or failed, or only drew a page again, there is no row, and the next press asks the page. Of an answer only
what says that it was done is kept: where to go, which parts are to be asked anew, and the words of its toast.
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


class UnderWay(Exception):  # noqa: N818 (no error: the first press is still at it)
    """The first press has not been answered within ``PATIENCE``."""


class OnceMiddleware:
    """Answers what a form has been answered already, without asking its page."""

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
    """What tells a sent form from every other: who sent it in which role, where, its key and its content; says nothing
    about them.
    """
    content = sorted((name, values) for name, values in request.POST.lists() if name not in CARRIED)
    files: Any = request.FILES
    names = sorted((name, file.name, _digest_of(file)) for name, sent in files.lists() for file in sent)
    said = repr((request.user.pk, getattr(request.user, "role", ""), request.get_full_path(), key, content, names))
    return salted_hmac("config.once", said, algorithm="sha256").hexdigest()


def _digest_of(file: UploadedFile) -> str:
    """What a sent file holds; it is read from its beginning again afterwards."""
    found = hashlib.sha256()
    for piece in file.chunks():
        found.update(piece)
    file.seek(0)
    return found.hexdigest()


def refusal(response: HttpResponse) -> HttpResponse:
    """``response`` says in a toast why nothing was done: the next press tries again."""
    response.is_refusal = True  # type: ignore[attr-defined]
    return response


def tidy() -> int:
    """Forget forms that were sent more than half an hour ago; returns how many."""
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
    """Whether this press writes the row; one that is too old counts no more. Raises UnderWay."""
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
    """409: nothing is known yet of the first press."""
    title = _("This is still being saved")
    text = _("Your first press is under way. Load the page again in a few seconds to see what came of it.")
    words = {"status": CONFLICT, "title": title, "text": text}
    headers = {"Retry-After": str(PATIENCE.seconds)}  # by which the page knows it from other refusals
    return HttpResponse(render_to_string("error_bare.html", words), status=CONFLICT, headers=headers)


def _acted(response: HttpResponse) -> bool:
    """Whether an answer says that something was done; one that only draws a page again does not."""
    if response.status_code >= REFUSED or response.streaming or getattr(response, "is_refusal", False):
        return False
    told = any(name.startswith("HX-") for name in response.headers) or TOAST in response.content
    return told or response.status_code == NO_CONTENT or response.status_code >= ELSEWHERE


def _kept(response: HttpResponse) -> tuple[bytes, dict[str, str]]:
    """An answer's toast without the part of the page around it, and its headers: such a part is drawn for one moment."""
    headers = {name: value for name, value in response.items() if name in ANSWERS or name.startswith("HX-")}
    before, mark, toast = response.content.rpartition(TOAST)
    body = mark + toast if mark else b""
    if (before if mark else response.content).strip():
        headers["HX-Reswap"] = "none"
    return body, headers


def _notes(request: HttpRequest) -> list[tuple[int, str, str]]:
    storage = cast("Any", messages.get_messages(request))
    return [(one.level, str(one.message), one.extra_tags or "") for one in storage._queued_messages]


def _again(request: HttpRequest, sent: Sent) -> HttpResponse:
    for level, words, tags in sent.notes:
        messages.add_message(request, level, words, extra_tags=tags)
    return HttpResponse(bytes(sent.body), status=sent.status, headers=sent.headers)
