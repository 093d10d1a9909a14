"""What a person types into a customer's record: contracts, objectives, outcomes, cancellations, invoices."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import typed
from accounts.forms.typed import TypedForm
from accounts.models import Customer
from accounts.request import SignedIn, posted
from config import clock
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.finding import changeable
from config.web.toast import seen_by, undo_of


@require_http_methods(["GET", "POST"])
def add(request: SignedIn, pk: int, key: str) -> HttpResponse:
    """The form for one row, and the row."""
    customer, kind = changeable(request, Customer.objects, pk), _kind(key)
    form = TypedForm(posted(request), kind=kind, customer=customer)
    if request.method != "POST" or not form.is_valid():
        return ask(request, form, str(kind.title), about=customer.name)
    try:
        row = typed.add(kind, customer, form.values(), by=request.user, day=frame_of(request).today, now=clock.now)
    except typed.Refused as problem:
        form.refuse(problem)
        return ask(request, form, str(kind.title), about=customer.name)
    undo = undo_of(reverse("accounts:typed_undo", args=[customer.pk, key, row.pk]), typed.mark(row))
    back = reverse("accounts:customer", args=[customer.pk])
    return acted(request, str(kind.said), undo, changed=kind.events, back=back)


@require_POST
def undo(request: SignedIn, pk: int, key: str, row_pk: int) -> HttpResponse:
    """Take back what was typed."""
    customer, kind = changeable(request, Customer.objects, pk), _kind(key)
    back = reverse("accounts:customer", args=[customer.pk])
    try:
        typed.take_back(kind, customer, row_pk, seen_by(request))
    except ValidationError as problem:
        return refused(request, problem, changed=kind.events, back=back)
    return acted(request, "", changed=kind.events, back=back)


def _kind(key: str) -> typed.Kind:
    if key not in typed.KINDS:
        raise Http404
    return typed.KINDS[key]
