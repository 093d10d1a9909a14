"""The roles that contacts had at the end of a past day: the history dates them, and before a contact came they are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import connection

from config.history import then

# A contact of a time when nobody noted when it came was there at its last change, and at every change that the history keeps.
CAME = """coalesce(c.created_at < {over}, c.changed_at < {over} OR EXISTS (
    SELECT FROM history_entry e WHERE e.kind = 'contact' AND e.object_id = c.id AND e.at < {over}))"""


def contacts_then(over: str) -> str:
    """Contacts with the roles they had just before the instant ``over`` (SQL), NULL where these are unknown; a table for a FROM.

    It has ``id``, ``customer_id``, ``roles``, ``state`` and ``state_on``; the last two are dated by themselves.
    """
    before = then.changed_since("contact", "roles", "c", over)
    roles = "CASE WHEN before IS NULL THEN c.roles ELSE ARRAY(SELECT jsonb_array_elements_text(before))::varchar[] END"
    return f"""(SELECT c.id, c.customer_id, c.state, c.state_on, (
        SELECT {roles} FROM (SELECT {before} AS before) h WHERE {then.is_told(over)} AND {CAME.format(over=over)}) AS roles
        FROM accounts_contact c)"""  # noqa: S608 (made of our own names)


def roles_then(contacts: Collection[int], over: dt.datetime) -> dict[int, list[str] | None]:
    """The roles of each of the contacts just before ``over``; None where they are unknown. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.id, p.roles FROM {contacts_then('%(over)s')} p WHERE p.id = ANY(%(ids)s)",  # noqa: S608 (made of our own names)
            {"over": over, "ids": list(contacts)},
        )
        return dict(cursor.fetchall())
