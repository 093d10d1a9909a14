"""Undo of an import, file by file from the last: fields go back, contracts are withdrawn, what it added leaves the record.

What somebody, or a later import, changed since stays as it is; their lines say so. A withdrawn contract never ran: it ends
on its first day, until a file of its source names it again. Other new rows leave the record (``withdrawing``). A target
may have more to take back than its lines tell (``Target.undo``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import changes, ownership, sentiment, statistics, timeline
from accounts.imports import hanging, staying, unsaying
from accounts.imports.authorship import BY_UNDO, doors
from accounts.imports.going_back import LINES, go_back, goals, untouched
from accounts.imports.noted import by_name
from accounts.imports.parents import open_circles
from accounts.imports.snapshots import END, Whole
from accounts.imports.targets import TARGETS
from accounts.imports.withdrawing import withdraw_rows
from accounts.models import Contract, ContractLine, Customer, Entitlement, ImportFile, ImportLine, TakenBack, User

PARTS: Final[tuple[type[models.Model], ...]] = (ContractLine, Entitlement)
LOCKED: Final = """
    SELECT c.id FROM accounts_contract c
    WHERE c.id IN (
        SELECT l.object_id FROM accounts_importline l WHERE l.file_id = %(file)s AND l.object_kind = 'contract'
        UNION SELECT p.contract_id FROM accounts_importline l JOIN accounts_contractline p ON p.id = l.object_id
        WHERE l.file_id = %(file)s AND l.object_kind = 'contractline'
        UNION SELECT p.contract_id FROM accounts_importline l JOIN accounts_entitlement p ON p.id = l.object_id
        WHERE l.file_id = %(file)s AND l.object_kind = 'entitlement')
    ORDER BY c.id FOR NO KEY UPDATE
"""
REMOVE: Final = """
    WITH done AS (
        DELETE FROM {table} p USING (SELECT l.id AS line_id, t.id FROM {lines} AND {untouched}) g WHERE p.id = g.id
        RETURNING g.line_id, p.id, to_jsonb(p) AS row
    ), kept AS (
        INSERT INTO accounts_withdrawnrow (kind, object_id, row, run, file, position, withdrawn_at)
        SELECT %(kind)s, done.id, done.row, %(run)s, %(name)s, %(position)s, now() FROM done
    )
    UPDATE accounts_importline l SET outcome = 'returned' FROM done WHERE l.id = done.line_id RETURNING l.customer_id
"""
TOUCHES: Final = """
    SELECT t.id FROM accounts_importline l JOIN accounts_touchpoint t ON t.id = l.object_id
    WHERE l.file_id = %(file)s AND l.object_kind = 'touchpoint' AND l.kind = 'changed' AND l.fields ? 'sentiment'
"""
MARK_WITHDRAWN: Final = """
    UPDATE accounts_importline l SET outcome = 'returned'
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.object_id = ANY(%(ids)s)
"""
# A row of which only parts changed, told by lines of their own, is as it was once they are.
OF_PARTS: Final = """
    UPDATE accounts_importline l SET outcome = 'returned'
    WHERE l.file_id = %(file)s AND l.object_kind = 'contract' AND l.kind = 'changed' AND l.fields = '{}' AND l.outcome = ''
      AND EXISTS (SELECT FROM accounts_importline p WHERE p.file_id = l.file_id AND p.customer_id = l.customer_id
                    AND p.object_kind IN ('contractline', 'entitlement') AND p.kind IN ('new', 'changed'))
"""
# A contract that an Undo withdrew meanwhile never ran, whatever the file had changed of it.
NEVER_RAN: Final = f"""
    UPDATE accounts_importline l SET outcome = 'returned' FROM accounts_contract c
    WHERE l.file_id = %(file)s AND l.object_kind = 'contract' AND l.kind = 'changed' AND l.outcome = ''
      AND c.id = l.object_id AND c.ended_on = c.starts_on
      AND (SELECT {BY_UNDO} FROM history_entry e WHERE e.kind = 'contract' AND e.object_id = c.id AND e.after ? 'ended_on'
           ORDER BY e.id DESC LIMIT 1)
"""  # noqa: S608 (made of constants)
MARK_KEPT: Final = """
    UPDATE accounts_importline l SET outcome = 'kept', reason = %(reason)s
    WHERE l.file_id = %(file)s AND l.kind IN ('new', 'changed') AND l.outcome = '' AND {where}
"""
OPEN: Final = """
    SELECT DISTINCT l.object_kind FROM accounts_importline l
    WHERE l.file_id = %(file)s AND l.kind IN ('new', 'changed') AND l.outcome = '' AND l.object_id IS NOT NULL
"""
# Lines of rows that are in the record no more.
GONE: Final = """
    UPDATE accounts_importline l SET outcome = 'returned', reason = %(gone)s
    WHERE l.file_id = %(file)s AND l.kind IN ('new', 'changed') AND l.outcome = '' AND l.object_kind = %(kind)s
      AND l.object_id IS NOT NULL AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = l.object_id)
"""
# Kinds whose new rows leave the record, those that others refer to last.
LEAVING: Final = (
    "outcome", "objective", "cancellation", "touchpoint", "invoice", "integration", "advocacyact", "communityactivity",
    "ticket", "surveyresponse", "post", "contactkey", "externalkey", "userkey", "contact", "user",
)  # fmt: skip
# Kinds whose changed fields go back, parts before what they are parts of.
GO_BACK: Final = (
    "entitlement", "contractline", "contract", "outcome", "objective", "cancellation", "touchpoint", "invoice", "integration",
    "advocacyact", "communityactivity", "ticket", "surveyresponse", "feature", "post", "contact", "customer",
)  # fmt: skip
WITHDRAWN: Final[dict[type[models.Model], dict[str, str]]] = {
    Contract: {
        "ended_on": "t.starts_on",
        "end_known_on": "NULL::date",
        "source_said": "t.source_said || jsonb_build_object('ended_on', t.starts_on)",
    },
}


@dataclass(frozen=True)
class Undoing:
    """One file that is undone: by whom, on which day, and the parameters of the statements."""

    file: ImportFile
    by: User | None
    day: dt.date
    known: dict[str, Any]


def undo(file: ImportFile, by: User | None, day: dt.date, acts: list[int], door: str) -> None:
    """Undo one file inside the caller's transaction; ``acts`` are the transactions of the whole run, ``door`` its undo's."""
    undoing = Undoing(file, by, day, known_of(file, acts, door))
    gone = [(file, take_back(undoing))]
    file.undone, file.last_then = True, ImportFile.objects.aggregate(newest=Max("pk"))["newest"]
    file.save(update_fields=["undone", "last_then"])
    gone += take_back_stayed(undoing, gone[0][1], door)
    ownership.forget_empty()
    statistics.refresh_written()
    unsaying.forget(file, day)
    concerned = sorted({pk for _of, customers in gone for pk in customers if pk})
    sentiment.of_touches(_rows(TOUCHES, undoing.known))
    timeline.follow(concerned)
    there = Customer.objects.filter(pk__in=concerned)
    known = {*there.values_list("pk", flat=True)}
    TakenBack.objects.bulk_create(
        TakenBack(customer_id=pk, since=of.loaded_at or of.run.begun_at)
        for of, customers in gone
        for pk in sorted(known.intersection(customers))
    )
    changes.mark(there)


def take_back(undoing: Undoing) -> list[int]:
    """Take back what the open lines of the file tell, and say of the rest why it stays; the customers."""
    file, known = undoing.file, undoing.known
    target = TARGETS.get(file.target)
    customers = target.undo(undoing) if target and target.undo else []
    if not file.undone:
        customers += hand_back(file, undoing.by, undoing.day, known)
    customers += remove_parts(known)
    changed = set(
        file.lines.filter(kind="changed", outcome="").order_by().values_list("object_kind", flat=True).distinct()
    )
    if "contract" in changed:
        _execute(NEVER_RAN, known)
    for kind in GO_BACK:
        if kind in changed:
            customers += go_back(by_name(kind), known)
    open_circles(known)
    return customers + leave(known)


def take_back_stayed(undoing: Undoing, customers: list[int], door: str) -> list[tuple[ImportFile, list[int]]]:
    """Ask anew about rows and fields of files that were undone before and stayed because of this one, then because of those, until
    nothing more goes; the files, each with its customers.
    """
    files, asked = [undoing.file], undoing.file.pk
    found: list[tuple[ImportFile, list[int]]] = []
    while stayed := staying.open_again(files, customers, asked):
        files = list(ImportFile.objects.filter(pk__in=stayed.values()).select_related("run").order_by("-pk"))
        asked, customers = 0, []
        for file in files:
            of_run = ImportFile.objects.filter(run=file.run_id, act__isnull=False).values_list("act", flat=True)
            # Why its rows stay is said in the language of its own run, as all of its report.
            with translation.override(file.run.language or None):
                known = known_of(file, [act for act in of_run if act], door)
                found.append((file, take_back(Undoing(file, undoing.by, undoing.day, known))))
            customers += found[-1][1]
            unsaying.forget_gone(file)
        if ImportLine.objects.filter(pk__in=stayed.keys(), outcome=ImportLine.Outcome.KEPT).count() == len(stayed):
            break
    return found


def known_of(file: ImportFile, acts: list[int], door: str) -> dict[str, Any]:
    """The parameters of the statements that undo ``file``."""
    return {
        "run": file.run_id, "name": file.name, "position": file.position, "file": file.pk, "acts": acts, "door": door,
        "own": doors(file.run_id), "since": _("changed since: it stays as it is"),
    }  # fmt: skip


def remove_parts(known: dict[str, Any]) -> list[int]:
    """Take out lines and entitlements that the file added and nobody changed since; their customers. Three statements."""
    # Contracts before their parts: these stamp them, and whoever locks parts first could deadlock with the pages.
    _rows(LOCKED, known)
    customers: list[int] = []
    for part in PARTS:
        statement = REMOVE.format(table=_table(part), lines=_lines(part, "new"), untouched=untouched(part))
        customers += _rows(statement, known | _kind(part))
    return customers


def leave(known: dict[str, Any]) -> list[int]:
    """Withdraw what the file made and nobody changed since, and say of the rest why it stays; the customers."""
    customers: list[int] = []
    for model, ends in WITHDRAWN.items():
        customers += withdraw(model, ends, known)
    left = hanging.left(known)
    every: list[type[models.Model]] = [*map(by_name, LEAVING), Customer]
    leaving = [model for model in every if model._meta.model_name in left]
    for gone in leaving:
        customers += withdraw_rows(gone, known, untouched(gone))
    hanging.say(leaving, known)
    _execute(OF_PARTS, known)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, known)
        kinds = [kind for (kind,) in cursor.fetchall() if kind]
    for kind in kinds:
        statement = GONE.format(table=_table(by_name(kind)))
        _execute(statement, known | {"kind": kind, "gone": _("was taken out since")})
    for reason, where in kept_reasons():
        _execute(MARK_KEPT.format(where=where), known | {"reason": reason})
    return customers


def hand_back(file: ImportFile, by: User | None, day: dt.date, known: dict[str, Any]) -> list[int]:
    """Give customers back to the owner before, where the import's is still theirs and the one before may have them."""
    lines = ImportLine.objects.filter(file=file, object_kind="customer", kind="changed", fields__has_key="owner")
    given = {line.object_id: line.fields["owner"][1] for line in lines.iterator() if line.object_id}
    if not given:
        return []
    heirs = {pk: int(owner) if owner else None for pk, owner in goals("customer", "owner", known).items()}
    standing = Customer.objects.filter(pk__in=given).values_list("pk", "owner_id")
    plan = {pk: heirs[pk] for pk, owner in standing if owner == given[pk]}
    able = ownership.able([heir for heir in plan.values() if heir])
    plan = {pk: heir for pk, heir in plan.items() if heir is None or heir in able}
    if plan:
        ownership.move(plan, day=day, door=ownership.Door.IMPORT, by=by)
        _execute(
            "UPDATE accounts_externalkey SET owner_said = '' WHERE customer_id = ANY(%(ids)s)", {"ids": list(plan)}
        )
    return list(plan)


def withdraw(model: type[models.Model], ends: dict[str, str], known: dict[str, Any]) -> list[int]:
    """Withdraw rows that the file made and nobody changed since; their customers. Three statements."""
    params = known | _kind(model)
    chosen = f"SELECT t.id FROM {_lines(model, 'new')} AND {untouched(model)}"  # noqa: S608  our own names
    ids = _rows(chosen, params)
    if not ids:
        return []
    missing = "SELECT unnest(%(ids)s::bigint[])"
    customers = _rows(END.format(**Whole(model, missing, ends).words), {"ids": ids})
    _execute(MARK_WITHDRAWN, params | {"ids": ids})
    return customers


def kept_reasons() -> list[tuple[str, str]]:
    """Why lines that nothing was done for stay: the sentence and, as SQL, which lines."""
    withdrawn = ", ".join(f"'{model._meta.model_name}'" for model in (*WITHDRAWN, *PARTS))
    leaving = ", ".join(f"'{name}'" for name in (*LEAVING, "customer", "exchangerate", "feature"))
    return [
        (_("changed since: it stays as it is"), f"l.kind = 'new' AND l.object_kind IN ({withdrawn})"),
        (_("changed since, or other rows hang on it: it stays"), f"l.kind = 'new' AND l.object_kind IN ({leaving})"),
        (_("what is new of this kind cannot be withdrawn: it stays"), "l.kind = 'new'"),
        (_("what its fields were before is not known: it stays"), "l.kind = 'changed'"),
    ]


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table


def _kind(model: type[models.Model]) -> dict[str, str]:
    return {"kind": str(model._meta.model_name)}


def _lines(model: type[models.Model], made: str) -> str:
    return LINES.format(table=_table(model), made=made)


def _rows(statement: str, params: dict[str, Any]) -> list[int]:
    """The first column of the rows that the statement returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [row[0] for row in cursor.fetchall()]


def _execute(statement: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
