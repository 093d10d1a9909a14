"""Invoices, integrations and advocacy from files, by their external ids."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts import company
from accounts.imports import marked
from accounts.imports.cells import Field
from accounts.imports.names import OF_ADVOCACY, OF_INTEGRATIONS, OF_INVOICES
from accounts.imports.persons import CONTACT, CONTACT_ID, reject_unknown_contacts
from accounts.imports.snapshots import Whole, note_missing, take_back
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target, Trouble, Values, in_order
from accounts.models import AdvocacyAct, Integration, Invoice
from accounts.periods import connected

MISSING: Final = f"""
    SELECT i.id FROM accounts_integration i
    WHERE i.source = %(source)s AND i.external_id <> '' AND {connected("i", "%(day)s::date")}
      AND NOT EXISTS (SELECT 1 FROM import_named n WHERE n.external_id = i.external_id)
"""  # noqa: S608 (made of constants)
WHOLE: Final = Whole(Integration, MISSING, {"disconnected_on": "%(day)s"})
NAMED: Final = "WHERE external_id <> ''"


# A credit note settles the latest invoice of the same customer, currency and amount before it that no other note took.
# Invoices and notes nest like brackets: ``depth`` counts the open invoices after each, notes without one left out.
CREDIT: Final = """
    WITH bill AS (
        SELECT i.id, i.customer_id, i.source, i.currency, abs(i.amount) AS amount, i.amount < 0 AS is_note, i.issued_on,
               sum(sign(i.amount)) OVER so_far AS balance
        FROM accounts_invoice i
        WHERE i.source = %(source)s AND i.amount <> 0
          AND i.customer_id IN (SELECT n.customer_id FROM accounts_invoice n JOIN import_staged s
                                ON n.source = %(source)s AND n.external_id = s.external_id)
          AND CASE WHEN i.amount < 0 THEN NOT EXISTS (SELECT 1 FROM accounts_invoice c WHERE c.credited_by_id = i.id)
                   ELSE i.credited_by_id IS NULL AND i.paid_on IS NULL AND i.payment NOT IN ('settled', 'void') END
        WINDOW so_far AS (PARTITION BY i.customer_id, i.source, i.currency, abs(i.amount)
                          ORDER BY i.issued_on, i.amount < 0, i.id)
    ), nested AS (
        SELECT bill.*, balance - least(0, min(balance) OVER so_far) AS depth,
               is_note AND balance < coalesce(min(least(balance, 0)) OVER before, 0) AS is_alone
        FROM bill
        WINDOW so_far AS (PARTITION BY customer_id, source, currency, amount ORDER BY issued_on, is_note, id),
               before AS (so_far ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), level AS (
        SELECT nested.*, CASE WHEN is_note THEN depth + 1 ELSE depth END AS level FROM nested WHERE NOT is_alone
    ), pair AS (
        SELECT id, next_id AS note_id, next_on AS issued_on FROM (
            SELECT id, is_note, lead(id) OVER inside AS next_id, lead(issued_on) OVER inside AS next_on
            FROM level
            WINDOW inside AS (PARTITION BY customer_id, source, currency, amount, level ORDER BY issued_on, is_note, id)
        ) l
        WHERE NOT is_note AND next_id IS NOT NULL
    ), done AS (
        UPDATE accounts_invoice i SET credited_by_id = pair.note_id, credited_on = pair.issued_on
        FROM pair WHERE pair.id = i.id RETURNING i.credited_by_id AS note_id, i.customer_id, i.external_id
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT min(s.line), done.customer_id, false FROM done JOIN accounts_invoice n ON n.id = done.note_id
    JOIN import_staged s ON s.external_id IN (n.external_id, done.external_id)
    GROUP BY done.note_id, done.customer_id
"""
# Undoes the credit of an invoice whose amount, or whose note's amount, differs in the file.
UNCREDIT: Final = """
    UPDATE accounts_invoice i SET credited_by_id = NULL, credited_on = NULL
    FROM import_staged s, accounts_invoice n
    WHERE n.id = i.credited_by_id AND i.source = %(source)s
      AND (s.external_id = i.external_id AND s.amount <> i.amount OR s.external_id = n.external_id AND s.amount <> n.amount)
"""
UNMATCHED: Final = """
    SELECT count(*) FROM import_staged s JOIN accounts_invoice n ON n.source = %(source)s AND n.external_id = s.external_id
    WHERE n.amount < 0 AND NOT EXISTS (SELECT 1 FROM accounts_invoice i WHERE i.credited_by_id = n.id)
"""


def load_invoices(staged: Staged) -> Loaded:
    """A new invoice without a currency is in the organisation's, a known one keeps its own; without data on payment its state is unknown."""
    marked.fill(staged, Invoice)
    columns = _given(staged, "issued_on", "due_on", "paid_on", "amount")
    if payment := payment_of(staged):
        columns["payment"] = payment
    fixed = {} if staged.has("currency") else {"currency": company.currency()}
    if staged.has("currency"):
        columns["currency"] = f"coalesce(s.currency, '{company.currency()}')"
    # A day of payment that an earlier file named stays known where this one has no column for it.
    updates = (
        {}
        if staged.has("paid_on")
        else {"payment": "CASE WHEN t.paid_on IS NULL THEN excluded.payment ELSE 'known' END"}
    )
    if not payment:
        fixed["payment"] = Invoice.Payment.UNKNOWN.value
        if staged.count("SELECT count(*) FROM import_staged"):
            text = _("whether the invoices are paid is not known: the file has neither paid_on nor status")
            staged.notes.append(text)
    staged.execute(UNCREDIT)
    staged.upsert(Invoice, columns, fixed=fixed, updates=updates)
    staged.execute(CREDIT)
    note_unmatched(staged, staged.count(UNMATCHED))
    return staged.finish()


def payment_of(staged: Staged) -> str:
    """SQL for the payment state that the file gives; "" where it has no column for it."""
    known, settled, void, unknown = (f"'{state.value}'" for state in Invoice.Payment)
    if not staged.has("status"):
        return known if staged.has("paid_on") else ""
    paid = "s.paid_on IS NOT NULL" if staged.has("paid_on") else "false"
    return f"""
        CASE WHEN {paid} OR s.status = 'open' THEN {known} WHEN s.status = 'paid' THEN {settled}
             WHEN s.status = 'void' THEN {void} ELSE {unknown} END
    """


def note_unmatched(staged: Staged, count: int) -> None:
    if count:
        text = ngettext(
            "%(n)s credit note settles no invoice: none of that amount is open",
            "%(n)s credit notes settle no invoice: none of that amount is open",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})


def load_integrations(staged: Staged) -> Loaded:
    take_back(staged, WHOLE)
    staged.upsert(Integration, _given(staged, "name", "connected_on", "disconnected_on"), where=NAMED)
    note_missing(staged, WHOLE)
    return staged.finish()


def load_advocacy(staged: Staged) -> Loaded:
    return load_acts(staged, AdvocacyAct, "kind", "happened_on", "note")


def load_acts(staged: Staged, model: type[models.Model], *names: str) -> Loaded:
    """Load acts, whose contact may be named by its external id."""
    columns, joins = _given(staged, *names), ""
    if staged.has("contact"):
        reject_unknown_contacts(staged)
        columns["contact_id"] = CONTACT_ID
        joins = CONTACT
    staged.upsert(model, columns, joins=joins, where=NAMED)
    return staged.finish()


def _given(staged: Staged, *names: str) -> dict[str, str]:
    """The customer's and the file's own columns, once unknown customers and repeated rows are out."""
    staged.reject_unknown_customers()
    staged.reject_repeats()
    return {"customer_id": "w.customer_id"} | {name: f"s.{name}" for name in names if staged.has(name)}


def check_invoice(values: Values, _day: dt.date) -> Trouble | None:
    if values.get("status") == "open" and values.get("paid_on"):
        return "status", _("says open, and paid_on is given")
    if values.get("status") == "void" and values.get("paid_on"):
        return "status", _("says void, and paid_on is given")
    return in_order(values, "issued_on", "due_on")


def check_integration(values: Values, _day: dt.date) -> Trouble | None:
    return in_order(values, "connected_on", "disconnected_on")


STATES: Final = (
    ("open", pgettext_lazy("of an invoice", "Open")),
    ("paid", pgettext_lazy("of an invoice", "Paid")),
    ("void", pgettext_lazy("of an invoice", "Void")),
)
INVOICES: Final = Target(
    "invoices",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("issued_on", "date", required=True, past=True),
        Field("due_on", "date", required=True),
        Field("paid_on", "date", past=True),
        Field(
            "status", "choice", choices=tuple(value for value, _label in STATES), labels=STATES, fills="Invoice.payment"
        ),
        Field(
            "amount",
            "money",
            required=True,
            least=-999_999_999_999,
            most=999_999_999_999,
            hint="up to 999,999,999,999; below 0: a credit note",
        ),
        Field("currency", "currency", hint="of a new one the organisation's; a known one keeps its own"),
    ),
    load_invoices,
    check_invoice,
    models=(Invoice,),
    tables=("accounts_invoice",),
    names=OF_INVOICES,
)
INTEGRATIONS: Final = Target(
    "integrations",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("name", required=True, longest=120),
        Field("connected_on", "date", required=True, past=True),
        Field("disconnected_on", "date", past=True),
    ),
    load_integrations,
    check_integration,
    models=(Integration,),
    snapshot=True,
    tables=("accounts_integration",),
    names=OF_INTEGRATIONS,
)
ADVOCACY: Final = Target(
    "advocacy",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field(
            "kind",
            "choice",
            required=True,
            choices=tuple(AdvocacyAct.Kind.values),
            labels=tuple(AdvocacyAct.Kind.choices),
        ),
        Field("happened_on", "date", required=True, past=True),
        Field("note", blank="", longest=10_000, loose=True),
        Field("contact", longest=254, hint="external id, another key or email of a contact of the customer"),
    ),
    load_advocacy,
    models=(AdvocacyAct,),
    tables=("accounts_advocacyact",),
    names=OF_ADVOCACY,
)
