"""Who would enter a playbook on a day: its trigger, its audience and its limits in one query.

The sweep, the dry run and "why / why not" all read this query, so they cannot disagree.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts import conditions
from accounts.embedding import Query, embedded
from accounts.models import Customer
from playbooks import triggers
from playbooks.models import PlaybookVersion

ENTRANTS = """
    SELECT {once} t.customer_id, t.occasion, t.why, t.renewal_id
    FROM ({trigger}) t
    WHERE t.customer_id IN ({audience})
      AND NOT EXISTS (
          SELECT 1 FROM playbooks_enrolment e
          WHERE e.playbook_id = %(playbook)s AND e.customer_id = t.customer_id
            AND (e.occasion = t.occasion OR e.enrolled_on > %(quiet_since)s::date {running}))
    ORDER BY t.customer_id, t.occasion
"""
PAGE = """
    WITH entrants AS (
        SELECT * FROM ({entrants}) every WHERE every.customer_id IN ({seen})
    ), page AS (
        SELECT * FROM entrants WHERE customer_id > %(after)s
        ORDER BY customer_id, occasion LIMIT %(limit)s
    )
    SELECT total.n, page.customer_id, page.occasion, page.why::text
    FROM (SELECT count(*) AS n FROM entrants) total LEFT JOIN page ON true
    ORDER BY page.customer_id, page.occasion
"""
RUNNING = "OR (e.state = 'running' AND e.occasion NOT LIKE 'renewal:%%')"


@dataclass(frozen=True)
class Entrant:
    """A customer a playbook would take in, the occasion and the facts that say why."""

    customer: Customer
    occasion: str
    why: dict[str, Any]


def query(version: PlaybookVersion, day: dt.date, ids: Sequence[int] | None = None) -> Query:
    """One row an occasion that ``version`` would take in on ``day``, ordered by customer; of ``ids`` only, where given.

    Outside renewals, and wherever customers stay out for some days after entering, a customer
    enters at most once.
    """
    trigger = triggers.query(version, day)
    fitting = members(version, day)
    audience = embedded(fitting if ids is None else fitting.filter(pk__in=list(ids)), "audience")
    quiet = triggers.quiet_days(version)
    single = quiet > 0 or not triggers.of_a_renewal(version)
    sql = ENTRANTS.format(
        once="DISTINCT ON (t.customer_id)" if single else "",
        trigger=trigger.sql,
        audience=audience.sql,
        running="" if triggers.of_a_renewal(version) else RUNNING,
    )
    limits = {"playbook": version.playbook_id, "quiet_since": day - dt.timedelta(days=quiet)}
    return Query(sql, trigger.params | audience.params | limits)


def members(version: PlaybookVersion, day: dt.date) -> QuerySet[Customer, int]:
    """Ids of the current customers that the version's audience takes in."""
    fitting = Customer.objects.current().filter(conditions.Holds(version.audience, day))
    return fitting.values_list("pk", flat=True)


def would_enter(
    version: PlaybookVersion, day: dt.date, seen: QuerySet[Customer], *, after: int = 0, limit: int = 50
) -> tuple[int, list[Entrant]]:
    """How many occasions of the customers ``seen`` would enter on ``day``, and a page of them.

    ``after`` is the id of the last customer of the page before. Two statements.
    """
    entering, visible = query(version, day), embedded(seen.values_list("pk", flat=True), "seen")
    sql = PAGE.format(entrants=entering.sql, seen=visible.sql)
    page = {"after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(sql, entering.params | visible.params | page)
        rows = cursor.fetchall()
    customers = Customer.objects.select_related("owner").in_bulk([row[1] for row in rows if row[1]])
    found = [Entrant(customers[row[1]], row[2], json.loads(row[3])) for row in rows if row[1]]
    return rows[0][0], found
