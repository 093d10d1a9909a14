"""The triggers that keep history, made from the declarations (``kept``).

Row by row and only where a kept column changes, since PostgreSQL gives a trigger for some columns no table of the rows:
a statement that writes only what is a sweep's own never calls one. Each table has a function of its own that names its
columns, which takes a third of the time of one that looks them up. Deleted rows are kept a statement at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from django.db import connections, migrations
from django.db import models as orm

from config.history.kept import REGISTER, Kept

COLUMNS: Final = "act, kind, object_id, operation, customer_id, whole, whole_id, actor_id, door, before, after"
FUNCTION: Final = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $history$
DECLARE
    act bigint := pg_current_xact_id()::text::bigint;
    actor bigint := nullif(current_setting('tsunagu.actor', true), '')::bigint;
    door text := coalesce(current_setting('tsunagu.door', true), '');
    before jsonb := '{{}}';
    after jsonb := '{{}}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
{compared}
        INSERT INTO history_entry ({columns})
        VALUES (act, '{kind}', NEW.{key}, 'changed', {of_new}, actor, door, before, after);
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO history_entry ({columns})
        SELECT act, '{kind}', gone.{key}, 'deleted', {of_gone}, actor, door, {all_gone}, after FROM gone;
    ELSE
        INSERT INTO history_entry ({columns})
        SELECT act, '{kind}', added.{key}, 'added', {of_added}, actor, door, before, {all_added} FROM added;
    END IF;
    RETURN NULL;
END $history$
"""
COMPARED: Final = """
        IF OLD.{column} IS DISTINCT FROM NEW.{column} THEN
            before := before || jsonb_build_object('{field}', {old});
            after := after || jsonb_build_object('{field}', {new});
        END IF;
"""
CHANGED: Final = """
CREATE OR REPLACE TRIGGER history_changed AFTER UPDATE OF {columns} ON {table}
FOR EACH ROW WHEN ({differ}) EXECUTE FUNCTION {name}()
"""
DELETED: Final = """
CREATE OR REPLACE TRIGGER history_deleted AFTER DELETE ON {table}
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""
ADDED: Final = """
CREATE OR REPLACE TRIGGER history_added AFTER INSERT ON {table}
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {name}()
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
    """What makes the function and the triggers of one table, in order."""
    columns = kept.columns
    words = {
        "name": name(kept), "table": kept.table, "kind": kept.kind, "key": kept.key,
        "compared": "".join(
            COMPARED.format(field=field, column=quoted(column), old=said(kept, field, "OLD"), new=said(kept, field, "NEW"))
            for field, column in columns.items()
        ),
        "of_new": belongs(kept, "NEW"), "of_gone": belongs(kept, "gone"), "of_added": belongs(kept, "added"),
        "all_gone": whole_row(kept, "gone"), "all_added": whole_row(kept, "added"),
        "differ": " OR ".join(f"OLD.{quoted(each)} IS DISTINCT FROM NEW.{quoted(each)}" for each in columns.values()),
    }  # fmt: skip
    made = [
        FUNCTION.format(columns=COLUMNS, **words),
        CHANGED.format(columns=", ".join(map(quoted, columns.values())), **words),
        DELETED.format(**words),
    ]
    return [*made, ADDED.format(**words)] if kept.inserts else made


def quoted(column: str) -> str:
    return f'"{column}"'


def said(kept: Kept, field: str, row: str) -> str:
    """SQL: what ``row`` says of a field; of a hidden one nothing."""
    return "NULL" if field in kept.hidden else f"{row}.{quoted(kept.columns[field])}"


def whole_row(kept: Kept, row: str) -> str:
    pairs = (f"'{field}', {said(kept, field, row)}" for field in kept.fields)
    return f"jsonb_build_object({', '.join(pairs)})"


def belongs(kept: Kept, row: str) -> str:
    """SQL: the customer of ``row``, and the kind and id of what it is a part of."""
    customer = kept.customer.format(row=row) or "NULL::bigint"
    kind, pk = kept.whole or ("", "")
    return f"{customer}, '{kind}', {pk.format(row=row)}" if kind else f"{customer}, NULL, NULL::bigint"


def digest(kept: Kept) -> str:
    return hashlib.sha256("".join(statements(kept)).encode()).hexdigest()


def install(using: str = "default", *, anew: bool = False) -> list[str]:
    """Bring the triggers of the database to what is declared; the tables that were not so. One statement where all are.

    Tables that are not (yet) as their model says are left to the next time. ``anew`` makes all of them once more.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(STANDING)
        standing = {function: (comment, triggers) for function, comment, triggers in cursor.fetchall()}
        declared = {name(kept): kept for kept in REGISTER.values()}
        wanted = {each: (digest(kept), 3 if kept.inserts else 2) for each, kept in declared.items()}
        lacking = [declared[each] for each in declared if anew or standing.get(each) != wanted[each]]
        drop(using, standing.keys() - declared.keys())
        if not lacking:
            return []
        cursor.execute(PRESENT, [["history_entry", *(kept.table for kept in lacking)]])
        present = dict(cursor.fetchall())
        if "history_entry" not in present:
            return []
        ready = [kept for kept in lacking if {*kept.columns.values()} <= {*present.get(kept.table, ())}]
        for kept in ready:
            for statement in statements(kept):
                cursor.execute(statement)
            cursor.execute(f"COMMENT ON FUNCTION {name(kept)}() IS '{digest(kept)}'")
    return [kept.table for kept in ready]


def drop(using: str, functions: Iterable[str]) -> None:
    """Take functions away, and the triggers that call them."""
    with connections[using].cursor() as cursor:
        for function in sorted(functions):
            cursor.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")


def follow(using: str, **_signal: Any) -> None:
    """After migrations, or when there were none: the triggers are as declared."""
    install(using)


def make_way(using: str, plan: list[tuple[migrations.Migration, bool]], **_signal: Any) -> None:
    """Before migrations: PostgreSQL changes no column that a trigger names, so those of such tables go until afterwards."""
    drop(using, {name(kept) for kept in REGISTER.values() if any(touches(*step, kept) for step in plan)})


def touches(migration: migrations.Migration, backwards: bool, kept: Kept) -> bool:  # noqa: FBT001 (as Django's plans have it)
    """Whether a migration removes the table of entries, or alters, renames or removes a column of the kept table."""
    if migration.app_label == "history" and backwards:
        return True
    alters = (migrations.AlterField, migrations.RenameField, migrations.RemoveField, migrations.AddField)
    return migration.app_label == kept.model._meta.app_label and any(
        isinstance(operation, (*alters, migrations.RenameModel, migrations.DeleteModel, migrations.RunSQL))
        and (isinstance(operation, migrations.RunSQL) or of_model(operation, kept.model))
        for operation in migration.operations
    )


def of_model(operation: Any, model: type[orm.Model]) -> bool:
    names = {getattr(operation, each, "").lower() for each in ("model_name", "name", "old_name", "new_name")}
    return model._meta.model_name in names
