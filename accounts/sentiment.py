"""The CSM's sentiment: saying it, taking it back, its history and its end at a handover."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import changes
from accounts.models import Customer, Sentiment, Touchpoint, User

FOLLOW: Final = """
    UPDATE accounts_customer c SET sentiment = n.value, sentiment_on = n.day
    FROM (SELECT %(customer)s::bigint AS id) one
    LEFT JOIN LATERAL (
        SELECT s.value, CASE WHEN s.value IS NOT NULL THEN s.day END AS day FROM accounts_sentiment s
        WHERE s.customer_id = one.id ORDER BY s.day DESC, s.id DESC LIMIT 1
    ) n ON true
    WHERE c.id = one.id AND (c.sentiment, c.sentiment_on) IS DISTINCT FROM (n.value, n.day)
"""


@transaction.atomic
def say(customer: Customer, value: int, *, author: User, day: dt.date, note: str = "") -> Sentiment:
    """Write down what ``author`` feels on ``day``, 1 (bad) to 5 (good); the customer's own follows."""
    said = Sentiment.objects.create(customer=customer, value=value, author=author, day=day, note=note)
    follow(customer.pk)
    return said


@transaction.atomic
def take_back(said: Sentiment) -> None:
    """Undo one that was said by mistake; the one before holds again."""
    said.delete()
    follow(said.customer_id)


def of_touch(touch: Touchpoint) -> None:
    """Keep the sentiment that was said with a touch, if one was."""
    if touch.sentiment is not None:
        Sentiment.objects.create(
            customer_id=touch.customer_id,
            touch=touch,
            value=touch.sentiment,
            author=touch.author,
            day=touch.happened_on,
        )


def follow(customer_id: int) -> None:
    """Bring the customer's own sentiment and its day up to the history. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"customer": customer_id})
    changes.mark([customer_id], "sentiment")


def history(customer: Customer) -> QuerySet[Sentiment]:
    """Everything that was felt about a customer, newest first, handovers included."""
    return Sentiment.objects.filter(customer=customer).select_related("author").order_by("-day", "-pk")
