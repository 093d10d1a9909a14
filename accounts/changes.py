"""The change log: the changed customers, one row for each reader, written in the transaction of its cause.

A reader derives something of customers (segment, score, renewals …). It takes its own rows, and its writes are news
to the others, never to itself; so there is no cursor, no horizon, and nothing to reset after a restore.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from accounts import statistics
from accounts.embedding import Query, embedded
from accounts.models import Change, Customer

READERS: Final[list[str]] = []

MARK: Final = """
    INSERT INTO accounts_change (reader, customer_id, what)
    SELECT r.reader, marked.id, %(what)s FROM (SELECT DISTINCT id FROM ({source}) AS given(id)) marked
    CROSS JOIN unnest(%(readers)s::text[]) AS r(reader)
"""
# An array, because the planner may repeat a sub-select in IN (…) for each row, which would lock and take more than
# the limit.
TAKE: Final = """
    WITH taken AS (
        DELETE FROM accounts_change WHERE id = ANY(ARRAY(
            SELECT id FROM accounts_change WHERE reader = %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        ))
        RETURNING customer_id
    )
    SELECT DISTINCT c.id FROM taken JOIN accounts_customer c ON c.id = taken.customer_id ORDER BY c.id
"""


def reader(name: str) -> str:
    """Register a reader; from then on every mark is written for it too. Apps do so when they load."""
    if name not in READERS:
        READERS.append(name)
    return name


def mark(customers: QuerySet[Customer] | Iterable[int], what: str = "record", *, by: str = "") -> int:
    """Append one row a customer and reader, but for the reader ``by``, whose own work this is; how many customers.

    Takes a queryset of customers or their ids. One statement, no lock on anything. Marking twice is harmless: a reader
    looks at a customer once, however many rows it has. A bulk mark analyses the log.
    """
    readers = [name for name in READERS if name != by]
    if isinstance(customers, QuerySet):
        source = embedded(customers.values_list("pk", flat=True), "marked")
    else:
        source = Query("SELECT unnest(%(marked)s::bigint[])", {"marked": list(customers)})
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(source=source.sql), source.params | {"what": what, "readers": readers})
        written = cursor.rowcount
    statistics.refresh(Change._meta.db_table, written)
    return written // len(readers) if readers else 0


def take(name: str, limit: int) -> list[int]:
    """Take up to ``limit`` rows of a reader, oldest first; the ids of their customers, each once, in order.

    The rows are gone with the caller's transaction and come back where it is rolled back. Skips rows that another
    transaction has locked; drops customers that no longer exist.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [name, limit])
        return [row[0] for row in cursor.fetchall()]


def waiting(name: str) -> QuerySet[Change, int]:
    """Ids of the customers that a reader has not looked at yet, each once, in order."""
    return Change.objects.filter(reader=name).order_by("customer_id").values_list("customer_id", flat=True).distinct()
