"""What people do with a case, as forms: open, plan, put off, hand on, close, and the ways back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.work import HandOnForm, SnoozeForm
from accounts.models import Customer
from accounts.request import SignedIn, posted
from config import clock
from config.ui.context import frame_of
from config.ui.figures import day as day_words
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.editing import Edit
from config.web.finding import changeable
from config.web.refusing import blame
from config.web.sheets import FormSheet
from config.web.toast import seen_by, undo_of
from health.cases import acts, lists, planning
from health.forms.cases import CloseForm, OpenForm, PlanForm
from health.models import Case
from playbooks import following

CHANGED: Final = ("cases:changed",)


@require_http_methods(["GET", "POST"])
def case_new(request: SignedIn, pk: int) -> HttpResponse:
    """Open a case by hand for one customer."""
    customer = changeable(request, Customer.objects.select_related("owner"), pk)
    day = frame_of(request).today
    form = OpenForm(posted(request), initial={"due_on": day + dt.timedelta(days=7)})
    case = _tried(form, lambda cleaned: acts.open_by_hand(customer, user=request.user, day=day, **cleaned))
    if case:
        return acted(request, _("“%(case)s” is open.") % {"case": case.title}, changed=CHANGED)
    title = _("Open a case: %(customer)s") % {"customer": customer.name}
    return ask(request, form, title, _("Open the case"))


@require_http_methods(["GET", "POST"])
def plan(request: SignedIn, pk: int) -> HttpResponse:
    """Write the type and the plan of a case."""
    case = _case(request, pk)
    suggested = case.rule.shown_plan if case.rule else ""
    edit = Edit(request, case, lambda: FormSheet(PlanForm(initial=_planned(case, suggested))))
    if edit.asks:
        return edit.answer(case.shown_title, back=reverse("health:case", args=[pk]))
    form = edit.draw(PlanForm(edit.data, initial=_planned(case, suggested)))
    day = frame_of(request).today
    planned_case = (
        None if edit.leaves else _tried(form, lambda cleaned: acts.plan(case, user=request.user, day=day, **cleaned))
    )
    if planned_case:
        undo = undo_of(reverse("health:case_plan_back", args=[pk]), acts.mark(planned_case))
        message = edit.said(_("“%(case)s” is in progress.") % {"case": planned_case.shown_title})
        return acted(request, message, undo, changed=CHANGED)
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    return ask(request, form, case.shown_title, _("Keep the plan"), about=case.customer.name)


@require_POST
def plan_back(request: SignedIn, pk: int) -> HttpResponse:
    """Undo one's own plan of a case."""
    case = _case(request, pk)
    try:
        restored_case = planning.take_plan_back(
            case, user=request.user, day=frame_of(request).today, back=seen_by(request)
        )
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED)
    return acted(
        request, _("“%(case)s” stands as before its plan.") % {"case": restored_case.shown_title}, changed=CHANGED
    )


@require_http_methods(["GET", "POST"])
def snooze(request: SignedIn, pk: int) -> HttpResponse:
    """Put a case off until a day, with a reason."""
    case = _case(request, pk)
    day = frame_of(request).today
    edit = Edit(request, case, lambda: _waiting(case, day))
    if edit.asks:
        return edit.answer(case.shown_title, back=reverse("health:case", args=[pk]))
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(SnoozeForm(edit.data, day=day))
    snoozed_case = _tried(
        form, lambda cleaned: acts.snooze(case, cleaned["until"], cleaned["reason"], user=request.user, day=day)
    )
    if snoozed_case:
        values = {"case": snoozed_case.shown_title, "until": day_words(snoozed_case.snoozed_until, day)}
        undo = undo_of(reverse("health:case_wake", args=[pk]), acts.mark(snoozed_case))
        return acted(request, _("“%(case)s” waits until %(until)s.") % values, undo, changed=CHANGED)
    return ask(request, form, case.shown_title, _("Snooze"), about=case.customer.name)


@require_POST
def wake(request: SignedIn, pk: int) -> HttpResponse:
    """Show a snoozed case again."""
    case = _case(request, pk)
    try:
        woken_case = acts.wake(case, user=request.user, day=frame_of(request).today, back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED)
    return acted(request, _("“%(case)s” is back on the list.") % {"case": woken_case.shown_title}, changed=CHANGED)


@require_http_methods(["GET", "POST"])
def hand_on(request: SignedIn, pk: int) -> HttpResponse:
    """Give an open case to somebody else."""
    case = _case(request, pk)
    edit = Edit(request, case, lambda: _holder(request, case))
    if edit.asks:
        return edit.answer(case.shown_title, back=reverse("health:case", args=[pk]))
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(HandOnForm(edit.data, customer=case.customer, user=request.user))
    day = frame_of(request).today
    handed_case = _tried(form, lambda cleaned: acts.hand_on(case, cleaned["to"], user=request.user, day=day))
    if handed_case and handed_case.owner:
        values = {"case": handed_case.shown_title, "person": handed_case.owner.name}
        return acted(request, _("“%(case)s” is %(person)s’s now.") % values, changed=CHANGED)
    return ask(request, form, case.shown_title, _("Hand on"), about=case.customer.name)


@require_http_methods(["GET", "POST"])
def close(request: SignedIn, pk: int) -> HttpResponse:
    """Close a case with its resolution."""
    case = _case(request, pk)
    form = CloseForm(posted(request), case=case)
    day = frame_of(request).today
    closed_case = _tried(
        form, lambda cleaned: following.close_case(case, user=request.user, day=day, now=clock.now(), **cleaned)
    )
    if closed_case:
        undo = undo_of(reverse("health:case_reopen", args=[pk]), acts.mark(closed_case))
        return acted(request, _("“%(case)s” is closed.") % {"case": closed_case.shown_title}, undo, changed=CHANGED)
    title = _("Close: %(case)s") % {"case": case.shown_title}
    return ask(request, form, title, _("Close the case"), about=case.customer.name)


@require_POST
def reopen(request: SignedIn, pk: int) -> HttpResponse:
    """Undo a closing."""
    case = _case(request, pk)
    try:
        reopened_case = following.reopen_case(
            case, user=request.user, day=frame_of(request).today, back=seen_by(request)
        )
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED)
    return acted(request, _("“%(case)s” is open again.") % {"case": reopened_case.shown_title}, changed=CHANGED)


def _case(request: SignedIn, pk: int) -> Case:
    rows = lists.with_signs(Case.objects.all()).select_related("customer__owner", "rule", "owner")
    return changeable(request, rows, pk)


def _planned(case: Case, suggested: str) -> dict[str, str]:
    """The initial values of the plan form; an empty plan shows the rule's suggestion."""
    return {"type": case.type, "plan": case.plan or suggested}


def _holder(request: SignedIn, case: Case) -> FormSheet:
    return FormSheet(HandOnForm(customer=case.customer, user=request.user, initial={"to": case.owner_id}))


def _waiting(case: Case, day: dt.date) -> FormSheet:
    """Until when a case waits, and why: one decision."""
    form = SnoozeForm(day=day, initial={"until": case.snoozed_until, "reason": case.snooze_reason})
    return FormSheet(form, {"waits": (_("Waits"), ["until", "reason"])})


def _tried(form: Form, act: Callable[[dict[str, Any]], Case]) -> Case | None:
    """The case after ``act``; None when nothing was posted or the form is invalid, with each error at its field."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except ValidationError as problem:
        blame(form, problem)
        return None
