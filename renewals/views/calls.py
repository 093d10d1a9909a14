"""Forecast calls on a renewal and their undo: the CSM's call, a manager's decision."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from accounts.request import SignedIn
from config import clock
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.editing import Edit
from config.web.finding import changeable
from config.web.refusing import blame
from config.web.sheets import FormSheet
from config.web.toast import seen_by, undo_of
from renewals import calls
from renewals.forms import CallForm, DecideForm
from renewals.models import ForecastCall, Renewal
from renewals.views.common import CHANGED, WHOLE


@require_http_methods(["GET", "POST"])
def call(request: SignedIn, pk: int) -> HttpResponse:
    """The CSM's call; for whoever does not call for the owner, a manager's decision."""
    renewal = changeable(request, WHOLE, pk)
    if not calls.speaks(request.user, renewal.customer.owner_id):
        return decide(request, pk)
    title = _("Call on %(customer)s") % {"customer": renewal.customer.name}
    edit = Edit(request, renewal, lambda: FormSheet(CallForm(initial=CallForm.said(renewal))))
    if edit.asks:
        return edit.answer(title, back=reverse("renewals:renewal", args=[pk]))
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(CallForm(edit.data, initial=CallForm.said(renewal)))
    if request.method == "POST" and form.is_valid():
        try:
            mark = calls.call(renewal, request.user, clock.now(), frame_of(request).today, **form.cleaned_data)
            return acted(
                request, edit.said(_("Call recorded.")), _undo("renewals:call_back", renewal, mark), changed=CHANGED
            )
        except ValidationError as error:
            blame(form, error)
    return ask(request, form, title)


@require_POST
def call_back(request: SignedIn, pk: int) -> HttpResponse:
    """Take the CSM's call back. An Undo restores the call before, and only while the undone call is the latest."""
    renewal = changeable(request, WHOLE, pk)
    if not calls.speaks(request.user, renewal.customer.owner_id):
        raise PermissionDenied
    try:
        restored = _taken_back(request, renewal, ForecastCall.Voice.CSM)
    except ValidationError as error:
        return refused(request, error, changed=CHANGED)
    return acted(
        request, _("The earlier call stands again.") if restored else _("The call is taken back."), changed=CHANGED
    )


@require_http_methods(["GET", "POST"])
def decide(request: SignedIn, pk: int) -> HttpResponse:
    """A manager's decision, with its reason."""
    renewal = changeable(request, WHOLE, pk)
    if not access.manages(request.user):
        raise PermissionDenied
    title = _("Decide on %(customer)s") % {"customer": renewal.customer.name}
    edit = Edit(request, renewal, lambda: FormSheet(DecideForm(initial=DecideForm.said(renewal)), DecideForm.BOUND))
    if edit.asks:
        return edit.answer(title, back=reverse("renewals:renewal", args=[pk]))
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(DecideForm(edit.data, initial=DecideForm.said(renewal)))
    if request.method == "POST" and form.is_valid():
        try:
            mark = calls.decide(renewal, request.user, clock.now(), frame_of(request).today, **form.cleaned_data)
            return acted(request, edit.said(_("Decided.")), _undo("renewals:withdraw", renewal, mark), changed=CHANGED)
        except ValidationError as error:
            blame(form, error)
    return ask(request, form, title)


@require_POST
def withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Take the decision back. An Undo restores the one before, and only while the undone decision is the latest."""
    renewal = changeable(request, WHOLE, pk)
    if not access.manages(request.user):
        raise PermissionDenied
    try:
        restored = _taken_back(request, renewal, ForecastCall.Voice.FINAL)
    except ValidationError as error:
        return refused(request, error, changed=CHANGED)
    return acted(
        request, _("The earlier decision stands again.") if restored else _("Decision withdrawn."), changed=CHANGED
    )


def _undo(route: str, renewal: Renewal, mark: str) -> str | None:
    """The address that undoes the call; None where nothing changed."""
    return undo_of(reverse(route, args=[renewal.pk]), mark) if mark else None


def _taken_back(request: SignedIn, renewal: Renewal, voice: str) -> bool:
    """Take the latest call of the voice back; an Undo takes back the call that offered it.

    Returns whether an earlier call counts again.
    """
    if mark := seen_by(request):
        return calls.undo(renewal, voice, request.user, clock.now(), mark)
    act = calls.take_back if voice == ForecastCall.Voice.CSM else calls.withdraw
    act(renewal, request.user, clock.now(), frame_of(request).today)
    return False
