"""Cases that hung on what the undo of an import took back.

A case that a rule opened within a day after an import, and whose state went with the import's Undo, has nothing under it any more:
the sweep after an import comes within seconds, that of all rules by night. Where nobody has touched it, it goes. Where somebody has, it is kept and closed as void: it counts in no rule's precision, says why,
and is found by its result.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import connection

from config.shipping import ship
from health.models import Case, CaseState

UNDONE: Final = ship("The import that it came from was undone.")
# Within which every rule is asked of every customer, after an import and after its Undo.
SWEPT_WITHIN: Final = "interval '26 hours'"
SETTLED_WITHIN: Final = "interval '2 days'"
# SQL over the case ``h``: a rule of its reason holds for its customer.
LASTS: Final = """
    EXISTS (SELECT FROM health_rulehold s JOIN health_caserule r ON r.id = s.rule_id
            WHERE s.customer_id = h.customer_id AND s.until IS NULL AND r.reason = h.reason)
"""
# A sweep may leave a rule out, or come before what the Undo changed is reckoned anew: the next ones settle the rest.
BARE: Final = f"""
    WITH old AS (DELETE FROM accounts_takenback b WHERE b.undone_at < %(now)s - {SETTLED_WITHIN})
    SELECT DISTINCT h.id FROM health_case h JOIN accounts_takenback back ON back.customer_id = h.customer_id
    WHERE back.undone_at >= %(now)s - {SETTLED_WITHIN} AND (%(only)s::bigint[] IS NULL OR back.customer_id = ANY(%(only)s))
      AND h.state <> 'closed' AND h.rule_id IS NOT NULL AND h.passed_on IS NULL AND NOT {LASTS}
      AND EXISTS (SELECT FROM health_caseact a WHERE a.case_id = h.id AND a.act = 'opened'
                    AND a.at BETWEEN back.since AND least(back.since + {SWEPT_WITHIN}, back.undone_at))
"""
# SQL over the case ``h``: somebody worked on it. Other apps add what they hang on cases.
TOUCHES: Final[list[str]] = [
    "h.plan <> '' OR h.opened_by_id IS NOT NULL",
    "EXISTS (SELECT FROM health_caseact a WHERE a.case_id = h.id AND a.by_id IS NOT NULL)",
    "EXISTS (SELECT FROM health_caseevidence e WHERE e.case_id = h.id AND e.note <> '')",
]
VOID: Final = """
    WITH gone AS (
        UPDATE health_case h SET state = 'closed', closed_on = %(day)s, snoozed_until = NULL, snooze_reason = '',
            resolution = 'void', resolution_note = %(undone)s
        WHERE h.id = ANY(%(ids)s) AND ({touches}) RETURNING h.id
    ), logged AS (
        INSERT INTO health_caseact (case_id, act, day, note) SELECT id, 'closed', %(day)s, '' FROM gone
    )
    SELECT id FROM gone
"""
# A stretch that the Undo ended never was: within its day it would go on without a case.
FORGET: Final = """
    DELETE FROM health_rulehold s USING health_caserule r, health_case h
    WHERE h.id = ANY(%(ids)s) AND r.id = s.rule_id AND r.reason = h.reason AND s.customer_id = h.customer_id AND s.until = %(day)s
"""


def cling(condition: str) -> None:
    """Let what another app hangs on the case ``h`` count as somebody's work."""
    TOUCHES.append(condition)


def settle(day: dt.date, only: list[int] | None, now: dt.datetime) -> None:
    """Void or remove the open cases that an Undo left bare in the two days before ``now``, of all customers or ``only`` those.
    One statement where nothing was undone lately.
    """
    with connection.cursor() as cursor:
        cursor.execute(BARE, {"only": only, "now": now})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        # Locked, so that what somebody does meanwhile is waited for; what they closed stays theirs.
        bare = Case.objects.select_for_update().filter(pk__in=ids).exclude(state=CaseState.CLOSED)
        ids = list(bare.order_by("pk").values_list("pk", flat=True))
        params: dict[str, Any] = {"ids": ids, "day": day, "undone": UNDONE}
        cursor.execute(FORGET, params)
        cursor.execute(VOID.format(touches=" OR ".join(f"({touch})" for touch in TOUCHES)), params)
        void = {row[0] for row in cursor.fetchall()}
    Case.objects.filter(pk__in=set(ids) - void).delete()
