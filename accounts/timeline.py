"""Touchpoints: logging one, reading them, and the day of the last that went both ways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import changes, sentiment
from accounts.models import Contact, Customer, Touchpoint, User

FOLLOW: Final = """
    UPDATE accounts_customer c SET last_touch_on = n.last_on
    FROM unnest(%(customers)s::bigint[]) touched(id)
    LEFT JOIN LATERAL (
        SELECT max(t.happened_on) AS last_on FROM accounts_touchpoint t WHERE t.customer_id = touched.id AND t.two_way
    ) n ON true
    WHERE c.id = touched.id AND c.last_touch_on IS DISTINCT FROM n.last_on
"""


@transaction.atomic
def log(
    customer: Customer,
    *,
    author: User,
    contacts: Iterable[Contact] = (),
    **fields: Any,
) -> Touchpoint:
    """Record one touch and the contacts it reached; the customer's last touch and sentiment follow.

    An event with named contacts counts as attended; calls and meetings always do.
    """
    participants = list(contacts)
    attended = bool(participants) and fields.get("kind") == Touchpoint.Kind.EVENT
    touch = Touchpoint.objects.create(customer=customer, author=author, **{"attended": attended} | fields)
    touch.contacts.set(participants)
    sentiment.of_touch(touch)
    _follow(customer)
    return touch


@transaction.atomic
def forget(touch: Touchpoint) -> None:
    """Undo a touch that was logged by mistake."""
    customer = touch.customer
    touch.delete()
    _follow(customer)


def newest(customer: Customer) -> QuerySet[Touchpoint]:
    """A customer's touchpoints, newest first, with author and contacts: two statements."""
    return (
        Touchpoint.objects.filter(customer=customer)
        .select_related("author")
        .prefetch_related("contacts")
        .order_by("-happened_on", "-pk")
    )


def follow(customers: Iterable[int]) -> None:
    """Bring the last two-way touch of ``customers`` and their sentiment up to their touches. Two statements."""
    touched = list(customers)
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"customers": touched})
    sentiment.copy(touched)


def _follow(customer: Customer) -> None:
    follow([customer.pk])
    changes.mark([customer.pk], "sentiment")
    changes.mark([customer.pk])
