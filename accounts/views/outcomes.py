"""The form that asks in which period the value of an outcome comes."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from accounts import outcomes
from accounts.forms.outcomes import PeriodForm
from accounts.models import Customer, Outcome
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web.editing import Edit
from config.web.sheets import FormSheet
from config.web.toast import toast
from renewals import facts
from renewals.models import Renewal

UNREADABLE: Final = 422
NO_CONTENT: Final = 204


@require_http_methods(["GET", "POST"])
def period(request: SignedIn, pk: int) -> HttpResponse:
    """Say the period of an outcome's value; parts of prep that are not done count with it at once."""
    one = _outcome(request, pk)
    of = one.objective.customer_id
    edit = Edit(request, one, lambda: FormSheet(PeriodForm(instance=one), PeriodForm.BOUND))
    if edit.asks:
        return edit.answer(one.measure, back=reverse("accounts:customer", args=[of]))
    form = edit.draw(PeriodForm(edit.data, instance=one))
    if request.method == "POST" and form.is_valid():
        outcomes.say_period(one, form.cleaned_data["period"], form.cleaned_data["per_period"])
        heads = Renewal.objects.still_open().filter(customer=of, prep_with=None, prep_opened_on__isnull=False)
        facts.refresh(list(heads.values_list("pk", flat=True)), frame_of(request).today)
        words = edit.said(_("Period recorded."))
        if not request.htmx:
            return toast(request, redirect("accounts:customer", pk=of), words)
        response = toast(request, HttpResponse(status=NO_CONTENT), words)
        for event in ("ask:close", "plan:changed", "renewals:changed"):
            trigger_client_event(response, event)
        return response
    name = "accounts/_form.html" if request.htmx else "accounts/form.html"
    context = {"form": form, "title": one.measure, "url": reverse("accounts:outcome_period", args=[pk])}
    return render(request, name, context, status=UNREADABLE if form.errors else 200)


def _outcome(request: SignedIn, pk: int) -> Outcome:
    """404 for what one may not see, 403 for what one sees and may not change, 404 for what has no value."""
    seen = Outcome.objects.filter(objective__customer__in=Customer.objects.visible_to(request.user))
    one = get_object_or_404(seen.exclude(unit_value=None).select_related("objective"), pk=pk)
    if not Customer.objects.changeable_by(request.user).filter(pk=one.objective.customer_id).exists():
        raise PermissionDenied
    return one
