"""Open tasks follow their customer's owner or that owner's manager; a task handed to a person stays with them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts import ownership
from accounts.expressions import among
from config.history.kept import FOLLOWS

# A task given to a person by hand stays until that person's account is closed or becomes a viewer's. The customer is
# locked before its task, as the act does, so that the nightly run does not restore an owner who is being replaced.
OWNED: Final = """
    WITH owned AS MATERIALIZED (
        SELECT t.id, CASE WHEN t.assigned_as = 'manager' THEN coalesce(o.manager_id, o.id) ELSE o.id END AS assignee_id
        FROM playbooks_task t
        JOIN accounts_customer c ON c.id = t.customer_id
        LEFT JOIN accounts_user o ON o.id = c.owner_id
        LEFT JOIN accounts_user a ON a.id = t.assignee_id
        WHERE t.done_at IS NULL AND (t.assigned_as <> 'person' OR NOT a.is_active OR a.role = 'viewer')
          AND t.assignee_id IS DISTINCT FROM
              CASE WHEN t.assigned_as = 'manager' THEN coalesce(o.manager_id, o.id) ELSE o.id END
          AND {whose}
        ORDER BY c.id, t.id
        FOR SHARE OF c FOR UPDATE OF t
    )
    UPDATE playbooks_task t SET assignee_id = owned.assignee_id,
           assigned_as = CASE WHEN t.assigned_as = 'person' THEN 'owner' ELSE t.assigned_as END
    FROM owned, {follows} WHERE owned.id = t.id
"""
ALL: Final = OWNED.format(follows=FOLLOWS, whose=among("c.id"))
SOME: Final = OWNED.format(follows=FOLLOWS, whose="(t.customer_id = ANY(%(customers)s) OR t.assignee_id = %(leaver)s)")


def follow(moves: ownership.Moves, _day: dt.date) -> int:
    """Assign the open tasks of ``moves`` to their customers' present owners; returns how many moved."""
    with connection.cursor() as cursor:
        cursor.execute(SOME, {"customers": moves.customers, "leaver": moves.leaver})
        return cursor.rowcount


def following(customers: list[int], day: dt.date) -> dict[int, int]:
    """By customer, how many tasks open and awake on ``day`` follow its owner."""
    return _counted(
        """
        SELECT customer_id, count(*) FROM playbooks_task
        WHERE customer_id = ANY(%(ids)s) AND done_at IS NULL AND assigned_as = 'owner'
          AND (snoozed_until IS NULL OR snoozed_until <= %(day)s)
        GROUP BY customer_id
        """,
        customers,
        day,
    )


def held(people: list[int], day: dt.date) -> dict[int, int]:
    """By person, how many tasks open and awake on ``day`` they have."""
    return _counted(
        """
        SELECT assignee_id, count(*) FROM playbooks_task
        WHERE assignee_id = ANY(%(ids)s) AND done_at IS NULL
          AND (snoozed_until IS NULL OR snoozed_until <= %(day)s)
        GROUP BY assignee_id
        """,
        people,
        day,
    )


def _counted(sql: str, ids: list[int], day: dt.date) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": ids, "day": day})
        return dict(cursor.fetchall())


PART: Final = ownership.Part("tasks", _("Open tasks"), follow, following, held)
