"""What makes a rule open a case for a customer: the sweep, the dry run, the counts and the verdicts all read this.

The customer is in the rule's state and audience, was not in it already, and has no open case of the reason. A stretch
that ended within the day and begins again goes on. A rule that was not swept within ``FRESH_DAYS`` (new, or with other
values) opens none for states that are older by their facts.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection

from accounts import conditions
from accounts.embedding import Query
from accounts.models import Customer
from health import states
from health.models import CaseRule
from health.states import Measured, Watch, stretches

FRESH_DAYS: Final = 14
KEPT_IN: Final = ("health_rulehold", "rule_id")
COMPARED: Final = stretches.compared(*KEPT_IN)


def is_fresh(facts: str) -> str:
    """SQL: a state with these facts may open a case, whether the rule was swept lately or not."""
    return f"((NOT %(unknown)s OR ({facts}->>'since')::date > %(day)s::date - {FRESH_DAYS}) IS TRUE)"


def open_cases(customer: str) -> str:
    """SQL after FROM: the customer's open case of the rule's reason, as ``h``."""
    return f"health_case h WHERE h.customer_id = {customer} AND h.reason = %(reason)s AND h.state <> 'closed'"


JUDGED: Final = f"""
    WITH holding AS MATERIALIZED (
        SELECT f.customer_id, f.facts FROM ({{state}}) f
        WHERE f.customer_id IN ({{audience}}) AND f.customer_id IN ({{seen}})
    ), {COMPARED}, judged AS (
        SELECT m.customer_id, m.facts,
               {stretches.begins("m")} AND {is_fresh("m.facts")} AND NOT EXISTS (SELECT FROM {open_cases("m.customer_id")}) AS opens
        FROM met m WHERE m.holds
    )
"""
ONE: Final = f"""
    WITH holding AS MATERIALIZED (
        SELECT %(customer)s::bigint AS customer_id, %(facts)s::jsonb AS facts WHERE %(facts)s::jsonb IS NOT NULL
    ), {COMPARED}
    SELECT m.since, {is_fresh("m.facts")}, h.id, h.opened_on
    FROM (VALUES (%(customer)s::bigint)) c(id) LEFT JOIN met m ON m.customer_id = c.id
    LEFT JOIN LATERAL (SELECT h.id, h.opened_on FROM {open_cases("c.id")}) h ON true
"""


@dataclass(frozen=True)
class WatchedRule:
    """A rule ready to be evaluated, with the state it watches for."""

    rule: CaseRule
    watch: Watch

    def params(self, day: dt.date) -> dict[str, Any]:
        """What the SQL here names beside the parameters of ``table.moment_of``."""
        own = {"watcher": self.rule.pk, "reason": self.rule.reason, "unknown": is_unknown(self.rule, day)}
        return self.watch.bound() | own

    def judged(self, columns: Mapping[Measured, str], moment: Mapping[str, Any], visible: Query) -> Query:
        """The CTE ``judged``: those of ``visible`` (a query of ids) in state and audience, and whether a case opens."""
        audience = conditions.members(self.rule.audience, moment["day"], prefix="audience")
        sql = JUDGED.format(state=self.watch.query(columns), audience=audience.sql, seen=visible.sql)
        return Query(sql, dict(moment) | self.params(moment["day"]) | audience.params | visible.params)


class Standing(NamedTuple):
    """What decides for one customer in the state: the day since which it is known to be, the open case of the reason."""

    since: dt.date | None
    fresh: bool
    case: int | None
    opened_on: dt.date | None


def ready_of(rule: CaseRule) -> WatchedRule:
    """``rule`` ready to be evaluated; raises ValidationError when its values or audience are invalid."""
    watch = states.watch(rule.detector, rule.values)
    conditions.check(rule.audience)
    return WatchedRule(rule, watch)


def readable(rule: CaseRule) -> WatchedRule | None:
    """The rule ready to be evaluated; None when its values or audience are invalid."""
    try:
        return ready_of(rule)
    except ValidationError:
        return None


def is_unknown(rule: CaseRule, day: dt.date) -> bool:
    """Whether ``rule`` was not swept within ``FRESH_DAYS``, so that it cannot tell which states are new."""
    return rule.swept_on is None or rule.swept_on < day - dt.timedelta(days=FRESH_DAYS)


def standing(rule: CaseRule, customer: Customer, day: dt.date, facts: Mapping[str, Any] | None) -> Standing:
    """How the rule stands with ``customer`` on ``day``; ``facts`` are its state's, None out of the state. One statement."""
    params: dict[str, Any] = {
        "watcher": rule.pk,
        "reason": rule.reason,
        "unknown": is_unknown(rule, day),
        "day": day,
        "only": [customer.pk],
        "customer": customer.pk,
        "facts": None if facts is None else json.dumps(facts),
    }
    with connection.cursor() as cursor:
        cursor.execute(ONE, params)
        return Standing(*cursor.fetchone())
