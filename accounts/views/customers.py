"""One customer: the page with its facts, and the panels that accounts serves."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts import access, book, contracts, customers, timeline
from accounts.forms.customers import ContactForm, CustomerForm, TouchForm
from accounts.models import Contact, Customer, Touchpoint
from accounts.request import SignedIn, posted
from config.ui.context import frame_of
from config.web.editing import Edit
from config.web.toast import toast

TOUCHES: Final = 20
UNREADABLE: Final = 422
NO_CONTENT: Final = 204


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
            "may_change": access.writes(request.user),
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
        return _go(request, reverse("accounts:customer", args=[added.pk]))
    return _form(request, form, _("Add customer"), reverse("accounts:customer_new"))


@require_http_methods(["GET", "POST"])
def customer_edit(request: SignedIn, pk: int) -> HttpResponse:
    """The form that changes a customer's own facts."""
    one = _changeable(request, pk)
    edit = Edit(request, one, lambda: CustomerForm(instance=one, user=request.user).sheet())
    title, page = _("Edit customer"), reverse("accounts:customer", args=[pk])
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
            return _go(request, page, edit.said(_("Saved.")))
    return _form(request, form, title, reverse("accounts:customer_edit", args=[pk]))


@require_GET
def contacts_panel(request: SignedIn, pk: int) -> HttpResponse:
    return _contacts(request, _visible(request, pk))


@require_http_methods(["GET", "POST"])
def contact_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that adds a contact."""
    one = _changeable(request, pk)
    day = frame_of(request).today
    url = reverse("accounts:contact_new", args=[pk])
    form = ContactForm(posted(request), initial={"state_on": day}, instance=Contact(customer=one))
    return _contact(request, form, one, _("Add contact"), url)


@require_http_methods(["GET", "POST"])
def contact_edit(request: SignedIn, pk: int, contact_pk: int) -> HttpResponse:
    """The form that changes a contact: roles, moved, left."""
    one = _changeable(request, pk)
    contact = get_object_or_404(one.contacts, pk=contact_pk)
    edit = Edit(request, contact, lambda: ContactForm(instance=contact).sheet())
    if edit.asks:
        return edit.answer(contact.name, back=reverse("accounts:customer", args=[pk]))
    form = edit.draw(ContactForm(edit.data, instance=contact))
    url = reverse("accounts:contact_edit", args=[pk, contact_pk])
    return _contact(request, form, one, _("Edit contact"), url, edit.said(_("Saved.")))


@require_GET
def timeline_panel(request: SignedIn, pk: int) -> HttpResponse:
    return _timeline(request, _visible(request, pk))


@require_http_methods(["GET", "POST"])
def touch_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that logs a touch; to htmx it says what to refresh."""
    one = _changeable(request, pk)
    day = frame_of(request).today
    form = TouchForm(posted(request), customer=one, day=day)
    url = reverse("accounts:touch_new", args=[pk])
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, _("Log a touch"), url)
    touch = timeline.log(one, author=request.user, **form.cleaned_data)
    undo = reverse("accounts:touch_undo", args=[pk, touch.pk])
    if not request.htmx:
        return toast(request, redirect("accounts:customer", pk=pk), _("Touch logged."), undo)
    return _closing(toast(request, HttpResponse(status=NO_CONTENT), _("Touch logged."), undo))


@require_POST
def touch_undo(request: SignedIn, pk: int, touch_pk: int) -> HttpResponse:
    """Take back a touch that its author has just logged."""
    one = _changeable(request, pk)
    touch = get_object_or_404(Touchpoint, pk=touch_pk, customer=one, author=request.user)
    timeline.forget(touch)
    if not request.htmx:
        return redirect("accounts:customer", pk=pk)
    return trigger_client_event(HttpResponse(status=204), "accounts:changed")


@require_GET
def contract_panel(request: SignedIn, pk: int) -> HttpResponse:
    """Contracts as they stand today, with the lines and entitlements in force, latest first. Six statements."""
    one = _visible(request, pk)
    day = frame_of(request).today
    page = Paginator(contracts.of_customer(one, day), 10).get_page(request.GET.get("page"))
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
    one = _visible(request, pk)
    objectives = one.objectives.prefetch_related("outcomes").order_by("-agreed_on", "-pk")[:20]
    may_change = Customer.objects.changeable_by(request.user).filter(pk=pk).exists()
    context = {"customer": one, "objectives": objectives, "may_change": may_change}
    return render(request, "accounts/_plan.html", context)


def _visible(request: SignedIn, pk: int) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)


def _changeable(request: SignedIn, pk: int) -> Customer:
    """404 for what one may not see, 403 for what one sees and may not change."""
    one = _visible(request, pk)
    if not access.writes(request.user):
        raise PermissionDenied
    return one


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
    page = Paginator(timeline.newest(one), TOUCHES).get_page(request.GET.get("page"))
    context = {
        "customer": one,
        "page": page,
        "may_change": access.writes(request.user),
    }
    return render(request, "accounts/_timeline.html", context)


def _contact(request: SignedIn, form: ContactForm, one: Customer, title: str, url: str, done: str = "") -> HttpResponse:
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, title, url)
    try:
        customers.keep_contact(form.save(commit=False), form.changed_data, day=frame_of(request).today)
    except ValidationError as problem:
        form.add_error(None, problem)
        return _form(request, form, title, url)
    if not request.htmx:
        return toast(request, redirect("accounts:customer", pk=one.pk), done or _("Saved."))
    return _closing(toast(request, HttpResponse(status=NO_CONTENT), done or _("Saved.")))


def _form(request: SignedIn, form: object, title: str, url: str) -> HttpResponse:
    """A form, in the dialog to htmx, else a page; 422 when it came back with errors."""
    wrong = bool(getattr(form, "errors", None))
    name = "accounts/_form.html" if request.htmx else "accounts/form.html"
    context = {"form": form, "title": title, "url": url}
    return render(request, name, context, status=UNREADABLE if wrong else 200)


def _closing(response: HttpResponse) -> HttpResponse:
    """Close the dialog the form stood in, and let the other panels refetch."""
    trigger_client_event(response, "ask:close")
    return trigger_client_event(response, "accounts:changed")


def _go(request: HttpRequest, url: str, words: str = "") -> HttpResponse:
    """On to ``url``, which says ``words``."""
    if words:
        messages.success(request, words)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
