"""``python -m config.run`` itself under a mixed load while its members are killed, hung, starved and wiped.

ROUNDS (10) and SEED (1) come from the environment. The ledger of what was accepted is kept here, outside the product.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psutil
import psycopg
import pytest
from redis import Redis, RedisError

from config.embedded import Servers
from config.environment import BASE_DIR
from config.outbox import delivery
from config.run import members
from tests.faults.browser import TOKEN, Browser
from tests.faults.conftest import free_port, wait
from tests.faults.sink import Sink

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("ROUNDS", "10"))
SEED = int(os.environ.get("SEED", "1"))
ROUND = 60.0  # seconds
KILLS = 20  # a round
BACK_WITHIN = 240.0  # seconds from the last fault until everybody lives and no work waits
# A mail whose worker was killed while it was under way is given to a person only when no worker can be at it any more.
IN_DOUBT_WITHIN = delivery.LOST_AFTER.total_seconds() + 120
MEGABYTE = 2**20
RESERVE_ABOVE = 3000  # megabytes: so much less room and writing stops; others use this disk, too
EMAIL, PASSWORD = "admin@example.com", "long and dull words"
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "TSUNAGU_PROCESS", "TSUNAGU_HTTPS", "PYTEST_CURRENT_TEST")
PEOPLE = f"""
from accounts.models import Customer, User
from config.history.actors import acting
with acting("test"):
    User.objects.create_superuser({EMAIL!r}, {PASSWORD!r}, name="Ada")
    Customer.objects.create(name="Acme", owner=User.objects.get())
"""


class Running:
    """The product as ``make run`` starts it, on a folder of its own."""

    def __init__(self, folder: Path, mail: str) -> None:
        self.folder = folder
        self.port = free_port()
        free = shutil.disk_usage(folder.parent).free // MEGABYTE
        plain = {name: value for name, value in os.environ.items() if name not in OURS}
        self.env = plain | {
            "LOCAL_DIR": str(folder),
            "PORT": str(self.port),
            "EMAIL_URL": mail,
            "TSUNAGU_DEMO": "off",
            "TSUNAGU_DISK_RESERVE": str(free - RESERVE_ABOVE),
        }
        self.log = (folder.parent / "run.log").open("wb")
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, *only: str) -> None:
        command = [sys.executable, "-u", "-m", "config.run", *only]
        self.child = subprocess.Popen(command, cwd=BASE_DIR, env=self.env, stdout=self.log, stderr=self.log)
        wait(lambda: "| Ready " in self.said(), "the group", 300)

    def said(self) -> str:
        return (self.folder.parent / "run.log").read_text()

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=self.env, check=True)

    def addresses(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "running.json").read_text())
        return found

    def members(self) -> dict[str, list[psutil.Process]]:
        """Every process below the supervisor by what it does."""
        assert self.child
        found: dict[str, list[psutil.Process]] = {}
        for process in psutil.Process(self.child.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                words = " ".join(process.cmdline())
                for name, mark in MARKS.items():
                    if mark in words:
                        found.setdefault(name, []).append(process)
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.addresses()["DATABASE_URL"], connect_timeout=5) as session:
            return session.execute(query).fetchall()  # type: ignore[arg-type]  # a query of this test

    def end(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.terminate()
            self.child.wait(120)
        self.log.close()


MARKS = {
    "web": "-m gunicorn",
    "worker": "config worker",
    "beat": "config beat",
    "relay": "manage.py relay",
    "postgres": "bin/postgres -D",
    "redis": "-server 127.0.0.1",
}


class Load:
    """People and programs who write, read and cause mail; what they were told was done stands in the ledgers."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.written: list[str] = []
        self.mailed: list[str] = []
        self.answers: Counter[int] = Counter()
        self.stop = threading.Event()
        self.cookies = signed_in(running.port)
        self.threads = [
            threading.Thread(target=self.go_on, args=(act,)) for act in (self.write, self.write, self.read, self.mail)
        ]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def go_on(self, act: Callable[[str], None]) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            with suppress(OSError, http.client.HTTPException, psycopg.Error):
                act(f"{threading.get_ident()}-{number}")
            time.sleep(0.1)

    def write(self, name: str) -> None:
        if self.ask("POST", "/api/v1/tasks/", self.task(name)) == 201:
            self.written.append(name)

    def task(self, title: str) -> str:
        return json.dumps({"customer": self.customer, "title": title, "due_on": "2031-01-01"})

    def read(self, _name: str) -> None:
        self.ask("GET", f"/customers/{self.customer}/")

    def mail(self, name: str) -> None:
        payload = {"to": ["a@example.com"], "subject": name, "text": name, "html": "", "sender": "t@example.com"}
        with psycopg.connect(self.running.addresses()["DATABASE_URL"], connect_timeout=2) as session:
            session.execute(
                "INSERT INTO outbox_outbox (kind, dedup_key, payload, state, attempts, publications, error)"
                " VALUES ('mail', %s, %s, 'pending', 0, 0, '')",
                [f"mail:{name}", json.dumps(payload)],
            )
        self.mailed.append(name)

    def ask(self, method: str, path: str, body: str | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=30)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie, "X-CSRFToken": self.cookies["csrf"], "Content-Type": "application/json"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        self.answers[answer.status] += 1
        if answer.status == 503:
            assert answer.headers["Retry-After"], path
        return answer.status

    @property
    def customer(self) -> int:
        return 1


def signed_in(port: int) -> dict[str, str]:
    browser = Browser(port)
    token = TOKEN.search(browser.load("/sign-in/login/")[1])
    assert token
    form = {"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    assert browser.load("/sign-in/login/", form)[0] == 302
    return browser.cookies


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def prepared(tmp_path: Path, sink: Sink) -> Iterator[Running]:
    """A folder whose database has a company, a person and a customer; nothing runs."""
    found = Running(tmp_path / "local", sink.url)
    found.folder.mkdir()
    servers = Servers(found.folder, redis=False)
    env = found.env | servers.start()
    try:
        for arguments in (
            ("migrate", "--verbosity", "0"),
            ("setup", "--name", "Acme", "--time-zone", "UTC", "--currency", "USD"),
            ("shell", "--verbosity", "0", "-c", PEOPLE),
        ):
            subprocess.run([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=env, check=True)
    finally:
        servers.stop()
    yield found
    found.end()
    Servers(found.folder).discard()


@pytest.fixture
def running(prepared: Running) -> Running:
    prepared.start()
    return prepared


def ready(running: Running) -> bool:
    try:
        return Browser(running.port).load("/readyz")[0] == 200
    except OSError:
        return False


def without(running: Running, state: str) -> bool:
    """Whether no work is in that state."""
    with suppress(psycopg.Error):
        return not running.rows(f"SELECT 1 FROM outbox_outbox WHERE state = '{state}' LIMIT 1")
    return False


def kill_somebody(running: Running, chance: random.Random) -> None:
    """SIGKILL to one process of a random member; at times the member is hung instead."""
    alive = running.members()
    alive.pop("postgres", None)
    if not alive:
        return
    name = chance.choice(sorted(alive))
    with suppress(psutil.NoSuchProcess):
        chance.choice(alive[name]).send_signal(signal.SIGKILL if chance.random() < 0.95 else signal.SIGSTOP)


def wipe_redis(running: Running) -> None:
    with suppress(RedisError):
        Redis.from_url(running.addresses()["REDIS_URL"]).flushall()
    for process in running.members().get("redis", []):
        process.kill()


def stop_postgres(running: Running) -> None:
    """As ``pg_ctl stop -m immediate`` does; nobody but the supervisor starts it again."""
    for process in running.members().get("postgres", [])[:1]:
        process.send_signal(signal.SIGQUIT)


def fill_disk(running: Running, load: Load) -> None:
    """Take the room until writing is refused while reading goes on; then give it back."""
    filler = running.folder.parent / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, (RESERVE_ABOVE + 500) * MEGABYTE)
    try:
        wait(
            lambda: answered(load, "POST", "/api/v1/tasks/", load.task(f"room {uuid4()}")) == 503, "writing to stop", 60
        )
        wait(lambda: answered(load, "GET", f"/customers/{load.customer}/") == 200, "reading to go on", 60)
    finally:
        filler.unlink()


def answered(load: Load, *arguments: str) -> int:
    try:
        return load.ask(*arguments)
    except (OSError, http.client.HTTPException):
        return 0


def test_nothing_is_lost_and_everything_comes_back_without_a_hand(running: Running, sink: Sink):
    chance = random.Random(SEED)
    wait(lambda: ready(running), "the members' first heartbeats")
    with Load(running) as load:
        for number in range(ROUNDS):
            until = time.monotonic() + ROUND
            special = {2: wipe_redis, 8: stop_postgres, 14: wipe_redis} | ({11: stop_postgres} if number else {})
            for kill in range(KILLS):
                kill_somebody(running, chance)
                if kill in special:
                    special[kill](running)
                if number == 0 and kill == KILLS // 2:
                    fill_disk(running, load)
                time.sleep(max(0.0, (until - time.monotonic()) / (KILLS - kill)))
    back = wait(lambda: ready(running), "everybody to come back", BACK_WITHIN)
    back += wait(lambda: without(running, "pending"), "the work that waited", BACK_WITHIN)
    wait(lambda: without(running, "sending"), "what is in doubt to be given to a person", IN_DOUBT_WITHIN)
    titles = Counter(title for (title,) in running.rows("SELECT title FROM playbooks_task"))
    assert set(load.written) <= titles.keys()
    assert set(titles.values()) == {1}
    states = Counter(dict(running.rows("SELECT state, count(*) FROM outbox_outbox WHERE kind = 'mail' GROUP BY 1")))
    keys = {key for (key,) in running.rows("SELECT dedup_key FROM outbox_outbox WHERE kind = 'mail'")}
    assert {f"mail:{name}" for name in load.mailed} <= keys
    assert states.keys() <= {"done", "unknown"}
    assert set(sink.accepted.values()) == {1}
    assert states["done"] <= len(sink.accepted) <= states["done"] + states["unknown"]
    assert running.child
    assert running.child.poll() is None
    assert 500 not in load.answers
    said = {
        "rounds": ROUNDS,
        "back_s": round(back, 1),
        "written": len(load.written),
        "mails": states,
        "answers": load.answers,
    }
    print(json.dumps(said))


def test_e07_postgres_stopped_five_times_under_writing(running: Running):
    """What got its 201 is there, what did not got a 503 with Retry-After and no 500, and writing is back within seconds."""
    wait(lambda: ready(running), "the members' first heartbeats")
    back: list[float] = []
    with Load(running) as load:
        for _ in range(5):
            wait_for_more(load)
            stop_postgres(running)
            begun = time.monotonic()
            wait_for_more(load)
            back.append(time.monotonic() - begun)
    titles = Counter(title for (title,) in running.rows("SELECT title FROM playbooks_task"))
    assert set(load.written) <= titles.keys()
    assert set(titles.values()) == {1}
    assert load.answers.keys() <= {200, 201, 503}
    # A server that ended soon after its start is given a pause of up to a few seconds.
    assert max(back) < 15, back


def wait_for_more(load: Load) -> None:
    """Until five more writes have been accepted."""
    before = len(load.written)
    wait(lambda: len(load.written) >= before + 5, "writes to be accepted")


OPEN = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name LIKE 'tsunagu-%' GROUP BY 1
"""
ASK = """
INSERT INTO backup_backup (asked_by, nightly, place, starts, file, digest, error) VALUES ('test', false, '', 0, '', '', '')
"""
UNVERIFIED = "SELECT 1 FROM backup_backup WHERE asked_by = 'test' AND verified_at IS NULL"


def test_no_more_connections_than_are_counted(running: Running):
    """More readers than threads, work for every process, a backup and its trial: what each kind of member holds at most."""
    wait(lambda: ready(running), "the members' first heartbeats")
    size = members.sizes(members.cores(), 97, members.NAMES)
    counted = {
        member.name: member.connections
        for member in members.members(running.folder, members.Place(0), size, only=members.NAMES)
    }
    most: Counter[str] = Counter()
    load = Load(running)
    load.threads += [threading.Thread(target=load.go_on, args=(load.read,)) for _ in range(3 * size.web * size.threads)]
    with load, psycopg.connect(running.addresses()["DATABASE_URL"], autocommit=True) as session:
        session.execute("SET application_name = 'looks on'")
        session.execute(ASK)
        until = time.monotonic() + ROUND
        while time.monotonic() < until or session.execute(UNVERIFIED).fetchone():
            assert time.monotonic() < until + BACK_WITHIN, session.execute("SELECT error FROM backup_backup").fetchall()
            most |= Counter(dict(session.execute(OPEN).fetchall()))
            time.sleep(0.002)
    print(json.dumps({"most": most, "counted": counted}))
    assert size.web * size.threads < most["tsunagu-web"] <= counted["web"]
    assert size.worker < most["tsunagu-worker"] <= counted["beat"] + counted["relay"] + counted["worker"] + 1
    assert most["tsunagu-backup"] == counted["backup"] - 1
    assert most["tsunagu-run"] == members.SUPERVISOR


def test_members_that_hang_are_started_again(running: Running):
    wait(lambda: ready(running), "the members' first heartbeats")
    before = running.members()
    hung = [before["web"][-1], before["worker"][0], before["beat"][0], before["relay"][0]]
    for process in hung:
        process.suspend()
    wait(lambda: not any(process.is_running() for process in hung), "the hung to be ended", 120)
    wait(lambda: ready(running), "others in their place")
    # A process of the web server is ended by gunicorn itself, which misses its loop's sign of life.
    assert all(f"{name} hangs (process" in running.said() for name in ("worker", "beat", "relay"))


def test_two_hosts_share_the_work(prepared: Running, tmp_path: Path, sink: Sink):
    servers = Servers(prepared.folder)
    shared = servers.start() | {
        "SECRET_KEY": "the same on all hosts, and long enough",
        "BIND": "0.0.0.0",
        "TSUNAGU_HTTPS": "off",
    }
    hosts = []
    try:
        for name, only in (("one", "web"), ("two", "worker,relay,beat")):
            (tmp_path / name).mkdir()
            host = Running(tmp_path / name / "local", sink.url)
            host.env |= shared
            hosts.append(host)
            host.start("--only", only)
        web, work = hosts
        assert web.members().keys() == {"web"}
        assert work.members().keys() == {"worker", "beat", "relay"}
        wait(lambda: ready(web), "the second host to work for the first")
    finally:
        for host in hosts:
            host.end()
        servers.stop()
