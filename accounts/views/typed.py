"""What a person types into a customer's record: contracts, objectives, outcomes, cancellations, invoices."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import CharField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import billing, typed
from accounts.expressions import OnDay
from accounts.forms.typed import ABOUT, TypedForm
from accounts.models import Customer
from accounts.request import SignedIn, posted
from accounts.typable import KINDS, Kind
from config import clock
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.finding import changeable, may_change, visible
from config.web.paging import numbered
from config.web.toast import seen_by, undo_of

PAGE: Final = 50


@require_http_methods(["GET", "POST"])
def add(request: SignedIn, pk: int, key: str) -> HttpResponse:
    """The form for one row, and the row."""
    customer, kind = changeable(request, Customer.objects, pk), _kind(key)
    form = TypedForm(posted(request), kind=kind)
    if form.redraws or request.method != "POST" or not form.is_valid():
        return ask(request, form.again() if form.redraws else form, str(kind.title), about=customer.name)
    day = frame_of(request).today
    try:
        row = typed.add(kind, customer, form.values(), form.lines(), by=request.user, day=day, now=clock.now)
    except typed.Refused as problem:
        form.refuse_all(problem)
        return ask(request, form, str(kind.title), about=customer.name)
    undo = undo_of(reverse("accounts:typed_undo", args=[customer.pk, key, row.pk]), typed.mark(row))
    return acted(request, str(kind.said), undo, changed=kind.events, back=_page_of(customer))


@require_http_methods(["GET", "POST"])
def change(request: SignedIn, pk: int, key: str, row_pk: int) -> HttpResponse:
    """The form of a row, and its change."""
    customer, kind = changeable(request, Customer.objects, pk), _kind(key)
    row = get_object_or_404(typed.editable(kind, customer), pk=row_pk)
    said = typed.said(kind, row, request.user)
    if not said:  # a contract without a line that ran
        raise Http404
    start = {"saw": typed.version(kind, row, request.user)}
    form = TypedForm(posted(request), kind=kind, said=said, initial=start)
    if form.redraws or request.method != "POST" or not form.is_valid():
        return ask(request, form.again() if form.redraws else form, str(kind.edits), about=customer.name)
    day, said_of_it = frame_of(request).today, {name: form.cleaned_data.get(name, False) for name in ABOUT}
    try:
        run = typed.change(
            kind, customer, row, form.values(), form.lines(), **said_of_it, by=request.user, day=day, now=clock.now
        )
    except typed.Refused as problem:
        form.refuse_all(problem)
        return ask(request, form, str(kind.edits), about=customer.name)
    undo = None
    if run is not None and typed.can_go_back(run):
        url = reverse("accounts:typed_back", args=[customer.pk, key, row.pk, run.pk])
        undo = undo_of(url, typed.version(kind, row, request.user))
    return acted(request, _("Saved."), undo, changed=kind.events, back=_page_of(customer))


@require_POST
def change_back(request: SignedIn, pk: int, key: str, row_pk: int, run_pk: int) -> HttpResponse:
    """Take back a change of a row."""
    customer, kind = changeable(request, Customer.objects, pk), _kind(key)
    row = get_object_or_404(typed.editable(kind, customer), pk=row_pk)
    day = frame_of(request).today
    try:
        typed.change_back(kind, customer, row, run_pk, seen_by(request), by=request.user, day=day)
    except ValidationError as problem:
        return refused(request, problem, changed=kind.events, back=_page_of(customer))
    return acted(request, "", changed=kind.events, back=_page_of(customer))


@require_POST
def undo(request: SignedIn, pk: int, key: str, row_pk: int) -> HttpResponse:
    """Take back what was typed."""
    customer, kind = changeable(request, Customer.objects, pk), _kind(key)
    back = _page_of(customer)
    try:
        typed.take_back(kind, customer, row_pk, seen_by(request))
    except ValidationError as problem:
        return refused(request, problem, changed=kind.events, back=back)
    return acted(request, "", changed=kind.events, back=back)


@require_GET
def papers(request: SignedIn, pk: int) -> HttpResponse:
    """The invoices and cancellations of a customer, newest first."""
    customer = visible(request, Customer.objects, pk)
    state = OnDay(billing.state, frame_of(request).today, CharField())
    invoices = customer.invoices.annotate(state=state)
    page = numbered(request, invoices.order_by("-issued_on", "-pk"), PAGE)
    context = {
        "customer": customer,
        "page": page,
        "invoices": [(invoice, billing.State(invoice.state)) for invoice in page.rows],
        "cancellations": customer.cancellations.select_related("contract").order_by("-on", "-pk"),
        "may_change": may_change(request, customer),
    }
    return render(request, "accounts/papers.html", context)


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise Http404
    return KINDS[key]


def _page_of(customer: Customer) -> str:
    return reverse("accounts:customer", args=[customer.pk])
