"""The budget of alerts: how many new cases may call for one person's attention on a day.

The most severe and, among those, the most valuable come first; the others, and every case of a rule that is
"digest only", wait for the day's digest.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from accounts.embedding import embedded
from accounts.models import User
from health.cases.precision import PERIOD
from health.models import Case
from health.models.cases import severity_rank

DEFAULT: Final = 5

SETTLE: Final = f"""
    WITH budget(alerts) AS (
        SELECT coalesce((SELECT alerts_per_day FROM accounts_organisation LIMIT 1), %(default)s)
    ), ranked AS (
        SELECT h.id, r.mode = 'alert' AS loud, row_number() OVER (
            PARTITION BY h.owner_id, r.mode
            ORDER BY {severity_rank("h.severity")} DESC, h.value DESC NULLS LAST, h.id
        ) AS place
        FROM health_case h JOIN health_caserule r ON r.id = h.rule_id
        WHERE h.opened_on = %(day)s
    ), settled AS (
        SELECT id, loud AND place <= alerts AS alerted, loud AND place > alerts AS held_back
        FROM ranked CROSS JOIN budget
    )
    UPDATE health_case h SET alerted = s.alerted, held_back = s.held_back
    FROM settled s
    WHERE h.id = s.id AND (h.alerted, h.held_back) IS DISTINCT FROM (s.alerted, s.held_back)
"""
LOAD: Final = """
    WITH daily AS (
        SELECT h.owner_id, h.opened_on, count(*) FILTER (WHERE h.alerted) AS alerts,
               count(*) FILTER (WHERE h.held_back) AS held_back
        FROM health_case h
        WHERE h.rule_id IS NOT NULL AND h.owner_id IS NOT NULL
          AND h.opened_on > %(day)s::date - %(days)s::int AND h.opened_on <= %(day)s
          AND h.id IN ({seen}) {of_rule}
        GROUP BY h.owner_id, h.opened_on
    )
    SELECT owner_id, sum(alerts), max(alerts), sum(held_back), count(*) FILTER (WHERE held_back > 0),
           %(day)s::date - min(opened_on) + 1
    FROM daily GROUP BY owner_id
    ORDER BY sum(alerts) + sum(held_back) DESC, owner_id
"""


@dataclass(frozen=True)
class Load:
    """The cases that alerted one person in a period; ``over`` counts the days with more than the budget.

    ``days`` counts from the first day of the period on which a case was opened, so that a young installation or rule
    looks no quieter than it is.
    """

    owner: User
    alerts: int
    most: int
    held_back: int
    over: int
    days: int

    @property
    def mean(self) -> float:
        """Alerts a day."""
        return self.alerts / self.days


def settle(day: dt.date) -> int:
    """Decide which cases that rules opened on ``day`` alert and which wait for the digest; returns how many changed.

    Cases without an owner share one budget. One statement that writes only changed rows; a run after more cases
    opened on the day ranks all of them again. Cases opened by hand always alert and cost no budget.
    """
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"day": day, "default": DEFAULT})
        return cursor.rowcount


def load(cases: QuerySet[Case], day: dt.date, days: int = PERIOD, *, rule: int | None = None) -> list[Load]:
    """The load of each owner of ``cases`` in the period, the heaviest first; of one rule if given. Two statements."""
    visible = embedded(cases.values_list("pk", flat=True), "seen")
    sql = LOAD.replace("{of_rule}", "" if rule is None else "AND h.rule_id = %(rule)s").replace("{seen}", visible.sql)
    params: dict[str, Any] = {"day": day, "days": days, "rule": rule}
    with connection.cursor() as cursor:
        cursor.execute(sql, params | visible.params)
        rows = cursor.fetchall()
    people = User.objects.in_bulk([row[0] for row in rows])
    return [
        Load(people[owner], int(alerts), most, int(held_back), over, since)
        for owner, alerts, most, held_back, over, since in rows
    ]
