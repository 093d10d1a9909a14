"""Squashed migrations stand for the originals, all of them and no others; tests/faults/test_upgrade.py compares what both make."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from tests.migrating import Originals

SQUASHED = {key: migration for key, migration in MigrationLoader(None).disk_migrations.items() if migration.replaces}


@pytest.mark.parametrize(("app", "name"), SQUASHED)
def test_a_squashed_migration_replaces_each_one_up_to_its_last(app: str, name: str):
    folder = Path(import_module(SQUASHED[app, name].__module__).__file__ or "").parent
    originals = sorted(path.stem for path in folder.glob("0*.py") if "_squashed_" not in path.stem)
    last = name.partition("_squashed_")[2]
    assert SQUASHED[app, name].replaces == [(app, each) for each in originals if each <= last]
    assert originals.index(last) + 1 == len(SQUASHED[app, name].replaces)


@pytest.mark.parametrize(("app", "name"), SQUASHED)
def test_an_empty_database_takes_the_squashed_one_alone(app: str, name: str):
    graph = MigrationLoader(None).graph
    assert (app, name) in graph.nodes
    assert not set(SQUASHED[app, name].replaces) & set(graph.nodes)


@pytest.mark.parametrize(("app", "name"), SQUASHED)
def test_an_original_on_which_others_depend_is_one_that_the_squashed_one_needs(app: str, name: str):
    """Else a database half-way, with all of ``app`` applied, would be told that it is inconsistent."""
    originals = Originals(None).graph
    needed = {parent for each in SQUASHED[app, name].replaces for parent in originals.forwards_plan(each)}
    own = {(other, each) for other, each in SQUASHED[app, name].dependencies if (other, each) in originals.nodes}
    assert own <= needed
    assert not {each for _other, each in own if "_squashed_" in each}


def test_more_than_three_migrations_of_an_app_are_squashed():
    squashed = {app for app, _name in SQUASHED}
    assert squashed >= {"accounts", "health", "renewals", "playbooks", "outbox"}
    assert all(migrations.RunPython not in map(type, each.operations) for each in SQUASHED.values())
