"""What happened elsewhere and playbooks follow: churn, closed renewals and cases, finished prep, new owners.

Nothing below calls up, so the sweep pulls: one statement for each, whatever the number of customers, and each finds
nothing to do when run again. What becomes of a play's steps then, ``playbooks.runs`` says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection, transaction

from accounts.expressions import among
from accounts.models import User
from accounts.sets import Outcome
from health.cases import acts
from health.models import Case
from playbooks import entrants, owning, runs, worked
from playbooks.locking import one_at_a_time
from playbooks.models import Enrolment

# The renewals that share the prep which started a play, taken together.
PREP: Final = """
        SELECT coalesce(bool_and(r.stage = 'closed'), true) AS is_closed,
            coalesce(bool_and(r.outcome = 'void'), true) AS is_void,
            coalesce(bool_and(r.stage = 'closed' OR r.leaving = 'confirmed'), true) AS is_over
        FROM renewals_renewal r
        WHERE e.occasion = 'renewal:' || e.renewal_id AND e.renewal_id IN (r.id, r.prep_with_id)
"""
# A customer that churned leaves its plays, except those that are for churned ones; so does one
# whose case was closed, or whose renewal was closed, is void, is no more or has a confirmed end, leave the play that it started.
LEFT: Final = f"""
    SELECT e.id, CASE WHEN c.status = 'churned' AND e.version_id <> ALL(%(win_back)s::bigint[]) THEN 'churned'
                      WHEN h.id IS NOT NULL THEN 'case'
                      WHEN prep.is_void THEN 'void'
                      WHEN prep.is_closed THEN 'closed' ELSE 'leaves' END AS reason
    FROM playbooks_enrolment e
    JOIN accounts_customer c ON c.id = e.customer_id
    LEFT JOIN health_case h ON e.occasion = 'case:' || h.id AND h.customer_id = e.customer_id AND h.state = 'closed'
    CROSS JOIN LATERAL ({PREP}) prep
    WHERE e.state = 'running' AND {among("c.id")} AND c.merged_into_id IS NULL
      AND (c.status = 'churned' AND e.version_id <> ALL(%(win_back)s::bigint[])
           OR h.id IS NOT NULL OR e.occasion = 'renewal:' || e.renewal_id AND prep.is_over
           OR e.occasion LIKE 'renewal:%%' AND e.renewal_id IS NULL)
"""  # noqa: S608 (made of constants)
# A renewal that was over (void, closed, its end confirmed) and goes on after all has its play back, with the tasks that
# were then not needed: an act that is undone leaves nothing behind.
BACK: Final = f"""
    WITH again AS (
        SELECT e.id FROM playbooks_enrolment e
        JOIN accounts_customer c ON c.id = e.customer_id
        CROSS JOIN LATERAL ({PREP}) prep
        WHERE e.exit_reason IN ('void', 'leaves', 'closed', 'churned') AND e.occasion = 'renewal:' || e.renewal_id
          AND NOT prep.is_over AND {among("c.id")} AND c.merged_into_id IS NULL
          AND (c.status <> 'churned' OR e.version_id = ANY(%(win_back)s::bigint[]))
    ), back AS (
        UPDATE playbooks_enrolment e SET state = 'running', finished_on = NULL, exit_reason = ''
        FROM again WHERE again.id = e.id
        RETURNING e.id
    )
"""  # noqa: S608 (made of constants)
LEAVE: Final = """
    WITH leaving AS ({leaving}), gone AS (
        UPDATE playbooks_enrolment e
        SET state = 'exited', finished_on = %(day)s, exit_reason = l.reason
        FROM leaving l WHERE e.id = l.id AND e.state = 'running'
        RETURNING e.id
    )
"""
RETURN: Final = """
    WITH back AS (
        UPDATE playbooks_enrolment e SET state = 'running', finished_on = NULL, exit_reason = ''
        WHERE e.id IN (
            SELECT DISTINCT ON (l.customer_id, l.playbook_id) l.id FROM playbooks_enrolment l
            WHERE l.occasion = ANY(%(occasions)s) AND l.exit_reason = 'case' AND NOT EXISTS (
                SELECT FROM playbooks_enrolment r
                WHERE r.customer_id = l.customer_id AND r.playbook_id = l.playbook_id AND r.state = 'running'
                  AND r.occasion NOT LIKE 'renewal:%%')
            ORDER BY l.customer_id, l.playbook_id, l.id DESC)
        RETURNING e.id
    )
"""
# Prep finished on the renewal itself finishes the task that stood for it.
PREPARED: Final = f"""
    UPDATE playbooks_task t
    SET outcome = 'done', done_at = now(), done_by_id = p.done_by_id, outcome_note = p.note,
        snoozed_until = NULL, snooze_reason = ''
    FROM renewals_preppart p
    WHERE t.done_at IS NULL AND t.prep_part <> ''
      AND p.renewal_id = t.renewal_id AND p.part = t.prep_part AND p.done_on IS NOT NULL
      AND {among("t.customer_id")}
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> None:
    """Follow what happened up to ``day`` to everybody, or to the customers ``ids``. Nine statements, each of the seven that
    write committed by itself.
    """
    params = {"day": day, "ids": None if ids is None else list(ids), "win_back": entrants.win_back()}
    left, back = LEAVE.format(leaving=LEFT) + runs.leaving(), BACK + runs.resuming()
    _run(params, *(sql.format(whose=among("p.customer_id")) for sql in (worked.LOCK, worked.FORGET)))
    for sql in (left, back, PREPARED, *runs.followed(), owning.ALL):
        _run(params, sql)


def leave(enrolments: Iterable[int], reason: Enrolment.Exit, day: dt.date) -> None:
    """End these running enrolments for ``reason``; what their steps asked for is withdrawn: open tasks are not needed."""
    chosen = "SELECT id, %(reason)s::text AS reason FROM unnest(%(enrolments)s::bigint[]) AS given(id)"
    params = {"day": day, "reason": reason.value, "enrolments": list(enrolments)}
    _run(params, LEAVE.format(leaving=chosen) + runs.leaving())


def close_case(case: Case, resolution: str, *, user: User, day: dt.date, now: dt.datetime, note: str = "") -> Case:
    """As ``close_cases``, for one case."""
    return close_cases([case.pk], resolution, user=user, day=day, now=now, note=note).only()


@transaction.atomic
def close_cases(
    cases: Iterable[int], resolution: str, *, user: User, day: dt.date, now: dt.datetime, note: str = ""
) -> Outcome[Case]:
    """Close cases with what came of them and end the plays that they started: what they asked for is done or not needed."""
    closed = acts.close_all(cases, resolution, user=user, day=day, now=now, note=note)
    if closed.done:
        leave(Enrolment.objects.of_cases(closed.done).values_list("pk", flat=True), Enrolment.Exit.CASE, day)
    return closed


def reopen_case(case: Case, *, user: User, day: dt.date, back: str = "") -> Case:
    """As ``reopen_cases``, for one case."""
    return reopen_cases([case.pk], user=user, day=day, back={case.pk: back}).only()


@transaction.atomic
def reopen_cases(cases: Iterable[int], *, user: User, day: dt.date, back: acts.Marks) -> Outcome[Case]:
    """Take closings back, with the plays that they ended, except where the customer runs the playbook again since."""
    opened = acts.reopen_all(cases, user=user, day=day, back=back)
    if opened.done:
        _run({"occasions": [f"case:{case}" for case in opened.done]}, RETURN + runs.resuming())
    return opened


def _run(params: dict[str, Any], *statements: str) -> None:
    with one_at_a_time(), connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql, params)
