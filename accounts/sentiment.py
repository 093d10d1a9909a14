"""The CSM's sentiment: recording it, taking it back, its history and its end at a handover."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import changes
from accounts.models import Customer, Sentiment, Touchpoint, User

# Holds of a row ``s`` that no handover ended until a day. The end at a handover of a customer that was merged later stays with
# that one: it ends what was felt of it, and of those that were merged into it, and nothing of the survivor.
STANDS: Final = """
    (s.named_id IS NULL OR NOT EXISTS (
        WITH RECURSIVE home(id) AS (
            SELECT s.named_id UNION
            SELECT m.survivor_id FROM home JOIN accounts_merge m ON m.merged_id = home.id AND m.undone_at IS NULL
        )
        SELECT FROM home JOIN accounts_sentiment e ON e.customer_id = home.id
        WHERE e.value IS NULL AND e.named_id IS NULL AND (e.day, e.id) > (s.day, s.id) AND e.day <= {until}
    ))"""
FOLLOW: Final = f"""
    UPDATE accounts_customer c SET sentiment = n.value, sentiment_on = n.day
    FROM unnest(%(customers)s::bigint[]) felt(id)
    LEFT JOIN LATERAL (
        SELECT s.value, CASE WHEN s.value IS NOT NULL THEN s.day END AS day FROM accounts_sentiment s
        WHERE s.customer_id = felt.id AND {STANDS.format(until="'infinity'")} ORDER BY s.day DESC, s.id DESC LIMIT 1
    ) n ON true
    WHERE c.id = felt.id AND (c.sentiment, c.sentiment_on) IS DISTINCT FROM (n.value, n.day)
"""  # noqa: S608 (made of constants)

OF_TOUCHES: Final = (
    """
    DELETE FROM accounts_sentiment s USING accounts_touchpoint t
    WHERE t.id = s.touch_id AND t.id = ANY(%(touches)s) AND t.sentiment IS NULL
    """,
    """
    UPDATE accounts_sentiment s SET value = t.sentiment, author_id = t.author_id, day = t.happened_on,
        customer_id = t.customer_id, named_id = t.named_id
    FROM accounts_touchpoint t
    WHERE t.id = s.touch_id AND t.id = ANY(%(touches)s)
      AND (s.value, s.author_id, s.day, s.customer_id, s.named_id)
          IS DISTINCT FROM (t.sentiment, t.author_id, t.happened_on, t.customer_id, t.named_id)
    """,
    """
    INSERT INTO accounts_sentiment (customer_id, named_id, touch_id, value, author_id, day)
    SELECT t.customer_id, t.named_id, t.id, t.sentiment, t.author_id, t.happened_on FROM accounts_touchpoint t
    WHERE t.id = ANY(%(touches)s) AND t.sentiment IS NOT NULL
      AND NOT EXISTS (SELECT FROM accounts_sentiment s WHERE s.touch_id = t.id)
    ORDER BY t.happened_on, t.id
    """,
)

WITH_TOUCH: Final = """
    UPDATE accounts_sentiment s SET customer_id = t.customer_id, named_id = t.named_id FROM accounts_touchpoint t
    WHERE t.id = s.touch_id AND t.customer_id = ANY(%(customers)s) AND s.customer_id <> t.customer_id
"""


@transaction.atomic
def say(customer: Customer, value: int, *, author: User, day: dt.date, note: str = "") -> Sentiment:
    """Record the sentiment of ``author`` on ``day``, 1 (bad) to 5 (good); the customer's copy follows."""
    entry = Sentiment.objects.create(customer=customer, value=value, author=author, day=day, note=note)
    follow(customer.pk)
    return entry


@transaction.atomic
def take_back(entry: Sentiment) -> None:
    """Delete a sentiment recorded by mistake; the previous one applies again."""
    entry.delete()
    follow(entry.customer_id)


def of_touch(touch: Touchpoint) -> None:
    """Record the sentiment of a touch, if it has one."""
    if touch.sentiment is not None:
        Sentiment.objects.create(
            customer_id=touch.customer_id,
            touch=touch,
            value=touch.sentiment,
            author=touch.author,
            day=touch.happened_on,
        )


def of_touches(touches: Iterable[int]) -> None:
    """Bring the sentiments of ``touches`` (their ids) up to what these say. Three statements, no copy."""
    params = {"touches": list(touches)}
    with connection.cursor() as cursor:
        for statement in OF_TOUCHES:
            cursor.execute(statement, params)


def follow(customer_id: int) -> None:
    """Bring the customer's own sentiment and its day up to the history, and mark the change. Two statements."""
    copy([customer_id])
    changes.mark([customer_id], "sentiment")


def copy(customers: Iterable[int]) -> None:
    """Bring the customers' own sentiment and its day up to the history: the newest by day, then by number.

    One statement, none for nobody.
    """
    customers = list(customers)
    if not customers:
        return
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"customers": customers})


def stay_with_touches(customers: Iterable[int]) -> None:
    """Bring sentiments to the customers of their touches, of those that are ``customers`` now, whose own sentiment follows."""
    customers = list(customers)
    with connection.cursor() as cursor:
        cursor.execute(WITH_TOUCH, {"customers": customers})
    copy(customers)


def history(customer: Customer) -> QuerySet[Sentiment]:
    """All sentiments about a customer, newest first, with their ends at handovers."""
    return Sentiment.objects.filter(customer=customer).select_related("author").order_by("-day", "-pk")
