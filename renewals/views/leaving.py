"""Notice, its withdrawal and the confirmed end of a contract."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from urllib.parse import urlencode

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Contract, Customer
from accounts.request import SignedIn, posted
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.finding import changeable
from config.web.refusing import blame
from renewals import notices
from renewals.forms import LeavingForm

SALT: Final = "renewals.leaving"
CHANGED: Final = ("renewals:changed", "contracts:changed")
# Title, the day's label, and the message afterwards.
WORDS: Final = {
    "notice": (
        gettext_lazy("Notice of %(customer)s"),
        gettext_lazy("Notice given on"),
        gettext_lazy("Notice recorded."),
    ),
    "withdraw": (
        gettext_lazy("Notice of %(customer)s withdrawn"),
        gettext_lazy("Withdrawn on"),
        gettext_lazy("Notice withdrawn."),
    ),
    "end": (
        gettext_lazy("End of the contract of %(customer)s"),
        gettext_lazy("First day without the contract"),
        gettext_lazy("End confirmed."),
    ),
}


@require_http_methods(["GET", "POST"])
def leaving(request: SignedIn, pk: int, act: str) -> HttpResponse:
    """One of the acts (``notice``, ``withdraw``, ``end``) with its day."""
    if act not in WORDS:
        raise Http404
    contract, day = _changeable(request, pk), frame_of(request).today
    title, label, message = WORDS[act]
    form = LeavingForm(posted(request), initial={"on": _proposed(contract, act, day)}, label=str(label))
    if request.method == "POST" and form.is_valid():
        try:
            before, after = notices.act(contract, act, form.cleaned_data["on"], day)
            token = signing.dumps([before, after], salt=SALT)
            undo = f"{reverse('renewals:leaving_back', args=[pk])}?{urlencode({'was': token})}"
            return acted(request, str(message), undo, changed=CHANGED)
        except ValidationError as error:
            blame(form, _on_the_day(error))
    return ask(request, form, str(title) % {"customer": contract.customer.name})


@require_POST
def back(request: SignedIn, pk: int) -> HttpResponse:
    """Undo an act while nobody has changed its result."""
    contract = _changeable(request, pk)
    try:
        before, after = signing.loads(request.GET.get("was", ""), salt=SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    try:
        notices.undo(contract, before, after, frame_of(request).today)
    except ValidationError as error:
        return refused(request, error, changed=CHANGED)
    return acted(request, _("What stood before stands again."), changed=CHANGED)


def _changeable(request: SignedIn, pk: int) -> Contract:
    contract = get_object_or_404(Contract.objects.select_related("customer"), pk=pk)
    changeable(request, Customer.objects, contract.customer_id)
    return contract


def _proposed(contract: Contract, act: str, day: dt.date) -> dt.date:
    """Today, or for the end the day to which the notice leads."""
    if act != "end":
        return day
    contracts: Any = Contract.objects.with_leaves_on().filter(pk=contract.pk)
    return contracts.values_list("leaves_on", flat=True).first() or day


def _on_the_day(error: ValidationError) -> ValidationError:
    """The errors of an act at the form's one day, whichever column they name."""
    return ValidationError({"on": error.messages})
