"""What is said of a renewal and taken back: the CSM's call, a manager's decision."""

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
    """A call in the voice of its author: the CSM's call, or a manager's decision."""
    one = changeable(request, WHOLE, pk)
    if one.customer.owner_id not in calls.spoken_for(request.user, frame_of(request).today):
        return decide(request, pk)
    title = _("Call on %(customer)s") % {"customer": one.customer.name}
    edit = Edit(request, one, lambda: FormSheet(CallForm(initial=CallForm.said(one))))
    if edit.asks:
        return edit.answer(title, back=reverse("renewals:renewal", args=[pk]))
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(CallForm(edit.data, initial=CallForm.said(one)))
    if request.method == "POST" and form.is_valid():
        try:
            mark = calls.call(one, request.user, clock.now(), frame_of(request).today, **form.cleaned_data)
            return acted(
                request, edit.said(_("Call recorded.")), _undo("renewals:call_back", one, mark), changed=CHANGED
            )
        except ValidationError as error:
            blame(form, error)
    return ask(request, form, title)


@require_POST
def call_back(request: SignedIn, pk: int) -> HttpResponse:
    """Take a call back; as an Undo only while the call that it undoes stands, and the one before stands again."""
    one = changeable(request, WHOLE, pk)
    if one.customer.owner_id not in calls.spoken_for(request.user, frame_of(request).today):
        raise PermissionDenied
    try:
        again = _taken_back(request, one, ForecastCall.Voice.CSM)
    except ValidationError as error:
        return refused(request, error, changed=CHANGED)
    return acted(
        request, _("The earlier call stands again.") if again else _("The call is taken back."), changed=CHANGED
    )


@require_http_methods(["GET", "POST"])
def decide(request: SignedIn, pk: int) -> HttpResponse:
    """The final word of a manager, with its reason."""
    one = changeable(request, WHOLE, pk)
    if not access.manages(request.user):
        raise PermissionDenied
    title = _("Decide on %(customer)s") % {"customer": one.customer.name}
    edit = Edit(request, one, lambda: FormSheet(DecideForm(initial=DecideForm.said(one)), DecideForm.BOUND))
    if edit.asks:
        return edit.answer(title, back=reverse("renewals:renewal", args=[pk]))
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(DecideForm(edit.data, initial=DecideForm.said(one)))
    if request.method == "POST" and form.is_valid():
        try:
            mark = calls.decide(one, request.user, clock.now(), frame_of(request).today, **form.cleaned_data)
            return acted(request, edit.said(_("Decided.")), _undo("renewals:withdraw", one, mark), changed=CHANGED)
        except ValidationError as error:
            blame(form, error)
    return ask(request, form, title)


@require_POST
def withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Take the final word back; as an Undo only while the decision that it undoes stands, and the one before stands again."""
    one = changeable(request, WHOLE, pk)
    if not access.manages(request.user):
        raise PermissionDenied
    try:
        again = _taken_back(request, one, ForecastCall.Voice.FINAL)
    except ValidationError as error:
        return refused(request, error, changed=CHANGED)
    return acted(
        request, _("The earlier decision stands again.") if again else _("Decision withdrawn."), changed=CHANGED
    )


def _undo(route: str, one: Renewal, mark: str) -> str | None:
    """The address that takes back what was said, while it stands; none where nothing changed."""
    return undo_of(reverse(route, args=[one.pk]), mark) if mark else None


def _taken_back(request: SignedIn, one: Renewal, voice: str) -> bool:
    """Take back what stands in the voice: by an Undo the act that offered it. Returns whether earlier words stand again."""
    if mark := seen_by(request):
        return calls.undo(one, voice, request.user, clock.now(), mark)
    act = calls.take_back if voice == ForecastCall.Voice.CSM else calls.withdraw
    act(one, request.user, clock.now(), frame_of(request).today)
    return False
