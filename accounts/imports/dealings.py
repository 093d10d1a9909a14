"""Invoices, integrations, community and advocacy from files, by their external ids."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import models
from django.utils.translation import gettext as _

from accounts.imports.contracts import reporting_currency
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target, Trouble, Values, in_order
from accounts.imports.values import Field
from accounts.models import AdvocacyAct, CommunityActivity, Integration, Invoice

NAMED: Final = "WHERE external_id <> ''"
CONTACTS: Final = "SELECT external_id FROM accounts_contact WHERE source = %(source)s AND external_id <> ''"
CONTACT: Final = (
    "LEFT JOIN accounts_contact c ON c.source = %(source)s AND c.external_id = s.contact AND s.contact <> ''"
)


def load_invoices(staged: Staged) -> Loaded:
    """An invoice without a currency is in the organisation's."""
    columns = _given(staged, "issued_on", "due_on", "paid_on", "amount")
    fixed = {} if staged.has("currency") else {"currency": reporting_currency()}
    if staged.has("currency"):
        columns["currency"] = f"coalesce(s.currency, '{reporting_currency()}')"
    staged.upsert(Invoice, columns, fixed=fixed)
    return staged.finish()


def load_integrations(staged: Staged) -> Loaded:
    staged.upsert(Integration, _given(staged, "name", "connected_on", "disconnected_on"), where=NAMED)
    return staged.finish()


def load_community(staged: Staged) -> Loaded:
    return _load_acts(staged, CommunityActivity, "kind", "happened_on")


def load_advocacy(staged: Staged) -> Loaded:
    return _load_acts(staged, AdvocacyAct, "kind", "happened_on", "note")


def _load_acts(staged: Staged, model: type[models.Model], *names: str) -> Loaded:
    """Acts of somebody, who may be named by the contact's external id."""
    columns, joins = _given(staged, *names), ""
    if staged.has("contact"):
        staged.reject_unknown("contact", CONTACTS, _("“{cell}” is not a contact that is known"))
        columns["contact_id"] = "c.id"
        joins = CONTACT
    staged.upsert(model, columns, joins=joins, where=NAMED)
    return staged.finish()


def _given(staged: Staged, *names: str) -> dict[str, str]:
    """The customer's and the file's own columns, once unknown customers and repeated rows are out."""
    staged.reject_unknown_customers()
    staged.reject_repeats()
    return {"customer_id": "w.customer_id"} | {name: f"s.{name}" for name in names if staged.has(name)}


def check_invoice(values: Values, _day: dt.date) -> Trouble | None:
    return in_order(values, "issued_on", "due_on")


def check_integration(values: Values, _day: dt.date) -> Trouble | None:
    return in_order(values, "connected_on", "disconnected_on")


INVOICES: Final = Target(
    "invoices",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("issued_on", "date", required=True),
        Field("due_on", "date", required=True),
        Field("paid_on", "date"),
        Field("amount", "money", required=True, most=999_999_999_999),
        Field("currency", "currency"),
    ),
    load_invoices,
    check_invoice,
)
INTEGRATIONS: Final = Target(
    "integrations",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("name", required=True, longest=120),
        Field("connected_on", "date", required=True),
        Field("disconnected_on", "date"),
    ),
    load_integrations,
    check_integration,
)
COMMUNITY: Final = Target(
    "community",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("kind", "choice", required=True, choices=tuple(CommunityActivity.Kind.values)),
        Field("happened_on", "date", required=True),
        Field("contact"),
    ),
    load_community,
)
ADVOCACY: Final = Target(
    "advocacy",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("kind", "choice", required=True, choices=tuple(AdvocacyAct.Kind.values)),
        Field("happened_on", "date", required=True),
        Field("note", blank="", longest=10_000),
        Field("contact"),
    ),
    load_advocacy,
)
