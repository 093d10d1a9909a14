"""Changing case rules, for admins: a new one, its values, taking a change back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from accounts.models import Customer
from accounts.request import SignedIn, posted
from config import clock
from config.ui.context import frame_of
from config.web.acting import refused
from config.web.asking import ask, show
from config.web.editing import Edit
from config.web.refusing import blame
from config.web.toast import toast
from health.cases import trial, tuning
from health.forms.case_rules import NewRuleForm, Parts
from health.models import CaseRule, CaseRuleChange


@require_http_methods(["GET", "POST"])
def new(request: SignedIn) -> HttpResponse:
    """Name a new rule and choose what it watches for; its values come next."""
    _admins_only(request)
    form = NewRuleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = tuning.create(**form.cleaned_data, by=request.user, now=clock.now())
        return redirect("health:case_rule_edit", pk=made.pk)
    return ask(request, form, _("New case rule"), _("Go on"))


@require_http_methods(["GET", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """Change a rule; "who would get a case" tries what is written and saves nothing."""
    _admins_only(request)
    rule = get_object_or_404(CaseRule, pk=pk)
    redraws = Parts(rule, posted(request)).conditions.acted or "try" in request.POST
    edit = Edit(request, rule, lambda: Parts(rule).sheet(frame_of(request).today), redraws=redraws)
    if edit.asks:
        return edit.answer(rule.shown_name, back=reverse("health:case_rule", args=[pk]))
    parts = Parts(rule, edit.data)
    edit.draw(parts)
    if request.method != "POST" or parts.conditions.acted:
        return _show(request, rule, parts)
    if not parts.are_valid():
        return _show(request, rule, parts, wrong=True)
    return _try(request, rule, parts) if "try" in request.POST else _save(request, rule, parts, edit)


@require_POST
def undo(request: SignedIn, pk: int, change: int) -> HttpResponse:
    """Take a change back."""
    _admins_only(request)
    one = get_object_or_404(CaseRuleChange.objects.select_related("rule"), pk=change, rule=pk)
    try:
        back = tuning.take_back(one, by=request.user, day=frame_of(request).today, now=clock.now())
    except ValidationError as problem:
        return refused(request, problem)
    words = _("Taken back.") if back else _("It is in this state already.")
    again = reverse("health:case_rule_undo", args=[pk, back.pk]) if back else None
    return toast(request, redirect("health:case_rule", pk=pk), words, again)


def _admins_only(request: SignedIn) -> None:
    if not access.configures(request.user):
        raise PermissionDenied


def _save(request: SignedIn, rule: CaseRule, parts: Parts, edit: Edit) -> HttpResponse:
    day = frame_of(request).today
    try:
        change = tuning.tune(rule, parts.changes(), by=request.user, day=day, now=clock.now())
    except ValidationError as problem:
        _blame(parts, problem)
        return _show(request, rule, parts, wrong=True)
    undo_url = reverse("health:case_rule_undo", args=[rule.pk, change.pk]) if change else None
    words = _("Saved.") if change else _("Nothing was changed.")
    return toast(request, redirect("health:case_rule", pk=rule.pk), edit.said(words), undo_url)


def _try(request: SignedIn, rule: CaseRule, parts: Parts) -> HttpResponse:
    """The page as it was typed, with whom it would call on. The rule as stored stays as it is."""
    for name, value in parts.changes().items():
        if name in tuning.LOOKS_FOR and value != getattr(rule, name):
            rule.swept_on = None  # as saving would: another state is looked for
        setattr(rule, name, value)
    found = trial.dry_run(rule, frame_of(request).today, Customer.objects.visible_to(request.user))
    return _show(request, CaseRule.objects.get(pk=rule.pk), parts, trial=found)


def _blame(parts: Parts, problem: ValidationError) -> None:
    """Each message at its field, whichever part of the page that is in."""
    of_values = {name: words for name, words in problem.message_dict.items() if name in parts.values.fields}
    rest = {name: words for name, words in problem.message_dict.items() if name not in of_values}
    for form, messages in ((parts.values, of_values), (parts.rule, rest)):
        if messages:
            blame(form, ValidationError(messages))


def _show(request: SignedIn, rule: CaseRule, parts: Parts, *, wrong: bool = False, **more: Any) -> HttpResponse:
    context = {"rule": rule, "form": parts.rule, "values": parts.values, "conditions": parts.conditions}
    context |= {"carried": parts.carried}
    return show(request, "health/case_rule_edit.html", context | more, wrong=wrong)
