"""What the views of this app share: whose customer it is, and how an act is answered."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from accounts.models import Customer
from accounts.request import SignedIn
from config import clock
from config.once.pressing import refusal
from config.web.refusing import reason
from config.web.toast import toast
from playbooks.models import Task

UNREADABLE: Final = 422


def customer_to_change(request: SignedIn, pk: int) -> Customer:
    """The customer, 404 when it cannot be seen, 403 when it can be seen only."""
    one = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    if not Customer.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return one


def task_to_change(request: SignedIn, pk: int) -> Task:
    """The task, 404 when its customer cannot be seen, 403 when it can be seen only."""
    rows = Task.objects.visible_to(request.user).select_related("customer", "step", "assignee")
    one = get_object_or_404(rows, pk=pk)
    if not Task.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return one


def acted(request: SignedIn, message: str, undo: str | None = None, *, also: str = "") -> HttpResponse:
    """The answer to an act: a toast and, to htmx, word to the parts that show it; else back to a page."""
    if not request.htmx:
        return toast(request, redirect(next_page(request)), message, undo)
    response = toast(request, HttpResponse(), message, undo)  # what is left after the toast empties the dialog
    for event in ("playbooks:changed", also):
        if event:
            trigger_client_event(response, event)
    return response


def next_page(request: SignedIn) -> str:
    """Where the person came from, when that is a page of ours; else the day."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and safe else reverse("playbooks:day")


def refused(request: SignedIn, problem: ValidationError) -> HttpResponse:
    """An act without a form that could not be done: 409 with the sentence."""
    title = _("That could not be done")
    text = reason(problem)
    if request.htmx:
        return trigger_client_event(refusal(toast(request, HttpResponse(status=204), text)), "playbooks:changed")
    context = {"status": 409, "title": title, "text": text}
    return render(request, "error.html", context, status=409)


def asked(request: SignedIn, form: Form, title: str, url: str, act: str) -> HttpResponse:
    """A form, in the dialog to htmx, else a page; 422 when it came back with errors."""
    name = "playbooks/_ask.html" if request.htmx else "playbooks/ask.html"
    back = request.POST.get("next") or request.headers.get("referer", "")
    context = {"form": form, "title": title, "url": url, "act": act, "next": back}
    return render(request, name, context, status=UNREADABLE if form.errors else 200)


def start_of_today(zone: dt.tzinfo) -> dt.datetime:
    """Midnight of the present calendar day in the organisation's ``zone``; it goes on where the day is frozen."""
    return dt.datetime.combine(clock.day_of(clock.now(), zone), dt.time(), tzinfo=zone)
