"""Changing case rules, for admins: create one, set its values, undo a change."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Customer
from accounts.request import SignedIn, admins_change, posted
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
@admins_change
def new(request: SignedIn) -> HttpResponse:
    """Name a new rule and choose what it watches for; its values come next."""
    form = NewRuleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        rule = tuning.create(**form.cleaned_data, by=request.user, now=clock.now())
        return redirect("health:case_rule_edit", pk=rule.pk)
    return ask(request, form, _("New case rule"), _("Go on"))


@require_http_methods(["GET", "POST"])
@admins_change
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """Change a rule; "who would get a case" tries what is written and saves nothing."""
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
@admins_change
def undo(request: SignedIn, pk: int, change: int) -> HttpResponse:
    """Take a change back."""
    tuned = get_object_or_404(CaseRuleChange.objects.select_related("rule"), pk=change, rule=pk)
    try:
        reversal = tuning.take_back(tuned, by=request.user, day=frame_of(request).today, now=clock.now())
    except ValidationError as problem:
        return refused(request, problem)
    message = _("Taken back.") if reversal else _("It is in this state already.")
    redo_url = reverse("health:case_rule_undo", args=[pk, reversal.pk]) if reversal else None
    return toast(request, redirect("health:case_rule", pk=pk), message, redo_url)


def _save(request: SignedIn, rule: CaseRule, parts: Parts, edit: Edit) -> HttpResponse:
    day = frame_of(request).today
    try:
        change = tuning.tune(rule, parts.changes(), by=request.user, day=day, now=clock.now())
    except ValidationError as problem:
        _blame(parts, problem)
        return _show(request, rule, parts, wrong=True)
    undo_url = reverse("health:case_rule_undo", args=[rule.pk, change.pk]) if change else None
    message = _("Saved.") if change else _("Nothing was changed.")
    return toast(request, redirect("health:case_rule", pk=rule.pk), edit.said(message), undo_url)


def _try(request: SignedIn, rule: CaseRule, parts: Parts) -> HttpResponse:
    """The page with the typed values and the customers who would get a case. Saves nothing."""
    for name, value in parts.changes().items():
        if name in tuning.LOOKS_FOR and value != getattr(rule, name):
            rule.swept_on = None  # as saving does: the rule now watches for another state
        setattr(rule, name, value)
    dry_run = trial.dry_run(rule, frame_of(request).today, Customer.objects.visible_to(request.user))
    return _show(request, CaseRule.objects.get(pk=rule.pk), parts, trial=dry_run)


def _blame(parts: Parts, problem: ValidationError) -> None:
    """Put each message at its field, in whichever part of the page the field is."""
    of_values = {name: texts for name, texts in problem.message_dict.items() if name in parts.values.fields}
    rest = {name: texts for name, texts in problem.message_dict.items() if name not in of_values}
    for form, messages in ((parts.values, of_values), (parts.rule, rest)):
        if messages:
            blame(form, ValidationError(messages))


def _show(request: SignedIn, rule: CaseRule, parts: Parts, *, wrong: bool = False, **more: Any) -> HttpResponse:
    context = {"rule": rule, "form": parts.rule, "values": parts.values, "conditions": parts.conditions}
    context |= {"carried": parts.carried}
    return show(request, "health/case_rule_edit.html", context | more, wrong=wrong)
