"""The command line of each process of the product, and how many of what: the one place that says so."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.backup import programs
from config.embedded import Trouble
from config.run.group import Member

if TYPE_CHECKING:
    from collections.abc import Collection

IPV6: Final = 6
MOST_PROCESSES: Final = 4
MOST_THREADS: Final = 4
CONNECTIONS_A_WORKER: Final = 500
PYTHON: Final = (sys.executable, "-u")
# As root Celery warns of itself; the README says what runs as whom.
CELERY: Final = (*PYTHON, "-W", "ignore::UserWarning:celery.platforms", "-m", "celery", "--quiet", "-A")

SUPERVISOR: Final = 1  # reads heartbeats
RESERVE: Final = 6  # commands, a backup by hand, a person with psql


@dataclass(frozen=True)
class Place:
    """Where the web server listens."""

    port: int
    bind: str = "127.0.0.1"

    def __str__(self) -> str:
        return f"{self._literal(self.bind)}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.bind).is_loopback

    @property
    def near(self) -> str:
        """``host:port`` at which this machine itself reaches it."""
        own = ip_address(self.bind)
        anywhere = "::1" if own.version == IPV6 else "127.0.0.1"
        return f"{self._literal(anywhere if own.is_unspecified else self.bind)}:{self.port}"

    @staticmethod
    def _literal(address: str) -> str:
        return f"[{address}]" if ":" in address else address


@dataclass(frozen=True)
class Sizes:
    """How many processes of the web server, threads in each of them, and processes of the worker."""

    web: int
    threads: int
    worker: int


NAMES: Final = ("web", "beat", "backup", "relay", "worker")


def members(local: Path, place: Place, size: Sizes, *, only: Collection[str]) -> list[Member]:
    """The processes named in ``only``, in the order in which they end: no new work first, the worker last."""
    background = {"TSUNAGU_PROCESS": "worker"}
    schedule = local / "beat-schedule"
    # Connections: a thread of the web server, a process of the worker, the relay and the keeper of backups keep one each.
    # A process of the web server, beat and the worker's own process open one for each heartbeat.
    everyone = [
        Member("web", web(place, size), {"TSUNAGU_PROCESS": "web"}, connections=size.web * (size.threads + 1)),
        Member("beat", beat(schedule=schedule), background, connections=1),
        Member("backup", KEEPER, background, patience=40, beats=False, connections=1 + programs.connections()),
        Member("relay", RELAY, background, connections=1),
        Member("worker", worker(size.worker), background, patience=40, connections=size.worker + 1),
    ]
    return [member for member in everyone if member.name in only]


def connections(size: Sizes, only: Collection[str]) -> int:
    """The database connections that the members in ``only`` may open together, with a reserve for commands."""
    described = members(Path(), Place(0), size, only=only)
    return sum(member.connections for member in described) + SUPERVISOR + RESERVE


def sizes(cores: int, allowed: int, only: Collection[str]) -> Sizes:
    """The most that ``cores`` can use and, for the members in ``only``, ``allowed`` connections can bear.

    Threads are given up first, then processes. Trouble where not even one of each fits.
    """
    most = max(1, min(cores, MOST_PROCESSES))
    for processes in range(most, 0, -1):
        for threads in range(MOST_THREADS, 0, -1):
            size = Sizes(processes, threads, processes)
            if connections(size, only) <= allowed and (threads > 1 or processes == 1):
                return size
    message = (
        f"The database allows {allowed} connections and {connections(Sizes(1, 1, 1), only)} are needed:"
        " raise max_connections, or the limit of the role or the database."
    )
    raise Trouble(message)


def web(place: Place, size: Sizes, *, app: str = "config.wsgi") -> tuple[str, ...]:
    """Gunicorn with the product's own worker class."""
    processes = ("--workers", str(size.web), "--threads", str(size.threads))
    sockets = ("--worker-class", "config.run.sockets.Worker", "--worker-connections", str(CONNECTIONS_A_WORKER))
    manner = ("--no-sendfile", "--no-control-socket", "--keep-alive", "5", "--log-level", "warning")
    return (*PYTHON, "-m", "gunicorn", "--bind", str(place), *processes, *sockets, *manner, app)


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
