"""Who would enter a playbook on a day: its trigger, its audience and its limits in one query.

The sweep, the dry run and "why / why not" all read this query, so they cannot disagree.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from accounts import conditions
from accounts.embedding import Query, embedded
from accounts.lifecycle import is_current
from accounts.models import Customer, Status
from health.states import Measured, Watch
from playbooks import parameters, triggers
from playbooks.models import PlaybookVersion
from playbooks.triggers import Trigger

MEMBERS: Final = """
    SELECT c.id FROM accounts_customer c
    WHERE {among} AND {condition} AND (%(only)s::bigint[] IS NULL OR c.id = ANY(%(only)s))
"""
ENTRANTS: Final = """
    SELECT {once} t.customer_id, t.occasion, t.why, t.renewal_id
    FROM ({trigger}) t
    WHERE t.customer_id IN ({audience})
      AND NOT EXISTS (
          SELECT 1 FROM playbooks_enrolment e
          WHERE e.playbook_id = %(playbook)s AND e.customer_id = t.customer_id
            AND (e.occasion = t.occasion OR e.enrolled_on > %(quiet_since)s::date {running}))
    ORDER BY t.customer_id, t.occasion
"""
PAGE: Final = """
    WITH {reads} entrants AS (
        SELECT * FROM ({entrants}) every WHERE every.customer_id IN ({seen})
    ), page AS (
        SELECT * FROM entrants WHERE customer_id > %(after)s
        ORDER BY customer_id, occasion LIMIT %(limit)s
    )
    SELECT total.n, page.customer_id, page.occasion, page.why::text
    FROM (SELECT count(*) AS n FROM entrants) total LEFT JOIN page ON true
    ORDER BY page.customer_id, page.occasion
"""
HAS_CHURNED: Final = f"(c.status = '{Status.CHURNED.value}' AND c.merged_into_id IS NULL)"
RUNNING: Final = "OR (e.state = 'running' AND e.occasion NOT LIKE 'renewal:%%')"


@dataclass(frozen=True)
class Entrant:
    """A customer that would enter a playbook, the occasion and the facts of its trigger."""

    customer: Customer
    occasion: str
    why: dict[str, Any]


def query(
    version: PlaybookVersion,
    watched: Watch | None,
    day: dt.date,
    columns: Mapping[Measured, str],
    only: Sequence[int] | None = None,
) -> Trigger:
    """One row per occasion that would enter ``version`` on ``day``, of everybody or of ``only``, ordered by customer.

    A customer enters at most once, unless each occasion is a renewal and the version has no re-entry days. ``watched``
    and ``columns`` are those of ``triggers.watch`` and ``triggers.standing``.
    """
    trigger = triggers.query(version, watched, day, columns, only)
    audience = members(version, day)
    single = version.reentry_days > 0 or not triggers.of_a_renewal(version)
    sql = ENTRANTS.format(
        once="DISTINCT ON (t.customer_id)" if single else "",
        trigger=trigger.sql,
        audience=audience.sql,
        running="" if triggers.of_a_renewal(version) else RUNNING,
    )
    quiet_since = day - dt.timedelta(days=version.reentry_days)
    limits = {"playbook": version.playbook_id, "quiet_since": quiet_since, "only": None if only is None else list(only)}
    return Trigger(sql, trigger.params | audience.params | limits, trigger.reads, trigger.keeps)


def members(version: PlaybookVersion, day: dt.date) -> Query:
    """Ids of the customers in the version's audience: current ones and, where it names them, churned ones.

    The SQL also names ``%(only)s``.
    """
    condition = conditions.compile(version.audience, day, prefix="audience")
    among = f"({is_current('c')} OR {HAS_CHURNED})" if takes_churned(version) else is_current("c")
    return Query(MEMBERS.format(among=among, condition=condition.sql), condition.params)


def takes_churned(version: PlaybookVersion) -> bool:
    """Whether the audience includes churned customers: a win-back play. Excluding them does not count."""
    return _names_churned(conditions.read(version.audience))


def win_back() -> list[int]:
    """Ids of the versions ever published whose audience includes churned customers. One statement."""
    named = PlaybookVersion.objects.annotate(text=Cast("audience", TextField())).filter(
        text__contains=Status.CHURNED.value, published_at__isnull=False
    )
    return [version.pk for version in named if _is_readable(version) and takes_churned(version)]


def _is_readable(version: PlaybookVersion) -> bool:
    try:
        conditions.check(version.audience)
    except ValidationError:
        return False
    return True


def _names_churned(node: conditions.Group | conditions.Leaf) -> bool:
    if isinstance(node, conditions.Group):
        return node.how != conditions.How.NONE and any(map(_names_churned, node.members))
    chosen = {"is": [node.value], "is_in": node.value}.get(node.test, []) if node.key == "status" else []
    return Status.CHURNED in chosen


def problem(version: PlaybookVersion) -> str:
    """Why the version cannot be evaluated, such as values of an earlier release; empty where it can."""
    try:
        check(version)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def check(version: PlaybookVersion) -> None:
    """Raises ValidationError where the trigger, the audience or a step cannot be read."""
    parameters.check(version.trigger_kind, version.trigger)
    conditions.check(version.audience)
    for row in version.steps.all():
        row.step.checked(version.trigger_kind)


def would_enter(
    version: PlaybookVersion, day: dt.date, seen: QuerySet[Customer], *, after: int = 0, limit: int = 50
) -> tuple[int, list[Entrant]]:
    """How many occasions of the customers ``seen`` would enter on ``day``, and a page of them.

    ``after`` is the id of the last customer of the page before. Nobody enters a version that cannot be evaluated. A
    fixed number of statements; they write nothing but a temporary table of the transaction.
    """
    if problem(version):
        return 0, []
    visible, watched = embedded(seen.values_list("pk", flat=True), "seen"), triggers.watch(version)
    with triggers.standing([watched], day) as columns, connection.cursor() as cursor:
        entering = query(version, watched, day, columns)
        sql = PAGE.format(reads=entering.reads, entrants=entering.sql, seen=visible.sql)
        cursor.execute(sql, entering.params | visible.params | {"after": after, "limit": limit})
        rows = cursor.fetchall()
    customers = Customer.objects.select_related("owner").in_bulk([row[1] for row in rows if row[1]])
    entrants = [Entrant(customers[row[1]], row[2], json.loads(row[3])) for row in rows if row[1]]
    return rows[0][0], entrants
