"""Cancellations from a file: why customers left. They explain churn, they never count it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Field
from accounts.imports.names import OF_CANCELLATIONS
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target, Trouble, Values
from accounts.models import Alternative, Cancellation, ChurnReason

COLUMNS: Final = ("stated_reason", "root_cause", "controllable", "alternative", "note")
CONTRACTS: Final = "SELECT external_id FROM accounts_contract WHERE source = %(source)s"
CONTRACT: Final = """
    LEFT JOIN accounts_contract c ON c.source = %(source)s AND c.external_id = s.contract
"""


def load(staged: Staged) -> Loaded:
    staged.reject_unknown_customers()
    staged.reject_repeats()
    columns = {"customer_id": "w.customer_id", '"on"': 's."on"'}
    columns |= {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    joins = ""
    if staged.has("contract"):
        staged.reject_unknown("contract", CONTRACTS, _("“{cell}” is not a contract that is known"))
        other = f"""s.contract IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounts_contract c JOIN ({staged.customers}) w ON w.customer_id = c.customer_id
            WHERE c.source = %(source)s AND c.external_id = s.contract AND w.external_id = s.customer)"""
        staged.reject(other, "contract", _("“{cell}” is a contract of another customer"), "s.contract")
        joins = CONTRACT
        columns["contract_id"] = "c.id"
    staged.upsert(Cancellation, columns, joins=joins, where="WHERE external_id <> ''")
    return staged.finish()


def check(values: Values, _day: dt.date) -> Trouble | None:
    """The reason “other” wants a note, in the record as on the screen."""
    if values["stated_reason"] == ChurnReason.OTHER and not values.get("note"):
        return "note", _("is empty, and the stated reason is “other”")
    return None


CANCELLATIONS: Final = Target(
    "cancellations",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("on", "date", required=True, past=True),
        Field(
            "stated_reason",
            "choice",
            required=True,
            choices=tuple(ChurnReason.values),
            labels=tuple(ChurnReason.choices),
        ),
        Field("root_cause", "choice", blank="", choices=tuple(ChurnReason.values), labels=tuple(ChurnReason.choices)),
        Field("controllable", "flag"),
        Field("alternative", "choice", blank="", choices=tuple(Alternative.values), labels=tuple(Alternative.choices)),
        Field("note", blank="", longest=10_000, hint="needed where the reason is `other`"),
        Field("contract"),
    ),
    load,
    check,
    models=(Cancellation,),
    tables=("accounts_cancellation",),
    names=OF_CANCELLATIONS,
)
