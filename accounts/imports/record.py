"""The files of which the record itself is made."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.imports import choosing, targets
from accounts.imports.activity import ADVOCACY, INTEGRATIONS, INVOICES
from accounts.imports.cancellations import CANCELLATIONS
from accounts.imports.contacts import CONTACTS
from accounts.imports.contracts import CONTRACTS
from accounts.imports.customers import CUSTOMERS
from accounts.imports.entitlements import ENTITLEMENTS
from accounts.imports.keys import CONTACT_KEYS, KEYS, USER_KEYS
from accounts.imports.objectives import OBJECTIVES, OUTCOMES
from accounts.imports.posts import POSTS
from accounts.imports.rates import RATES
from accounts.imports.touchpoints import TOUCHPOINTS
from accounts.imports.users import USERS
from config import sentences


def install() -> None:
    sentences.LISTS.append(choices)
    targets.register(
        RATES,
        USERS,
        USER_KEYS,
        CUSTOMERS,
        KEYS,
        CONTACTS,
        POSTS,
        CONTACT_KEYS,
        CONTRACTS,
        ENTITLEMENTS,
        CANCELLATIONS,
        OBJECTIVES,
        OUTCOMES,
        TOUCHPOINTS,
        INVOICES,
        INTEGRATIONS,
        ADVOCACY,
    )


def choices() -> Iterator[str]:
    """What each field of choices says a file may say, in the language of the page."""
    for target in targets.TARGETS.values():
        yield from (choosing.listed(field) for field in target.fields if field.choices)
