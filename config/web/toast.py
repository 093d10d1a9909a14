"""Reporting an act with its Undo: a toast in a fragment, a message across a redirect."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django_htmx.http import HttpResponseClientRedirect

NO_CONTENT = 204
ELSEWHERE = range(300, 400)


def toast(
    request: HttpRequest, response: HttpResponse, message: str, undo_url: str | None = None, more: str | None = None
) -> HttpResponse:
    """``response`` with a toast that says ``message`` and offers Undo for ten seconds; ``more`` is the page that tells the rest.

    To htmx it is an out-of-band piece at the end of the answer; an empty 204 becomes a 200 that
    swaps nothing else. Otherwise it waits as a Django message for the next whole page; to htmx a redirect is one,
    for what follows it would lose the toast. ``undo_url`` takes a POST that reverses the act.
    """
    htmx, leads = "HX-Request" in request.headers, response.status_code in ELSEWHERE
    if leads or not htmx:
        tags = [f"{name}:{url}" for name, url in (("undo", undo_url), ("more", more)) if url]
        messages.success(request, message, extra_tags=" ".join(tags))
        return HttpResponseClientRedirect(response["Location"]) if htmx else response
    if response.status_code == NO_CONTENT:
        response.status_code = 200
        response["HX-Reswap"] = "none"
    response.write(out_of_band(request, message, undo_url, more))
    return response


def undo_of(url: str, seen: str) -> str:
    """The address ``url`` of an Undo with the mark of the row after its act: refused once the row has changed."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'seen': seen})}"


def seen_by(request: HttpRequest) -> str:
    """The mark in the address of an Undo; empty for an act from a page."""
    return request.GET.get("seen", "")


def out_of_band(request: HttpRequest, message: str, undo_url: str | None = None, more: str | None = None) -> str:
    """The piece of an htmx answer that adds a toast to the page."""
    context = {"message": message, "undo": undo_url, "more": more, "csrf_token": get_token(request)}
    inside = render_to_string("components/toast.html", context)
    return f'<div id="toasts" hx-swap-oob="beforeend">{inside}</div>'
