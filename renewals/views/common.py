"""Finding a renewal for a request, and answering a write to it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import trigger_client_event

from accounts.request import SignedIn
from config.once.pressing import refusal
from config.web.refusing import reason
from config.web.toast import toast
from renewals.models import Renewal

UNREADABLE = 422
NO_CONTENT = 204
JOINED = ("customer__owner", "customer__segment", "contract", "closed_by", "final_by", "successor", "prep_with")


def visible(request: SignedIn, pk: int) -> Renewal:
    """The renewal, or a 404 for one that is not theirs to see."""
    return get_object_or_404(Renewal.objects.visible_to(request.user).select_related(*JOINED), pk=pk)


def changeable(request: SignedIn, pk: int) -> Renewal:
    """The renewal; 404 when not visible, 403 when it may only be read."""
    renewal = visible(request, pk)
    if not may_change(request, renewal):
        raise PermissionDenied
    return renewal


def may_change(request: SignedIn, renewal: Renewal) -> bool:
    return Renewal.objects.changeable_by(request.user).filter(pk=renewal.pk).exists()


def asked(request: SignedIn, form: BaseForm, title: str, url: str) -> HttpResponse:
    """A form: in the dialog to htmx, else a page; 422 when it came back with errors."""
    name = "renewals/_ask.html" if request.htmx else "renewals/ask.html"
    context = {"form": form, "title": title, "url": url, "back": back_url(request)}
    return render(request, name, context, status=UNREADABLE if form.errors else 200)


def done(request: SignedIn, message: str, undo: str | None = None, status: int = NO_CONTENT) -> HttpResponse:
    """Nothing to swap: whoever shows renewals refetches; without htmx, back to where it was done. A refusal (422)
    changes nothing: what was typed stays.
    """
    if not request.htmx:
        return toast(request, redirect(back_url(request)), message, undo)
    if status == UNREADABLE:
        refused = HttpResponse(status=UNREADABLE)
        refused["HX-Reswap"] = "none"
        return toast(request, refused, message, undo)
    response = toast(request, HttpResponse(status=NO_CONTENT), message, undo)
    trigger_client_event(response, "ask:close")
    return trigger_client_event(response, "renewals:changed")


def refuse(request: SignedIn, error: ValidationError, status: int = NO_CONTENT) -> HttpResponse:
    """As ``done``, with the words why nothing was."""
    return refusal(done(request, reason(error), status=status))


def back_url(request: SignedIn) -> str:
    """Where a plain form returns to: ``next``, the page it stood on, or the board."""
    for url in (request.POST.get("next", ""), request.GET.get("next", ""), request.headers.get("Referer", "")):
        if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
            return url
    return "/renewals/"
