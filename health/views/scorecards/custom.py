"""Custom measures: create, change, hide. For admins."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.request import SignedIn, admins_change, posted
from config import clock
from config.text import row_named
from config.web import address
from config.web.acting import refused
from config.web.asking import show
from config.web.editing import Edit
from config.web.toast import seen_by, toast, undo_of
from health.forms.own import OwnMeasureForm
from health.measures import custom_changes
from health.models import OwnMeasure, Scorecard


@require_http_methods(["GET", "POST"])
@admins_change
def own_new(request: SignedIn) -> HttpResponse:
    """Make a measure of a feature, an attribute or a survey (``?source=``); then back to the draft it is for."""
    source = address.choice(request, "source", OwnMeasure.Source.values, OwnMeasure.Source.FEATURE)
    edit = Edit(request, None, OwnMeasureForm(source, None).sheet)
    return _own(request, None, OwnMeasureForm(source, posted(request)), edit)


@require_http_methods(["GET", "POST"])
@admins_change
def own(request: SignedIn, key: str) -> HttpResponse:
    """Change a measure: its texts and the defaults of a new line; while no scorecard counts it, also its definition."""
    row = get_object_or_404(OwnMeasure.objects.select_related("feature"), key=key)
    edit = Edit(request, row, lambda: OwnMeasureForm(row.source, None, row).sheet())
    if edit.asks:
        return edit.answer(row.name, back=reverse("health:scorecards"))
    return _own(request, row, edit.draw(OwnMeasureForm(row.source, edit.data, row)), edit)


@require_POST
@admins_change
def hide(request: SignedIn, key: str) -> HttpResponse:
    """Hide the measure from the catalogue or offer it again; scorecards keep counting it. Undo repeats the act."""
    row = get_object_or_404(OwnMeasure, key=key)
    try:
        mark = custom_changes.turn_own(row, back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem)
    message = _("“%(name)s” is offered no longer.") if row.is_hidden else _("“%(name)s” is offered again.")
    undo = undo_of(reverse("health:own_measure_hide", args=[key]), mark)
    return toast(request, redirect("health:own_measure", key=key), message % {"name": row.name}, undo)


def _own(request: SignedIn, row: OwnMeasure | None, form: OwnMeasureForm, edit: Edit) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            measure = custom_changes.save_own(row, form.given(), by=request.user, day=clock.today())
        except ValidationError as problem:
            form.blame(problem)
        else:
            return toast(request, _back(request), edit.said(_("“%(name)s” is saved.") % {"name": measure.name}))
    context = {"form": form, "row": row, "sources": OwnMeasure.Source.choices, "draft": _draft(request)}
    return show(request, "health/scorecard/own.html", context, wrong=bool(form.errors))


def _draft(request: SignedIn) -> Scorecard | None:
    """The draft that the measure is made for (``?for=``)."""
    return row_named(Scorecard.objects.filter(is_draft=True), request.GET.get("for", ""))


def _back(request: SignedIn) -> HttpResponseRedirect:
    draft = _draft(request)
    return redirect("health:scorecard_catalogue", pk=draft.pk) if draft else redirect("health:scorecards")
