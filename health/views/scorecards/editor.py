"""The scorecard editor, for admins: one version's measures, one measure, the catalogue, ceilings, whom it scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.request import SignedIn, admins_change, posted
from config import clock
from config.web.asking import show
from config.web.editing import Edit, hold
from config.web.toast import toast
from health import publishing
from health.forms.lines import MeasuresForm, MeasuresSheet
from health.forms.one_line import OneLineForm
from health.forms.scorecards import CeilingsForm, NewForm, ScopeForm
from health.measures import Measure, catalogue
from health.models import Scorecard
from health.publishing import adding
from health.scorecards import Content, content_of
from health.views.scorecards import drafts


@require_http_methods(["GET", "POST"])
@admins_change
def new(request: SignedIn) -> HttpResponse:
    """Name a new scorecard; its measures come next."""
    form = NewForm(posted(request))
    if request.method == "POST" and form.is_valid():
        draft = publishing.begin_draft(None, request.user, clock.now(), clock.today(), **form.cleaned_data)
        return redirect("health:scorecard_catalogue", pk=draft.pk)
    return show(request, "health/scorecard/new.html", {"form": form}, wrong=bool(form.errors))


@require_http_methods(["GET", "POST"])
@admins_change
def measures(request: SignedIn, pk: int) -> HttpResponse:
    """A version's measures and weights: inputs where it is a draft, figures where it is not."""
    row = drafts.version(pk)
    by_key = catalogue()
    if not row.is_draft:
        if request.method == "POST":
            raise Http404
        return render(request, "health/scorecard/version.html", drafts.head(row, "measures") | {"catalogue": by_key})
    rows = request.POST.getlist("row") if request.method == "POST" else None
    edit = Edit(request, row, lambda: MeasuresSheet(content_of(drafts.draft(pk)), by_key, rows), first=_first(row))
    if edit.asks:
        return edit.answer(row.shown_name)
    row = drafts.draft(pk) if request.method == "POST" else row
    form = MeasuresForm(content_of(row), by_key, edit.data)
    if request.method == "POST":
        saved = drafts.save(row, form, lambda stored: replace(stored, groups=form.said()))
        response = drafts.answer(request, saved, form, edit) if saved else None
        if response:
            return response
        row = drafts.draft(pk)
    context = _measures(row, form) | {"carried": edit.carried}
    return show(request, "health/scorecard/measures.html", context, wrong=request.method == "POST")


def _first(row: Scorecard) -> Callable[[], None]:
    return lambda: publishing.hold(row.key)


def _measures(row: Scorecard, form: MeasuresForm) -> dict[str, Any]:
    context = drafts.head(row, "measures")
    content: Content = context["content"]
    shares = {measure: float(share) for measure, share in content.shares.items()}
    before = content_of(context["in_use"]) if context["in_use"] else None
    return context | {
        "form": form,
        "shares": shares,
        "group_shares": {g.key: sum(shares[one.measure] for one in g.measures) for g in content.groups},
        "total": sum(group.weight for group in content.groups),
        "was": {line.measure: line for line in before.lines} if before else {},
    }


@require_http_methods(["GET", "POST"])
@admins_change
def line(request: SignedIn, pk: int, measure: str) -> HttpResponse:
    """One measure of a draft: what it says, its figures, its thresholds by tenure, its group; or it is taken out."""
    row, by_key = drafts.draft(pk), catalogue()
    try:
        edit = Edit(
            request, row, lambda: OneLineForm(content_of(drafts.draft(pk)), measure, by_key).sheet(), first=_first(row)
        )
        if edit.asks:
            return edit.answer(row.shown_name)
        row = drafts.draft(pk)
        form = OneLineForm(content_of(row), measure, by_key, edit.data)
    except LookupError as error:
        raise Http404 from error
    if request.method == "POST":
        if form.out and edit.merge and edit.merge.by("theirs"):
            form.errors.append(_("Somebody has changed this measure since you opened the page: look again."))
        elif saved := drafts.save(row, form, form.content):
            pattern = _("“%(name)s” is taken out.") if form.out else _("The draft is saved.")
            message = edit.said(pattern % {"name": form.figures.name})
            return toast(request, redirect("health:scorecard", pk=saved.pk), message)
        row = drafts.draft(pk)
    context = drafts.head(row, "measures") | {"form": form, "carried": edit.carried}
    return show(request, "health/scorecard/line.html", context, wrong=request.method == "POST")


@require_http_methods(["GET", "POST"])
@admins_change
def add(request: SignedIn, pk: int) -> HttpResponse:
    """The catalogue: every measure with its description; Add puts it on the draft with its own thresholds."""
    row = drafts.draft(pk)
    if request.method == "POST":
        publishing.hold(row.key)
        hold(row)
        row = drafts.draft(pk)
    content, by_key = content_of(row), catalogue()
    used_keys = {one.measure for one in content.lines}
    error = ""
    if request.method == "POST":
        key = request.POST.get("measure", "")
        if key not in by_key or (by_key[key].hidden and key not in used_keys):
            raise Http404
        into = {"group": request.POST.get("group", ""), "name": request.POST.get("name", "")}
        try:
            publishing.save_draft(row, adding.with_measure(content, by_key[key], **into))
        except ValidationError as problem:
            error = " ".join(problem.messages)
        else:
            return toast(request, redirect(request.path), _("“%(name)s” is added.") % {"name": by_key[key].name})
    groups: dict[str, list[Measure]] = {}
    for one in by_key.values():
        if not one.hidden or one.key in used_keys:
            groups.setdefault(one.group, []).append(one)
    context = {"groups": groups.items(), "there": used_keys, "error": error, "name": request.POST.get("name", "")}
    return show(request, "health/scorecard/catalogue.html", drafts.head(row, "measures") | context, wrong=bool(error))


@require_http_methods(["GET", "POST"])
@admins_change
def ceilings(request: SignedIn, pk: int) -> HttpResponse:
    """The thresholds of the bands and the ceilings of a score."""
    return _part(request, drafts.version(pk), CeilingsForm, "ceilings", "health/scorecard/ceilings.html")


@require_http_methods(["GET", "POST"])
@admins_change
def scope(request: SignedIn, pk: int) -> HttpResponse:
    """The scorecard's name, its purpose and the customers it scores."""
    return _part(request, drafts.version(pk), ScopeForm, "scope", "health/scorecard/scope.html")


def _part(
    request: SignedIn, row: Scorecard, kind: type[CeilingsForm | ScopeForm], part: str, template: str
) -> HttpResponse:
    if not row.is_draft:
        if request.method == "POST":
            raise Http404
        form = kind(None, content_of(row))
        for field in form.fields.values():
            field.disabled = True
        return render(request, template, drafts.head(row, part) | {"form": form})
    edit = Edit(request, row, lambda: kind(None, content_of(drafts.draft(row.pk))).sheet(), first=_first(row))
    if edit.asks:
        return edit.answer(row.shown_name)
    row = drafts.draft(row.pk)
    form = kind(edit.data, content_of(row))
    if request.method == "POST":
        saved = drafts.save(row, form, form.content)
        response = drafts.answer(request, saved, form, edit) if saved else None
        if response:
            return response
        row = drafts.draft(row.pk)
    context = drafts.head(row, part) | {"form": form, "carried": edit.carried}
    return show(request, template, context, wrong=request.method == "POST")
