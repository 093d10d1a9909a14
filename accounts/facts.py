"""Dated facts: what a customer's owner, segment, touch model, status and stage were, and since when."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Customer, DatedFact, Fact

CURRENT = """
    SELECT c.id AS customer_id, now.fact, now.value
    FROM accounts_customer c
    CROSS JOIN LATERAL (VALUES
        ('owner', coalesce(c.owner_id::text, '')),
        ('segment', coalesce(c.segment_id::text, '')),
        ('touch', c.touch_model),
        ('status', c.status),
        ('stage', c.stage)
    ) AS now(fact, value)
    WHERE %(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s)
"""

RECORD = f"""
    INSERT INTO accounts_datedfact (customer_id, fact, from_day, value)
    SELECT n.customer_id, n.fact, %(day)s, n.value
    FROM ({CURRENT}) n
    LEFT JOIN LATERAL (
        SELECT f.value FROM accounts_datedfact f
        WHERE f.customer_id = n.customer_id AND f.fact = n.fact AND f.from_day <= %(day)s
        ORDER BY f.from_day DESC LIMIT 1
    ) before ON true
    WHERE before.value IS DISTINCT FROM n.value
    ON CONFLICT (customer_id, fact, from_day) DO UPDATE SET value = excluded.value
    WHERE accounts_datedfact.value <> excluded.value
"""  # noqa: S608 (made of constants)


def record(day: dt.date, customers: list[int] | None = None) -> int:
    """Write down today's facts where they differ from the newest ones known; returns how many.

    One statement for all customers, or for the ids given. A fact that changes twice on one day
    keeps its last value. Safe to run again.
    """
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {"day": day, "ids": customers})
        return cursor.rowcount


def as_of(day: dt.date, fact: Fact) -> Subquery:
    """For a Customer queryset: the value of ``fact`` that held on ``day`` (None: not known yet)."""
    newest = (
        DatedFact.objects.filter(customer=OuterRef("pk"), fact=fact, from_day__lte=day)
        .order_by("-from_day")
        .values("value")[:1]
    )
    return Subquery(newest)


def history(customer: Customer, fact: Fact) -> QuerySet[DatedFact]:
    """All values of one fact of one customer, newest first."""
    return DatedFact.objects.filter(customer=customer, fact=fact).order_by("-from_day")
