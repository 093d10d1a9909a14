"""Cases open by themselves: every rule is held against the customers, and who entered its state gets one.

A rule's state is kept as stretches of days (``RuleHold``): a case opens where a stretch begins, never while it
lasts. Within one day a stretch that ended and began again goes on. A rule that was not swept for 14 days, or
never, does not know what was new in the meantime: of the states that hold then only those open cases of which
the record says that they began within the last 14 days; the rest are written down as holding. Thus the first
day of an installation, of a rule or of new values (``CaseRule.swept_on`` emptied) is no flood.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_noop
from holidays import HolidayBase

from accounts import calendar, rules
from accounts.embedding import embedded
from accounts.models import Customer
from health.cases import budget, detectors, standing
from health.cases.detectors import Detector, Wish
from health.models import CaseRule
from health.scoring.writing import organisation_zone

LOCK: Final = 7_204
FRESH_DAYS: Final = 14

# A full join is never nested, however little the planner knows of holds that were just written.
HOLD: Final = """
    WITH holding AS MATERIALIZED (
        SELECT f.customer_id, f.facts FROM ({detector}) f WHERE f.customer_id IN ({audience})
    ), held AS MATERIALIZED (
        SELECT h.id, h.customer_id, h.since, h.until FROM health_rulehold h
        WHERE h.rule_id = %(rule)s AND (h.until IS NULL OR h.until = %(day)s)
          AND (%(only)s::bigint[] IS NULL OR h.customer_id = ANY(%(only)s))
    ), met AS MATERIALIZED (
        SELECT coalesce(g.customer_id, held.customer_id) AS customer_id, g.customer_id IS NOT NULL AS holds, g.facts,
               held.id AS held_id, held.since, held.until
        FROM holding g FULL JOIN held ON held.customer_id = g.customer_id
    ), ended AS (
        UPDATE health_rulehold h SET until = %(day)s FROM met m
        WHERE h.id = m.held_id AND m.until IS NULL AND m.since <= %(day)s AND NOT m.holds
    ), resumed AS (
        UPDATE health_rulehold h SET until = NULL FROM met m
        WHERE h.id = m.held_id AND m.until IS NOT NULL AND m.holds
    ), begun AS (
        INSERT INTO health_rulehold (rule_id, customer_id, since)
        SELECT %(rule)s, m.customer_id,
               CASE WHEN %(unknown)s THEN least((m.facts->>'since')::date, %(day)s) ELSE %(day)s END
        FROM met m WHERE m.held_id IS NULL
        RETURNING customer_id
    ), entered AS MATERIALIZED (
        SELECT g.customer_id, g.facts FROM begun JOIN holding g USING (customer_id)
        WHERE NOT %(unknown)s OR (g.facts->>'since')::date > %(day)s::date - %(fresh)s::int
    ), open AS MATERIALIZED (
        SELECT h.id, h.customer_id FROM entered JOIN health_case h USING (customer_id)
        WHERE h.reason = %(reason)s AND h.state <> 'closed'
    ), opened AS (
        INSERT INTO health_case (customer_id, rule_id, kind, reason, title, type, plan, severity, owner_id, value, state,
            alerted, opened_on, due_on, newest_evidence_on, snooze_reason, resolution, resolution_note)
        SELECT c.id, %(rule)s, %(kind)s, %(reason)s, %(title)s, %(type)s, '', %(severity)s, c.owner_id, coalesce(c.arr, 0), 'new',
            %(alerted)s, %(day)s, CASE c.touch_model WHEN 'high' THEN %(due_high)s::date WHEN 'low' THEN %(due_low)s::date
                                  ELSE %(due_tech)s::date END, %(day)s, '', '', ''
        FROM entered JOIN accounts_customer c ON c.id = entered.customer_id
        WHERE NOT EXISTS (SELECT FROM open WHERE open.customer_id = c.id)
        ORDER BY c.id
        ON CONFLICT (customer_id, reason) WHERE state <> 'closed' DO NOTHING
        RETURNING id, customer_id
    ), told AS (
        INSERT INTO health_caseevidence (case_id, rule_id, day, facts, note)
        SELECT h.id, %(rule)s, %(day)s, entered.facts, ''
        FROM (SELECT * FROM open UNION ALL SELECT * FROM opened) h JOIN entered USING (customer_id)
        ON CONFLICT (case_id, rule_id, day) WHERE rule_id IS NOT NULL DO NOTHING
    ), renewed AS (
        UPDATE health_case h SET newest_evidence_on = greatest(h.newest_evidence_on, %(day)s),
            severity = CASE WHEN array_position({order}, h.severity::text) < array_position({order}, %(severity)s::text)
                            THEN %(severity)s ELSE h.severity END
        FROM open WHERE h.id = open.id AND h.state <> 'closed'
    ), logged AS (
        INSERT INTO health_caseact (case_id, act, day, note) SELECT id, 'opened', %(day)s, '' FROM opened
    )
    SELECT count(*) FROM opened
"""
ORDER: Final = "ARRAY['low', 'medium', 'high', 'urgent']"

CHURNED: Final = gettext_noop("The customer churned.")
MERGED: Final = gettext_noop("Merged into another customer.")
LEAVE: Final = """
    WITH gone AS (
        UPDATE health_case h SET state = 'closed', closed_on = %(day)s, snoozed_until = NULL, snooze_reason = '',
            resolution = CASE WHEN c.merged_into_id IS NULL THEN 'lost' ELSE 'duplicate' END,
            resolution_note = CASE WHEN c.merged_into_id IS NULL THEN %(churned)s ELSE %(merged)s END
        FROM accounts_customer c
        WHERE c.id = h.customer_id AND h.state <> 'closed' AND (c.status = 'churned' OR c.merged_into_id IS NOT NULL)
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
# A case goes with its customer, unless somebody gave it to a person who still works here.
FOLLOW: Final = """
    UPDATE health_case h SET owner_id = c.owner_id
    FROM accounts_customer c
    WHERE c.id = h.customer_id AND h.state <> 'closed' AND h.owner_id IS DISTINCT FROM c.owner_id
      AND (%(only)s::bigint[] IS NULL OR c.id = ANY(%(only)s))
      AND (NOT EXISTS (SELECT FROM health_caseact a WHERE a.case_id = h.id AND a.act = 'handed_on')
           OR NOT EXISTS (SELECT FROM accounts_user u WHERE u.id = h.owner_id AND u.is_active))
"""


@dataclass(frozen=True)
class Held:
    """A rule ready to be held against customers: its detector, checked values and wishes by name."""

    rule: CaseRule
    detector: Detector
    values: dict[str, Any]
    wishes: dict[str, Wish]

    def query(self, columns: Mapping[Wish, str]) -> str:
        """The detector's SQL over a ``standing`` that has these columns."""
        sql = self.detector.query(self.values)
        for name, wish in self.wishes.items():
            sql = sql.replace(f"{{{name}}}", f"c.{columns[wish]}")
        return sql


def sweep(day: dt.date, only: Sequence[int] | None = None) -> int:
    """Hold every rule in use against the customers as of ``day``, all or ``only`` those; how many cases opened.

    Cases of customers that churned or were merged close by themselves, snoozes that are over end, and cases
    follow their customers' owners. A rule whose values are no longer valid is passed over, and one that was
    swept for a later day already. One statement a rule and nine more, whatever the number of customers; in one
    transaction, safe to run again, late, or beside another, which waits.
    """
    ids = None if only is None else sorted(set(only))
    if ids == []:
        return 0
    with transaction.atomic():
        _lock()
        ready = [one for one in map(ready_of, _rules(day, whole=ids is None)) if one]
        columns = standing.build(day, [wish for one in ready for wish in one.wishes.values()], ids)
        moment = moment_of(day, ids)
        opened = sum(_hold(one, columns, moment) for one in ready)
        standing.drop()
        with connection.cursor() as cursor:
            for statement in (LEAVE, WAKE, FOLLOW):
                cursor.execute(statement, moment | {"churned": CHURNED, "merged": MERGED})
        if opened:
            budget.settle(day)
        if ids is None:
            CaseRule.objects.filter(pk__in=[one.rule.pk for one in ready]).update(swept_on=day)
        return opened


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _rules(day: dt.date, *, whole: bool) -> list[CaseRule]:
    """The rules in use that were not swept for a later day; for a few customers only those swept before."""
    found = CaseRule.objects.filter(is_active=True).order_by("position", "pk")
    return [rule for rule in found if (rule.swept_on <= day if rule.swept_on else whole)]


def ready_of(rule: CaseRule) -> Held | None:
    """``rule`` ready to be held; None where its values or audience cannot be asked."""
    try:
        values = detectors.check(rule.detector, rule.values)
        rules.check(rule.audience)
    except ValidationError:
        return None
    detector = detectors.DETECTORS[rule.detector]
    return Held(rule, detector, values, detector.wishes(values))


def moment_of(day: dt.date, ids: Sequence[int] | None) -> dict[str, Any]:
    """What every detector's query may name: the day, its end, the zone; and the working days. Three statements."""
    zone = organisation_zone()
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    open_days = calendar.working_days()
    return {"day": day, "now": end, "zone": zone.key, "only": ids, "fresh": FRESH_DAYS, "working_days": open_days}


def _hold(one: Held, columns: Mapping[Wish, str], moment: dict[str, Any]) -> int:
    day: dt.date = moment["day"]
    sql = one.query(columns)
    members = Customer.objects.filter(rules.as_q(one.rule.audience, day)).values_list("pk", flat=True)
    audience = embedded(members, "audience")
    params = moment | one.detector.bound(one.values) | audience.params | _case(one.rule, day, moment["working_days"])
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(detector=sql, audience=audience.sql, order=ORDER), params)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _case(rule: CaseRule, day: dt.date, working_days: HolidayBase) -> dict[str, Any]:
    """What a case of ``rule`` opens with."""
    days = {"due_high": rule.due_days_high, "due_low": rule.due_days_low, "due_tech": rule.due_days_tech}
    due = calendar.due_dates(day, days.values(), working_days)
    return {
        "rule": rule.pk,
        "kind": rule.kind,
        "reason": rule.reason,
        "title": rule.name,
        "type": rule.type,
        "severity": rule.severity,
        "alerted": rule.mode == CaseRule.Mode.ALERT,
        "unknown": rule.swept_on is None or rule.swept_on < day - dt.timedelta(days=FRESH_DAYS),
    } | {name: due[number] for name, number in days.items()}
