"""Configuring playbooks, for admins: drafts, publishing, going back, pausing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.rules import ConditionsForm, ConditionsSheet
from accounts.request import SignedIn, admins_change, posted
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
@admins_change
def playbook_new(request: SignedIn) -> HttpResponse:
    """Name a new playbook; its design comes next."""
    form = PlaybookForm(posted(request))
    if request.method == "POST" and form.is_valid():
        fields = {"description": form.cleaned_data["description"], "user": request.user}
        playbook = versions.create(form.cleaned_data["name"], **fields)
        return redirect("playbooks:edit", pk=playbook.pk)
    return ask(request, form, _("New playbook"), _("Go on"))


@require_http_methods(["GET", "POST"])
@admins_change
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """The draft: trigger, audience, steps. "Show its fields" draws the form for another trigger without saving."""
    playbook = _playbook(pk)
    redraws = "redraw" in request.POST or ConditionsForm(posted(request), prefix="c").acted
    edit = Edit(request, playbook, lambda: _sheet(playbook), redraws=redraws)
    if edit.asks:
        return edit.answer(playbook.shown_name, back=reverse("playbooks:playbook", args=[pk]))
    design = _stored(playbook)
    conditions = ConditionsForm(edit.data, prefix="c", stored=design.audience, checked="redraw" not in request.POST)
    if request.method != "POST" or redraws:
        form, steps = _fresh(request, design)
        return _show(request, playbook, edit.draw(form), conditions, steps)
    return _save(request, playbook, conditions, edit)


@require_POST
@admins_change
def publish(request: SignedIn, pk: int) -> HttpResponse:
    """Publish the draft."""
    playbook = _playbook(pk)
    draft = get_object_or_404(playbook.versions, published_at__isnull=True)
    try:
        version = versions.publish(draft, clock.now(), seen=request.POST.get("seen", ""))
    except ValidationError as problem:
        return refused(request, problem)
    return toast(request, redirect("playbooks:playbook", pk=pk), _("Version %(n)s runs now.") % {"n": version.number})


@require_POST
@admins_change
def discard(request: SignedIn, pk: int) -> HttpResponse:
    """Throw the draft away."""
    versions.discard(_playbook(pk))
    return toast(request, redirect("playbooks:playbook", pk=pk), _("The draft is gone."))


@require_POST
@admins_change
def roll_back(request: SignedIn, pk: int, number: int) -> HttpResponse:
    """Publish a copy of an older version."""
    playbook = _playbook(pk)
    old = get_object_or_404(playbook.versions, number=number)
    try:
        version = versions.roll_back(old, request.user, clock.now())
    except ValidationError as problem:
        return refused(request, problem)
    numbers = {"new": version.number, "old": number}
    return toast(
        request, redirect("playbooks:playbook", pk=pk), _("Version %(new)s, a copy of %(old)s, runs now.") % numbers
    )


@require_POST
@admins_change
def pause(request: SignedIn, pk: int) -> HttpResponse:
    """Pause an active playbook, or resume a paused one; running plays go on."""
    playbook = _playbook(pk)
    try:
        mark = versions.pause(playbook, back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem)
    message = _("“%(name)s” is paused.") if playbook.state == Playbook.State.PAUSED else _("“%(name)s” runs again.")
    undo = undo_of(reverse("playbooks:pause", args=[pk]), mark)
    return toast(request, redirect("playbooks:playbook", pk=pk), message % {"name": playbook.shown_name}, undo)


def _playbook(pk: int) -> Playbook:
    return get_object_or_404(Playbook.objects.select_related("published"), pk=pk)


def _fresh(request: SignedIn, design: Design) -> tuple[DesignForm, Any]:
    """The forms from the stored design or, when only the trigger changes, from the posted values."""
    head, steps = initial_of(design)
    if request.method == "POST":
        kind = request.POST.get("trigger_kind", "")
        form = DesignForm(initial={"trigger_kind": kind, "reentry_days": request.POST.get("reentry_days")}, kind=kind)
        return form, StepFormSet(request.POST, prefix="s")
    form = DesignForm(initial=head, kind=head["trigger_kind"])
    return form, StepFormSet(initial=steps, prefix="s")


def _stored(playbook: Playbook) -> Design:
    """The design of the draft; without a draft, of the published version."""
    source = playbook.versions.filter(published_at__isnull=True).first() or playbook.published
    return versions.design_of(source) if source else Design(TriggerKind.BY_HAND)


def _sheet(playbook: Playbook) -> Sheets:
    """The draft's fields for the edit check: trigger, audience and steps are one field each."""
    design = _stored(playbook)
    head, steps = initial_of(design)
    form = DesignForm(initial=head, kind=head["trigger_kind"])
    return Sheets(
        TriggerSheet(form), ConditionsSheet(design.audience, "c", _("Audience"), clock.today()), StepsSheet(steps)
    )


def _save(request: SignedIn, playbook: Playbook, conditions: ConditionsForm, edit: Edit) -> HttpResponse:
    data = edit.data or QueryDict()
    form = edit.draw(DesignForm(data, kind=data.get("trigger_kind", "")))
    steps = StepFormSet(data, prefix="s")
    if not all([form.is_valid(), conditions.is_valid(), steps.is_valid()]):
        return _show(request, playbook, form, conditions, steps, wrong=True)
    try:
        draft = versions.save_draft(playbook, design_from(form, conditions, steps), request.user)
    except ValidationError as problem:
        blame(form, problem)
        return _show(request, playbook, form, conditions, steps, wrong=True)
    url = f"{reverse('playbooks:playbook', args=[playbook.pk])}?version={draft.number}"
    edit_url = reverse("playbooks:edit", args=[playbook.pk])
    return toast(request, redirect(edit_url if "more" in request.POST else url), edit.said(_("The draft is saved.")))


def _show(
    request: SignedIn,
    playbook: Playbook,
    form: DesignForm,
    conditions: ConditionsForm,
    steps: Any,
    *,
    wrong: bool = False,
) -> HttpResponse:
    context = {"playbook": playbook, "form": form, "conditions": conditions, "steps": steps}
    return show(request, "playbooks/edit.html", context, wrong=wrong)
