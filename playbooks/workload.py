"""Open tasks, of plays and added by hand, as work in the capacity plan."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.workload import Among, Kind, Source


def items(among: Among) -> str:
    """Each open task on its due day or, if later, on the day its snooze ends."""
    return f"""
        SELECT 'task', c.id, t.assigned_as, t.assignee_id, greatest(t.due_on, t.snoozed_until)
        FROM playbooks_task t JOIN accounts_customer c ON c.id = t.customer_id
        WHERE t.done_at IS NULL AND c.merged_into_id IS NULL AND {among("t.assignee_id")}
    """  # noqa: S608 (made of constants)


LOGGED: Final = """
    SELECT 'task', count(*), sum(t.minutes) FROM playbooks_task t CROSS JOIN accounts_organisation o
    WHERE t.minutes IS NOT NULL AND (t.done_at AT TIME ZONE o.time_zone)::date > %(since)s
      AND (t.done_at AT TIME ZONE o.time_zone)::date <= %(day)s HAVING count(*) > 0
"""
TASKS: Final = Source((Kind("task", _("Task"), 30, _("each")),), items, LOGGED)
