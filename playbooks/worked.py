"""What is somebody's work in plays and tasks. A play that a trigger started and in which nobody did anything is derived.

It goes with what it started on: the customer, the renewal or the case that an Undo took back. One in which somebody closed,
noted, put off or handed on a task, or that somebody started or stopped, stays, and so does what it started on.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.imports import along, hanging
from accounts.imports.authorship import worked_on
from health.cases import voiding as cases
from renewals import voiding as renewals

# SQL over the task, and over the play, ``row``; a play also with its tasks.
TASK: Final = f"""(
    {{row}}.enrolment_id IS NULL OR {{row}}.done_by_id IS NOT NULL OR {{row}}.outcome_note <> '' OR {{row}}.snoozed_until IS NOT NULL
    OR {worked_on("task", "{row}", "renewal")})"""
STARTED: Final = "({row}.enrolled_by_id IS NOT NULL OR {row}.exit_reason = 'stopped')"
PLAY: Final = (
    f"({STARTED} OR EXISTS (SELECT FROM playbooks_task k WHERE k.enrolment_id = {{row}}.id AND {TASK.format(row='k')}))"
)
CASE: Final = "CASE WHEN p.occasion LIKE 'case:%%' THEN substr(p.occasion, 6)::bigint END"
# Plays ``p`` of which there is no renewal or case any more.
ORPHANED: Final = f"""
    SELECT p.id FROM playbooks_enrolment p
    WHERE (p.occasion LIKE 'renewal:%%' AND p.renewal_id IS NULL
           OR p.occasion LIKE 'case:%%' AND NOT EXISTS (SELECT FROM health_case h WHERE h.id = {CASE})) AND {{whose}}
"""  # noqa: S608 (made of constants)
# Locks them, then their tasks: a statement of its own, so that the next one sees what somebody did in them meanwhile.
LOCK: Final = f"""
    WITH plays AS MATERIALIZED ({ORPHANED} ORDER BY p.id FOR UPDATE)
    SELECT k.id FROM playbooks_task k WHERE k.enrolment_id IN (SELECT id FROM plays) ORDER BY k.id FOR UPDATE
"""  # noqa: S608 (made of constants)
# A statement whose ``gone`` are those of them that are derived.
FORGET: Final = f"""
    WITH gone AS (
        {ORPHANED} AND NOT {PLAY.format(row="p")} FOR UPDATE
    ), tasks AS (
        DELETE FROM playbooks_task k USING gone WHERE k.enrolment_id = gone.id
    ), runs AS (
        DELETE FROM playbooks_steprun r USING gone WHERE r.enrolment_id = gone.id
    )
    DELETE FROM playbooks_enrolment p USING gone WHERE p.id = gone.id
"""  # noqa: S608 (made of constants)


def install() -> None:
    """Tell imports, renewals and cases which plays and tasks keep what they hang on."""
    along.derive(enrolment=STARTED.format(row="r"), task=TASK.format(row="r"), steprun="")
    for table, work in (("playbooks_task", TASK), ("playbooks_enrolment", PLAY)):
        along.cling("renewal", f"EXISTS (SELECT FROM {table} p WHERE p.renewal_id = r.id AND {work.format(row='p')})")
    hanging.WORDS["enrolment"] = _("play")
    renewals.only(enrolment=PLAY.format(row="r"), task=TASK.format(row="r"))
    of_case = f"p.occasion = 'case:' || h.id AND {PLAY.format(row='p')}"
    cases.cling(f"EXISTS (SELECT FROM playbooks_enrolment p WHERE {of_case})")
