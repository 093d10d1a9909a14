"""The second press of a button: it does nothing again and gets the answer of the first.

Every form drawn with ``{% csrf_token %}`` carries a fresh key. The row of a sent form is written in the transaction of its
page; another press of the same form with the same content waits for that transaction and then finds the row. Where the first
press was refused or failed there is no row, and the next press acts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, cast

from django.contrib import messages
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from config.once.models import Sent

KEY: Final = "form_key"
KEPT: Final = dt.timedelta(days=1)
LONGEST_KEY: Final = 40
# Signing in has rules of its own, and so has Django's own admin.
LEFT_ALONE: Final = frozenset({"", "admin"})
ANSWERS: Final = ("Content-Type", "Location")
REFUSED: Final = 400
CARRIED: Final = frozenset({"csrfmiddlewaretoken"})


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
        with transaction.atomic():
            return _pressed(digest(request, key), request, lambda: view(request, *args, **kwargs))


def digest(request: HttpRequest, key: str) -> str:
    """What tells a sent form from every other: who sent it, where, its key and its content; says nothing about them."""
    content = sorted((name, values) for name, values in request.POST.lists() if name not in CARRIED)
    files: Any = request.FILES
    names = sorted((name, file.name, file.size) for name, file in files.items())
    said = repr((request.user.pk, request.get_full_path(), key, content, names))
    return salted_hmac("config.once", said, algorithm="sha256").hexdigest()


def tidy() -> int:
    """Forget forms that were sent more than a day ago; returns how many."""
    return Sent.objects.filter(at__lt=Now() - KEPT).delete()[0]


def _pressed(name: str, request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO once_sent (digest) VALUES (%s) ON CONFLICT DO NOTHING", [name])
        first = cursor.rowcount == 1
    if not first:
        return _again(request, Sent.objects.get(digest=name))
    response = act()
    row = Sent.objects.filter(digest=name)
    if response.status_code >= REFUSED or response.streaming:
        row.delete()
        return response
    row.update(status=response.status_code, headers=_headers(response), notes=_notes(request), body=response.content)
    return response


def _headers(response: HttpResponse) -> dict[str, str]:
    return {name: value for name, value in response.items() if name in ANSWERS or name.startswith("HX-")}


def _notes(request: HttpRequest) -> list[tuple[int, str, str]]:
    storage = cast("Any", messages.get_messages(request))
    return [(one.level, str(one.message), one.extra_tags or "") for one in storage._queued_messages]


def _again(request: HttpRequest, sent: Sent) -> HttpResponse:
    for level, words, tags in sent.notes:
        messages.add_message(request, level, words, extra_tags=tags)
    return HttpResponse(bytes(sent.body), status=sent.status, headers=sent.headers)
