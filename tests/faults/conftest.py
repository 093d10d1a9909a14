"""Real workers, relays, beats and a Redis of the test's own, to be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection, transaction
from psycopg import sql
from redis import Redis as Client
from redis import RedisError

from config.embedded.binaries import redis_binary
from config.embedded.children import spawn
from config.embedded.owner import Owner
from config.environment import BASE_DIR
from config.outbox.models import Outbox
from config.outbox.queueing import enqueue
from config.run import members

PATIENCE = 120  # seconds
ME = Owner(os.geteuid(), os.getegid(), "me")
WORKS = "tests.faults.works"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """A Redis on one port that forgets everything when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.client = Client(port=self.port, socket_timeout=2)
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        binary = redis_binary(ME, self.folder)
        keep_nothing = ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        with (self.folder / "redis.log").open("ab") as log:
            command = [binary, "--bind", "127.0.0.1", "--port", str(self.port), *keep_nothing]
            self.process = spawn(command, output=log, orphaned=signal.SIGKILL)
        wait(self.answers, "Redis to answer")

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


class Group:
    """Processes of the product on the test's database and broker."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self.broker = broker
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, command: Sequence[str], **environ: str) -> subprocess.Popen[bytes]:
        env = os.environ | {
            "DATABASE_URL": test_database(),
            "REDIS_URL": self.broker.url,
            "TSUNAGU_PROCESS": "worker",
            "TSUNAGU_LOG_LEVEL": "WARNING",
        }
        with (self.folder / "processes.log").open("ab") as log:
            process = spawn(command, output=log, orphaned=signal.SIGKILL, env=env | environ, cwd=BASE_DIR)
        self.processes.append(process)
        return process

    def worker(self, **environ: str) -> subprocess.Popen[bytes]:
        number = len(self.processes)
        return self.start([*members.worker(2, app=WORKS), "--hostname", f"w{number}@test"], **environ)

    def relay(self) -> subprocess.Popen[bytes]:
        return self.start(members.RELAY)

    def beat(self, **environ: str) -> subprocess.Popen[bytes]:
        return self.start(members.beat(schedule=self.folder / f"beat-{len(self.processes)}", app=WORKS), **environ)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL the process and all its children at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.remove(process)

    def end(self) -> None:
        for process in list(self.processes):
            self.kill(process)

    def log(self) -> str:
        return (self.folder / "processes.log").read_text()


def test_database() -> str:
    """The address of the database this test runs on."""
    given = connection.settings_dict
    who = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}"
    return f"postgresql://{who}@{given['HOST']}:{given['PORT']}/{quote(given['NAME'])}"


test_database.__test__ = False  # type: ignore[attr-defined]  # a name of ours, not a test


@contextmanager
def database_cut() -> Iterator[None]:
    """The test's database away for everybody: sessions are ended and no new one is let in."""
    server, name = test_database().rsplit("/", 1)
    connection.close()
    with psycopg.connect(f"{server}/postgres", autocommit=True) as session:
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        session.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            session.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def wait(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Wait until ``condition`` holds; return how long it took. What a busy machine delays is no fault."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"waited {seconds} s for {what}"
        time.sleep(0.05)
    return time.monotonic() - begun


def write(kind: str, count: int, **payload: object) -> None:
    """``count`` rows of ``kind`` named kind-0, kind-1 and so on, in one transaction."""
    with transaction.atomic():
        for number in range(count):
            name = f"{kind}-{number}"
            enqueue(kind, {"name": name, **payload}, dedup_key=name)


def traces() -> Counter[str]:
    """How many traces each name has left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, count(*) FROM faults_trace GROUP BY name")
        return Counter(dict(cursor.fetchall()))


def settled() -> bool:
    return not Outbox.objects.filter(state="pending").exists()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    server = Broker(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def group(transactional_db: None, tmp_path: Path, broker: Broker) -> Iterator[Group]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE faults_trace (name text NOT NULL)")
    started = Group(tmp_path, broker)
    yield started
    started.end()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE faults_trace")
