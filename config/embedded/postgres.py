"""One PostgreSQL on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
from psycopg import sql

from config.embedded import children
from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from config.embedded.owner import Owner

ADMIN = "postgres"
ROLE = DATABASE = "tsunagu"
START_PATIENCE = 120  # seconds: recovery after a crash replays what was written since the last checkpoint
STOP_PATIENCE = 60
MEGABYTE = 2**20
LOG_KEPT = 5 * MEGABYTE
SHARED_MEMORY_NEEDED = 512 * MEGABYTE


SORTED_OTHERWISE = """
SELECT datname FROM pg_database
 WHERE datallowconn AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)
"""


class Postgres:
    """A server on ``home/postgres`` that listens on 127.0.0.1 at a free port and asks for ``password``.

    TCP with a random password rather than ``trust`` on a socket: a socket is only as safe as its folder, and its path
    is limited to 107 bytes, while a password of 256 bits is safe wherever the project is. The application's role owns
    its database and may create others (tests do); it is no superuser.
    """

    name = "PostgreSQL"

    def __init__(self, home: Path, owner: Owner, binaries: Path, password: str, *, durable: bool = True) -> None:
        self.data = home / "postgres"
        self.owner = owner
        self.binaries = binaries
        self.password = password
        self.durable = durable
        self.port = 0
        self.log = home.parent / "postgres.log"
        self.child: subprocess.Popen[bytes] | None = None
        self.worries: list[str] = []

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        """``postgresql://`` address of a database on this server."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self, log: Path) -> None:
        """Start the server and ensure role and database; raises Trouble with the log's last lines."""
        self.launch(log)
        self._wait_until_ready()
        self.worries = self._collations()

    def launch(self, log: Path) -> None:
        """Start the server's process, at its old address if it had one; it may take a while to answer."""
        self.log = log
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        children.left_behind(self.data, signal.SIGINT)
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # stale: the line before has ended any server
        self.port = self.port or free_port()
        _shorten(log)
        with children.private_log(log, "ab") as output:
            command: list[str | Path] = [self.binaries / "postgres", "-D", self.data, *self._options()]
            # SIGINT is PostgreSQL's "fast" shutdown, the right one also when the parent is killed.
            self.child = children.spawn(
                command, output=output, owner=self.owner, orphaned=signal.SIGINT, env=_plain_environment(), cwd="/"
            )

    def ended(self) -> bool:
        """Whether the server was started and is no longer running."""
        return self.child is not None and self.child.poll() is not None

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self.child:
            children.end(self.child, signal.SIGINT, patience=STOP_PATIENCE)

    def _initialise(self) -> None:
        """``initdb`` into a folder beside the data, renamed when complete: killed half way, the next start begins anew."""
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        secret = fresh.with_name("initdb-password")
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        os.chown(secret, self.owner.uid, self.owner.gid)
        try:
            self._initdb(fresh, secret)
        finally:
            secret.unlink()
        fresh.rename(self.data)

    def _initdb(self, fresh: Path, secret: Path) -> None:
        options = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--data-checksums", "-U", ADMIN]
        options += ["-A", "scram-sha-256", f"--pwfile={secret}", *([] if self.durable else ["--no-sync"])]
        command = [str(self.binaries / "initdb"), "-D", str(fresh), *options]
        process_options: dict[str, Any] = {"cwd": "/", "env": _plain_environment(), **self.owner.launch()}
        result = subprocess.run(command, check=False, capture_output=True, text=True, **process_options)
        if result.returncode:
            message = f"PostgreSQL could not create its data folder {self.data}: {_last_lines(result.stderr)}"
            raise Trouble(message)
        only_local = "host all all 127.0.0.1/32 scram-sha-256\n"
        (fresh / "pg_hba.conf").write_text(only_local)

    def _options(self) -> list[str]:
        chosen = settings(durable=self.durable) | {"port": str(self.port)}
        return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]

    def _collations(self) -> list[str]:
        """A warning for each database whose indexes were built with another version of its locale."""
        with psycopg.connect(self.url("postgres", ADMIN), connect_timeout=5) as connection:
            names = [name for (name,) in connection.execute(SORTED_OTHERWISE)]
        return [
            f"The database {name} was sorted by another version of its locale: REINDEX DATABASE {name},"
            f" then ALTER DATABASE {name} REFRESH COLLATION VERSION."
            for name in names
        ]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while True:
            try:
                with psycopg.connect(self.url("postgres", ADMIN), autocommit=True, connect_timeout=5) as connection:
                    _ensure_database(connection, self.password)
                return
            except psycopg.OperationalError as error:
                self._give_up_on(error, deadline)
            time.sleep(0.03)

    def _give_up_on(self, error: psycopg.OperationalError, deadline: float) -> None:
        ended = self.child is None or self.child.poll() is not None
        refused = "password authentication failed" in str(error)
        if not (ended or refused or time.monotonic() > deadline):
            return
        self.stop()
        reason = "its password no longer fits" if refused else _last_lines(self.log.read_text(errors="replace"))
        message = f"PostgreSQL on {self.data} did not start ({reason}); the whole log is {self.log}."
        raise Trouble(message) from error


def settings(*, durable: bool) -> dict[str, str]:
    """Server settings for a small machine shared with web and workers: a quarter of memory, at most 1 GB."""
    memory = psutil.virtual_memory().total // MEGABYTE
    cores = os.cpu_count() or 2
    chosen = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "100",
        "shared_buffers": f"{max(64, min(memory // 4, 1024))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": "32MB",
        # The scores of a range of customers are read seven times from a temporary table of about 30 MB.
        "temp_buffers": "64MB",
        "maintenance_work_mem": f"{max(64, min(memory // 16, 256))}MB",
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(min(cores, 4)),
        "max_worker_processes": str(cores + 8),
        "jit": "off",
        "random_page_cost": "1.1",
        "wal_compression": "pglz",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "dynamic_shared_memory_type": _shared_memory(),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_lock_waits": "on",
        # Failing statements contain typed values, which must stay out of the log.
        "log_min_error_statement": "panic",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_line_prefix": "%m [%p] ",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "30s",
        # The password is random and long: repeated hashing would only slow down connecting.
        "scram_iterations": "1",
    }
    return chosen if durable else chosen | EPHEMERAL


EPHEMERAL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_compression": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "0",
}
"""For data nobody keeps (tests): no write waits for the disk, and a slow machine or a debugger ends no session."""


def free_port() -> int:
    """A port of 127.0.0.1 that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ensure_database(connection: psycopg.Connection, password: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
        create = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
        connection.execute(create.format(sql.Identifier(ROLE), sql.Literal(password)))
    # Errors of the application's statements name values and rows; the application tells of them. The server's own stay.
    quiet = sql.SQL("ALTER ROLE {} SET log_min_messages = 'log'")
    connection.execute(quiet.format(sql.Identifier(ROLE)))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        create = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))


def _shared_memory() -> str:
    """``mmap`` where /dev/shm is too small for a parallel query, as in a container with its default of 64 MB."""
    shared = Path("/dev/shm")  # noqa: S108 -- the system's own place for shared memory
    if shared.is_dir() and shutil.disk_usage(shared).free >= SHARED_MEMORY_NEEDED:
        return "posix"
    return "mmap"


def _plain_environment() -> dict[str, str]:
    """An environment without the caller's PG* variables, with English messages."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_KEPT:
        log.write_bytes(log.read_bytes()[-LOG_KEPT // 5 :])


def _last_lines(text: str, count: int = 3) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-count:]) or "no message"
