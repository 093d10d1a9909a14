"""The pages for what went wrong: 400, 403, 404, 500, and 503 while the database is away."""

from __future__ import annotations

import sys
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

RETRY_AFTER: Final = "5"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("This request cannot be read")
    return page(request, 400, title, _("Check the address, then go back and send the form again."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("You may see this but not change it")
    return page(request, 403, title, _("An admin can change what your role allows."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("This form is too old")
    return page(request, 403, title, _("Load the page again and send the form once more."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    title = _("There is nothing here for you")
    text = _("The address is wrong, or it belongs to a customer outside your portfolio.")
    return page(request, 404, title, text)


def page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"status": status, "title": title, "text": text}
    return render(request, "error.html", context, status=status)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django's signature
    """500 with a page that needs no database; 503 with Retry-After when the database is the cause."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable()
    title = _("Something broke on our side")
    return bare(500, title, _("It has been logged. Nothing was saved by this request."))


def unavailable() -> HttpResponse:
    """503: the database is away or too busy; a browser may come back in a few seconds."""
    title = _("The database cannot be reached")
    response = bare(503, title, _("Nothing was saved. Load the page again in a few seconds."))
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def bare(status: int, title: str, text: str) -> HttpResponse:
    context = {"status": status, "title": title, "text": text}
    return HttpResponse(render_to_string("error_bare.html", context), status=status)
