"""The migrated database of an earlier run, while no migration and nothing that one imports has changed.

To migrate an empty database takes longer than most files of tests do. A fresh clone has none kept: there every run of the
suite migrates.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.db.migrations.state import ProjectState
from psycopg import sql

from config.backup.address import ours
from config.backup.programs import program, run
from config.embedded import Trouble, local_folder

ROOT = Path(settings.BASE_DIR)
VERSION = 10_000
RELOAD = ProjectState.reload_model


def hasten() -> None:
    """Until ``as_usual``, a model that a migration changes is drawn anew with those that name it alone.

    Django draws those anew that are related to these as well, hence nearly all of them at nearly every step: half of the time.
    The database made is the same (compared by its dump).
    """
    ProjectState.reload_model = lambda state, app, model, *_given, **_named: RELOAD(state, app, model, delay=True)


def as_usual() -> None:
    ProjectState.reload_model = RELOAD


def from_template() -> None:
    """Let the test database begin as the kept one; nothing where none is kept."""
    file, server = _file(), ours().at("postgres")
    if not file.exists():
        return
    name = f"migrated_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with server.session() as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        version = session.info.server_version // VERSION
    target = server.at(name)
    try:
        run(
            [program("pg_restore", version), "--exit-on-error", "--no-owner", f"--dbname={target.conninfo}", file],
            target.environment(),
            "The migrated database could not be brought back",
        )
    except Trouble:
        file.unlink(missing_ok=True)
        raise
    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = name


def keep(database: str) -> None:
    """Keep the migrated ``database`` for later runs, in the place of older ones."""
    file = _file()
    if file.exists() or os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    source = ours().at(database)
    part = file.with_suffix(f".{os.getpid()}")
    with source.session() as session:
        version = session.info.server_version // VERSION
    run(
        [program("pg_dump", version), "--format=custom", "--no-owner", f"--file={part}", f"--dbname={source.conninfo}"],
        source.environment(),
        "The migrated database could not be kept",
    )
    for older in file.parent.glob("*.dump"):
        older.unlink(missing_ok=True)
    part.rename(file)


def _file() -> Path:
    digest = hashlib.sha256(django.__version__.encode())
    for path in sorted(set(_sources())):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return local_folder() / "migrated" / f"{digest.hexdigest()[:16]}.dump"


def _sources() -> Iterator[Path]:
    """Every migration of ours, and the modules of ours that migrations name."""
    for pattern in ("*/migrations/*.py", "config/*/migrations/*.py"):
        for path in ROOT.glob(pattern):
            yield path
            for node in ast.walk(ast.parse(path.read_bytes())):
                names = [node.module] if isinstance(node, ast.ImportFrom) else []
                names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
                yield from filter(Path.exists, (ROOT / f"{name.replace('.', '/')}.py" for name in names if name))
