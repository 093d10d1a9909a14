"""Triggers of playbooks: each event, and each state, is one set-based query.

Every query returns ``(customer_id, occasion, why, renewal_id)`` for all customers that meet the trigger on ``day``, or
for those among ``ids``. The occasion names the event, or the first day of the stretch in which the state is met, so
that a lasting state lets a customer in once; it is a new one when the customer left the state and came back. ``why`` is
the facts as JSON.

An event (a closed renewal, a missed milestone, a stage, a case) counts for ``within_days`` after it happened; older
history starts nothing. States are those of ``health.states``, evaluated as for case rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from accounts import facts
from accounts.expressions import among
from accounts.models import Fact
from health import states
from health.models.cases import is_lasting, severity_rank
from health.models.signals import is_late
from health.states import Measured, Watch, stretches, table
from playbooks import parameters
from playbooks.models import PlaybookVersion, TriggerKind

NOBODY: Final = """
    SELECT NULL::bigint AS customer_id, NULL::text AS occasion,
           NULL::jsonb AS why, NULL::bigint AS renewal_id
    WHERE false
"""

# A renewal of one of the given customers, or one that may point to such a renewal.
OF_SOME: Final = f"({among('r.customer_id')} OR r.prep_with_id IS NOT NULL) AND {among('l.customer_id')}"

# Open renewals whose prep has opened or, with a number of days, that end within them; excludes those whose end is
# confirmed. Renewals that share a prep are one occasion, that of the head.
RENEWAL_DUE: Final = f"""
    SELECT DISTINCT ON (l.id)
           l.customer_id,
           'renewal:' || l.id AS occasion,
           jsonb_build_object('due_on', r.due_on, 'notice_on', r.notice_on,
                              'prep_opened_on', r.prep_opened_on, 'arr', r.arr) AS why,
           l.id AS renewal_id
    FROM renewals_renewal r
    JOIN renewals_renewal l ON l.id = coalesce(r.prep_with_id, r.id)
    WHERE {OF_SOME} AND r.stage <> 'closed' AND r.leaving <> 'confirmed'
      AND CASE WHEN %(days)s::int IS NULL
               THEN r.stage <> 'upcoming' AND r.prep_opened_on <= %(day)s::date
               ELSE r.due_on <= %(day)s::date + %(days)s::int END
    ORDER BY l.id, r.due_on, r.id
"""  # noqa: S608 (made of constants)

# Renewals closed with one of the outcomes; a group that shared its prep counts once.
RENEWAL_CLOSED: Final = f"""
    SELECT DISTINCT ON (l.id)
           r.customer_id,
           'renewal:' || l.id || ':closed' AS occasion,
           jsonb_build_object('outcome', r.outcome, 'closed_on', r.closed_on, 'arr', r.closed_arr) AS why,
           r.id AS renewal_id
    FROM renewals_renewal r
    JOIN renewals_renewal l ON l.id = coalesce(r.prep_with_id, r.id)
    WHERE {among("r.customer_id")}
      AND r.stage = 'closed'
      AND r.outcome = ANY(%(outcomes)s)
      AND r.closed_on BETWEEN %(day)s::date - %(within_days)s::int AND %(day)s::date
    ORDER BY l.id, r.closed_on, r.id
"""  # noqa: S608 (made of constants)

# The latest milestone that was missed and is still not reached.
MILESTONE_MISSED: Final = f"""
    SELECT DISTINCT ON (m.customer_id)
           m.customer_id, 'milestone:' || m.key AS occasion,
           jsonb_build_object('milestone', m.key, 'due_on', m.due_on,
                              'missed_on', m.missed_on) AS why,
           NULL::bigint AS renewal_id
    FROM health_milestone m
    WHERE {among("m.customer_id")} AND m.key = ANY(%(milestones)s)
      AND {is_late("m", "%(day)s::date")} AND m.missed_on >= %(day)s::date - %(within_days)s::int
    ORDER BY m.customer_id, m.due_on DESC
"""  # noqa: S608 (made of constants)

# Customers whose stage of the day began within the given days.
STAGE_ENTERED: Final = f"""
    SELECT f.customer_id, 'stage:' || f.value || ':' || f.from_day AS occasion,
           jsonb_build_object('stage', f.value, 'since', f.from_day) AS why,
           NULL::bigint AS renewal_id
    FROM ({facts.begun(Fact.STAGE, "%(day)s::date - %(within_days)s::int", "%(day)s::date")}) f
    WHERE f.value = %(stage)s AND {among("f.customer_id")}
"""  # noqa: S608 (made of constants)

# Open cases whose state lasts and that began within the given days; each is an occasion of its own. Cases beyond a
# person's alert budget and those of demoted rules count only with "all".
CASE_OPENED: Final = f"""
    SELECT h.customer_id, 'case:' || h.id AS occasion,
           jsonb_build_object('title', h.title, 'severity', h.severity, 'opened_on', h.opened_on) AS why,
           NULL::bigint AS renewal_id
    FROM health_case h LEFT JOIN health_caserule r ON r.id = h.rule_id
    WHERE {among("h.customer_id")} AND {is_lasting("h", "%(day)s::date")}
      AND h.opened_on BETWEEN %(day)s::date - %(within_days)s::int AND %(day)s::date
      AND (%(kind)s::text = 'any' OR h.kind = %(kind)s::text)
      AND (%(rules)s::text[] IS NULL OR r.key = ANY(%(rules)s::text[]))
      AND {severity_rank("h.severity")} >= {severity_rank("%(severity)s")}
      AND (h.alerted OR %(alerted)s::text = 'all')
"""  # noqa: S608 (made of constants)

# Customers in the state, with the stretch of days in which they are; a stretch not yet stored begins on the day in the
# facts.
STATE: Final = """
    SELECT m.customer_id,
           'state:' || %(state)s::text || ':'
               || coalesce(m.since, least((m.facts->>'since')::date, %(day)s::date)) AS occasion,
           m.facts AS why, NULL::bigint AS renewal_id
    FROM met m WHERE m.holds
"""
IN_STATE: Final = "holding AS MATERIALIZED (SELECT f.customer_id, f.facts FROM ({state}) f), {compared},"

QUERIES: Final[dict[str, str]] = {
    TriggerKind.RENEWAL_DUE: RENEWAL_DUE,
    TriggerKind.RENEWAL_CLOSED: RENEWAL_CLOSED,
    TriggerKind.MILESTONE_MISSED: MILESTONE_MISSED,
    TriggerKind.STAGE_ENTERED: STAGE_ENTERED,
    TriggerKind.CASE_OPENED: CASE_OPENED,
    TriggerKind.STATE: STATE,
    TriggerKind.BY_HAND: NOBODY,
}
OF_A_RENEWAL: Final = frozenset({TriggerKind.RENEWAL_DUE.value, TriggerKind.RENEWAL_CLOSED.value})


@dataclass(frozen=True)
class Trigger:
    """SQL with its parameters, and the CTEs that it reads (``reads``), each with its comma.

    ``keeps`` are CTEs that store the stretches of its state; only the sweep runs them.
    """

    sql: str
    params: dict[str, Any]
    reads: str = ""
    keeps: str = ""


def query(
    version: PlaybookVersion,
    watched: Watch | None,
    day: dt.date,
    columns: Mapping[Measured, str],
    only: Sequence[int] | None = None,
) -> Trigger:
    """The query of the version's trigger on ``day``, for everybody or ``only``: customer_id, occasion, why, renewal_id.

    ``watched`` is ``watch(version)``; the query of a state runs inside ``standing``, which built the ``columns``.
    Raises ValidationError when the values of an event do not fit its kind.
    """
    kind = version.trigger_kind
    if watched is None:
        values = parameters.check(kind, version.trigger)
        values |= {name: None for name in parameters.EVENTS[kind] if name not in values}
        return Trigger(QUERIES[kind], {"day": day, "ids": None if only is None else list(only), **values})
    own = {"state": watched.state.key, "watcher": version.playbook_id, "unknown": True}
    return Trigger(
        STATE,
        table.moment_of(day, only) | watched.bound() | own,
        reads=IN_STATE.format(state=watched.query(columns), compared=stretches.compared(*KEPT_IN)),
        keeps=f"{stretches.written(*KEPT_IN)},",
    )


KEPT_IN: Final = ("playbooks_playbookhold", "playbook_id")


def watch(version: PlaybookVersion) -> Watch | None:
    """The state that starts the version, with its values; None for an event. Raises ValidationError as ``query``."""
    if version.trigger_kind != TriggerKind.STATE:
        return None
    trigger = parameters.check(version.trigger_kind, version.trigger)
    return states.watch(trigger["state"], trigger["values"])


@contextmanager
def standing(
    watches: Iterable[Watch | None], day: dt.date, only: Sequence[int] | None = None
) -> Iterator[dict[Measured, str]]:
    """A transaction in which these states can be evaluated; yields the columns of their measures, read once for all."""
    states_watched = [watched for watched in watches if watched]
    with transaction.atomic():
        columns = (
            table.build(day, [read for watched in states_watched for read in watched.reads.values()], only)
            if states_watched
            else {}
        )
        yield columns
        if states_watched:
            table.drop()


def of_a_renewal(version: PlaybookVersion) -> bool:
    """Whether each occasion is a renewal of its own, so that a customer may have several plays."""
    return version.trigger_kind in OF_A_RENEWAL
