"""The dry run of a rule: the customers it would open a case for today, and the reasons for one customer.

Both evaluate the rule as the sweep does. A case opens for a customer that is in the rule's state and audience, was
not in it already, and has no open case of the reason. A rule that was not swept lately (new, or with other values)
opens none for states older than ``sweep.FRESH_DAYS``.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import conditions
from accounts.embedding import embedded
from accounts.models import Customer
from health.cases import sweep
from health.cases.sweep import FRESH_DAYS, WatchedRule
from health.models import Case, CaseRule, RuleHold
from health.states import table
from health.states.verdicts import Check, Verdict, current, in_audience, in_state

SHOWN: Final = 50

TRY: Final = """
    WITH holding AS MATERIALIZED (
        SELECT f.customer_id, f.facts FROM ({state}) f
        WHERE f.customer_id IN ({audience}) AND f.customer_id IN ({seen})
    ), judged AS (
        SELECT g.customer_id, g.facts,
               NOT EXISTS (SELECT FROM health_rulehold h
                           WHERE h.rule_id = %(rule)s AND h.customer_id = g.customer_id AND h.until IS NULL)
               AND NOT EXISTS (SELECT FROM health_case h
                               WHERE h.customer_id = g.customer_id AND h.reason = %(reason)s AND h.state <> 'closed')
               AND (NOT %(unknown)s OR (g.facts->>'since')::date > %(day)s::date - %(fresh)s::int) IS TRUE AS opens
        FROM holding g
    ), page AS (
        SELECT j.customer_id, j.facts, j.opens, c.arr FROM judged j JOIN accounts_customer c ON c.id = j.customer_id
        ORDER BY j.opens DESC, c.arr DESC NULLS LAST, c.id LIMIT %(limit)s
    )
    SELECT total.holding, total.opening, page.customer_id, page.facts::text, page.opens
    FROM (SELECT count(*) AS holding, count(*) FILTER (WHERE opens) AS opening FROM judged) total
    LEFT JOIN page ON true ORDER BY page.opens DESC, page.arr DESC NULLS LAST, page.customer_id
"""


@dataclass(frozen=True)
class Holding:
    """A customer in the rule's state, the facts of the state, and whether a case would open for it."""

    customer: Customer
    facts: dict[str, Any]
    opens: bool


@dataclass(frozen=True)
class Trial:
    """The number of visible customers in the state, of those a case would open for, and the first of them."""

    holding: int
    opening: int
    rows: list[Holding]


def dry_run(rule: CaseRule, day: dt.date, visible_customers: QuerySet[Customer], *, limit: int = SHOWN) -> Trial:
    """The ``visible_customers`` in the state of ``rule``, saved or not, and whether ``day``'s sweep opens a case.

    Those that get a case come first, then the highest ARR. Empty when the rule is invalid. A fixed number of
    statements; writes only a table that ends with the transaction.
    """
    ready = _readable(rule)
    if ready is None:
        return Trial(0, 0, [])
    audience = conditions.members(rule.audience, day, prefix="audience")
    visible = embedded(visible_customers.values_list("pk", flat=True), "seen")
    rule_params = {"rule": rule.pk, "reason": rule.reason, "unknown": sweep.is_unknown(rule, day), "fresh": FRESH_DAYS}
    params = table.moment_of(day, None) | ready.watch.bound() | rule_params | audience.params | visible.params
    with transaction.atomic(), connection.cursor() as cursor:
        columns = table.build(day, ready.watch.reads.values(), None)
        sql = TRY.format(state=ready.watch.query(columns), audience=audience.sql, seen=visible.sql)
        cursor.execute(sql, params | {"limit": limit})
        rows = cursor.fetchall()
        table.drop()
    customers = Customer.objects.select_related("owner").in_bulk([row[2] for row in rows if row[2]])
    holdings = [Holding(customers[row[2]], json.loads(row[3]), row[4]) for row in rows if row[2]]
    return Trial(rows[0][0], rows[0][1], holdings)


def explain(customer: Customer, rule: CaseRule, day: dt.date) -> Verdict:
    """Why the sweep of ``day`` would, or would not, open a case of ``rule`` for ``customer``. A fixed number of
    statements.
    """
    ready = _readable(rule)
    since = RuleHold.objects.filter(rule=rule, customer=customer, until=None).values_list("since", flat=True).first()
    state = in_state(ready.watch if ready else None, customer, day)
    checks = [
        Check("in_use", rule.is_active and ready is not None, {"readable": ready is not None}),
        current(customer),
        state,
        *(in_audience(rule.audience, customer, day) if ready else []),
        Check("entered", since is None, {"since": since}),
        _open_case(customer, rule),
    ]
    if state.holds and sweep.is_unknown(rule, day):
        since_text = state.actual.get("since")
        began = dt.date.fromisoformat(since_text) if since_text else None
        fresh = began is not None and began > day - dt.timedelta(days=FRESH_DAYS)
        checks.append(Check("fresh", fresh, {"since": began}))
    return Verdict(checks)


def _readable(rule: CaseRule) -> WatchedRule | None:
    """The rule ready to be evaluated; None when its values or audience are invalid."""
    try:
        return sweep.ready_of(rule)
    except ValidationError:
        return None


def _open_case(customer: Customer, rule: CaseRule) -> Check:
    open_case = Case.objects.open().filter(customer=customer, reason=rule.reason).values("pk", "opened_on").first()
    return Check("open_case", open_case is None, dict(open_case) if open_case else {})
