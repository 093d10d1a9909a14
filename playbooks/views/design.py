"""Configuring playbooks, for admins: drafts, publishing, going back, pausing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from accounts.forms.rules import ConditionsForm, ConditionsSheet
from accounts.request import SignedIn, posted
from config import clock
from config.web.acting import refused
from config.web.asking import ask, show
from config.web.editing import Edit
from config.web.refusing import blame
from config.web.sheets import Sheets
from config.web.toast import seen_by, toast, undo_of
from playbooks import versions
from playbooks.forms.design import (
    DesignForm,
    PlaybookForm,
    StepFormSet,
    StepsSheet,
    TriggerSheet,
    design_from,
    initial_of,
)
from playbooks.models import Playbook, TriggerKind
from playbooks.versions import Design


@require_http_methods(["GET", "POST"])
def playbook_new(request: SignedIn) -> HttpResponse:
    """Name a new playbook; its design comes next."""
    _admins_only(request)
    form = PlaybookForm(posted(request))
    if request.method == "POST" and form.is_valid():
        fields = {"description": form.cleaned_data["description"], "user": request.user}
        made = versions.create(form.cleaned_data["name"], **fields)
        return redirect("playbooks:edit", pk=made.pk)
    return ask(request, form, _("New playbook"), _("Go on"))


@require_http_methods(["GET", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """The draft: trigger, audience, steps. "Show its fields" draws the form for another trigger, saving nothing."""
    one = _playbook(request, pk)
    redraws = "redraw" in request.POST or ConditionsForm(posted(request), prefix="c").acted
    edit = Edit(request, one, lambda: _sheet(one), redraws=redraws)
    if edit.asks:
        return edit.answer(one.shown_name, back=reverse("playbooks:playbook", args=[pk]))
    design = _stored(one)
    conditions = ConditionsForm(edit.data, prefix="c", stored=design.audience, checked="redraw" not in request.POST)
    if request.method != "POST" or redraws:
        form, steps = _fresh(request, design)
        return _show(request, one, edit.draw(form), conditions, steps)
    return _save(request, one, conditions, edit)


@require_POST
def publish(request: SignedIn, pk: int) -> HttpResponse:
    """Publish the draft."""
    one = _playbook(request, pk)
    draft = get_object_or_404(one.versions, published_at__isnull=True)
    try:
        made = versions.publish(draft, clock.now(), seen=request.POST.get("seen", ""))
    except ValidationError as problem:
        return refused(request, problem)
    return toast(request, redirect("playbooks:playbook", pk=pk), _("Version %(n)s runs now.") % {"n": made.number})


@require_POST
def discard(request: SignedIn, pk: int) -> HttpResponse:
    """Throw the draft away."""
    versions.discard(_playbook(request, pk))
    return toast(request, redirect("playbooks:playbook", pk=pk), _("The draft is gone."))


@require_POST
def roll_back(request: SignedIn, pk: int, number: int) -> HttpResponse:
    """Publish a copy of an older version."""
    one = _playbook(request, pk)
    old = get_object_or_404(one.versions, number=number)
    try:
        made = versions.roll_back(old, request.user, clock.now())
    except ValidationError as problem:
        return refused(request, problem)
    words = {"new": made.number, "old": number}
    return toast(
        request, redirect("playbooks:playbook", pk=pk), _("Version %(new)s, a copy of %(old)s, runs now.") % words
    )


@require_POST
def pause(request: SignedIn, pk: int) -> HttpResponse:
    """Pause an active playbook, or let a paused one run again; plays under way go on."""
    one = _playbook(request, pk)
    try:
        left = versions.pause(one, back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem)
    words = _("“%(name)s” is paused.") if one.state == Playbook.State.PAUSED else _("“%(name)s” runs again.")
    undo = undo_of(reverse("playbooks:pause", args=[pk]), left)
    return toast(request, redirect("playbooks:playbook", pk=pk), words % {"name": one.shown_name}, undo)


def _admins_only(request: SignedIn) -> None:
    if not access.configures(request.user):
        raise PermissionDenied


def _playbook(request: SignedIn, pk: int) -> Playbook:
    _admins_only(request)
    return get_object_or_404(Playbook.objects.select_related("published"), pk=pk)


def _fresh(request: SignedIn, design: Design) -> tuple[DesignForm, Any]:
    """The page's parts from the stored design, or from what was typed when only the trigger changes."""
    head, steps = initial_of(design)
    if request.method == "POST":
        kind = request.POST.get("trigger_kind", "")
        form = DesignForm(initial={"trigger_kind": kind, "reentry_days": request.POST.get("reentry_days")}, kind=kind)
        return form, StepFormSet(request.POST, prefix="s")
    form = DesignForm(initial=head, kind=head["trigger_kind"])
    return form, StepFormSet(initial=steps, prefix="s")


def _stored(one: Playbook) -> Design:
    """What the draft says; without one, what runs."""
    source = one.versions.filter(published_at__isnull=True).first() or one.published
    return versions.design_of(source) if source else Design(TriggerKind.BY_HAND)


def _sheet(one: Playbook) -> Sheets:
    """What the page of a draft shows: the trigger, the audience and the steps are one field each."""
    design = _stored(one)
    head, steps = initial_of(design)
    form = DesignForm(initial=head, kind=head["trigger_kind"])
    return Sheets(
        TriggerSheet(form), ConditionsSheet(design.audience, "c", _("Audience"), clock.today()), StepsSheet(steps)
    )


def _save(request: SignedIn, one: Playbook, conditions: ConditionsForm, edit: Edit) -> HttpResponse:
    data = edit.data or QueryDict()
    form = edit.draw(DesignForm(data, kind=data.get("trigger_kind", "")))
    steps = StepFormSet(data, prefix="s")
    if not all([form.is_valid(), conditions.is_valid(), steps.is_valid()]):
        return _show(request, one, form, conditions, steps, wrong=True)
    try:
        draft = versions.save_draft(one, design_from(form, conditions, steps), request.user)
    except ValidationError as problem:
        blame(form, problem)
        return _show(request, one, form, conditions, steps, wrong=True)
    url = f"{reverse('playbooks:playbook', args=[one.pk])}?version={draft.number}"
    again = reverse("playbooks:edit", args=[one.pk])
    return toast(request, redirect(again if "more" in request.POST else url), edit.said(_("The draft is saved.")))


def _show(
    request: SignedIn, one: Playbook, form: DesignForm, conditions: ConditionsForm, steps: Any, *, wrong: bool = False
) -> HttpResponse:
    context = {"playbook": one, "form": form, "conditions": conditions, "steps": steps}
    return show(request, "playbooks/edit.html", context, wrong=wrong)
