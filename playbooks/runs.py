"""Steps of plays: entered when their turn comes, done when what their kind asks for is, left with their play.

Each kind says how (``playbooks.steps``); here it is said when. One statement a kind enters the runs that are due and writes
what they are for, so a run killed at any point has entered them whole or not at all, and the next finishes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Min

from accounts.expressions import among
from config.setaside import register
from config.setaside.models import Kind
from playbooks.locking import one_at_a_time
from playbooks.models import Enrolment, Playbook, StepRun
from playbooks.steps import KINDS

STEP: Final = "plays"
# By kind of step, the earliest day on which one of the plays whose step is due was entered.
Due = Mapping[str, dt.date]

ENTER: Final = f"""
    WITH turn AS MATERIALIZED (
        SELECT r.id AS run_id, r.enrolment_id, r.step_id
        FROM playbooks_steprun r
        JOIN playbooks_enrolment e ON e.id = r.enrolment_id
        JOIN playbooks_playbookstep s ON s.id = r.step_id
        WHERE r.state = 'waiting' AND r.due_on <= %(day)s AND e.state = 'running' AND s.kind = %(kind)s
          AND e.playbook_id = ANY(%(playbooks)s) AND {among("e.customer_id")}
        ORDER BY r.id FOR UPDATE OF r
    ), made AS ({{enter}}), entered AS (
        UPDATE playbooks_steprun r
        SET state = CASE WHEN m.run_id IS NULL THEN 'skipped' ELSE 'entered' END, entered_on = %(day)s,
            finished_on = CASE WHEN m.run_id IS NULL THEN %(day)s::date END
        FROM turn LEFT JOIN made m ON m.run_id = turn.run_id
        WHERE r.id = turn.run_id
        RETURNING r.enrolment_id, r.state
    )
    SELECT count(*), coalesce(array_agg(DISTINCT enrolment_id) FILTER (WHERE state = 'skipped'), ARRAY[]::bigint[]) FROM entered
"""  # noqa: S608 (made of constants)
SETTLE: Final = """
    UPDATE playbooks_steprun r SET state = 'done', finished_on = %(day)s
    FROM playbooks_enrolment e, playbooks_playbookstep s
    WHERE e.id = r.enrolment_id AND s.id = r.step_id AND r.state = 'entered' AND {whose} AND ({finished})
"""
REOPEN: Final = """
    UPDATE playbooks_steprun r SET state = 'entered', finished_on = NULL
    FROM playbooks_playbookstep s
    WHERE s.id = r.step_id AND r.state = 'done' AND r.enrolment_id = ANY(%(plays)s) AND NOT ({finished})
"""
FINISH: Final = """
    UPDATE playbooks_enrolment e SET state = 'done', finished_on = %(day)s
    WHERE e.state = 'running' AND {whose} AND NOT EXISTS (
        SELECT FROM playbooks_steprun r WHERE r.enrolment_id = e.id AND r.state IN ('waiting', 'entered'))
"""
# ``gone`` are plays that end.
LEAVE: Final = """
    UPDATE playbooks_steprun r SET state = 'left', finished_on = %(day)s
    FROM gone WHERE r.enrolment_id = gone.id AND r.state IN ('waiting', 'entered')
"""
# ``back`` are plays that ended and go on.
RESUME: Final = """
    UPDATE playbooks_steprun r
    SET state = CASE WHEN r.entered_on IS NULL THEN 'waiting' ELSE 'entered' END, finished_on = NULL
    FROM back WHERE r.enrolment_id = back.id AND r.state = 'left'
"""


def advance(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Enter the steps whose turn has come by ``day``, of everybody's plays or of the customers' ``ids``; how many.

    Plays all of whose steps are skipped are done. A playbook whose steps cannot be entered is set aside alone. Two statements where
    nothing is due, one more a kind that is, what that reads, and one where a step is skipped; safe to run again, late, killed
    half-way, or beside another.
    """
    with one_at_a_time():
        due = _due(day, ids)
        return (
            register.sparing(STEP, Kind.PLAYBOOK, list(due), lambda keys: _enter(keys, due, day, ids), _names)
            if due
            else 0
        )


def _due(day: dt.date, ids: Sequence[int] | None) -> dict[int, Due]:
    """By playbook. One statement."""
    waiting = StepRun.objects.filter(
        state=StepRun.State.WAITING,
        due_on__lte=day,
        enrolment__state=Enrolment.State.RUNNING,
        step__kind__in=list(KINDS),
    ).exclude(enrolment__playbook__in=register.excluded(Kind.PLAYBOOK, STEP))
    if ids is not None:
        waiting = waiting.filter(enrolment__customer__in=list(ids))
    rows = waiting.order_by().values_list("enrolment__playbook", "step__kind").annotate(Min("enrolment__enrolled_on"))
    found: dict[int, dict[str, dt.date]] = defaultdict(dict)
    for playbook, kind, first in rows:
        found[playbook][kind] = first
    return dict(found)


def _enter(playbooks: list[int], due: Mapping[int, Due], day: dt.date, ids: Sequence[int] | None) -> int:
    params: dict[str, Any] = {"day": day, "ids": None if ids is None else list(ids), "playbooks": playbooks}
    entered = 0
    skipped: set[int] = set()
    with connection.cursor() as cursor:
        for key, kind in KINDS.items():
            days = [due[playbook][key] for playbook in playbooks if key in due[playbook]]
            if days:
                cursor.execute(ENTER.format(enter=kind.enter), {**params, **kind.binds(min(days), day), "kind": key})
                count, plays = cursor.fetchone()
                entered += count
                skipped |= set(plays)
        if skipped:
            cursor.execute(FINISH.format(whose="e.id = ANY(%(plays)s)"), {"plays": sorted(skipped), "day": day})
    return entered


def _names(playbooks: list[int]) -> dict[int, str]:
    return dict(Playbook.objects.filter(pk__in=playbooks).values_list("pk", "name"))


def followed() -> tuple[str, str]:
    """SQL that settles what was finished elsewhere, and that ends the plays of which nothing is left to do; over ``%(ids)s``."""
    return _settling(among("e.customer_id"))


def settle(plays: Iterable[int | None], day: dt.date) -> None:
    """Let the steps of ``plays`` be done whose work is, and end the plays with nothing left to do. Two statements.

    The caller has locked the plays before it closed tasks: of two people who finish the last two steps of a play at once the second
    sees the first one's done.
    """
    params: dict[str, Any] = {"day": day, "plays": _given(plays)}
    with connection.cursor() as cursor:
        for sql in _settling("e.id = ANY(%(plays)s)"):
            cursor.execute(sql, params)


def reopen(plays: Iterable[int | None]) -> None:
    """Let the steps of ``plays`` be under way again whose work is no longer done. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(REOPEN.format(finished=_finished()), {"plays": _given(plays)})


def _given(plays: Iterable[int | None]) -> list[int]:
    return sorted({play for play in plays if play})


def _settling(whose: str) -> tuple[str, str]:
    return SETTLE.format(whose=whose, finished=_finished()), FINISH.format(whose=whose)


def _finished() -> str:
    return " OR ".join(f"s.kind = '{key}' AND ({kind.finished})" for key, kind in KINDS.items())


def leaving() -> str:
    """The end of a statement in which the plays ``gone`` end: what their steps made is withdrawn, and they are left."""
    return _with_kinds("leave", LEAVE)


def resuming() -> str:
    """The end of a statement in which the plays ``back`` go on: what was withdrawn and the steps come back."""
    return _with_kinds("resume", RESUME)


def _with_kinds(what: str, last: str) -> str:
    parts: dict[str, Any] = {key: getattr(kind, what) for key, kind in KINDS.items()}
    return "".join(f", {what}_{key} AS ({sql})" for key, sql in parts.items() if sql) + last
