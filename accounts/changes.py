"""Marks on customers whose signals or facts changed, for the health sweep to take up."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from accounts.models import ChangeMark, Customer


def mark(customers: QuerySet[Customer] | Iterable[int]) -> int:
    """Append one mark a customer; returns how many. One statement, no lock on anything.

    Takes a queryset of customers or their ids. Marking twice is harmless: the sweep reads a
    customer once, however many marks it has.
    """
    if isinstance(customers, QuerySet):
        ids = customers.order_by().values_list("pk", flat=True)
        sql, params = ids.query.sql_with_params()
        source = f"SELECT DISTINCT marked.id FROM ({sql}) AS marked(id)"  # noqa: S608 (made of constants)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO accounts_changemark (customer_id) {source}", params)
            return cursor.rowcount
    marks = [ChangeMark(customer_id=pk) for pk in dict.fromkeys(customers)]
    return len(ChangeMark.objects.bulk_create(marks))
