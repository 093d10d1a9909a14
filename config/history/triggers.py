"""The triggers that record history, built from the declarations (``kept``).

PostgreSQL offers no transition tables to a trigger on some columns. So a BEFORE trigger on the recorded columns sets a
flag, and an AFTER trigger on any column compares all rows at once where the flag is set: a statement that writes only
derived columns pays for the transition tables and for nothing else.

The plan of a comparison is made once a session, often for one row: rows before and after are therefore joined by a FULL
join, which cannot become a nested loop; that would take a minute for the next 10,000 rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from django.db import connections, transaction

from config.history.kept import REGISTER, Kept

COLUMNS: Final = "act, kind, object_id, operation, customer_id, whole, whole_id, actor_id, door, before, after"
FUNCTION: Final = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $history$
DECLARE
    act bigint;
    actor bigint;
    door text;
    follows boolean := false;
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
        PERFORM set_config('tsunagu.kept_{table}', 'on', true);
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        follows := coalesce(current_setting('tsunagu.follows', true), '') = 'on';
        IF {heeded} THEN
            {told}
            INSERT INTO history_entry ({columns})
            SELECT act, '{kind}', coalesce(came.{key}, gone.{key}), 'changed', {of_came}, actor, door, {before}, {after}
            FROM gone FULL JOIN came ON came.{key} = gone.{key} WHERE {differ};
        END IF;
        IF follows THEN
            PERFORM set_config('tsunagu.follows', '', true);
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        {told}
        INSERT INTO history_entry ({columns})
        SELECT act, '{kind}', gone.{key}, 'deleted', {of_gone}, actor, door, {all_gone}, '{{}}' FROM gone;
    ELSE
        {on_insert}
    END IF;
    RETURN NULL;
END $history$
"""
TOLD: Final = """act := pg_current_xact_id()::text::bigint;
            actor := nullif(current_setting('tsunagu.actor', true), '')::bigint;
            door := coalesce(current_setting('tsunagu.door', true), '');"""
# Rows to which others are added: their triggers list the rows made by this transaction until it ends.
BEGUN: Final = "string_to_array(coalesce(current_setting('tsunagu.new_{table}', true), ''), ' ')"
BEGINS: Final = """PERFORM set_config('tsunagu.new_{table}',
            array_to_string({begun} || (SELECT array_agg(came.{key}::text) FROM came), ' '), true);"""
KEEPS_ADDED: Final = """{told}
        INSERT INTO history_entry ({columns})
        SELECT act, '{kind}', came.{key}, 'added', {of_came}, actor, door, '{{}}', {all_came} FROM came
        WHERE {added_to}::text <> ALL ({begun});"""
# Set for the rest of the transaction, because two parts of one statement may write the same table.
HEEDED: Final = "current_setting('tsunagu.kept_{table}', true) = 'on'"
ONE_FIELD: Final = """
    CASE WHEN {differs} THEN jsonb_build_object('{field}', {said}) ELSE '{{}}' END"""
KEPT_WRITTEN: Final = """
CREATE TRIGGER history_heeds BEFORE UPDATE OF {columns} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""
CHANGED: Final = """
CREATE TRIGGER history_changed AFTER UPDATE ON {table}
REFERENCING OLD TABLE AS gone NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""
DELETED: Final = """
CREATE TRIGGER history_deleted AFTER DELETE ON {table}
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""
ADDED: Final = """
CREATE TRIGGER history_added AFTER INSERT ON {table}
REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""
STANDING: Final = """
    SELECT p.proname, obj_description(p.oid, 'pg_proc'), (SELECT count(*) FROM pg_trigger t WHERE t.tgfoid = p.oid)
    FROM pg_proc p WHERE p.proname LIKE 'history\\_of\\_%%' AND p.pronamespace = current_schema()::regnamespace
"""
PRESENT: Final = """
    SELECT c.relname, array_agg(a.attname::text) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s) GROUP BY c.relname
"""


def name(kept: Kept) -> str:
    """The name of a table's function."""
    return f"history_of_{kept.table}"


def statements(kept: Kept) -> list[str]:
    """The statements that create the function and then the triggers of one table."""
    columns = kept.columns.values()
    parts = {
        "told": TOLD, "name": name(kept), "table": kept.table, "kind": kept.kind, "key": kept.key,
        "heeded": HEEDED.format(table=kept.table) if kept.own else "true",
        "of_came": belongs(kept, "came"), "of_gone": belongs(kept, "gone"),
        "before": changed_fields(kept, "gone"), "after": changed_fields(kept, "came"),
        "all_gone": whole_row(kept, "gone"), "all_came": whole_row(kept, "came"),
        "differ": " OR ".join(differs(kept, field) for field in kept.fields),
    }  # fmt: skip
    begins = any(other.inserts and other.inserts[0] == kept.kind for other in REGISTER.values())
    on_insert = [BEGINS.format(begun=BEGUN.format(**parts), **parts)] if begins else []
    if kept.inserts:
        kind, added_to = kept.inserts
        begun = BEGUN.format(table=REGISTER[kind].table)
        on_insert.append(
            KEEPS_ADDED.format(columns=COLUMNS, added_to=added_to.format(row="came"), begun=begun, **parts)
        )
    parts["on_insert"] = "\n        ".join(on_insert) or "NULL;"
    created = [FUNCTION.format(columns=COLUMNS, **parts), CHANGED.format(**parts), DELETED.format(**parts)]
    if kept.own:
        created.append(KEPT_WRITTEN.format(columns=", ".join(map(quoted, columns)), **parts))
    return [*created, ADDED.format(**parts)] if on_insert else created


def differs(kept: Kept, field: str) -> str:
    """SQL: whether a field was changed, other than by following another change of the same transaction."""
    column = quoted(kept.columns[field])
    changed = f"gone.{column} IS DISTINCT FROM came.{column}"
    return f"(NOT follows AND {changed})" if field in kept.follows.split() else changed


def changed_fields(kept: Kept, row: str) -> str:
    """SQL: the values of the changed fields in ``row``."""
    parts = (
        ONE_FIELD.format(differs=differs(kept, field), field=field, said=said(kept, field, row))
        for field in kept.fields
    )
    return " ||".join(parts)


def quoted(column: str) -> str:
    return f'"{column}"'


def said(kept: Kept, field: str, row: str) -> str:
    """SQL: the value of a field in ``row``; NULL for a hidden one."""
    return "NULL" if field in kept.hidden else f"{row}.{quoted(kept.columns[field])}"


def whole_row(kept: Kept, row: str) -> str:
    pairs = (f"'{field}', {said(kept, field, row)}" for field in kept.fields)
    return f"jsonb_build_object({', '.join(pairs)})"


def belongs(kept: Kept, row: str) -> str:
    """SQL: the customer of ``row``, and kind and id of the object it is a part of."""
    customer = kept.customer.format(row=row) or "NULL::bigint"
    kind, pk = kept.whole or ("", "")
    return f"{customer}, '{kind}', {pk.format(row=row)}" if kind else f"{customer}, NULL, NULL::bigint"


def digest(kept: Kept) -> str:
    return hashlib.sha256("".join(statements(kept)).encode()).hexdigest()


def made_of(kept: Kept) -> list[str]:
    """``statements``, and the comment with their digest, by which ``install`` recognises them."""
    return [*statements(kept), f"COMMENT ON FUNCTION {name(kept)}() IS '{digest(kept)}'"]


def install(using: str = "default", *, anew: bool = False) -> list[str]:
    """Update the triggers of the database to their declarations; returns the tables updated. One statement if none is.

    Skips tables that lack columns of their model. ``anew`` recreates all of them.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(STANDING)
        installed = {function: (comment, triggers) for function, comment, triggers in cursor.fetchall()}
        declared = {name(kept): kept for kept in REGISTER.values()}
        wanted = {function_name: (digest(kept), len(statements(kept)) - 1) for function_name, kept in declared.items()}
        outdated = [
            declared[function_name]
            for function_name in declared
            if anew or installed.get(function_name) != wanted[function_name]
        ]
        drop(using, installed.keys() - declared.keys())
        if not outdated:
            return []
        cursor.execute(PRESENT, [["history_entry", *(kept.table for kept in outdated)]])
        present = dict(cursor.fetchall())
        if "history_entry" not in present:
            return []
        ready = [kept for kept in outdated if {*kept.columns.values()} <= {*present.get(kept.table, ())}]
        for kept in ready:
            with transaction.atomic(using):
                drop(using, [name(kept)])
                for statement in made_of(kept):
                    cursor.execute(statement)
    return [kept.table for kept in ready]


def drop(using: str, functions: Iterable[str]) -> None:
    """Drop functions and the triggers that call them."""
    with connections[using].cursor() as cursor:
        for function in sorted(functions):
            cursor.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")


def follow(using: str, **_signal: Any) -> None:
    """After ``migrate``: update the triggers to their declarations."""
    install(using)
