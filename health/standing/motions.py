"""The one thing to do next with a customer, and why this and not another (field guide items 30, 36 and 106).

Rules are evaluated in order, and the first that holds decides: every current customer has exactly one motion. They read
the record and health's scores, cases and states. A customer at risk or in its renewal is never sent an offer: the rules
of both come before expansion, and expansion checks both again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.ends import is_certain
from accounts.expressions import among
from accounts.lifecycle import is_current
from accounts.models import UNTOUCHED_DAYS, Customer
from accounts.revenue import untold
from health import standing
from health.models import Motion, Purpose, Standing, StandingKind
from health.models.cases import is_lasting, severity_rank
from health.models.signals import is_late
from health.scorecards import history_of
from health.standing.milestones import LOOKED_FOR

EXPANSION: Final = history_of(Purpose.EXPANSION)


@dataclass(frozen=True)
class Rule:
    """One rule: the motion it leads to, and its condition in words and in SQL over the customer's facts ``k``."""

    key: str
    motion: Motion
    asks: str | Promise
    holds: str


AT_RISK: Final = "(k.band = 'red' OR k.risk IN ('high', 'urgent') OR k.band = 'yellow' AND k.retention = 'passive')"
IN_RENEWAL: Final = "(k.prep <= %(day)s::date)"

RULES: Final = (
    Rule("ending", Motion.PART, _("Its end is confirmed"), "k.certain"),
    Rule("notice", Motion.SAVE, _("Notice is given"), "k.status = 'notice'"),
    Rule("red_valued", Motion.SAVE, _("Red, and people serve it"), "k.band = 'red' AND k.touch_model <> 'tech'"),
    Rule(
        "at_risk",
        Motion.HIGH_TOUCH,
        _("Red, or an open risk case of high severity, or yellow and disengaged"),
        AT_RISK,
    ),
    Rule(
        "onboarding_late",
        Motion.ONBOARD,
        _("A milestone of the first 90 days is late"),
        f"k.late <> '[]'::jsonb AND k.since > %(day)s::date - {LOOKED_FOR}",
    ),
    Rule("renewal_near", Motion.PREPARE, _("The renewal is being prepared"), IN_RENEWAL),
    Rule("no_data", Motion.FIND_OUT, _("There is no score"), "k.band = ''"),
    Rule(
        "expansion_ready",
        Motion.EXPAND,
        _(
            "Green and not disengaged, with an open opportunity or a green expansion score, neither at risk nor in renewal"
        ),
        "k.status = 'live' AND k.band = 'green' AND k.retention IS DISTINCT FROM 'passive' AND (k.opportunity OR k.expansion = 'green')"
        f" AND NOT coalesce({AT_RISK}, false) AND NOT coalesce({IN_RENEWAL}, false)",
    ),
    Rule(
        "untouched",
        Motion.TOUCH,
        _("Green, past its first 90 days, no two-way touch for 90 days"),
        f"k.band = 'green' AND k.stage <> 'onboarding' AND coalesce(k.touched <= %(day)s::date - {UNTOUCHED_DAYS}, true)",
    ),
    Rule("yellow", Motion.STRENGTHEN, _("Yellow"), "k.band = 'yellow'"),
    Rule("healthy", Motion.NURTURE, _("Green"), "k.band = 'green'"),
)
KNOWN: Final = f"""
    SELECT c.id AS customer_id, c.status, c.leaves_on AS leaves, {is_certain("c")} AS certain, c.band, c.touch_model, c.stage, c.first_contract_on AS since,
        c.next_renewal_on AS renewal, c.next_prep_on AS prep,
        late.keys AS late, retention.state AS retention, cases.risk, coalesce(cases.opportunity, false) AS opportunity,
        CASE WHEN c.band = 'green' THEN (
            SELECT n.band FROM {EXPANSION.table} n
            WHERE n.customer_id = c.id AND {EXPANSION.where("n")} AND n.day <= %(day)s ORDER BY n.day DESC LIMIT 1
        ) END AS expansion,
        (SELECT h.happened_on FROM accounts_touchpoint h
         WHERE h.customer_id = c.id AND h.two_way AND h.happened_on <= %(day)s
         ORDER BY h.happened_on DESC, h.id DESC LIMIT 1) AS touched
    FROM accounts_customer c
    LEFT JOIN health_standing retention ON retention.customer_id = c.id AND retention.kind = 'retention'
    LEFT JOIN (
        SELECT a.customer_id, bool_or(a.kind = 'opportunity') AS opportunity,
            (array_agg(a.severity ORDER BY {severity_rank("a.severity")} DESC)
                FILTER (WHERE a.kind = 'risk'))[1] AS risk
        FROM health_case a WHERE {is_lasting("a", "%(day)s::date")} AND {among("a.customer_id")} GROUP BY a.customer_id
    ) cases ON cases.customer_id = c.id
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(m.key ORDER BY m.due_on), '[]'::jsonb) AS keys FROM health_milestone m
        WHERE m.customer_id = c.id AND {is_late("m", "%(day)s::date")}
          AND c.first_contract_on > %(day)s::date - {LOOKED_FOR}
    ) late
    WHERE {is_current("c")} AND {among("c.id")}
"""  # noqa: S608 (made of constants)


def _query() -> str:
    """Facts, then rules, then the first that holds: fenced by OFFSET 0, so that nothing is looked up twice."""
    conditions = [f"coalesce({rule.holds}, false) AS {rule.key}" for rule in RULES]
    motion = " ".join(f"WHEN h.{rule.key} THEN '{rule.motion.value}'" for rule in RULES)
    first = " ".join(f"WHEN h.{rule.key} THEN '{rule.key}'" for rule in RULES)
    checks = ", ".join(f"'{rule.key}', h.{rule.key}" for rule in RULES)
    return f"""
    SELECT h.customer_id, CASE {motion} END AS state,
        jsonb_build_object('rule', CASE {first} END, 'status', h.status, 'leaves', h.leaves, 'band', h.band, 'touch_model', h.touch_model,
            'stage', h.stage, 'since', h.since, 'renewal', h.renewal, 'prep', h.prep, 'late', h.late,
            'retention', h.retention, 'risk', h.risk, 'opportunity', h.opportunity, 'expansion', h.expansion,
            'touched', h.touched) AS facts,
        jsonb_build_object({checks}) AS checks
    FROM (SELECT k.*, {", ".join(conditions)} FROM ({KNOWN} OFFSET 0) k OFFSET 0) h
    """  # noqa: S608 (made of constants)


QUERY: Final = _query()


@dataclass(frozen=True)
class Check:
    """A rule evaluated for one customer; ``decides`` on the first that holds."""

    rule: Rule
    holds: bool
    decides: bool


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Store the next motion of every current customer, or of ``ids``, as of ``day``; returns how many changed.

    A fixed number of statements; safe to run again; killed, the next run reaches the same rows.
    """
    return standing.keep(StandingKind.MOTION, QUERY, day, ids)


def why(customer: Customer, day: dt.date) -> tuple[list[Check], dict[str, Any]]:
    """Each rule in order and whether it holds for the customer now, and the facts they read; empty if not current.

    One statement, the sweep's own.
    """
    row = standing.one(QUERY, customer, day)
    if row is None:
        return [], {}
    checks, facts = row["checks"], row["facts"]
    return [Check(rule, checks[rule.key], rule.key == facts["rule"]) for rule in RULES], facts


def held_back(facts: dict[str, Any]) -> bool:
    """Whether an opportunity is there and waits because the customer is at risk, passive or in its renewal."""
    return bool(facts.get("opportunity") or facts.get("expansion") == "green") and facts["rule"] != "expansion_ready"


def with_motion(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Add ``motion`` and ``motion_since`` (None for no current customer): one look-up a row each."""
    standings = Standing.objects.filter(customer=OuterRef("pk"), kind=StandingKind.MOTION)
    return customers.annotate(
        motion=Subquery(standings.values("state")[:1]), motion_since=Subquery(standings.values("since")[:1])
    )


def counts(customers: QuerySet[Customer]) -> list[dict[str, Any]]:
    """For each motion in the order of the rules: how many of ``customers``, their ARR, for how many it is unknown
    (``untold``), and how many opportunities are held back. One statement.
    """
    waits = Q(standings__facts__opportunity=True) | Q(standings__facts__expansion="green")
    rows = (
        customers.filter(standings__kind=StandingKind.MOTION)
        .order_by()
        .values("standings__state")
        .annotate(
            customers=Count("pk"),
            total=Sum("arr", default=Decimal(0)),
            left_out=untold(),
            waiting=Count("pk", filter=waits),
        )
        .values_list("standings__state", "customers", "total", "left_out", "waiting")
    )
    by_motion = {motion: figures for motion, *figures in rows}
    lines = []
    for motion in dict.fromkeys(rule.motion for rule in RULES):
        number, arr, left_out, waiting = by_motion.get(motion.value, (0, Decimal(0), 0, 0))
        blocked = 0 if motion == Motion.EXPAND else waiting
        lines.append({"motion": motion, "customers": number, "arr": arr, "untold": left_out, "held_back": blocked})
    return lines


def of(customers: QuerySet[Customer], motion: str) -> QuerySet[Customer]:
    """Those of ``customers`` whose next motion is ``motion``, with ``motion_since`` and ``motion_facts``."""
    return customers.filter(standings__kind=StandingKind.MOTION, standings__state=motion).annotate(
        motion_since=F("standings__since"), motion_facts=F("standings__facts")
    )
