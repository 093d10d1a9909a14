"""The board, moving cards on it, and the plain list."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from accounts import access, company
from accounts.lists import page, read
from accounts.lists.persons import resolved
from accounts.models import Customer
from accounts.request import SignedIn
from config.once.pressing import refusal
from config.ui.context import frame_of
from config.web.acting import acted
from config.web.asking import show
from config.web.finding import changeable
from config.web.refusing import reason
from config.web.toast import seen_by, toast, undo_of
from renewals import board, qbrs, stages
from renewals.forms import FiltersForm
from renewals.models import Renewal, RenewalQuerySet, RenewalStage
from renewals.views.common import CHANGED, WHOLE
from renewals.views.listed import RENEWALS


@require_GET
@vary_on_headers("HX-Request")
def pipeline(request: SignedIn) -> HttpResponse:
    """The whole board; the next cards of one column when the address names it."""
    form, renewals = _filtered(request)
    if "column" in request.GET:
        return _more(request, renewals)
    context = _board(request, renewals) | {"filters": form}
    template = "renewals/_board.html" if request.htmx else "renewals/pipeline.html"
    return render(request, template, context)


@require_POST
def stage(request: SignedIn, pk: int) -> HttpResponse:
    """Move one card; an htmx request gets the board with the address's filters."""
    renewal = changeable(request, WHOLE, pk)
    target = request.POST.get("stage", "")
    if target not in RenewalStage.values:
        raise BadRequest(_("The renewal was sent to a stage that does not exist."))
    try:
        move = stages.move(renewal, target, frame_of(request).today)
    except ValidationError as error:
        return refusal(_answer(request, reason(error), None, wrong=True))
    values = {"customer": renewal.customer.name, "stage": RenewalStage(target).label}
    undo = undo_of(reverse("renewals:stage_back", args=[pk, move.before]), move.left)
    return _answer(request, _("%(customer)s moved to %(stage)s.") % values, undo)


@require_POST
def stage_back(request: SignedIn, pk: int, before: str) -> HttpResponse:
    """Undo a move while it is the renewal's last."""
    renewal = changeable(request, WHOLE, pk)
    try:
        stages.move(renewal, before, frame_of(request).today, back=seen_by(request))
    except ValidationError as error:
        return refusal(_answer(request, reason(error), None, wrong=True))
    return acted(request, _("%(customer)s moved back.") % {"customer": renewal.customer.name}, changed=CHANGED)


@require_GET
@vary_on_headers("HX-Request")
def plain(request: SignedIn) -> HttpResponse:
    """The list of open renewals, filtered by renewal and customer fields."""
    listing = read(RENEWALS, request.user, request.GET, frame_of(request).today)
    context = page.context(request, listing) | {"count_also": "reviews,settle"}
    return render(request, "lists/_list.html" if request.htmx else "renewals/list.html", context)


def _answer(request: SignedIn, message: str, undo: str | None, *, wrong: bool = False) -> HttpResponse:
    if not request.htmx or request.headers.get("HX-Target") != "board":
        return acted(request, message, undo, changed=CHANGED)
    _form, renewals = _filtered(request)
    context = _board(request, renewals)
    response = show(request, "renewals/_board.html", context, wrong=wrong)
    return trigger_client_event(toast(request, response, message, undo), "renewals:moved")


def _filtered(request: SignedIn) -> tuple[FiltersForm, RenewalQuerySet]:
    customers = Customer.objects.visible_to(request.user)
    form = FiltersForm(request.GET, customers=customers)
    asked = read(RENEWALS, request.user, request.GET, frame_of(request).today)
    if asked.problems or not form.is_valid():
        raise BadRequest(_("The address asks for a filter that does not exist."))
    rows = Renewal.objects.visible_to(request.user)
    if asked.members:  # the board shows closed ones too, which the list leaves out by itself
        rows = cast(RenewalQuerySet, RENEWALS.holding(rows, resolved(asked.stored, request.user), asked.day))
    return form, rows


def _board(request: SignedIn, renewals: RenewalQuerySet) -> dict[str, object]:
    columns = board.columns(renewals, frame_of(request).today)
    return {
        "columns": columns,
        "currency": company.currency(),
        "may_change": access.writes(request.user),
        "filter_query": _filters(request),
        "is_empty": not any(column.renewals for column in columns),
        "in_work": board.in_work_count(request.user, frame_of(request).today),
        "soon": qbrs.soon_count(request.user, frame_of(request).today),
        "count_also": "reviews,settle",
    }


def _more(request: SignedIn, renewals: RenewalQuerySet) -> HttpResponse:
    try:
        column = board.more(renewals, request.GET["column"], request.GET.get("after", ""), frame_of(request).today)
    except ValueError as error:
        raise BadRequest(_("The address names a page that does not exist.")) from error
    context = {
        "column": column,
        "currency": company.currency(),
        "may_change": access.writes(request.user),
        "filter_query": _filters(request),
    }
    template = "renewals/_cards.html" if request.htmx else "renewals/column.html"
    return render(request, template, context)


def _filters(request: SignedIn) -> str:
    """The address's filters without the column and its page key."""
    query = request.GET.copy()
    for name in ("column", "after"):
        query.pop(name, None)
    return query.urlencode()
