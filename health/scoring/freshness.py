"""Whether a customer's health has changed since a page was drawn."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Customer

# All that the health and case panels show and that changes by itself, as one text.
STATE: Final = """
    SELECT md5(concat_ws('|',
        (SELECT (s.id, s.value, s.raw, s.ceiling, s.coverage, s.points, s.inputs_on)::text FROM health_score s
         WHERE s.customer_id = %(customer)s ORDER BY s.day DESC LIMIT 1),
        (SELECT string_agg((n.purpose, n.id, n.value)::text, ',' ORDER BY n.id) FROM (
            SELECT DISTINCT ON (purpose) purpose, id, value FROM health_namedscore
            WHERE customer_id = %(customer)s ORDER BY purpose, day DESC) n),
        (SELECT string_agg((c.id, c.state, c.newest_evidence_on)::text, ',' ORDER BY c.id) FROM health_case c
         WHERE c.customer_id = %(customer)s AND c.state <> 'closed'),
        (SELECT string_agg((m.id, m.reached_on, m.missed_on)::text, ',' ORDER BY m.id) FROM health_milestone m
         WHERE m.customer_id = %(customer)s)))
"""


def mark(customer: Customer) -> str:
    """A digest of the customer's newest scores, open cases and milestones; it changes when they do. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"customer": customer.pk})
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def rescored_since(customers: QuerySet[Customer], instant: dt.datetime) -> int:
    """How many of ``customers`` got another score or band after ``instant``. One statement."""
    return customers.filter(scored_at__gt=instant).count()
