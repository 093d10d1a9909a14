"""The portfolio: one list composed of what every app knows about a customer.

The one module below the views that looks up at the other apps. Filters are a condition (``accounts.conditions``),
the same that a segment would ask. They and the order use columns of the customer alone, so that a page is an index
walk; subqueries decorate the rows shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts import company, conditions, ownership, revenue
from accounts.keyset import Order, read_date, read_number
from accounts.models import Customer, Organisation, Status, User
from health.scoring.columns import with_health
from playbooks.models import Task

ORDERS: Final = {
    "health": Order("score", read_number),
    "-health": Order("score", read_number, descending=True),
    "arr": Order("arr", read_number),
    "-arr": Order("arr", read_number, descending=True),
    "renews": Order("next_renewal_on", read_date),
    "-renews": Order("next_renewal_on", read_date, descending=True),
    "touch": Order("last_touch_on", read_date),
    "-touch": Order("last_touch_on", read_date, descending=True),
    "name": Order("name", str),
    "-name": Order("name", str, descending=True),
}
PAGE: Final = 50


@dataclass(frozen=True)
class Filters:
    """The filters of the portfolio; empty fields filter nothing."""

    q: str = ""
    owner: str = ""
    status: tuple[str, ...] = (Status.LIVE, Status.NOTICE)
    stage: str = ""
    segment: int | None = None
    touch: str = ""
    band: tuple[str, ...] = ()
    arr_min: Decimal | None = None
    renews_within: int | None = None
    quiet: int | None = None
    motion: str = ""


def filtered(user: User, filters: Filters, day: dt.date) -> QuerySet[Customer]:
    """The customers ``user`` may see that pass every filter; nothing is fetched yet."""
    return matching(user, tree(filters, user), day)


def matching(user: User, stored: conditions.Stored, day: dt.date) -> QuerySet[Customer]:
    """The customers ``user`` may see that match the condition."""
    return Customer.objects.visible_to(user).filter(conditions.Holds(stored, day))


def tree(filters: Filters, user: User | None = None) -> conditions.Stored:
    """The filters as a condition like a segment's; "me" becomes ``user``, and stays "me" without one."""
    members = [
        *_words("name", "contains", filters.q),
        *_owner(filters, user),
        *_words("status", "is_in", list(filters.status)),
        *_words("stage", "is", filters.stage),
        *_words("segment", "is", filters.segment),
        *_words("touch_model", "is", filters.touch),
        *_band(filters),
        *_words("motion", "is", filters.motion),
    ]
    if filters.arr_min is not None:
        members.append(_leaf("arr", "at_least", str(filters.arr_min)))
    if filters.renews_within is not None:
        members.append(ownership.renews_within(filters.renews_within))
    if filters.quiet is not None:
        members.append({"any": [_leaf("last_touch", "at_least_ago", filters.quiet), _leaf("last_touch", "missing")]})
    return members


def decorated(customers: QuerySet[Customer], user: User, day: dt.date) -> QuerySet[Customer]:
    """Customers with owner, segment and parent's name, health and its change, open tasks and currency:
    the list's own figures for the head of a customer's page, in one statement.
    """
    return (
        with_health(customers, day)
        .select_related("owner", "segment")
        .annotate(parent_name=parent_name(user), open_tasks=open_tasks(), currency=currency_of_all())
    )


def parent(user: User) -> QuerySet[Customer]:
    """The parent of each customer of an outer query, where ``user`` may see the parent as well."""
    return Customer.objects.visible_to(user).filter(pk=OuterRef("parent")).order_by()


def parent_name(user: User) -> Subquery:
    """The parent's name, where ``user`` may see the parent as well."""
    return Subquery(parent(user).values("name")[:1])


def open_tasks() -> Coalesce:
    tasks = (
        Task.objects.filter(customer=OuterRef("pk"), done_at__isnull=True)
        .order_by()
        .values("customer")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(tasks), 0)


def currency_of_all() -> Subquery:
    """The organisation's reporting currency, for every row."""
    return Subquery(Organisation.objects.values("currency")[:1])


@dataclass(frozen=True)
class Totals:
    """Sums over a whole filtered portfolio. ``health`` is weighted by ARR; None: nobody scored. ``untold`` and
    ``due_untold`` are left out of the sums: their ARR cannot be told.
    """

    currency: str
    customers: int
    arr: Decimal
    health: Decimal | None
    untold: int
    due: int
    due_arr: Decimal
    due_untold: int


def totals(customers: QuerySet[Customer], day: dt.date) -> Totals:
    """The number of customers, their ARR, health by ARR, and the renewals due within 90 days. Two statements."""
    return summed(customers, conditions.Holds([ownership.renews_within(ownership.DUE_DAYS)], day))


def summed(customers: QuerySet[Customer], due: Any, *, arr: str = "arr", score: str = "score") -> Totals:
    """Sums over these columns of ARR and score; ``due`` is the condition of a renewal that counts. Two statements."""
    scored = Q(**{f"{score}__isnull": False, f"{arr}__gt": 0})
    sums = customers.order_by().aggregate(
        customers=Count("pk"),
        total=Coalesce(Sum(arr), Decimal(0)),
        untold=revenue.untold(arr=arr),
        weighted=Sum(F(score) * F(arr), filter=scored),
        weight=Sum(arr, filter=scored),
        due=Count("pk", filter=due),
        due_arr=Coalesce(Sum(arr, filter=due), Decimal(0)),
        due_untold=revenue.untold(due, arr),
    )
    weight, weighted = sums.pop("weight"), sums.pop("weighted")
    return Totals(
        currency=company.currency(), arr=sums.pop("total"), health=weighted / weight if weight else None, **sums
    )


EXPORTED: Final = (
    "id", "name", "domain", "industry", "country", "employees", "owner", "segment", "touch_model",
    "status", "stage", "score", "band", "arr", "next_renewal_on", "last_touch_on", "leaves_on",
)  # fmt: skip


def exported(customers: QuerySet[Customer]) -> Iterator[tuple[Any, ...]]:
    """The columns ``EXPORTED`` of every customer by name, read through a cursor in one statement."""
    paths = {"owner": "owner__name", "segment": "segment__name"}
    columns = [paths.get(name, name) for name in EXPORTED]
    return customers.order_by("name", "pk").values_list(*columns).iterator(chunk_size=2000)


def _leaf(field: str, test: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "test": test, "value": value}


def _words(field: str, test: str, value: Any) -> list[dict[str, Any]]:
    return [_leaf(field, test, value)] if value else []


def _owner(filters: Filters, user: User | None) -> list[dict[str, Any]]:
    if filters.owner == "nobody":
        return [_leaf("owner", "missing")]
    if filters.owner == "me":
        return [_leaf("owner", "is", user.pk if user else "me")]
    return _words("owner", "is", int(filters.owner or 0))


def _band(filters: Filters) -> list[dict[str, Any]]:
    """The chosen bands, and with "none" the customers without a score."""
    members = _words("band", "is_in", [band for band in filters.band if band != "none"])
    if "none" not in filters.band:
        return members
    return [{"any": [*members, _leaf("band", "missing")]}]
