"""A backup that says what it holds, against bare ``pg_dump``; a restore that compares, against bare ``pg_restore``."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from itertools import count
from pathlib import Path

from django.db import connections

from config.backup import archive, restoring
from config.backup.address import Address, ours
from config.backup.archive import VERSIONS_IN_ONE
from config.backup.programs import jobs, program, run
from tests.bench import signals
from tests.bench.ground import DAY, Bench, Ground, Result

ROUNDS = 3
NOW = dt.datetime.combine(DAY, dt.time(), dt.UTC)


def backup(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    connections.close_all()
    with tempfile.TemporaryDirectory() as place:
        folder, database, numbers = Path(place), ours(), count()

        def empty() -> None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

        return few(ground).race(
            lambda: archive.create(database, folder, NOW + dt.timedelta(seconds=next(numbers))),
            lambda: dump(database, folder / "bare.dump"),
            before=empty,
        )


def restore(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    connections.close_all()
    with tempfile.TemporaryDirectory() as place:
        database = ours()
        made = archive.create(database, Path(place), NOW)
        return few(ground).race(lambda: restoring.verify(made, database), lambda: bare_restore(database, made.file))


def few(ground: Ground) -> Ground:
    """Rounds of minutes: fewer of them."""
    return Ground(rounds=min(ground.rounds, ROUNDS), customers=ground.customers)


def dump(database: Address, file: Path) -> None:
    command = [
        program("pg_dump", server(database)),
        "--format=custom",
        f"--file={file}",
        f"--dbname={database.conninfo}",
    ]
    run(command, database.environment(), "bare dump")


def bare_restore(database: Address, file: Path) -> None:
    fresh = database.at(f"{database.name}_bare")
    with database.at("postgres").session() as session:
        session.execute(f"CREATE DATABASE {fresh.name} TEMPLATE template0")  # type: ignore[call-overload]
    command = [
        program("pg_restore", server(database)),
        "--no-owner",
        f"--jobs={jobs()}",
        f"--dbname={fresh.conninfo}",
        file,
    ]
    run(command, database.environment(), "bare restore")
    restoring.drop(database, fresh.name)


def server(database: Address) -> int:
    with database.session() as session:
        return session.info.server_version // VERSIONS_IN_ONE


BENCHES = [
    Bench("backup", 1.3, 1.05, backup),
    Bench("restore", 1.3, 1.1, restore),
]
