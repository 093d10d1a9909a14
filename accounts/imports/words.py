"""What people call the targets of files and their fields, on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = Mapping[str, str | Promise]

TARGETS: Final[dict[str, str | Promise]] = {
    "users": _("People who log in"),
    "customers": _("Customers"),
    "keys": _("Keys of other systems"),
    "contacts": _("Contacts"),
    "posts": _("Posts"),
    "contactkeys": _("Keys of contacts"),
    "userkeys": _("Keys of people who log in"),
    "contracts": _("Contracts"),
    "entitlements": _("Entitlements"),
    "cancellations": _("Cancellations"),
    "objectives": _("Objectives"),
    "outcomes": _("Outcomes"),
    "touchpoints": _("Touchpoints"),
    "invoices": _("Invoices"),
    "integrations": _("Integrations"),
    "advocacy": _("Advocacy"),
    "rates": _("Exchange rates"),
    "features": _("Features"),
    "usage": pgettext_lazy("rows of usage", "Usage"),
    "tickets": _("Tickets"),
    "surveys": _("Survey answers"),
    "community": _("Community activity"),
}
# The shipped mappings, by whose files they read.
SHIPPED: Final[dict[str, str | Promise]] = {
    "tsunagu": "Tsunagu",
    "japanese": _("Spreadsheet in Japanese"),
    "hubspot": "HubSpot",
    "salesforce": "Salesforce",
    "stripe": "Stripe",
    "zendesk": "Zendesk",
    "intercom": "Intercom",
    "mrr_playbook": _("MRR playbook"),
    "ravenstack": "RavenStack",
    "telco": "Telco",
}
FIELDS: Final[dict[str, str | Promise]] = {
    "external_id": _("external id"),
    "customer": _("customer"),
    "contract": _("contract"),
    "contact": _("contact"),
    "name": _("name"),
    "reading": _("reading"),
    "kind": _("kind"),
    "note": _("note"),
    "status": _("status"),
    "currency": _("currency"),
    "domain": _("domain"),
    "industry": _("industry"),
    "use_case": _("use case"),
    "employees": _("employees"),
    "country": _("country"),
    "owner": _("owner"),
    "parent": _("parent customer"),
    "tags": _("tags"),
    "attributes": _("attribute of this name"),
    "email": _("email"),
    "family_name": _("family name"),
    "given_name": _("given name"),
    "honorific": _("honorific"),
    "department": _("department"),
    "title": _("title"),
    "roles": _("roles"),
    "state": _("state"),
    "state_on": _("state since"),
    "starts_on": _("start"),
    "ends_on": _("agreed end"),
    "ended_on": _("ended on"),
    "term_months": _("term in months"),
    "notice_days": _("days of notice"),
    "notice_given_on": _("notice given on"),
    "auto_renews": _("renews by itself"),
    "is_trial": _("trial"),
    "product": _("product"),
    "line_starts_on": _("start of the line"),
    "line_ends_on": _("end of the line"),
    "quantity": _("quantity"),
    "annual_amount": _("annual amount"),
    "discount_percent": _("discount in percent"),
    "seats": _("seats"),
    "replaces": _("replaces the contracts"),
    "on": _("day"),
    "stated_reason": _("stated reason"),
    "root_cause": _("root cause"),
    "controllable": _("controllable"),
    "alternative": _("alternative"),
    "issued_on": _("issued on"),
    "due_on": _("due on"),
    "paid_on": _("paid on"),
    "amount": _("amount"),
    "connected_on": _("connected on"),
    "disconnected_on": _("disconnected on"),
    "happened_on": _("happened on"),
    "fiscal_year": _("fiscal year"),
    "rate": _("rate"),
    "known_on": _("known since"),
    "key": _("key"),
    "is_core": _("core work"),
    "module": _("module"),
    "day": _("day"),
    "feature": _("feature"),
    "user": _("user"),
    "agent": _("by an agent"),
    "users": _("users"),
    "uses": _("uses"),
    "seconds": _("seconds"),
    "errors": _("errors"),
    "subject": _("subject"),
    "topic": _("topic"),
    "severity": _("severity"),
    "opened_at": _("opened"),
    "first_response_at": _("first response"),
    "solved_at": _("solved"),
    "reopened": _("times reopened"),
    "escalated": _("escalated"),
    "csat": _("satisfaction (1–5)"),
    "answer": _("answer"),
    "answered_on": _("answered on"),
    "comment": _("comment"),
    "source": _("source"),
    "role": _("role"),
    "manager": _("reports to"),
    "language": _("language"),
    "direction": _("direction"),
    "attended": _("attended"),
    "author": _("author"),
    "contacts": _("contacts"),
    "sentiment": _("sentiment"),
    "next_step": _("next step"),
    "next_step_on": _("next step by"),
    "minutes": _("minutes"),
    "agreed_on": _("agreed on"),
    "objective": _("objective"),
    "measure": _("measure"),
    "unit": _("unit"),
    "baseline": _("baseline"),
    "target": _("target"),
    "measured": _("measured"),
    "measured_on": _("measured on"),
    "unit_value": _("value of one unit"),
    "period": _("period of the value"),
    "per_period": _("results in a period"),
    "confirmed_on": _("value confirmed on"),
}


# Fields of which a target means something else than others by that name.
OF_TARGET: Final[dict[tuple[str, str], str | Promise]] = {
    ("objectives", "title"): _("title of the objective"),
    ("posts", "ends_on"): _("end of the post"),
    ("entitlements", "ends_on"): _("end of the entitlement"),
    ("usage", "users"): _("number of users"),
}


def target_words(name: str) -> str:
    return str(TARGETS.get(name, name))


def field_words(name: str, target: str) -> str:
    """The field of a target as a label: ``Agreed end``; one without words by its own name."""
    return str(capfirst(plain_words(name, target)))


def plain_words(name: str, target: str) -> str:
    """The same within a sentence: ``agreed end``."""
    return str(OF_TARGET.get((target, name)) or FIELDS.get(name, name))
