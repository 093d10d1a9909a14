"""The attributes of one customer: the panel, the form, and Undo."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from django.core import signing
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.attributes import definitions, values
from accounts.conditions.fields import YES_NO
from accounts.forms.attribute_values import AttributesForm
from accounts.models import Attribute, Customer
from accounts.request import SignedIn
from config.days import read
from config.ui import figures
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.editing import Edit
from config.web.finding import changeable, may_change, visible

CHANGED: Final = ("accounts:changed",)
Kind = Attribute.Kind


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """What the admin wants to be seen of a customer. One statement beside the customer's."""
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    rows = [(held, said(held, day)) for held in values.shown(customer)]
    context = {"customer": customer, "rows": rows, "may_change": may_change(request, customer)}
    return render(request, "accounts/_attributes.html", context)


def said(held: values.Held, today: dt.date) -> str:
    """A value as people read it; one that does not fit as it stands."""
    if not held.text or not held.fits:
        return held.text or figures.NONE
    match held.attribute.kind:
        case Kind.NUMBER:
            return figures.minus(f"{Decimal(held.text):,f}")
        case Kind.DAY:
            return figures.day(read(held.text), today)
        case Kind.FLAG:
            return str(dict(YES_NO)[held.text])
    return held.text


def told(customer: Customer, key: str, today: dt.date) -> tuple[str, str]:
    """(label, value) of what ``customer`` has under ``key``; without a definition as it stands."""
    if attribute := definitions.by_key().get(key):
        return attribute.label, said(values.held(customer, attribute), today)
    return key, values.text_of(customer.attributes, key)


@require_http_methods(["GET", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """The form of all attributes in use."""
    customer = changeable(request, Customer.objects, pk)
    known = definitions.in_use()
    page = reverse("accounts:customer", args=[pk])

    def stand() -> list[values.Held]:
        return [values.held(customer, attribute) for attribute in known]

    edit = Edit(request, customer, lambda: AttributesForm(stand=stand()).sheet())
    title = _("Edit attributes")
    if edit.asks:
        return edit.answer(title, back=page)
    form = edit.draw(AttributesForm(edit.data, stand=stand()))
    if request.method != "POST" or not form.is_valid():
        return ask(request, form, title, about=customer.name)
    undo = None
    if texts := form.texts():
        before = values.change(customer, texts, day=frame_of(request).today, by=request.user)
        path = reverse("accounts:attributes_back", args=[pk])
        undo = f"{path}?was={signing.dumps([before, texts], salt=path, compress=True)}"
    return acted(request, edit.said(_("Saved.")), undo, changed=CHANGED, back=page)


@require_POST
def back(request: SignedIn, pk: int) -> HttpResponse:
    """Take back what was just saved, where it still stands."""
    customer = changeable(request, Customer.objects, pk)
    page = reverse("accounts:customer", args=[pk])
    try:
        before, after = signing.loads(request.GET.get("was", ""), salt=request.path)
    except signing.BadSignature as error:
        raise BadRequest(_("The address does not say what it would take back.")) from error
    try:
        values.put_back(customer.pk, before, after, day=frame_of(request).today, by=request.user)
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED, back=page)
    return acted(request, _("Taken back: %(name)s.") % {"name": customer.name}, changed=CHANGED, back=page)
