"""Cases open by themselves: every rule is evaluated for all customers, and each that enters its state gets a case.

A rule's state is kept as stretches of days (``RuleHold``): a case opens where a stretch begins, never while it
lasts (``health.cases.opening``). A rule that was not swept lately, or never, cannot tell which states are new: the old
ones are stored as holding and open nothing. So the first day of an installation, of a rule or of new values
(``CaseRule.swept_on`` emptied) is no flood.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from holidays import HolidayBase

from accounts import calendar, conditions
from config import clock, locks
from config.setaside import register
from config.setaside.models import Kind
from config.shipping import ship
from health.cases import budget, opening, owning, voiding
from health.cases.opening import WatchedRule
from health.models import CaseRule
from health.models.cases import at_stake, severity_rank
from health.states import Measured, stretches, table

LOCK: Final = "health.cases"
STEP: Final = "cases"

OPEN: Final = """
    WITH holding AS MATERIALIZED (
        SELECT f.customer_id, f.facts FROM ({state}) f WHERE f.customer_id IN ({audience})
    ), {compared}, {written}, entered AS MATERIALIZED (
        SELECT g.customer_id, g.facts FROM begun JOIN holding g USING (customer_id)
        WHERE {fresh}
    ), open AS MATERIALIZED (
        SELECT h.id, h.customer_id FROM entered CROSS JOIN LATERAL (SELECT h.id, h.customer_id FROM {open_cases}) h
    ), opened AS (
        INSERT INTO health_case (customer_id, rule_id, kind, reason, title, type, plan, severity, owner_id, value, state,
            alerted, opened_on, due_on, newest_evidence_on, snooze_reason, resolution, resolution_note)
        SELECT c.id, %(watcher)s, %(kind)s, %(reason)s, %(title)s, %(type)s, '', %(severity)s, c.owner_id, round(c.arr * %(share)s, 2), 'new',
            %(alerted)s, %(day)s, CASE c.touch_model WHEN 'high' THEN %(due_high)s::date WHEN 'low' THEN %(due_low)s::date
                                  ELSE %(due_tech)s::date END, %(day)s, '', '', ''
        FROM entered JOIN accounts_customer c ON c.id = entered.customer_id
        WHERE NOT EXISTS (SELECT FROM open WHERE open.customer_id = c.id)
        ORDER BY c.id
        ON CONFLICT (customer_id, reason) WHERE state <> 'closed' DO NOTHING
        RETURNING id, customer_id
    ), told AS (
        INSERT INTO health_caseevidence (case_id, rule_id, day, facts, note)
        SELECT h.id, %(watcher)s, %(day)s, entered.facts, ''
        FROM (SELECT * FROM open UNION ALL SELECT * FROM opened) h JOIN entered USING (customer_id)
        ON CONFLICT (case_id, rule_id, day) WHERE rule_id IS NOT NULL DO NOTHING
    ), renewed AS (
        UPDATE health_case h SET newest_evidence_on = greatest(h.newest_evidence_on, %(day)s),
            severity = CASE WHEN {rank_of_case} < {rank_of_rule} THEN %(severity)s ELSE h.severity END
        FROM open WHERE h.id = open.id AND h.state <> 'closed'
    ), logged AS (
        INSERT INTO health_caseact (case_id, act, day, note) SELECT id, 'opened', %(day)s, '' FROM opened
    )
    SELECT count(*) FROM opened
"""
WORDED: Final = {
    "compared": opening.COMPARED,
    "written": stretches.written(*opening.KEPT_IN),
    "fresh": opening.is_fresh("g.facts"),
    "open_cases": opening.open_cases("entered.customer_id"),
    "rank_of_case": severity_rank("h.severity"),
    "rank_of_rule": severity_rank("%(severity)s"),
}

CHURNED: Final = ship("The customer churned.")
LEAVE: Final = """
    WITH gone AS (
        UPDATE health_case h SET state = 'closed', closed_on = %(day)s, snoozed_until = NULL, snooze_reason = '',
            resolution = 'lost', resolution_note = %(churned)s
        FROM accounts_customer c
        WHERE c.id = h.customer_id AND h.state <> 'closed' AND c.status = 'churned' AND c.merged_into_id IS NULL
          AND (%(only)s::bigint[] IS NULL OR c.id = ANY(%(only)s))
        RETURNING h.id
    )
    INSERT INTO health_caseact (case_id, act, day, note) SELECT id, 'closed', %(day)s, '' FROM gone
"""
WAKE: Final = """
    WITH woken AS (
        UPDATE health_case h SET state = CASE WHEN h.type <> '' AND h.plan <> '' THEN 'working' ELSE 'new' END,
            snoozed_until = NULL, snooze_reason = ''
        WHERE h.state = 'snoozed' AND h.snoozed_until <= %(day)s
          AND (%(only)s::bigint[] IS NULL OR h.customer_id = ANY(%(only)s))
        RETURNING h.id
    )
    INSERT INTO health_caseact (case_id, act, day, note) SELECT id, 'woken', %(day)s, '' FROM woken
"""


# A case has passed once no rule of its reason holds for its customer any more. A rule at rest is not evaluated: its
# last result counts.
PASSED: Final = f"""
    UPDATE health_case h SET passed_on = CASE WHEN l.lasts THEN NULL ELSE %(day)s::date END
    FROM (
        SELECT h.id, {voiding.LASTS} AS lasts
        FROM health_case h
        WHERE h.state <> 'closed' AND h.rule_id IS NOT NULL
          AND (%(only)s::bigint[] IS NULL OR h.customer_id = ANY(%(only)s))
    ) l
    WHERE l.id = h.id AND l.lasts = (h.passed_on IS NOT NULL)
"""


def sweep(day: dt.date, only: Sequence[int] | None = None, *, whole: bool | None = None) -> int:
    """Evaluate every active rule for the customers as of ``day``, all or ``only`` those; returns how many cases opened.

    ``whole``: ``only`` has all customers but a few that are set aside, so that the rules count as swept.

    The sweep closes cases of customers that churned and those that an Undo left bare, ends snoozes that are over, gives cases to their
    customers' owners, and marks cases whose state is over as passed. It sets a rule that cannot be evaluated aside
    alone, with the reason, and skips it until somebody changes it. It skips a rule that somebody changes meanwhile and
    one that was swept for a later day. One statement a rule and a fixed number more, whatever the number of customers;
    in one transaction, safe to run again or late; a second sweep waits for the first.
    """
    ids = None if only is None else sorted(set(only))
    if ids == []:
        return 0
    everybody = ids is None if whole is None else whole
    with transaction.atomic():
        locks.lock(LOCK)
        ready = _ready(_rules(day, whole=everybody), whole=everybody)
        moment = table.moment_of(day, ids)
        working_days = calendar.working_days()
        reads = [read for watched_rule in ready.values() for read in watched_rule.watch.reads.values()]
        columns = table.build(day, reads, ids)
        unchanged = _unchanged(ready)
        opened = register.sparing(
            STEP,
            Kind.RULE,
            list(unchanged),
            lambda keys: sum(_open(unchanged[key], columns, moment, working_days) for key in keys),
            lambda keys: {key: unchanged[key].rule.name for key in keys},
        )
        table.drop()
        voiding.settle(day, ids, clock.now())
        with connection.cursor() as cursor:
            for statement in (LEAVE, WAKE, owning.ONLY, PASSED):
                cursor.execute(statement, moment | {"churned": CHURNED})
        if opened:
            budget.settle(day)
        if everybody:
            CaseRule.objects.filter(pk__in=unchanged).exclude(swept_on=day).update(swept_on=day)
        return opened


def _rules(day: dt.date, *, whole: bool) -> list[CaseRule]:
    """The rules in use that were not swept for a later day; for a few customers only those swept before."""
    rules = CaseRule.objects.filter(is_active=True).exclude(pk__in=register.excluded(Kind.RULE, STEP))
    return [rule for rule in rules.order_by("position", "pk") if (rule.swept_on <= day if rule.swept_on else whole)]


def _ready(rules: Iterable[CaseRule], *, whole: bool) -> dict[int, WatchedRule]:
    """The valid rules by key; a sweep of all customers sets the invalid ones aside."""
    ready: dict[int, WatchedRule] = {}
    for rule in rules:
        try:
            ready[rule.pk] = opening.ready_of(rule)
        except ValidationError as problem:
            if whole:
                register.record(STEP, Kind.RULE, rule.pk, rule.name, " ".join(problem.messages))
    return ready


def _unchanged(ready: Mapping[int, WatchedRule]) -> dict[int, WatchedRule]:
    """The rules that nobody has changed since they were read, locked until the end of the transaction."""
    current = CaseRule.objects.select_for_update(no_key=True).order_by("pk").in_bulk(list(ready))
    return {
        key: watched_rule
        for key, watched_rule in ready.items()
        if key in current and _same(watched_rule.rule, current[key])
    }


def _same(read: CaseRule, current: CaseRule) -> bool:
    names = [field.attname for field in CaseRule._meta.concrete_fields]
    return all(getattr(read, name) == getattr(current, name) for name in names)


def _open(
    watched_rule: WatchedRule, columns: Mapping[Measured, str], moment: Mapping[str, Any], working_days: HolidayBase
) -> int:
    day: dt.date = moment["day"]
    audience = conditions.members(watched_rule.rule.audience, day, prefix="audience")
    params = dict(moment) | watched_rule.params(day) | audience.params | _case(watched_rule.rule, day, working_days)
    with connection.cursor() as cursor:
        cursor.execute(OPEN.format(state=watched_rule.watch.query(columns), audience=audience.sql, **WORDED), params)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _case(rule: CaseRule, day: dt.date, working_days: HolidayBase) -> dict[str, Any]:
    """The values that a case of ``rule`` opens with."""
    days = {"due_high": rule.due_days_high, "due_low": rule.due_days_low, "due_tech": rule.due_days_tech}
    due = calendar.due_dates(day, days.values(), working_days)
    return {
        "kind": rule.kind,
        "share": at_stake(rule.kind, Decimal(1)),
        "title": rule.name,
        "type": rule.type,
        "severity": rule.severity,
        "alerted": rule.mode == CaseRule.Mode.ALERT,
    } | {name: due[number] for name, number in days.items()}
