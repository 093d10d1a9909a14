"""One customer: the page with its facts, and the panels that accounts serves."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, assigning, book, contracts, customers, timeline
from accounts.forms.customers import ContactForm, CustomerForm, TouchForm
from accounts.models import Contact, Customer, Touchpoint
from accounts.request import SignedIn, posted
from accounts.views.customer_panels import columns
from config.ui.context import frame_of
from config.web.acting import acted
from config.web.asking import ask
from config.web.editing import Edit
from config.web.finding import changeable, may_change, visible
from config.web.paging import numbered
from config.web.toast import toast
from health.scoring import freshness

TOUCHES: Final = 20
CHANGED: Final = ("accounts:changed",)


@require_GET
def customer(request: SignedIn, pk: int) -> HttpResponse:
    """Facts from the same composed row as the portfolio's; every panel loads from its own app."""
    day = frame_of(request).today
    visible = Customer.objects.visible_to(request.user)
    one = get_object_or_404(book.decorated(visible, request.user, day), pk=pk)
    return render(
        request,
        "accounts/customer.html",
        {
            "customer": one,
            "champion_gone": customers.champion_gap(list(one.contacts.all())),
            "assigned": assigning.told_of(one),
            "may_change": access.writes(request.user),
            "columns": columns(one),
            "mark": freshness.mark(one),
        },
    )


@require_http_methods(["GET", "POST"])
def customer_new(request: SignedIn) -> HttpResponse:
    """The form that adds a customer."""
    if not access.writes(request.user):
        raise PermissionDenied
    form = CustomerForm(posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data | {"tags": form.instance.tags}
        added = customers.add(day=frame_of(request).today, **fields)
        return toast(request, redirect(_page_of(added)), _("“%(name)s” is added.") % {"name": added.name})
    return ask(request, form, _("Add customer"))


@require_http_methods(["GET", "POST"])
def customer_edit(request: SignedIn, pk: int) -> HttpResponse:
    """The form that changes a customer's own facts."""
    one = changeable(request, Customer.objects, pk)
    edit = Edit(request, one, lambda: CustomerForm(instance=one, user=request.user).sheet())
    page = _page_of(one)
    if edit.asks:
        return edit.answer(one.name, back=page)
    givers, day = {pk: one.owner_id}, frame_of(request).today
    form = edit.draw(CustomerForm(edit.data, instance=one, user=request.user))
    if request.method == "POST" and form.is_valid():
        try:
            customers.change(form.instance, form.changed_data, day=day, by=request.user, givers=givers)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return toast(request, redirect(page), edit.said(_("Saved.")))
    return ask(request, form, _("Edit customer"), about=one.name)


@require_GET
def contacts_panel(request: SignedIn, pk: int) -> HttpResponse:
    return _contacts(request, visible(request, Customer.objects, pk))


@require_http_methods(["GET", "POST"])
def contact_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that adds a contact."""
    one = changeable(request, Customer.objects, pk)
    day = frame_of(request).today
    form = ContactForm(posted(request), initial={"state_on": day}, instance=Contact(customer=one))
    return _contact(request, form, one, _("Add contact"))


@require_http_methods(["GET", "POST"])
def contact_edit(request: SignedIn, pk: int, contact_pk: int) -> HttpResponse:
    """The form that changes a contact: roles, moved, left."""
    one = changeable(request, Customer.objects, pk)
    contact = get_object_or_404(one.contacts, pk=contact_pk)
    edit = Edit(request, contact, lambda: ContactForm(instance=contact).sheet())
    if edit.asks:
        return edit.answer(contact.name, back=_page_of(one))
    form = edit.draw(ContactForm(edit.data, instance=contact))
    return _contact(request, form, one, _("Edit contact"), edit.said(_("Saved.")))


@require_GET
def timeline_panel(request: SignedIn, pk: int) -> HttpResponse:
    return _timeline(request, visible(request, Customer.objects, pk))


@require_http_methods(["GET", "POST"])
def touch_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that logs a touch; to htmx it says what to refresh."""
    one = changeable(request, Customer.objects, pk)
    day = frame_of(request).today
    form = TouchForm(posted(request), customer=one, day=day, initial=_asked_kind(request))
    if request.method != "POST" or not form.is_valid():
        return ask(request, form, _("Log a touch"), about=one.name)
    touch = timeline.log(one, author=request.user, **form.cleaned_data)
    undo = reverse("accounts:touch_undo", args=[pk, touch.pk])
    return acted(request, _("Touch logged."), undo, changed=CHANGED, back=_page_of(one))


def _asked_kind(request: SignedIn) -> dict[str, str]:
    """The kind of touch that the address names."""
    kind = request.GET.get("kind", "")
    return {"kind": kind} if kind in Touchpoint.Kind.values else {}


@require_POST
def touch_undo(request: SignedIn, pk: int, touch_pk: int) -> HttpResponse:
    """Take back a touch that its author has just logged."""
    one = changeable(request, Customer.objects, pk)
    touch = get_object_or_404(Touchpoint, pk=touch_pk, customer=one, author=request.user)
    timeline.forget(touch)
    return acted(request, "", changed=CHANGED, back=_page_of(one))


@require_GET
def contract_panel(request: SignedIn, pk: int) -> HttpResponse:
    """Contracts as they stand today, with the lines and entitlements in force, latest first. Six statements."""
    one = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    page = numbered(request, contracts.of_customer(one, day), 10)
    context = {
        "customer": one,
        "page": page,
        "standings": [contracts.standing(contract, day) for contract in page],
        "may_change": access.writes(request.user),
    }
    return render(request, "accounts/_contracts.html", context)


@require_GET
def plan_panel(request: SignedIn, pk: int) -> HttpResponse:
    """What the customer wants and what of it is reached."""
    one = visible(request, Customer.objects, pk)
    objectives = one.objectives.prefetch_related("outcomes").order_by("-agreed_on", "-pk")[:20]
    context = {"customer": one, "objectives": objectives, "may_change": may_change(request, one)}
    return render(request, "accounts/_plan.html", context)


def _contacts(request: SignedIn, one: Customer) -> HttpResponse:
    people = list(one.contacts.order_by("state", "name"))
    context = {
        "customer": one,
        "people": people,
        "champion_gone": customers.champion_gap(people),
        "may_change": access.writes(request.user),
    }
    return render(request, "accounts/_contacts.html", context)


def _timeline(request: SignedIn, one: Customer) -> HttpResponse:
    page = numbered(request, timeline.newest(one), TOUCHES)
    context = {
        "customer": one,
        "page": page,
        "may_change": access.writes(request.user),
    }
    return render(request, "accounts/_timeline.html", context)


def _contact(request: SignedIn, form: ContactForm, one: Customer, title: str, message: str = "") -> HttpResponse:
    if request.method != "POST" or not form.is_valid():
        return ask(request, form, title, about=one.name)
    try:
        customers.keep_contact(form.save(commit=False), form.changed_data, day=frame_of(request).today)
    except ValidationError as problem:
        form.add_error(None, problem)
        return ask(request, form, title, about=one.name)
    return acted(request, message or _("Saved."), changed=CHANGED, back=_page_of(one))


def _page_of(one: Customer) -> str:
    return reverse("accounts:customer", args=[one.pk])
