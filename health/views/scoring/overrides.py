"""Overriding a customer's score, and withdrawing an override."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Customer
from accounts.request import SignedIn, posted
from config.ui.context import frame_of
from config.web.acting import acted
from config.web.asking import ask
from config.web.finding import changeable
from health.forms.judging import OverrideForm
from health.models import Override
from health.scoring import overriding

CHANGED: Final = ("health:changed",)


@require_http_methods(["GET", "POST"])
def override_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that overrides the score; it comes back with its errors when it is refused."""
    customer, day = changeable(request, Customer.objects, pk), frame_of(request).today
    form = OverrideForm(posted(request), day=day)
    if request.method == "POST" and form.is_valid():
        try:
            override = overriding.put(customer, author=request.user, day=day, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            undo = reverse("health:override_withdraw", args=[pk, override.pk])
            return _changed(request, pk, _("Override set. The computed score stays beside it."), undo)
    return ask(request, form, _("Override the score of %(customer)s") % {"customer": customer.name})


@require_POST
def override_withdraw(request: SignedIn, pk: int, override_pk: int) -> HttpResponse:
    """End an override today; one that has ended already is not changed."""
    customer = changeable(request, Customer.objects, pk)
    override = get_object_or_404(Override, pk=override_pk, customer=customer)
    ended = overriding.withdraw(override, by=request.user, day=frame_of(request).today)
    return _changed(request, pk, _("Override withdrawn.") if ended else _("That override has ended already."))


def _changed(request: SignedIn, pk: int, message: str, undo: str | None = None) -> HttpResponse:
    return acted(request, message, undo, changed=CHANGED, back=reverse("accounts:customer", args=[pk]))
