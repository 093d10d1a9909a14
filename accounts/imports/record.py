"""The files of which the record itself is made."""

from __future__ import annotations

from accounts.imports import targets
from accounts.imports.activity import ADVOCACY, INTEGRATIONS, INVOICES
from accounts.imports.cancellations import CANCELLATIONS
from accounts.imports.contacts import CONTACTS
from accounts.imports.contracts import CONTRACTS
from accounts.imports.customers import CUSTOMERS
from accounts.imports.entitlements import ENTITLEMENTS
from accounts.imports.rates import RATES


def install() -> None:
    targets.register(
        RATES, CUSTOMERS, CONTACTS, CONTRACTS, ENTITLEMENTS, CANCELLATIONS, INVOICES, INTEGRATIONS, ADVOCACY
    )
