"""The organisation's money and terms: what follows for every customer when they change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from accounts import changes, lifecycle
from accounts.models import Customer, Organisation

# Fields of the organisation by which customers are reckoned: ARR, status, stage, touch model.
RECKONED: Final = frozenset(
    {"currency", "fiscal_year_start_month", "onboarding_days", "counts_unsettled", "frozen_today"}
)


# The currency before there is an organisation.
UNNAMED: Final = "USD"


def currency() -> str:
    """The organisation's reporting currency."""
    return Organisation.objects.values_list("currency", flat=True).first() or UNNAMED


def identity() -> Organisation:
    """The organisation with what it says of finding customers (``accounts.identity.ways``); as shipped before there is one."""
    return Organisation.objects.only("found_by", "keys_join").first() or Organisation()


def fiscal_year_starts_in() -> int:
    """The month in which the organisation's fiscal years begin."""
    return Organisation.objects.values_list("fiscal_year_start_month", flat=True).first() or 1


def follow(changed: Iterable[str], *, day: dt.date) -> bool:
    """Bring every customer up to ``day`` and mark all as changed where one of the ``changed`` fields reckons customers.

    ARR and status follow at once, the rest within seconds. Returns whether anything had to follow. Call it in the
    transaction that saves the organisation.
    """
    if RECKONED.isdisjoint(changed):
        return False
    lifecycle.sweep(day)
    changes.mark(Customer.objects.filter(merged_into__isnull=True))
    return True
