"""When the next touch of a customer is due, by its segment's cadence: as SQL and for querysets of customers.

It is due the cadence after the last two-way touch; without any, after becoming a customer. By hand nobody touches what is
served by tech touch, and a customer that leaves has work of its own instead.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import DateField, F, Func
from django.db.models.functions import Coalesce

from accounts.lifecycle import is_current
from accounts.models import UNTOUCHED_DAYS, TouchModel
from accounts.models.customers import CustomerQuerySet

# Without a segment the general limit applies.
TOUCH_EVERY: Final = Coalesce(F("segment__touch_every_days"), UNTOUCHED_DAYS)


def touch_every(segment: str) -> str:
    """The days between two-way touches; ``segment`` is the alias of the customer's segment or of NULLs."""
    return f"coalesce({segment}.touch_every_days, {UNTOUCHED_DAYS})"


def due_after(since: Any) -> Func:
    """The day when a touch is due, the last having been on the day ``since``; None without such a day."""
    return Func(since, TOUCH_EVERY, arg_joiner=" + ", template="(%(expressions)s)", output_field=DateField())


# The day when the next touch of a customer is due; None of one that never was a customer.
NEXT_TOUCH: Final = due_after(Coalesce("last_touch_on", "first_contract_on"))


def next_touch(customer: str, segment: str) -> str:
    """As ``NEXT_TOUCH``; for the aliases of a customer and its segment."""
    return f"(coalesce({customer}.last_touch_on, {customer}.first_contract_on) + {touch_every(segment)})"


def by_hand(customers: CustomerQuerySet) -> CustomerQuerySet:
    """Those of ``customers`` that somebody touches by hand."""
    return customers.current().filter(leaves_on__isnull=True).exclude(touch_model=TouchModel.TECH)


def is_by_hand(customer: str) -> str:
    """As ``by_hand``, for the alias of a customer."""
    staying = f"{customer}.leaves_on IS NULL AND {customer}.touch_model <> '{TouchModel.TECH.value}'"
    return f"({is_current(customer)} AND {staying})"
