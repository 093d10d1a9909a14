"""Touchpoints: logging one, reading them, and the day of the last that went both ways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from accounts import changes, sentiment
from accounts.models import Contact, Customer, Touchpoint, User


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


def _follow(customer: Customer) -> None:
    touches = Touchpoint.objects.two_way().filter(customer=customer)
    Customer.objects.filter(pk=customer.pk).update(last_touch_on=touches.aggregate(last=Max("happened_on"))["last"])
    sentiment.follow(customer.pk)
    changes.mark([customer.pk])
