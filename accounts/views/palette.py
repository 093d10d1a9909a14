"""What the palette finds and does in the record: customers, contacts, contracts and people."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import access, finding, posts
from accounts.finding import Act, Choice, Entry, Kind, PagePlace
from accounts.models import Contact, Contract, Customer, Post, Touchpoint, User
from config.ui import figures
from config.ui.tags import avatar, logo, pill


def page_of(customer: int) -> str:
    return reverse("accounts:customer", args=[customer])


def customer_entry(customer: Customer, day: dt.date) -> Entry:
    notes = [customer.reading, _now(customer.segment.name) if customer.segment else ""]
    if customer.next_renewal_on:
        notes.append(_now("renews %(day)s") % {"day": figures.day(customer.next_renewal_on, day)})
    return Entry(
        page_of(customer.pk), customer.name, " · ".join(filter(None, notes)),
        mark=logo(customer.name, customer.pk), end=pill(customer.score, customer.band),
    )  # fmt: skip


def merged_entry(customer: Customer, _day: dt.date) -> Entry:
    """A customer that was merged, which leads to the one it is now."""
    survivor = customer.merged_into
    assert survivor is not None  # noqa: S101 (the rows of this kind have one)
    note = _now("merged into %(name)s") % {"name": survivor.name}
    return Entry(page_of(survivor.pk), customer.name, note, mark=logo(survivor.name, survivor.pk))


def contact_entry(contact: Contact, day: dt.date) -> Entry:
    roles = " / ".join(posts.held(contact, day)) or ", ".join(str(role) for role in contact.role_words)
    notes = [contact.reading, roles, contact.customer.name]
    return Entry(
        page_of(contact.customer_id),
        contact.name,
        " · ".join(filter(None, notes)),
        mark=avatar(contact.name, contact.pk),
    )


def post_entry(post: Post, day: dt.date) -> Entry:
    notes = [str(post), post.contact.customer.name]
    if post.starts_on and post.starts_on > day:
        notes.append(_now("from %(day)s") % {"day": figures.day(post.starts_on, day)})
    if post.ends_on and post.ends_on <= day:
        notes.append(_now("until %(day)s") % {"day": figures.day(post.ends_on - dt.timedelta(days=1), day)})
    return Entry(
        page_of(post.contact.customer_id),
        post.contact.name,
        " · ".join(notes),
        mark=avatar(post.contact.name, post.contact_id),
    )


def contract_entry(contract: Contract, day: dt.date) -> Entry:
    since = _now("since %(day)s") % {"day": figures.day(contract.starts_on, day)}
    return Entry(
        f"{page_of(contract.customer_id)}#contract-panel", contract.number or contract.customer.name, f"{contract.customer.name} · {since}",
        icon="doc",
    )  # fmt: skip


def person_entry(person: User, _day: dt.date) -> Entry:
    note = f"{person.get_role_display()} · {_now('customers')}"
    return Entry(
        f"{reverse('accounts:portfolio')}?owner={person.pk}", person.name, note, mark=avatar(person.name, person.pk)
    )


TOUCHES: Final = {
    Touchpoint.Kind.CALL: _("call, phone"),
    Touchpoint.Kind.MEETING: _("meeting, met"),
    Touchpoint.Kind.EMAIL: _("email, mail"),
    Touchpoint.Kind.EVENT: _("event, webinar"),
}


def kinds_of_touch() -> list[Choice]:
    return [Choice(f"kind={kind}", str(kind.label), finding.verbs_of(names)) for kind, names in TOUCHES.items()]


KINDS: Final = (
    Kind(
        "customer", _("Customers"),
        lambda user: Customer.objects.visible_to(user).select_related("segment"),
        finding.customers, customer_entry,
    ),
    Kind(
        "merged", _("Merged customers"),
        lambda user: Customer.objects.filter(merged_into__in=Customer.objects.visible_to(user)).select_related("merged_into"),
        finding.customers, merged_entry,
    ),
    Kind(
        "contact", _("Contacts"),
        lambda user: posts.with_posts(Contact.objects.filter(customer__in=Customer.objects.visible_to(user)).select_related("customer")),
        lambda rows, wanted: finding.match(rows, wanted, "name", "reading", "email").order_by("rank", "name", "pk"),
        contact_entry,
    ),
    Kind(
        "post", _("Posts"),
        lambda user: Post.objects.filter(contact__customer__in=Customer.objects.visible_to(user)).select_related("contact__customer"),
        lambda rows, wanted: finding.match(rows, wanted, "department", "title").order_by("rank", "contact__name", "pk"),
        post_entry,
    ),
    Kind(
        "contract", _("Contracts"),
        lambda user: Contract.objects.ran().filter(customer__in=Customer.objects.visible_to(user)).select_related("customer"),
        lambda rows, wanted: finding.match(rows.exclude(external_id=""), wanted, "external_id").order_by("rank", "external_id", "pk"),
        contract_entry, sign="#", hint=_("by number"),
    ),
    Kind(
        "person", pgettext_lazy("colleagues", "People"),
        lambda user: User.objects.visible_to(user).filter(is_active=True),
        lambda rows, wanted: finding.match(rows, wanted, "name", "email").order_by("rank", "name", "pk"),
        person_entry,
    ),
)  # fmt: skip
ACTS: Final = (
    Act(
        "touch", _("Log a touch with %(name)s"), _("log, call, touch, meeting, mail, email, event, note"), "call",
        lambda customer: reverse("accounts:touch_new", args=[customer.pk]), access.writes, letter="l", usual=True, choices=kinds_of_touch,
    ),
    Act(
        "edit", _("Edit %(name)s"), _("edit, change, rename, tag"), "edit",
        lambda customer: reverse("accounts:customer_edit", args=[customer.pk]), access.writes,
    ),
    Act(
        "contact", _("Add a contact at %(name)s"), _("add contact, contact"), "user",
        lambda customer: reverse("accounts:contact_new", args=[customer.pk]), access.writes,
    ),
    Act(
        "hand_over", _("Hand over %(name)s"), _("hand over, reassign, owner"), "users",
        lambda customer: reverse("accounts:customer_edit", args=[customer.pk]), access.writes,
    ),
    Act(
        "new_customer", _("New customer"), _("new customer, add customer"), "plus",
        lambda: reverse("accounts:customer_new"), access.writes, customer=False,
    ),
    Act(
        "export", _("Export all customers as CSV"), _("export, csv, download"), "download",
        lambda: reverse("accounts:export"), lambda _user: True, customer=False, dialog=False,
    ),
)  # fmt: skip
PAGES: Final = (
    PagePlace(_("Team"), "users", "accounts:team", access.manages),
    PagePlace(_("Hand over customers"), "users", "accounts:hand_over", access.manages),
    PagePlace(_("Absence and cover"), "calendar", "accounts:covers", access.writes),
    PagePlace(_("You"), "user", "accounts:myself"),
    PagePlace(_("Contracts to be settled"), "doc", "accounts:to_settle"),
    PagePlace(_("Exchange rates"), "sliders", "accounts:rates", access.configures),
    PagePlace(_("Possible twins"), "customers", "accounts:twins", access.manages),
    PagePlace(_("How customers are found"), "sliders", "accounts:ways", access.configures),
    PagePlace(_("Mappings"), "data", "accounts:mappings", access.imports),
    PagePlace(_("Closing days"), "calendar", "accounts:closing_days", access.configures),
)


def install() -> None:
    """For ``AppConfig.ready``."""
    finding.register(kinds=KINDS, acts=ACTS, pages=PAGES)
