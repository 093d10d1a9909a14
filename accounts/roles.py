"""The roles that contacts had at the end of a past day: the history dates them, and before a contact came they are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import connection

from config.history import then

# A contact of a time when nobody noted when it came was there at its last change, and at every change that the history keeps.
CAME = """coalesce(c.created_at < {over}, c.changed_at < {over} OR EXISTS (
    SELECT FROM history_entry e WHERE e.kind = 'contact' AND e.object_id = c.id AND e.at < {over}))"""


# Who stands now, and who was deleted from the instant on and does not stand again, as it was at its last deletion.
NOW = "SELECT id, customer_id, state, state_on, created_at, changed_at, roles, false AS is_gone FROM accounts_contact"
GONE_SINCE = """SELECT * FROM (
    SELECT d.object_id AS id, d.customer_id, (d.before ->> 'state')::varchar AS state, (d.before ->> 'state_on')::date AS state_on,
        (d.before ->> 'created_at')::timestamptz AS created_at, d.at AS changed_at, NULL::varchar[] AS roles, true AS is_gone
    FROM history_entry d WHERE d.kind = 'contact' AND d.operation = 'deleted' AND d.at >= {over}
      AND NOT EXISTS (SELECT FROM accounts_contact s WHERE s.id = d.object_id)
      AND NOT EXISTS (SELECT FROM history_entry l WHERE l.kind = 'contact' AND l.object_id = d.object_id
          AND l.operation = 'deleted' AND l.id > d.id)) c WHERE {came}"""


def contacts_then(over: str, *, with_gone: bool = False) -> str:
    """Contacts with the roles they had just before the instant ``over`` (SQL), NULL where these are unknown; a table for a FROM.

    It has ``id``, ``customer_id``, ``roles``, ``state``, ``state_on`` and ``is_gone``; state and its day are dated by themselves.
    ``with_gone``: also who was there before ``over`` and has been deleted since (``is_gone``). Each row looks into the history once.
    """
    before = then.changed_since("contact", "roles", "c", over)
    came = CAME.format(over=over)
    rows = f"{NOW} UNION ALL {GONE_SINCE.format(over=over, came=came)}" if with_gone else NOW
    roles = "CASE WHEN before IS NULL THEN c.roles ELSE ARRAY(SELECT jsonb_array_elements_text(before))::varchar[] END"
    return f"""(SELECT c.id, c.customer_id, c.state, c.state_on, c.is_gone, r.roles FROM ({rows}) c CROSS JOIN LATERAL (SELECT (
        SELECT {roles} FROM (SELECT {before} AS before OFFSET 0) h WHERE {then.is_told(over)} AND {came}) AS roles OFFSET 0) r
        )"""  # noqa: S608 (made of our own names)


def roles_then(contacts: Collection[int], over: dt.datetime) -> dict[int, list[str] | None]:
    """The roles of each of the contacts just before ``over``; None where they are unknown. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.id, p.roles FROM {contacts_then('%(over)s')} p WHERE p.id = ANY(%(ids)s)",  # noqa: S608 (made of our own names)
            {"over": over, "ids": list(contacts)},
        )
        return dict(cursor.fetchall())
