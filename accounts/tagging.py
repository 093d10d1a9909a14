"""Tags of customers: read as people type them, added to many and taken from many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import changes
from accounts.sets import Outcome

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
def _written(sql: str, customers: Iterable[int], tags: Sequence[str]) -> Outcome[list[str]]:
    values: dict[str, Any] = {"ids": list(customers), "tags": list(tags), "most": MOST_LETTERS}
    found: Outcome[list[str]] = Outcome()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for pk, written, is_too_much in cursor.fetchall():
            if is_too_much:
                found.refused[pk] = ValidationError(TOO_MANY)
            elif written:
                found.done[pk] = list(written)
            else:
                found.same.add(pk)
    if found.done:
        changes.mark(found.done)
    return found
