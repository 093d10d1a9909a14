"""Shipped rules that alert nobody: off, or with their cases in the digest only, until an admin has reviewed them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import conditions
from accounts.embedding import embedded
from accounts.models import Customer
from health.cases import sweep
from health.cases.sweep import FRESH_DAYS, WatchedRule
from health.models import CaseRule, CaseRuleChange
from health.states import table

COUNT: Final = """
    SELECT count(*), count(*) FILTER (WHERE
        NOT EXISTS (SELECT FROM health_rulehold h
                    WHERE h.rule_id = %(rule)s AND h.customer_id = f.customer_id AND h.until IS NULL)
        AND NOT EXISTS (SELECT FROM health_case h
                        WHERE h.customer_id = f.customer_id AND h.reason = %(reason)s AND h.state <> 'closed')
        AND (NOT %(unknown)s OR (f.facts->>'since')::date > %(day)s::date - %(fresh)s::int) IS TRUE)
    FROM ({state}) f WHERE f.customer_id IN ({audience}) AND f.customer_id IN ({seen})
"""


class Openings(NamedTuple):
    """The number of customers in the state of a rule, and of those it would open a case for today."""

    holding: int
    opening: int


def rules() -> QuerySet[CaseRule]:
    """The shipped rules that nobody has decided about: off for a shipped reason, or digest only and never changed."""
    decided = CaseRuleChange.objects.filter(rule=OuterRef("pk"), fields__has_key="mode")
    quiet = Q(is_active=True, mode=CaseRule.Mode.DIGEST, demoted_on=None) & ~Exists(decided)
    return CaseRule.objects.filter(Q(is_active=False) & ~Q(off_reason="") | quiet).order_by(
        "-is_active", "position", "pk"
    )


def openings(offered: Iterable[CaseRule], day: dt.date, customers: QuerySet[Customer]) -> dict[int, Openings]:
    """What each rule would open among ``customers`` on ``day``, by its key; excludes rules that cannot be evaluated.

    One table for all states, then a statement a rule. Writes only that table, which ends with the transaction.
    """
    ready = _ready(offered)
    visible = embedded(customers.values_list("pk", flat=True), "seen")
    counts = {}
    with transaction.atomic(), connection.cursor() as cursor:
        moment = table.moment_of(day, None)
        columns = table.build(day, [read for watched in ready for read in watched.watch.reads.values()], None)
        for watched in ready:
            audience = conditions.members(watched.rule.audience, day, prefix="audience")
            rule_params: dict[str, Any] = {
                "rule": watched.rule.pk, "reason": watched.rule.reason, "unknown": sweep.is_unknown(watched.rule, day), "fresh": FRESH_DAYS,
            }  # fmt: skip
            sql = COUNT.format(state=watched.watch.query(columns), audience=audience.sql, seen=visible.sql)
            cursor.execute(sql, moment | watched.watch.bound() | rule_params | audience.params | visible.params)
            counts[watched.rule.pk] = Openings(*cursor.fetchone())
        table.drop()
    return counts


def _ready(offered: Iterable[CaseRule]) -> list[WatchedRule]:
    ready = []
    for rule in offered:
        try:
            ready.append(sweep.ready_of(rule))
        except ValidationError:
            continue
    return ready
