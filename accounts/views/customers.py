"""One customer: the page with its facts, and the panels that accounts serves."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, assigning, book, contracts, customers, posts, roles, timeline
from accounts.forms.customers import ContactForm, CustomerForm, TouchForm
from accounts.forms.posts import PostsForm, stored
from accounts.identity import merging
from accounts.models import Contact, ContactRole, ContactState, Customer, Touchpoint
from accounts.request import SignedIn, posted
from accounts.views.customer_panels import columns
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.editing import Edit
from config.web.finding import changeable, may_change, visible
from config.web.paging import numbered
from config.web.toast import seen_by, toast, undo_of
from health.scoring import freshness

TOUCHES: Final = 20
CHANGED: Final = ("accounts:changed",)


@require_GET
def customer(request: SignedIn, pk: int) -> HttpResponse:
    """Facts from the same composed row as the portfolio's; every panel loads from its own app."""
    day = frame_of(request).today
    visible_customers = Customer.objects.visible_to(request.user)
    if survivor := merging.survivor_of(pk):
        return redirect(_page_of(get_object_or_404(visible_customers, pk=survivor)))
    customer = get_object_or_404(book.decorated(visible_customers, request.user, day), pk=pk)
    return render(
        request,
        "accounts/customer.html",
        {
            "customer": customer,
            "champion_gone": customers.champion_gap(list(customer.contacts.all())),
            "assigned": assigning.told_of(customer),
            "may_change": access.writes(request.user),
            "columns": columns(customer),
            "mark": freshness.mark(customer),
            "merges": merging.standing(customer),
        },
    )


@require_http_methods(["GET", "POST"])
def customer_new(request: SignedIn) -> HttpResponse:
    """The form that adds a customer."""
    if not access.writes(request.user):
        raise PermissionDenied
    form = CustomerForm(posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        added = customers.add(day=frame_of(request).today, **form.facts())
        return toast(request, redirect(_page_of(added)), _("“%(name)s” is added.") % {"name": added.name})
    return ask(request, form, _("Add customer"))


@require_http_methods(["GET", "POST"])
def customer_edit(request: SignedIn, pk: int) -> HttpResponse:
    """The form that changes a customer's own facts."""
    customer = changeable(request, Customer.objects, pk)
    edit = Edit(request, customer, lambda: CustomerForm(instance=customer, user=request.user).sheet())
    page = _page_of(customer)
    if edit.asks:
        return edit.answer(customer.name, back=page)
    givers, day = {pk: customer.owner_id}, frame_of(request).today
    form = edit.draw(CustomerForm(edit.data, instance=customer, user=request.user))
    if request.method == "POST" and form.is_valid():
        try:
            customers.change(form.instance, form.changed_data, day=day, by=request.user, givers=givers)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return toast(request, redirect(page), edit.said(_("Saved.")))
    return ask(request, form, _("Edit customer"), about=customer.name)


@require_GET
def contacts_panel(request: SignedIn, pk: int) -> HttpResponse:
    return _contacts(request, visible(request, Customer.objects, pk))


@require_http_methods(["GET", "POST"])
def contact_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that adds a contact."""
    customer = changeable(request, Customer.objects, pk)
    day = frame_of(request).today
    form = ContactForm(posted(request), initial={"state_on": day}, instance=Contact(customer=customer))
    return _contact(request, form, customer, _("Add contact"))


@require_http_methods(["GET", "POST"])
def contact_edit(request: SignedIn, pk: int, contact_pk: int) -> HttpResponse:
    """The form that changes a contact: roles, moved, left."""
    customer = changeable(request, Customer.objects, pk)
    contact = get_object_or_404(customer.contacts, pk=contact_pk)
    edit = Edit(request, contact, lambda: ContactForm(instance=contact).sheet())
    if edit.asks:
        return edit.answer(contact.name, back=_page_of(customer))
    form = edit.draw(ContactForm(edit.data, instance=contact))
    return _contact(request, form, customer, _("Edit contact"), edit.said(_("Saved.")))


@require_http_methods(["GET", "POST"])
def contact_posts(request: SignedIn, pk: int, contact_pk: int) -> HttpResponse:
    """The form of the posts that a contact holds and held."""
    customer = changeable(request, Customer.objects, pk)
    contact = get_object_or_404(customer.contacts, pk=contact_pk)
    title = _("Posts of %(name)s") % {"name": contact.name}
    if request.method != "POST":
        stand = posts.stand(contact.posts.all())
        form = PostsForm(stored=stored(stand), initial={"saw": posts.mark(stand)})
        return ask(request, form, title, about=customer.name)
    form = PostsForm(request.POST)
    if form.redraws:
        return ask(request, form.again(), title, about=customer.name)
    if form.is_valid():
        try:
            written = posts.write(contact, form.posts(contact), form.cleaned_data["saw"])
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            url = reverse("accounts:contact_posts_back", args=[pk, contact_pk, written.act])
            undo = undo_of(f"{url}?{urlencode({'stood': written.stood})}", written.now)
            return acted(request, _("Saved."), undo, changed=CHANGED, back=_page_of(customer))
    return ask(request, form, title, about=customer.name)


@require_POST
def contact_posts_back(request: SignedIn, pk: int, contact_pk: int, act: int) -> HttpResponse:
    """Take back what was just saved of the posts of a contact."""
    customer = changeable(request, Customer.objects, pk)
    contact = get_object_or_404(customer.contacts, pk=contact_pk)
    written = posts.Written(act, request.GET.get("stood", ""), seen_by(request))
    try:
        posts.write_back(contact, written)
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED, back=_page_of(customer))
    return acted(request, "", changed=CHANGED, back=_page_of(customer))


@require_GET
def timeline_panel(request: SignedIn, pk: int) -> HttpResponse:
    return _timeline(request, visible(request, Customer.objects, pk))


@require_http_methods(["GET", "POST"])
def touch_new(request: SignedIn, pk: int) -> HttpResponse:
    """The form that logs a touch; its answer to htmx names what to refresh."""
    customer = changeable(request, Customer.objects, pk)
    day = frame_of(request).today
    form = TouchForm(posted(request), customer=customer, day=day, initial=_asked_kind(request))
    if request.method != "POST" or not form.is_valid():
        return ask(request, form, _("Log a touch"), about=customer.name)
    touch = timeline.log(customer, author=request.user, **form.cleaned_data)
    undo = reverse("accounts:touch_undo", args=[pk, touch.pk])
    return acted(request, _("Touch logged."), undo, changed=CHANGED, back=_page_of(customer))


def _asked_kind(request: SignedIn) -> dict[str, str]:
    """The kind of touch that the address names."""
    kind = request.GET.get("kind", "")
    return {"kind": kind} if kind in Touchpoint.Kind.values else {}


@require_POST
def touch_undo(request: SignedIn, pk: int, touch_pk: int) -> HttpResponse:
    """Take back a touch that its author has just logged."""
    customer = changeable(request, Customer.objects, pk)
    touch = get_object_or_404(Touchpoint, pk=touch_pk, customer=customer, author=request.user)
    timeline.forget(touch)
    return acted(request, "", changed=CHANGED, back=_page_of(customer))


@require_GET
def contract_panel(request: SignedIn, pk: int) -> HttpResponse:
    """Contracts as they stand today, with the lines and entitlements in force, latest first. Six statements."""
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    page = numbered(request, contracts.of_customer(customer, day), 10)
    context = {
        "customer": customer,
        "page": page,
        "standings": [contracts.standing(contract, day) for contract in page],
        "may_change": access.writes(request.user),
    }
    return render(request, "accounts/_contracts.html", context)


@require_GET
def plan_panel(request: SignedIn, pk: int) -> HttpResponse:
    """The customer's 20 newest objectives with their outcomes."""
    customer = visible(request, Customer.objects, pk)
    objectives = customer.objectives.prefetch_related("outcomes").order_by("-agreed_on", "-pk")[:20]
    context = {"customer": customer, "objectives": objectives, "may_change": may_change(request, customer)}
    return render(request, "accounts/_plan.html", context)


def _contacts(request: SignedIn, customer: Customer) -> HttpResponse:
    by_name = Coalesce(NullIf("reading", Value("")), "name")
    people = list(posts.with_posts(customer.contacts.order_by("state", by_name, "pk")))
    day = frame_of(request).today
    there = [person for person in people if person.state != ContactState.LEFT]
    champions = [person.pk for person in there if ContactRole.CHAMPION in person.roles]
    since = roles.held_since(champions, ContactRole.CHAMPION) if champions else {}
    context = {
        "customer": customer,
        "people": people,
        "rows": [(person, posts.held(person, day), since.get(person.pk)) for person in people],
        "champion_gone": customers.champion_gap(people),
        "may_change": access.writes(request.user),
    }
    return render(request, "accounts/_contacts.html", context)


def _timeline(request: SignedIn, customer: Customer) -> HttpResponse:
    touches = timeline.newest(customer)
    page = numbered(request, touches, TOUCHES)
    newer = touches[(page.number - 1) * TOUCHES - 1].happened_on if page.number and page.number > 1 else None
    context = {
        "customer": customer,
        "page": page,
        "entries": timeline.with_moves(
            page.rows, timeline.moves(customer, page.rows, frame_of(request).today), newer, is_last=page.after is None
        ),
        "may_change": access.writes(request.user),
    }
    return render(request, "accounts/_timeline.html", context)


def _contact(request: SignedIn, form: ContactForm, customer: Customer, title: str, message: str = "") -> HttpResponse:
    if request.method != "POST" or not form.is_valid():
        return ask(request, form, title, about=customer.name)
    try:
        customers.keep_contact(form.save(commit=False), form.changed_data, day=frame_of(request).today)
    except ValidationError as problem:
        form.add_error(None, problem)
        return ask(request, form, title, about=customer.name)
    return acted(request, message or _("Saved."), changed=CHANGED, back=_page_of(customer))


def _page_of(customer: Customer) -> str:
    return reverse("accounts:customer", args=[customer.pk])
