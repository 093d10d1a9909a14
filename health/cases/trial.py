"""A rule tried out: whom it would open a case for today, and why, or why not, for one customer.

Both ask the very query of the sweep. A case opens for a customer that is in the rule's state and audience, was not
in it already, and has no open case of the reason. A rule that was not swept lately (new, or with other values)
opens none for states older than ``sweep.FRESH_DAYS``.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import rules
from accounts.embedding import embedded
from accounts.models import Customer, Status
from health.cases import standing, sweep
from health.cases.detectors import Wish
from health.cases.sweep import FRESH_DAYS, Held
from health.measures import catalogue
from health.models import Case, CaseRule, RuleHold

SHOWN: Final = 50

TRY: Final = """
    WITH holding AS MATERIALIZED (
        SELECT f.customer_id, f.facts FROM ({detector}) f
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
        ORDER BY j.opens DESC, c.arr DESC, c.id LIMIT %(limit)s
    )
    SELECT total.holding, total.opening, page.customer_id, page.facts::text, page.opens
    FROM (SELECT count(*) AS holding, count(*) FILTER (WHERE opens) AS opening FROM judged) total
    LEFT JOIN page ON true ORDER BY page.opens DESC, page.arr DESC, page.customer_id
"""
ONE: Final = """
    SELECT s.value, s.band, {measured} f.facts::text
    FROM standing s LEFT JOIN ({detector}) f ON f.customer_id = s.id
"""


@dataclass(frozen=True)
class Holding:
    """A customer in the rule's state, what was found, and whether a case would open for it."""

    customer: Customer
    facts: dict[str, Any]
    opens: bool


@dataclass(frozen=True)
class Trial:
    """How many of the customers seen are in the state, for how many a case would open, and the first of them."""

    holding: int
    opening: int
    rows: list[Holding]


@dataclass(frozen=True)
class Check:
    """One thing that must hold. ``actual`` says what the customer has, by name."""

    key: str
    holds: bool
    actual: dict[str, Any] = field(default_factory=dict)
    condition: rules.Condition | None = None


@dataclass(frozen=True)
class Verdict:
    """All checks for one customer, in the order a reader asks them."""

    checks: list[Check]

    @property
    def opens(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def failing(self) -> int:
        return sum(not check.holds for check in self.checks)


def dry_run(rule: CaseRule, day: dt.date, seen: QuerySet[Customer], *, limit: int = SHOWN) -> Trial:
    """Whom of ``seen`` the sweep of ``day`` would open a case for by ``rule``, saved or not, as it is written now.

    Those it would open for first, the most valuable first. Nobody where the rule's values cannot be asked. A fixed
    number of statements; nothing is written but a table that goes with the transaction.
    """
    one = sweep.ready_of(rule)
    if one is None:
        return Trial(0, 0, [])
    members = Customer.objects.filter(rules.as_q(rule.audience, day)).values_list("pk", flat=True)
    audience, visible = embedded(members, "audience"), embedded(seen.values_list("pk", flat=True), "seen")
    params = _params(one, day, None) | audience.params | visible.params | {"limit": limit}
    with transaction.atomic(), connection.cursor() as cursor:
        columns = standing.build(day, one.wishes.values(), None)
        sql = TRY.format(detector=one.query(columns), audience=audience.sql, seen=visible.sql)
        cursor.execute(sql, params)
        rows = cursor.fetchall()
        standing.drop()
    customers = Customer.objects.select_related("owner").in_bulk([row[2] for row in rows if row[2]])
    found = [Holding(customers[row[2]], json.loads(row[3]), row[4]) for row in rows if row[2]]
    return Trial(rows[0][0], rows[0][1], found)


def explain(customer: Customer, rule: CaseRule, day: dt.date) -> Verdict:
    """Why the sweep of ``day`` would, or would not, open a case of ``rule`` for ``customer``. A fixed number of
    statements.
    """
    one = sweep.ready_of(rule)
    facts, measured = _state(one, customer, day) if one else (None, {})
    since = RuleHold.objects.filter(rule=rule, customer=customer, until=None).values_list("since", flat=True).first()
    checks = [
        Check("in_use", rule.is_active and one is not None, {"readable": one is not None}),
        _current(customer),
        Check("state", facts is not None, measured if facts is None else facts),
        *(
            Check("audience", condition.holds, condition=condition)
            for condition in rules.explain(rule.audience, customer, day)
        ),
        Check("entered", since is None, {"since": since}),
        _open_case(customer, rule),
    ]
    if facts is not None and _unknown(rule, day):
        began = dt.date.fromisoformat(facts["since"]) if facts.get("since") else None
        fresh = began is not None and began > day - dt.timedelta(days=FRESH_DAYS)
        checks.append(Check("fresh", fresh, {"since": began}))
    return Verdict(checks)


def _params(one: Held, day: dt.date, only: list[int] | None) -> dict[str, Any]:
    rule = one.rule
    own = {"rule": rule.pk, "reason": rule.reason, "unknown": _unknown(rule, day)}
    return sweep.moment_of(day, only) | one.detector.bound(one.values) | own


def _unknown(rule: CaseRule, day: dt.date) -> bool:
    return rule.swept_on is None or rule.swept_on < day - dt.timedelta(days=FRESH_DAYS)


def _current(customer: Customer) -> Check:
    current = customer.status in {Status.LIVE, Status.NOTICE} and customer.merged_into_id is None
    return Check("current", current, {"status": customer.status})


def _open_case(customer: Customer, rule: CaseRule) -> Check:
    open_ = Case.objects.open().filter(customer=customer, reason=rule.reason).values("pk", "opened_on").first()
    return Check("open_case", open_ is None, dict(open_) if open_ else {})


def _state(one: Held, customer: Customer, day: dt.date) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The facts of the state, None where it does not hold; and what the customer has: score, band, measures."""
    wishes = list(dict.fromkeys(_looked_at(one)))
    with transaction.atomic(), connection.cursor() as cursor:
        columns = standing.build(day, wishes, [customer.pk])
        measured = "".join(f"s.{columns[wish]}, " for wish in wishes)
        cursor.execute(ONE.format(measured=measured, detector=one.query(columns)), _params(one, day, [customer.pk]))
        row = cursor.fetchone()
        standing.drop()
    if row is None:
        return None, {}
    amounts = {wish.measure: amount for wish, amount in zip(wishes, row[2:-1], strict=True) if not wish.back}
    return json.loads(row[-1]) if row[-1] else None, {"score": row[0], "band": row[1], "measures": amounts}


def _looked_at(one: Held) -> list[Wish]:
    """What the detector reads, and the measure behind it."""
    behind = one.detector.behind or str(one.values.get("measure", ""))
    wished = list(one.wishes.values())
    if behind in catalogue() and behind not in {wish.measure for wish in wished}:
        wished.append(Wish(behind))
    return wished
