"""The form for the period of an outcome's value."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import outcomes
from accounts.forms.outcomes import PeriodForm
from accounts.models import Customer, Outcome
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web.acting import acted
from config.web.asking import ask
from config.web.editing import Edit
from config.web.finding import changeable
from config.web.sheets import FormSheet
from renewals import facts
from renewals.models import Renewal

CHANGED: Final = ("plan:changed", "renewals:changed")


@require_http_methods(["GET", "POST"])
def period(request: SignedIn, pk: int) -> HttpResponse:
    """Record the period of an outcome's value; unfinished parts of renewal prep use it at once."""
    outcome = _outcome(request, pk)
    customer_id = outcome.objective.customer_id
    page = reverse("accounts:customer", args=[customer_id])
    edit = Edit(request, outcome, lambda: FormSheet(PeriodForm(instance=outcome), PeriodForm.BOUND))
    if edit.asks:
        return edit.answer(outcome.measure, back=page)
    form = edit.draw(PeriodForm(edit.data, instance=outcome))
    if request.method == "POST" and form.is_valid():
        outcomes.say_period(outcome, form.cleaned_data["period"], form.cleaned_data["per_period"])
        prepared = Renewal.objects.still_open().filter(customer=customer_id, prep_opened_on__isnull=False)
        facts.refresh(list(prepared.heads()), frame_of(request).today)
        return acted(request, edit.said(_("Period recorded.")), changed=CHANGED, back=page)
    return ask(request, form, outcome.measure, about=outcome.objective.customer.name)


def _outcome(request: SignedIn, pk: int) -> Outcome:
    """An outcome that has a value."""
    outcome = get_object_or_404(Outcome.objects.exclude(unit_value=None).select_related("objective"), pk=pk)
    changeable(request, Customer.objects, outcome.objective.customer_id)
    return outcome
