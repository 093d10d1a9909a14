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
    """To htmx a toast, the dialog closed and the events ``changed``; else on to ``back``, by default where the person came from.

    Without a ``message`` there is no toast: the page shows what was done. ``more`` is the page that tells the rest.
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
    """An act without a form that could not be done: as ``acted``, with the reason; without htmx and ``back`` a page of it (409).

    ``stays``: to htmx nothing on the page is drawn anew (422), so that what was typed there stays.
    """
    text, is_htmx = reason(problem), "HX-Request" in request.headers
    if stays and is_htmx:
        return refusal(toast(request, HttpResponse(status=UNREADABLE, headers={"HX-Reswap": "none"}), text))
    if back or is_htmx:
        return refusal(acted(request, text, changed=changed, back=back))
    context = {"status": CONFLICT, "title": _("That could not be done"), "text": text}
    return render(request, "error.html", context, status=CONFLICT)
