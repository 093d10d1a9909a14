"""Touchpoints: logging one, reading them, and the day of the last that went both ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet

from accounts import changes, posts, sentiment
from accounts.models import Contact, Customer, Touchpoint, User
from accounts.posts import Move

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
    """A customer's touchpoints, newest first, with author and ``people``, the names of its contacts: one statement.

    Each also has ``posts_said``, from which ``moves`` tells who moved.
    """
    names = Contact.objects.filter(touchpoints=OuterRef("pk")).order_by("name", "pk").values("name")
    touches = Touchpoint.objects.filter(customer=customer).annotate(
        people=ArraySubquery(names), posts_said=posts.of_customer(customer)
    )
    return touches.select_related("author").order_by("-happened_on", "-pk")


def moves(customer: Customer, touches: Sequence[Touchpoint], day: dt.date) -> list[Move]:
    """Who moved inside the customer until ``day``, newest first. No statement where there are ``touches`` of ``newest``, else one."""
    if touches:
        return posts.moves(touches[0].posts_said, day)  # type: ignore[attr-defined]  # an annotation
    rows = Customer.objects.filter(pk=customer.pk).values_list(posts.of_customer(customer), flat=True)
    return posts.moves(rows.first() or [], day)


def with_moves(
    touches: Sequence[Touchpoint], moves: Sequence[Move], newer: dt.date | None, *, is_last: bool
) -> list[tuple[Touchpoint | None, Move | None]]:
    """``touches`` of a page, newest first, and between them the ``moves`` of their days; each entry is one or the other.

    ``newer`` is the day of the touch before the page, None on the first page. The last page has all older moves.
    """
    entries: list[tuple[Touchpoint | None, Move | None]] = []
    waiting = [move for move in moves if newer is None or move.day < newer]
    for touch in touches:
        while waiting and waiting[0].day >= touch.happened_on:
            entries.append((None, waiting.pop(0)))
        entries.append((touch, None))
    return entries + [(None, move) for move in waiting if is_last]


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
