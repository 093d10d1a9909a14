"""Migrations as they were written, for tests that go back to one or begin at one."""

from __future__ import annotations

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from config.history import triggers
from config.history.way import make_way


class Originals(MigrationLoader):
    """Squashed migrations stand empty behind those they replace."""

    def load_disk(self) -> None:
        super().load_disk()
        for (app, name), migration in self.disk_migrations.items():
            if migration.replaces:
                empty = Migration(name, app)
                empty.dependencies = [migration.replaces[-1]]
                self.disk_migrations[app, name] = empty


def go_to(*targets: tuple[str, str]) -> None:
    """Bring the database to ``targets``, forward or back, by the migrations that squashed ones replace."""
    executor = MigrationExecutor(connection)
    executor.loader = Originals(connection)
    _migrate(executor, [*targets])


def go_on() -> None:
    """Bring the database to the migrations of this code, as ``manage.py migrate`` does, its history kept again."""
    executor = MigrationExecutor(connection)
    _migrate(executor, executor.loader.graph.leaf_nodes())
    triggers.install()


def _migrate(executor: MigrationExecutor, targets: list[tuple[str, str]]) -> None:
    plan = executor.migration_plan(targets)
    make_way(connection.alias, plan)
    executor.migrate(targets, plan)
