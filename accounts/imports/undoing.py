"""Undo of an import, file by file from the last: fields go back, contracts are withdrawn, parts that were added go.

What somebody, or a later import, changed since stays as it is; their lines say so. A withdrawn contract never ran: it ends
on its first day, until a file of its source names it again. Other new rows leave the record (``withdrawing``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _

from accounts import changes, ownership, timeline
from accounts.imports import saying
from accounts.imports.parents import open_circles
from accounts.imports.snapshots import END, Whole
from accounts.imports.withdrawing import withdraw_rows
from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    Entitlement,
    ImportFile,
    ImportLine,
    User,
)
from config.history.kept import of

# Rows of a contract that stand together: they go back whole or not at all.
BOUND: Final[tuple[type[models.Model], ...]] = (Contract, ContractLine)
PARTS: Final[tuple[type[models.Model], ...]] = (ContractLine, Entitlement)
GO_BACK: Final[tuple[type[models.Model], ...]] = (Entitlement, ContractLine, Contract, Contact, Customer)
LINES: Final = """
    accounts_importline l JOIN {table} t ON t.id = l.object_id
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = '{made}' AND l.outcome = ''
"""
# Nobody but this import and its undo has changed the row.
UNTOUCHED: Final = """
    NOT EXISTS (SELECT FROM history_entry e WHERE e.kind = %(kind)s AND e.object_id = t.id
                AND NOT (e.act = ANY(%(acts)s) AND e.door = ANY(%(own)s)) AND e.door <> %(door)s)
"""
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
BACK: Final = """
    WITH given AS (
        SELECT l.id AS line_id, l.fields, t.id, {backs} FROM {lines}
    ), stays AS (
        SELECT given.*, ARRAY(SELECT k FROM jsonb_object_keys(fields) k WHERE NOT CASE k {cases} ELSE false END ORDER BY k) AS kept
        FROM given
    ), done AS (
        UPDATE {table} t SET {sets} FROM stays g WHERE t.id = g.id AND {may} RETURNING t.id
    )
    UPDATE accounts_importline l
    SET outcome = CASE WHEN g.kept = '{{}}' THEN 'returned' ELSE 'kept' END, field = array_to_string(g.kept, ', '),
        reason = CASE WHEN g.kept = '{{}}' THEN '' ELSE %(since)s END
    FROM stays g WHERE l.id = g.line_id
    RETURNING l.customer_id
"""
REMOVE: Final = """
    WITH done AS (
        DELETE FROM {table} p USING (SELECT l.id AS line_id, t.id FROM {lines} AND {untouched}) g WHERE p.id = g.id
        RETURNING g.line_id, p.id, to_jsonb(p) AS row
    ), kept AS (
        INSERT INTO accounts_withdrawnrow (kind, object_id, row, run, file, withdrawn_at)
        SELECT %(kind)s, done.id, done.row, %(run)s, %(name)s, now() FROM done
    )
    UPDATE accounts_importline l SET outcome = 'returned' FROM done WHERE l.id = done.line_id RETURNING l.customer_id
"""
MARK_WITHDRAWN: Final = """
    UPDATE accounts_importline l SET outcome = 'returned'
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.object_id = ANY(%(ids)s)
"""
MARK_KEPT: Final = """
    UPDATE accounts_importline l SET outcome = 'kept', reason = %(reason)s
    WHERE l.file_id = %(file)s AND l.kind IN ('new', 'changed') AND l.outcome = '' AND {where}
"""
# Kinds whose new rows leave the record, those that others refer to last.
LEAVING: Final = (
    "outcome", "objective", "cancellation", "touchpoint", "invoice", "integration", "advocacyact", "communityactivity",
    "ticket", "surveyresponse", "contact",
)  # fmt: skip
# A row that withdrew anew, or went back, is written again by the file that said otherwise.
FORGET_SAID: Final = "source_said = t.source_said - ARRAY(SELECT jsonb_object_keys(g.fields))"
WITHDRAWN: Final[dict[type[models.Model], dict[str, str]]] = {
    Contract: {
        "ended_on": "t.starts_on",
        "end_known_on": "NULL::date",
        "source_said": "t.source_said || jsonb_build_object('ended_on', t.starts_on)",
    },
}


def undo(file: ImportFile, by: User | None, day: dt.date, acts: list[int], door: str) -> None:
    """Undo one file inside the caller's transaction; ``acts`` are the transactions of the whole run, ``door`` its undo's."""
    own = [f"import:{file.run_id}", "command:import_data"]
    known = {
        "run": file.run_id, "name": file.name,
        "file": file.pk, "acts": acts, "own": own, "door": door, "since": _("changed since: it stays as it is"),
    }  # fmt: skip
    saying.forget(file)
    customers = hand_back(file, by, day)
    # Contracts before their parts: these stamp them, and whoever locks parts first could deadlock with the pages.
    _rows(LOCKED, known)
    for part in PARTS:
        customers += _rows(
            REMOVE.format(table=_table(part), lines=_lines(part, "new"), untouched=UNTOUCHED), known | _kind(part)
        )
    for model in GO_BACK:
        customers += go_back(model, known)
    open_circles(known)
    for model, ends in WITHDRAWN.items():
        customers += withdraw(model, ends, known)
    leaving: list[type[models.Model]] = [*map(by_name, LEAVING), Customer]
    for gone in leaving:
        customers += withdraw_rows(gone, known, UNTOUCHED)
    for reason, where in kept_reasons():
        _execute(MARK_KEPT.format(where=where), known | {"reason": reason})
    concerned = sorted({pk for pk in customers if pk})
    timeline.follow(concerned)
    changes.mark(Customer.objects.filter(pk__in=concerned))
    file.undone = True
    file.save(update_fields=["undone"])


def hand_back(file: ImportFile, by: User | None, day: dt.date) -> list[int]:
    """Give customers back to the owner before, where the import's is still theirs and the one before may have them."""
    lines = ImportLine.objects.filter(file=file, object_kind="customer", kind="changed", fields__has_key="owner")
    owners = {line.object_id: line.fields["owner"] for line in lines if line.object_id}
    standing = Customer.objects.filter(pk__in=owners).values_list("pk", "owner_id")
    plan = {pk: owners[pk][0] for pk, owner in standing if owner == owners[pk][1]}
    able = ownership.able([heir for heir in plan.values() if heir])
    plan = {pk: heir for pk, heir in plan.items() if heir is None or heir in able}
    if plan:
        ownership.move(plan, day=day, door=ownership.Door.IMPORT, by=by)
        _execute(
            "UPDATE accounts_externalkey SET owner_said = '' WHERE customer_id = ANY(%(ids)s)", {"ids": list(plan)}
        )
    return list(plan)


def go_back(model: type[models.Model], known: dict[str, Any]) -> list[int]:
    """Put the changed fields of ``model`` back where they are as the import left them; the customers. One statement."""
    columns = of(model()).columns
    now = {
        name: f"coalesce(to_jsonb(t.{column}), 'null') = l.fields -> '{name}' -> 1" for name, column in columns.items()
    }
    backs = {name: f"(l.fields ? '{name}' AND {same})" for name, same in now.items()}
    if model in BOUND:
        whole = " AND ".join(f"(NOT l.fields ? '{name}' OR {same})" for name, same in now.items())
        backs = {name: f"(l.fields ? '{name}' AND {whole})" for name in now}
    sets = [
        f"{column} = CASE WHEN g.back_{name} THEN (jsonb_populate_record(NULL::{_table(model)}, "
        f"jsonb_build_object('{column}', g.fields -> '{name}' -> 0))).{column} ELSE t.{column} END"
        for name, column in columns.items()
    ]
    if model is Customer:
        # Given back before: it is whose it was.
        backs["owner"] = "(l.fields ? 'owner' AND coalesce(to_jsonb(t.owner_id), 'null') = l.fields -> 'owner' -> 0)"
        sets = [text for text in sets if not text.startswith("owner_id")]
    if model is Contract:
        sets.append(FORGET_SAID)
    statement = BACK.format(
        backs=", ".join(f"{condition} AS back_{name}" for name, condition in backs.items()),
        cases=" ".join(f"WHEN '{name}' THEN back_{name}" for name in columns),
        sets=", ".join(sets), may=f"({' OR '.join(f'g.back_{name}' for name in columns)})",
        table=_table(model), lines=_lines(model, "changed"),
    )  # fmt: skip
    return _rows(statement, known | _kind(model))


def withdraw(model: type[models.Model], ends: dict[str, str], known: dict[str, Any]) -> list[int]:
    """Withdraw rows that the file made and nobody changed since; their customers. Three statements."""
    params = known | _kind(model)
    chosen = f"SELECT t.id FROM {_lines(model, 'new')} AND {UNTOUCHED}"  # noqa: S608  our own names
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
    leaving = ", ".join(f"'{name}'" for name in (*LEAVING, "customer"))
    return [
        (_("changed since: it stays as it is"), f"l.kind = 'new' AND l.object_kind IN ({withdrawn})"),
        (_("changed since, or other rows hang on it: it stays"), f"l.kind = 'new' AND l.object_kind IN ({leaving})"),
        (_("what is new of this kind cannot be withdrawn: it stays"), "l.kind = 'new'"),
        (_("what its fields were before is not known: it stays"), "l.kind = 'changed'"),
    ]


def by_name(name: str) -> type[models.Model]:
    """The model that a line calls so, of whichever app."""
    return next(model for model in apps.get_models() if model._meta.model_name == name)


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
