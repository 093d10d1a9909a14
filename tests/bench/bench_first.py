"""The first daily cycle after an import into an empty installation, and how long a later import takes to show.

An installation is made by the product's own commands in a database of its own, with autovacuum off, so that the only
statistics are those that the product takes itself. Every round copies that database twice and analyses one copy.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections

from tests.bench.ground import DAY, Bench, Ground, Result, timed

FEWER: Final = 5
USE_DAYS: Final = 14
# Autovacuum is told to leave every table alone; partitions that come later are told after the import.
UNATTENDED: Final = """
    DO $$ DECLARE target regclass; BEGIN
        FOR target IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
            EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', target);
        END LOOP;
    END $$
"""
IMPORTED: Final = 1_000
PERIOD: Final = 5
LONGEST: Final = 120


def first_cycle(ground: Ground) -> Result:
    """Seconds of the first cycle, over those of the same in a copy that was analysed."""
    return Result(*medians(ground, ground.customers))


def first_cycle_scaling(ground: Ground) -> Result:
    """Microseconds a customer of the first cycle, over those with a fifth of the customers."""
    fewer = ground.customers // FEWER
    many, few = medians(ground, ground.customers)[0], medians(ground, fewer)[0]
    return Result(many / ground.customers * 1e6, few / fewer * 1e6, "µs")


def changed_to_done(ground: Ground) -> Result:
    """Seconds from the end of an import of 1,000 contracts until segment, renewal, score and cases follow, over the
    period of the sweep. The schedule is knocked on every second, as beat does, by one worker.
    """
    spent = []
    with installation(ground, ground.customers) as made:
        for number in range(ground.rounds):
            with copy(made, f"bench_changed_{number}") as name:
                manage(name, "run_cycle")
                # What the installation's import marked, the cycle has just done for everybody.
                execute(name, "TRUNCATE accounts_change")
                with tempfile.TemporaryDirectory() as folder:
                    contracts(Path(folder) / "contracts.csv", IMPORTED, prefix=f"L{number}-", amount=90_000)
                    manage(name, "import_data", folder, "--mapping", "tsunagu", "--kind", "contracts")
                spent.append(until_done(name))
    ground.say(f"seconds until done: {', '.join(f'{seconds:.1f}' for seconds in spent)}")
    return Result(statistics.median(spent), PERIOD)


def medians(ground: Ground, customers: int) -> tuple[float, float]:
    """Median seconds of the cycle on untouched and on analysed copies, measured once a run."""
    name = f"first cycle of {customers}"
    if name not in ground.kept:
        times: dict[str, list[float]] = {"first": [], "analysed": []}
        with installation(ground, customers) as made:
            for _ in range(ground.rounds):
                for kind, spent in times.items():
                    with copy(made, f"bench_{kind}") as database:
                        if kind == "analysed":
                            execute(database, "ANALYZE")
                        spent.append(timed(lambda database=database: manage(database, "run_cycle")))  # type: ignore[misc]
        for kind, spent in times.items():
            ground.say(f"{name}, {kind}: {', '.join(f'{seconds:.2f}' for seconds in spent)}")
        ground.kept[name] = tuple(statistics.median(spent) for spent in times.values())
    return ground.kept[name]  # type: ignore[return-value]


@contextmanager
def installation(ground: Ground, customers: int) -> Iterator[str]:
    """The database of an installation that has just imported so many customers, their contracts and their use."""
    name = f"bench_installation_{customers}"
    if name not in ground.built:
        started = time.monotonic()
        maintain(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        manage(name, "migrate", "--verbosity", "0")
        execute(name, UNATTENDED)
        manage(name, "setup", "--name", "Bench", "--time-zone", "UTC", "--currency", "USD", "--frozen-day", f"{DAY}")
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), customers)
            manage(name, "import_data", folder, "--mapping", "tsunagu")
        ground.built.add(name)
        ground.say(f"made {name} in {time.monotonic() - started:.0f} s")
        execute(name, UNATTENDED)
    yield name


@contextmanager
def copy(template: str, name: str) -> Iterator[str]:
    maintain(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        maintain(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def write(folder: Path, customers: int) -> None:
    """The files of a company: customers, one contract each, and the use of two weeks by a quarter of them."""
    with (folder / "customers.csv").open("w", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["external_id", "name", "industry", "employees", "country"])
        lines.writerows([f"C{n}", f"Customer {n}", "Retail", 10 + n % 5_000, "JP"] for n in range(customers))
    contracts(folder / "contracts.csv", customers)
    with (folder / "usage.csv").open("w", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["external_id", "customer", "day", "feature", "users", "uses"])
        for back in range(USE_DAYS):
            day = DAY - dt.timedelta(days=back)
            lines.writerows(
                [f"U{n}-{back}", f"C{n}", day, "report", 1 + n % 9, 1 + (n + back) % 40] for n in range(0, customers, 4)
            )


def contracts(path: Path, customers: int, *, prefix: str = "K", amount: int = 1_000) -> None:
    with path.open("w", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["external_id", "customer", "starts_on", "term_months", "product", "annual_amount"])
        lines.writerows(
            [f"{prefix}{n}", f"C{n}", DAY - dt.timedelta(days=10 + n % 700), 12, "Platform", amount + n % 90_000]
            for n in range(customers)
        )


def until_done(name: str) -> float:
    """Seconds until nobody waits for any reader of the change log, and every new contract has its renewal, every customer
    of them a segment and, where use was imported that a score rests on, a score.
    """
    started = time.monotonic()
    stop = threading.Event()
    beat = threading.Thread(target=knock, args=(name, stop))
    beat.start()
    try:
        while time.monotonic() - started < LONGEST:
            if all(execute(name, statement)[0][0] == 0 for statement in WAITING):
                return time.monotonic() - started
            time.sleep(0.1)
    finally:
        stop.set()
        beat.join()
    raise RuntimeError(f"The changes of an import were not taken up within {LONGEST} seconds.")


WAITING: Final = (
    "SELECT count(*) FROM accounts_change",
    """SELECT count(*) FROM accounts_contract k WHERE k.external_id LIKE 'L%-%'
       AND NOT EXISTS (SELECT FROM renewals_renewal r WHERE r.contract_id = k.id)""",
    """SELECT count(*) FROM accounts_contract k JOIN accounts_customer c ON c.id = k.customer_id
       WHERE k.external_id LIKE 'L%-%' AND (c.segment_id IS NULL OR (c.score IS NULL AND EXISTS (
           SELECT FROM health_usageday u WHERE u.customer_id = c.id)))""",
)


def knock(name: str, stop: threading.Event) -> None:
    """The ``changed`` schedule, asked for every second by a process of its own, as a worker does."""
    code = (
        "import os, sys, time, django; django.setup(); from config import schedule, tasks\n"
        "while True:\n    schedule.run('changed'); time.sleep(1)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], env=environment(name))
    stop.wait()
    worker.terminate()
    worker.wait()


def environment(name: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": address(name)}


def address(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def manage(name: str, *command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command], env=environment(name), check=True, stdout=subprocess.DEVNULL
    )


def maintain(*statements: str) -> None:
    """Run each statement outside any transaction, in a database that nobody copies."""
    connections.close_all()
    for statement in statements:
        execute("postgres", statement)


def execute(name: str, statement: str) -> list[tuple[int, ...]]:
    with psycopg.connect(address(name), autocommit=True) as session:
        found = session.execute(statement)  # type: ignore[call-overload]  # statements of this module only
        return found.fetchall() if found.description else []


BENCHES = [
    Bench("first_cycle", target=1.5, stretch=1.1, run=first_cycle),
    Bench("first_cycle_scaling", target=1.2, stretch=1.1, run=first_cycle_scaling),
    Bench("changed_to_done", target=2, stretch=1.2, run=changed_to_done),
]
