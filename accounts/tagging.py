"""Tags of customers: read as people type them, added to many and taken from many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import changes, seen
from accounts.models import Customer
from accounts.sets import Outcome, write

# The column's width of one tag, and how many letters all of a customer's may have in its form.
LONGEST: Final = 40
MOST_LETTERS: Final = 400
TOO_MANY: Final = gettext_lazy("This customer would have too many tags.")

# The customers are locked in the order of their numbers; only those that lack one of the tags are written.
ADD: Final = """
    WITH asked AS MATERIALIZED (
        SELECT c.id, c.tags FROM accounts_customer c WHERE c.id = ANY(%(ids)s) ORDER BY c.id FOR NO KEY UPDATE
    ), lacking AS (
        SELECT a.id, a.tags || n.tags AS tags, n.tags AS added,
               length(array_to_string(a.tags || n.tags, ', ')) > %(most)s AS too_many
        FROM asked a CROSS JOIN LATERAL (
            SELECT array_agg(t.tag ORDER BY t.place) AS tags FROM unnest(%(tags)s::varchar[]) WITH ORDINALITY t(tag, place)
            WHERE t.tag <> ALL(a.tags)
        ) n WHERE n.tags IS NOT NULL
    ), written AS (
        UPDATE accounts_customer c SET tags = l.tags FROM lacking l WHERE l.id = c.id AND NOT l.too_many
    )
    SELECT a.id, l.added::text[], l.too_many FROM asked a LEFT JOIN lacking l ON l.id = a.id ORDER BY a.id
"""
REMOVE: Final = """
    WITH asked AS MATERIALIZED (
        SELECT c.id, c.tags FROM accounts_customer c WHERE c.id = ANY(%(ids)s) ORDER BY c.id FOR NO KEY UPDATE
    ), having_them AS (
        SELECT a.id, array_agg(t.tag ORDER BY t.place) FILTER (WHERE t.tag <> ALL(%(tags)s::varchar[])) AS tags,
               array_agg(t.tag ORDER BY t.place) FILTER (WHERE t.tag = ANY(%(tags)s::varchar[])) AS removed
        FROM asked a CROSS JOIN LATERAL unnest(a.tags) WITH ORDINALITY t(tag, place)
        WHERE a.tags && %(tags)s::varchar[] GROUP BY a.id
    ), written AS (
        UPDATE accounts_customer c SET tags = coalesce(h.tags, '{}') FROM having_them h WHERE h.id = c.id
    )
    SELECT a.id, h.removed::text[], false FROM asked a LEFT JOIN having_them h ON h.id = a.id ORDER BY a.id
"""


def read(text: str) -> list[str]:
    """Tags typed with commas between them, each once. Raises ValidationError."""
    tags = [tag.strip() for tag in text.split(",") if tag.strip()]
    if any(len(tag) > LONGEST for tag in tags):
        raise ValidationError(_("A tag has at most 40 characters."))
    return list(dict.fromkeys(tags))


def add(customers: Iterable[int], tags: Sequence[str]) -> Outcome[list[str]]:
    """Give ``customers`` those of ``tags`` that they lack: customer → tags that it got. Two statements."""
    return _written(ADD, customers, tags)


def remove(customers: Iterable[int], tags: Sequence[str]) -> Outcome[list[str]]:
    """Take ``tags`` from ``customers``: customer → tags that it had. Two statements."""
    return _written(REMOVE, customers, tags)


@transaction.atomic
def replace(customers: Iterable[int], tags: Sequence[str]) -> Outcome[list[str]]:
    """Give ``customers`` these tags and no others: customer → tags that it had. Two statements."""
    found = _held(customers)
    found.same = {row.pk for row in found.rows if row.tags == list(tags)}
    before = {row.pk: row.tags for row in found.rows if row.pk not in found.same}
    _write(found.rows, {row.pk: list(tags) for row in found.rows})
    return Outcome(before, same=found.same)


@transaction.atomic
def put_back(before: Mapping[int, Sequence[str]], tags: Sequence[str]) -> Outcome[Customer]:
    """Give customers the tags that they had ``before``, where they still have ``tags``."""
    found = _held(before)
    found.refuse(lambda row: None if row.tags == list(tags) else ValidationError(seen.CHANGED_SINCE))
    _write(found.rows, {row.pk: list(before[row.pk]) for row in found.rows})
    return found


def _held(customers: Iterable[int]) -> Outcome[Customer]:
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=list(customers)).order_by("pk")
    return Outcome({row.pk: row for row in rows.only("tags")})


def _write(rows: Iterable[Customer], tags: Mapping[int, list[str]]) -> None:
    groups: dict[tuple[str, ...], list[Customer]] = {}
    for row in rows:
        groups.setdefault(tuple(tags[row.pk]), []).append(row)
    for each, customers in groups.items():
        write(customers, tags=list(each))
    changes.mark([customer.pk for customers in groups.values() for customer in customers])


@transaction.atomic
def _written(sql: str, customers: Iterable[int], tags: Sequence[str]) -> Outcome[list[str]]:
    values: dict[str, Any] = {"ids": list(customers), "tags": list(tags), "most": MOST_LETTERS}
    outcome: Outcome[list[str]] = Outcome()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for pk, written, is_too_much in cursor.fetchall():
            if is_too_much:
                outcome.refused[pk] = ValidationError(TOO_MANY)
            elif written:
                outcome.done[pk] = list(written)
            else:
                outcome.same.add(pk)
    if outcome.done:
        changes.mark(outcome.done)
    return outcome
