"""Contacts from a file, by their external id."""

from __future__ import annotations

from typing import Final

from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target
from accounts.imports.values import Field
from accounts.models import Contact, ContactRole, ContactState

COLUMNS: Final = ("name", "email", "title", "roles", "state", "state_on")


def load(staged: Staged) -> Loaded:
    """A new contact is active since the day of the import unless the file says otherwise."""
    staged.reject_unknown_customers()
    staged.reject_repeats()
    columns = {"customer_id": "w.customer_id"} | {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    if staged.has("state_on"):
        columns["state_on"] = "coalesce(s.state_on, %(day)s)"
    staged.upsert(
        Contact,
        columns,
        where="WHERE external_id <> ''",
        fixed={} if staged.has("state_on") else {"state_on": staged.day},
    )
    return staged.finish()


CONTACTS: Final = Target(
    "contacts",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("name", required=True, longest=150),
        Field("email", "email", blank="", longest=254),
        Field("title", blank="", longest=120),
        Field("roles", "list", blank=[], choices=tuple(ContactRole.values)),
        Field("state", "choice", blank="active", choices=tuple(ContactState.values)),
        Field("state_on", "date"),
    ),
    load,
)
