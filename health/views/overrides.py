"""Overriding a customer's score, and taking that back."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.models import Customer
from accounts.request import SignedIn, posted
from config.ui.context import frame_of
from config.web.toast import toast
from health import overriding
from health.forms.judging import OverrideForm
from health.models import Override

UNREADABLE: Final = 422
NO_CONTENT: Final = 204


def _changeable(request: SignedIn, pk: int) -> Customer:
    """404 for what one may not see, 403 for what one sees and may not change."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    if not Customer.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return customer


@require_http_methods(["GET", "POST"])
def override_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that overrides the score; what cannot be comes back at its field."""
    customer, day = _changeable(request, pk), frame_of(request).today
    form = OverrideForm(posted(request), day=day)
    if request.method == "POST" and form.is_valid():
        try:
            put = overriding.put(customer, author=request.user, day=day, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            undo = reverse("health:override_withdraw", args=[pk, put.pk])
            return _changed(request, pk, _("Override set. The computed score stays beside it."), undo)
    name = "accounts/_form.html" if request.htmx else "accounts/form.html"
    context = {
        "form": form,
        "title": _("Override the score of %(customer)s") % {"customer": customer.name},
        "url": reverse("health:override_new", args=[pk]),
    }
    return render(request, name, context, status=UNREADABLE if form.errors else 200)


@require_POST
def override_withdraw(request: SignedIn, pk: int, override_pk: int) -> HttpResponse:
    """End an override today; one that has ended already stays as it was."""
    customer = _changeable(request, pk)
    override = get_object_or_404(Override, pk=override_pk, customer=customer)
    ended = overriding.withdraw(override, by=request.user, day=frame_of(request).today)
    return _changed(request, pk, _("Override withdrawn.") if ended else _("That override has ended already."))


def _changed(request: SignedIn, pk: int, words: str, undo: str | None = None) -> HttpResponse:
    if not request.htmx:
        return toast(request, redirect("accounts:customer", pk=pk), words, undo)
    answer = toast(request, HttpResponse(status=NO_CONTENT), words, undo)
    trigger_client_event(answer, "ask:close")
    return trigger_client_event(answer, "health:changed")
