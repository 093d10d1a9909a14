"""Copies on the customer's row of its next renewal: the end of the next term, and the day its prep begins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection

# A renewal whose end is confirmed is not a next one.
COPY: Final = """
    UPDATE accounts_customer c SET next_renewal_on = next.due_on, next_prep_on = next.prep_on
    FROM (
        SELECT cu.id, min(r.due_on) AS due_on, min(least(r.prep_on, r.prep_opened_on)) AS prep_on
        FROM ({customers}) cu
        LEFT JOIN renewals_renewal r ON r.customer_id = cu.id AND r.stage <> 'closed' AND r.leaving <> 'confirmed'
        GROUP BY cu.id
    ) next
    WHERE next.id = c.id
      AND (c.next_renewal_on, c.next_prep_on) IS DISTINCT FROM (next.due_on, next.prep_on)
"""


def copy_next(customers: Iterable[int]) -> None:
    """Update ``next_renewal_on`` and ``next_prep_on`` of these customers from their open renewals."""
    with connection.cursor() as cursor:
        cursor.execute(COPY.format(customers="SELECT DISTINCT unnest(%s::bigint[]) AS id"), [list(customers)])
