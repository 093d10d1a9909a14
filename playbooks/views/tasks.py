"""Tasks: close, undo, snooze, hand on, add, and their list."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget

from accounts import access
from accounts.forms.work import HandOnForm, SnoozeForm
from accounts.lists import page, read
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
from playbooks import giving, work
from playbooks.forms.tasks import DoneForm, TaskForm
from playbooks.models import Task
from playbooks.models.tasks import TaskQuerySet
from playbooks.views.listed import OWN, TASKS

CHANGED: Final = ("playbooks:changed",)


@require_GET
@vary_on_headers("HX-Request")
def tasks(request: SignedIn) -> HttpResponse:
    """The list of tasks by state, filtered by task and customer fields."""
    listing = read(TASKS, request.user, request.GET, frame_of(request).today)
    scopes = page.scopes(listing, access.scopes(request.user), OWN)
    context = (
        page.context(request, listing) | page.tabs(listing, TaskQuerySet.counts) | scopes | {"count_also": "tasks"}
    )
    return render(request, "lists/_list.html" if request.htmx else "playbooks/tasks.html", context)


@require_http_methods(["GET", "POST"])
def done(request: SignedIn, pk: int) -> HttpResponse:
    """Close a task: at once by its checkbox, or by the form with its outcome. A refused form keeps the typed values."""
    task = _task(request, pk)
    form = DoneForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            closed = work.complete(
                task, user=request.user, now=clock.now(), day=frame_of(request).today, **form.cleaned_data
            )
        except ValidationError as problem:
            is_tick = "note" not in request.POST
            if is_tick and not hasattr(problem, "error_dict"):
                return refused(request, problem, changed=CHANGED)
            blame(form, problem)
        else:
            undo = undo_of(reverse("playbooks:task_undo", args=[pk]), work.mark(closed))
            message = _("“%(task)s” is closed.") % {"task": closed.shown_title}
            return acted(request, message, undo, changed=_shown_on(task))
    answer = ask(request, form, task.shown_title, _("Close the task"), about=task.customer.name)
    # A checkbox in a list swaps nothing, so the dialog opens for what is still missing.
    return reswap(retarget(answer, "#ask"), "innerHTML") if form.errors and request.htmx else answer


@require_POST
def undo(request: SignedIn, pk: int) -> HttpResponse:
    """Open a closed task again."""
    task = _task(request, pk)
    try:
        work.undo(task, back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED)
    return acted(request, _("“%(task)s” is open again.") % {"task": task.shown_title}, changed=_shown_on(task))


@require_http_methods(["GET", "POST"])
def snooze(request: SignedIn, pk: int) -> HttpResponse:
    """Put a task off until a day, with a reason."""
    task = _task(request, pk)
    day = frame_of(request).today
    edit = Edit(request, task, lambda: _waiting(task, day))
    if edit.asks:
        return edit.answer(task.shown_title)
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(SnoozeForm(edit.data, day=day))
    if request.method == "POST" and form.is_valid():
        try:
            snoozed = work.snooze(task, form.cleaned_data["until"], form.cleaned_data["reason"], day=day)
        except ValidationError as problem:
            blame(form, problem)
        else:
            until = day_words(snoozed.snoozed_until, day)
            message = _("“%(task)s” waits until %(until)s.") % {"task": snoozed.shown_title, "until": until}
            return acted(
                request,
                message,
                undo_of(reverse("playbooks:task_wake", args=[pk]), work.mark(snoozed)),
                changed=CHANGED,
            )
    return ask(request, form, task.shown_title, _("Snooze"), about=task.customer.name)


@require_POST
def wake(request: SignedIn, pk: int) -> HttpResponse:
    """Show a snoozed task again."""
    task = _task(request, pk)
    try:
        work.wake(task, back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED)
    return acted(request, _("“%(task)s” is back on the list.") % {"task": task.shown_title}, changed=CHANGED)


@require_http_methods(["GET", "POST"])
def hand_on(request: SignedIn, pk: int) -> HttpResponse:
    """Give an open task to somebody else."""
    task = _task(request, pk)
    edit = Edit(request, task, lambda: _holder(request, task))
    if edit.asks:
        return edit.answer(task.shown_title)
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=CHANGED)
    form = edit.draw(HandOnForm(edit.data, customer=task.customer, user=request.user))
    if request.method == "POST" and form.is_valid():
        try:
            reassigned = giving.reassign(task, form.cleaned_data["to"])
        except ValidationError as problem:
            blame(form, problem)
        else:
            values = {"task": reassigned.shown_title, "person": form.cleaned_data["to"].name}
            return acted(request, _("“%(task)s” is %(person)s’s now.") % values, changed=CHANGED)
    return ask(request, form, task.shown_title, _("Hand on"), about=task.customer.name)


@require_http_methods(["GET", "POST"])
def task_new(request: SignedIn, pk: int) -> HttpResponse:
    """Add a task by hand for one customer."""
    customer = changeable(request, Customer.objects, pk)
    day = frame_of(request).today
    start = {"due_on": day + dt.timedelta(days=1), "to": request.user.pk}
    form = TaskForm(posted(request), customer=customer, user=request.user, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            added = giving.add(customer, user=request.user, **form.cleaned_data)
        except ValidationError as problem:
            blame(form, problem)
        else:
            return acted(request, _("“%(task)s” is on the list.") % {"task": added.title}, changed=CHANGED)
    title = _("Add task: %(customer)s") % {"customer": customer.name}
    return ask(request, form, title, _("Add task"))


def _waiting(task: Task, day: dt.date) -> FormSheet:
    """The day and reason of a task's snooze, bound as one field."""
    form = SnoozeForm(day=day, initial={"until": task.snoozed_until, "reason": task.snooze_reason})
    return FormSheet(form, {"waits": (_("Waits"), ["until", "reason"])})


def _holder(request: SignedIn, task: Task) -> FormSheet:
    return FormSheet(HandOnForm(customer=task.customer, user=request.user, initial={"to": task.assignee_id}))


def _task(request: SignedIn, pk: int) -> Task:
    return changeable(request, Task.objects.select_related("customer", "assignee"), pk)


def _shown_on(task: Task) -> tuple[str, ...]:
    """The events that refresh the task: one for a part of renewal prep also shows on the renewal."""
    return (*CHANGED, "renewals:changed") if task.prep_part else CHANGED
