"""Dropping history triggers for migrations that they would block, and restoring them afterwards."""

from __future__ import annotations

import re
from typing import Any, Final

from django.db import ProgrammingError, connections, migrations, transaction
from django.db import models as orm
from django.db.migrations.operations.base import Operation

from config.history.kept import REGISTER, Kept
from config.history.triggers import drop, made_of, name, quoted

AS_THEY_STAND: Final = """
    SELECT statement FROM (SELECT oid FROM pg_proc WHERE proname = %s AND pronamespace = current_schema()::regnamespace) p,
    LATERAL (
        SELECT 0, pg_get_functiondef(p.oid)
        UNION ALL SELECT 1, pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE t.tgfoid = p.oid
    ) made (place, statement) ORDER BY place
"""
# Statement triggers also run for no rows, and fail where they name a missing column.
WRITES_NOTHING: Final = (
    "UPDATE {table} SET {field} = {field} WHERE false",
    "DELETE FROM {table} WHERE false",
    "INSERT INTO {table} ({field}) SELECT {field} FROM {table} WHERE false",
)


def make_way(using: str, plan: list[tuple[migrations.Migration, bool]], **_signal: Any) -> None:
    """Before migrations: PostgreSQL alters no column that a trigger names, so its triggers are dropped for that time.

    A migration gets two more operations around those on a kept table: the first drops its triggers, the second restores
    them. A migration is one transaction, so nobody writes to the table in between; writes that waited are recorded.
    """
    for migration, backwards in plan:
        if migration.app_label == "history" and backwards:
            drop(using, map(name, REGISTER.values()))  # the table of entries goes
        for kept in REGISTER.values():
            steps = [*migration.operations]
            positions = [number for number, step in enumerate(steps) if hinders(migration, step, kept, backwards)]
            if positions:
                saved: list[str] = []
                steps.insert(positions[-1] + 1, Aside(kept, saved, first=False))
                steps.insert(positions[0], Aside(kept, saved, first=True))
                migration.operations = steps  # type: ignore[misc]  # each instance has a list of its own


class Aside(Operation):
    """One of two operations around those that triggers would block: it drops or restores them, in either direction."""

    reversible = True
    reduces_to_sql = False

    def __init__(self, kept: Kept, stood: list[str], *, first: bool) -> None:
        self.kept, self.stood, self.first = kept, stood, first

    def state_forwards(self, app_label: str, state: Any) -> None:
        """No change of the models."""

    def database_forwards(self, _app: str, schema_editor: Any, _from: Any, _to: Any) -> None:
        (self.away if self.first else self.back)(schema_editor.connection.alias)

    def database_backwards(self, _app: str, schema_editor: Any, _from: Any, _to: Any) -> None:
        (self.back if self.first else self.away)(schema_editor.connection.alias)

    def describe(self) -> str:
        return f"History of {self.kept.table} {'steps aside' if self.first else 'comes back'}"

    def away(self, using: str) -> None:
        """Drop the triggers and remember their definitions."""
        with connections[using].cursor() as cursor:
            cursor.execute(AS_THEY_STAND, [name(self.kept)])
            self.stood[:] = [statement for (statement,) in cursor.fetchall()]
        if self.stood:
            drop(using, [name(self.kept)])

    def back(self, using: str) -> None:
        """Restore the triggers as declared or, where the declaration needs a later migration, as they were.

        Where neither works, ``follow`` installs them.
        """
        ways = [made_of(self.kept), self.stood] if self.stood else []
        any(works(using, self.kept, way) for way in ways)


def works(using: str, kept: Kept, way: list[str]) -> bool:
    """Create function and triggers of a table; False, with nothing created, where that or a write of no rows fails."""
    field = quoted(next(iter(kept.columns.values())))
    probes = [sql.format(table=kept.table, field=field) for sql in WRITES_NOTHING]
    try:
        with transaction.atomic(using), connections[using].cursor() as cursor:
            for statement in [*way, *probes]:
                cursor.execute(statement)
    except ProgrammingError:
        return False
    return True


def hinders(migration: migrations.Migration, operation: Any, kept: Kept, backwards: bool) -> bool:  # noqa: FBT001 (as Django's plans have it)
    """Whether an operation alters, renames or removes the kept table or a column of it.

    Adding a column counts only backwards. SQL counts where it alters the table.
    """
    if migration.app_label != kept.model._meta.app_label:
        return False
    if isinstance(operation, migrations.RunSQL):
        return says_alter(operation, kept.table, backwards=backwards)
    alters = [migrations.AlterField, migrations.RenameField, migrations.RemoveField]
    alters += [migrations.RenameModel, migrations.DeleteModel, migrations.AlterModelTable]
    alters += [migrations.AddField] if backwards else []
    return isinstance(operation, tuple(alters)) and of_model(operation, kept.model)


def says_alter(operation: migrations.RunSQL, table: str, *, backwards: bool) -> bool:
    statement = str(operation.reverse_sql if backwards else operation.sql)
    return re.search(rf"\balter\s+table\b.*\b{table}\b", statement, re.IGNORECASE | re.DOTALL) is not None


def of_model(operation: Any, model: type[orm.Model]) -> bool:
    names = {getattr(operation, attribute, "").lower() for attribute in ("model_name", "name", "old_name", "new_name")}
    return model._meta.model_name in names
