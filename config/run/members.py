"""The command line of each process of the product, and how many of what: the one place that says so."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from config.embedded import Trouble
from config.run.group import Member

if TYPE_CHECKING:
    from pathlib import Path

MOST_PROCESSES: Final = 4
MOST_THREADS: Final = 4
CONNECTIONS_A_WORKER: Final = 500
PYTHON: Final = (sys.executable, "-u")
# As root Celery warns of itself; the README says what runs as whom.
CELERY: Final = (*PYTHON, "-W", "ignore::UserWarning:celery.platforms", "-m", "celery", "--quiet", "-A")

SINGLE: Final = 4  # worker's own, beat, relay, supervisor
RESERVE: Final = 6  # commands, a backup, a person with psql


@dataclass(frozen=True)
class Sizes:
    """How many of what: each web thread and each process of the worker keeps one database connection."""

    web: int
    threads: int
    worker: int

    @property
    def connections(self) -> int:
        """The database connections that all members together may open, with a reserve for commands."""
        return self.web * self.threads + self.worker + SINGLE + RESERVE


def sizes(cores: int, connections: int) -> Sizes:
    """The most that ``cores`` can use and ``connections`` (what the database allows us) can bear.

    Threads are given up first, then processes. Trouble where not even one of each fits.
    """
    most = max(1, min(cores, MOST_PROCESSES))
    for processes in range(most, 0, -1):
        for threads in range(MOST_THREADS, 0, -1):
            found = Sizes(processes, threads, processes)
            if found.connections <= connections and (threads > 1 or processes == 1):
                return found
    message = (
        f"The database allows {connections} connections and {Sizes(1, 1, 1).connections} are needed:"
        " raise max_connections, or the limit of the role or the database."
    )
    raise Trouble(message)


def members(local: Path, port: int, size: Sizes, *, backup: bool = False) -> list[Member]:
    """The processes in the order in which they end: no new work first, the worker last; one more where backups are made."""
    keeper = Member("backup", KEEPER, {"TSUNAGU_PROCESS": "worker"}, patience=40, beats=False)
    return [
        Member("web", web(port, size), {"TSUNAGU_PROCESS": "web"}),
        Member("beat", beat(schedule=local / "beat-schedule"), {"TSUNAGU_PROCESS": "worker"}),
        *([keeper] if backup else []),
        Member("relay", RELAY, {"TSUNAGU_PROCESS": "worker"}),
        Member("worker", worker(size.worker), {"TSUNAGU_PROCESS": "worker"}, patience=40),
    ]


def web(port: int, size: Sizes, *, app: str = "config.wsgi") -> tuple[str, ...]:
    """Gunicorn on 127.0.0.1 with the product's own worker class."""
    processes = ("--workers", str(size.web), "--threads", str(size.threads))
    sockets = ("--worker-class", "config.run.sockets.Worker", "--worker-connections", str(CONNECTIONS_A_WORKER))
    manner = ("--no-sendfile", "--no-control-socket", "--keep-alive", "5", "--log-level", "warning")
    return (*PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *processes, *sockets, *manner, app)


RELAY: Final = (*PYTHON, "manage.py", "relay")
KEEPER: Final = (*PYTHON, "manage.py", "keep_backups")


def worker(processes: int, *, app: str = "config") -> tuple[str, ...]:
    """Celery's worker with so many processes."""
    how = ("--loglevel", "WARNING", "--concurrency", str(processes), "--without-gossip", "--without-mingle")
    return (*CELERY, app, "worker", *how)


def beat(*, schedule: Path, app: str = "config") -> tuple[str, ...]:
    """Celery's beat, which remembers in ``schedule`` when it last knocked."""
    return (*CELERY, app, "beat", "--loglevel", "WARNING", "--schedule", str(schedule), "--pidfile=")


def cores() -> int:
    """How many processors there are, 2 where the system does not say."""
    return os.cpu_count() or 2
