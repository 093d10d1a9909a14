"""The command line of each process of the product, and the numbers of processes and threads."""

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
# Celery warns when run as root; the README explains which process runs as which user.
CELERY: Final = (*PYTHON, "-W", "ignore::UserWarning:celery.platforms", "-m", "celery", "--quiet", "-A")

SUPERVISOR: Final = 1  # reads heartbeats
RESERVE: Final = 6  # commands, a backup by hand, a person with psql


@dataclass(frozen=True)
class Place:
    """The address of the web server."""

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
        """``host:port`` for requests from this machine."""
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
    """The members named in ``only``, in the order in which they end: sources of work first, the worker last."""
    background = {"TSUNAGU_PROCESS": "worker"}
    schedule = local / "beat-schedule"
    # Connections: each thread of the web server, each process of the worker, the relay and the keeper of backups use
    # one. Each process of the web server, beat and the worker's main process open one per heartbeat.
    everyone = [
        Member("web", web(place, size), {"TSUNAGU_PROCESS": "web"}, connections=size.web * (size.threads + 1)),
        Member("beat", beat(schedule=schedule), background, connections=1),
        Member("backup", KEEPER, background, patience=40, beats=False, connections=1 + programs.connections()),
        Member("relay", RELAY, background, connections=1),
        Member("worker", worker(size.worker), background, patience=40, connections=size.worker + 1),
    ]
    return [member for member in everyone if member.name in only]


def connections(size: Sizes, only: Collection[str]) -> int:
    """The maximum number of database connections of the members in ``only``, with a reserve for commands."""
    counted = members(Path(), Place(0), size, only=only)
    return sum(member.connections for member in counted) + SUPERVISOR + RESERVE


def sizes(cores: int, allowed: int, only: Collection[str]) -> Sizes:
    """The largest sizes for ``cores`` that need at most ``allowed`` connections for the members in ``only``.

    Reduces threads first, then processes. Raises Trouble where not even one of each fits.
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
    """Celery's worker with this number of processes."""
    options = ("--loglevel", "WARNING", "--concurrency", str(processes), "--without-gossip", "--without-mingle")
    return (*CELERY, app, "worker", *options)


def beat(*, schedule: Path, app: str = "config") -> tuple[str, ...]:
    """Celery's beat, which stores its last sending times in ``schedule``."""
    return (*CELERY, app, "beat", "--loglevel", "WARNING", "--schedule", str(schedule), "--pidfile=")


def cores() -> int:
    """The number of processors, 2 where unknown."""
    return os.cpu_count() or 2
