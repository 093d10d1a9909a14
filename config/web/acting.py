"""Responses to acts: a toast with Undo, and the events on which parts of the page refetch."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from config.once.pressing import refusal
from config.web.asking import UNREADABLE
from config.web.coming import came_from
from config.web.refusing import reason
from config.web.toast import toast

NO_CONTENT: Final = 204
CONFLICT: Final = 409
CLOSE: Final = "ask:close"


def acted(
    request: HttpRequest,
    message: str,
    undo: str | None = None,
    *,
    changed: tuple[str, ...] = (),
    back: str = "",
    more: str | None = None,
) -> HttpResponse:
    """For htmx a toast, the closed dialog and the events ``changed``; else a redirect to ``back`` or the referrer.

    Without a ``message`` there is no toast. ``more`` is a page with details.
    """
    is_htmx = "HX-Request" in request.headers
    response = HttpResponse(status=NO_CONTENT) if is_htmx else redirect(back or came_from(request))
    if message:
        response = toast(request, response, message, undo, more)
    for event in (CLOSE, *changed) if is_htmx else ():
        trigger_client_event(response, event)
    return response


def refused(
    request: HttpRequest,
    problem: ValidationError,
    *,
    changed: tuple[str, ...] = (),
    back: str = "",
    stays: bool = False,
) -> HttpResponse:
    """The answer to a refused act without a form: as ``acted``, with the reason; without htmx and ``back`` a 409 page.

    ``stays``: for htmx nothing on the page is redrawn (422), so that typed text stays.
    """
    text, is_htmx = reason(problem), "HX-Request" in request.headers
    if stays and is_htmx:
        return refusal(toast(request, HttpResponse(status=UNREADABLE, headers={"HX-Reswap": "none"}), text))
    if back or is_htmx:
        return refusal(acted(request, text, changed=changed, back=back))
    context = {"status": CONFLICT, "title": _("That could not be done"), "text": text}
    return render(request, "error.html", context, status=CONFLICT)
