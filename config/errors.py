"""Error responses, as a page or, under /api/ and /v1/, as programs there read them: 400, 401, 403, 404, 409, 429, 500, and 503."""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.locks import IN_THE_WAY
from config.logs import was_away
from config.text import storable, wrong

# Problem details (RFC 9457).
PROBLEM: Final = "application/problem+json"
# Where programs call: the API, and the door for events.
API: Final = "/api/"
EVENTS: Final = "/v1/"
RETRY_AFTER: Final = "5"
RETRY_WITH_ROOM: Final = "60"
# Unique and exclusion constraints.
TAKEN: Final = frozenset({"23505", "23P01"})
# A statement stopped by its time-out.
TOO_LONG: Final = "57014"
HELD: Final = frozenset(str(error.sqlstate) for error in IN_THE_WAY)
# A form beyond what the settings let a browser send.
TOO_MUCH: Final = (TooManyFilesSent, TooManyFieldsSent, RequestDataTooBig)
UTF_8: Final = frozenset({"utf-8", "utf8"})

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("This request cannot be read")
    return answer(request, 400, title, _("Check the address, then go back and send the form again."))


def unauthorized(request: HttpRequest) -> HttpResponse:
    """401: the token of the request lets nobody in."""
    text = _("It is unknown, has expired or was revoked.")
    response = answer(request, 401, _("This token is not valid"), text)
    response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("You may see this but not change it")
    return answer(request, 403, title, _("An admin can change what your role allows."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("This form is too old")
    return answer(request, 403, title, _("Load the page again and send the form once more."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("There is nothing here for you")
    text = _("The address is wrong, or it belongs to a customer outside your portfolio.")
    return answer(request, 404, title, text)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with a report number; 503 when the database is the cause, 409 on a violated unique constraint. None of them
    queries the database.
    """
    error = sys.exc_info()[1]
    state = getattr(error.__cause__, "sqlstate", "") if error else ""
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable(request) if was_away(error) else _failed(request, state)
    if isinstance(error, IntegrityError) and state in TAKEN:
        return taken(request)
    number = secrets.token_hex(4).upper()
    log.error("report %s: %s %s", number, request.method, request.path)
    text = _("Nothing was saved by this request. Report number: %(number)s.") % {"number": number}
    return answer(request, 500, _("Something broke on our side"), text, bare=True)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: too many tries or requests; the next may come in ``seconds``."""
    text = ngettext("Wait %(n)s second, then try again.", "Wait %(n)s seconds, then try again.", seconds)
    return _later(answer(request, 429, _("Too many tries"), text % {"n": seconds}, bare=True), str(seconds))


def taken(request: HttpRequest) -> HttpResponse:
    """409: another request wrote the same a moment before."""
    title = _("Somebody else was quicker")
    text = _("Nothing was saved: the same was added at the same moment. Load the page again to see it.")
    return answer(request, 409, title, text, bare=True)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database is away or has no connection left; a browser may retry in a few seconds."""
    title = _("The database cannot be reached")
    text = _("Nothing was saved. Load the page again in a few seconds.")
    return _later(answer(request, 503, title, text, bare=True), RETRY_AFTER)


def _failed(request: HttpRequest, state: str) -> HttpResponse:
    """503: the database is there and gave up on a statement, whose error has the SQLSTATE ``state``."""
    if state == TOO_LONG:
        title = _("This took too long")
        text = _("Nothing was saved. Ask for less, with fewer conditions or fewer rows, or try again in a few seconds.")
    elif state in HELD:
        title = _("Somebody else is changing the same")
        text = _("Nothing was saved. Try again in a few seconds.")
    else:
        title = _("The database could not do this")
        text = _(
            "Nothing was saved. Try again in a few seconds; if it stays so, an operator finds the reason in the log."
        )
    return _later(answer(request, 503, title, text, bare=True), RETRY_AFTER)


def no_room(request: HttpRequest) -> HttpResponse:
    """503: the database's disk is nearly full; reading goes on until an operator frees room."""
    title = _("The server's disk is full")
    text = _("Nothing was saved. Everything can still be read; saving works again once there is room.")
    return _later(answer(request, 503, title, text, bare=True), RETRY_WITH_ROOM)


def _later(response: HttpResponse, seconds: str) -> HttpResponse:
    response.headers["Retry-After"] = seconds
    return response


def answer(request: HttpRequest, status: int, title: str, text: str, *, bare: bool = False) -> HttpResponse:
    """A page, or JSON for a program. ``bare`` draws the page without user and navigation."""
    detail = _("%(title)s. %(text)s") % {"title": title, "text": text}
    if told := told_programs(request.path, status, HTTPStatus(status).phrase, detail):
        body, kind = told
        return JsonResponse(body, status=status, content_type=kind)
    context = {"status": status, "title": title, "text": text}
    template, seen_by = ("error_bare.html", None) if bare else ("error.html", request)
    return HttpResponse(render_to_string(template, context, seen_by), status=status)


def told_programs(path: str, status: int, title: str, detail: str) -> tuple[dict[str, Any], str] | None:
    """The body of a refusal as programs at ``path`` read it, and its content type; None where people read it.

    Clients that send events try for ever where there is no code and message.
    """
    if path.startswith(API):
        return {"type": "about:blank", "title": title, "status": status, "detail": detail}, PROBLEM
    if path.startswith(EVENTS):
        return {"code": title.lower().replace(" ", "_"), "message": detail}, "application/json"
    return None


class ReadableAddressMiddleware:
    """Answer 400 to an address or a posted form with text that no column can store, on every page and API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Events of product analytics are read by their bytes, whatever their label says.
        problem = None if request.path.startswith(EVENTS) else _unreadable(request)
        if problem is not None:
            return answer(request, 400, _("This request cannot be read"), problem)
        return self.get_response(request)


def _in_utf_8(request: HttpRequest) -> bool:
    """Whether query and form are UTF-8: Django would replace other bytes by marks, which would be stored.

    A multipart form is read as it comes, so replacement marks in its texts count as such bytes.
    """
    payloads = [request.META.get("QUERY_STRING", "").encode("latin-1", "replace")]
    if request.content_type == "application/x-www-form-urlencoded":
        payloads.append(request.body)
    try:
        for text in payloads:
            unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return False
    if request.content_type != "multipart/form-data":
        return True
    texts = (text for name, values in request.POST.lists() for text in (name, *values))
    return not any("\N{REPLACEMENT CHARACTER}" in text for text in texts)


def _too_much(error: SuspiciousOperation) -> str:
    """What a form may hold at most."""
    if isinstance(error, TooManyFilesSent):
        sentence = _("Choose at most %(most)s files at once.")
        return sentence % {"most": settings.DATA_UPLOAD_MAX_NUMBER_FILES}
    if isinstance(error, TooManyFieldsSent):
        sentence = _("A form takes at most %(most)s fields: bring in by a file what has more.")
        return sentence % {"most": f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}"}
    sentence = _("A form takes at most %(most)s: bring in by a file what is larger.")
    return sentence % {"most": filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)}


def _unreadable(request: HttpRequest) -> str | None:
    """The problem of the address or the form, naming the parameter; None without one."""
    if request.encoding is not None and request.encoding.lower() not in UTF_8:
        request.encoding = "utf-8"  # for the page that says so
        return _("Send text as UTF-8.")
    if not storable(request.path):
        return _("The address holds a character that cannot be stored.")
    return _unreadable_form(request)


def _unreadable_form(request: HttpRequest) -> str | None:
    try:
        if not _in_utf_8(request):
            return _("Send text as UTF-8.")
        posted = request.POST
    except UnreadablePostError:
        return _("The form did not arrive whole.")
    except TOO_MUCH as error:
        request._mark_post_parse_error()  # type: ignore[attr-defined]
        return _too_much(error)
    for parameters in (request.GET, posted):
        for name, values in parameters.lists():
            for text in (name, *values):
                if problem := wrong(name, text):
                    return problem
    return None
