"""Slow sockets against the product's own command line: more of them than threads, and pages as fast as ever."""

from __future__ import annotations

import os
import re
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from config.embedded.children import spawn
from config.environment import BASE_DIR
from config.run import members, sockets
from tests.faults import site
from tests.faults.browser import Browser
from tests.faults.conftest import free_port, test_database, wait

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

SIZE = members.Sizes(web=1, threads=2, worker=1)
PAGE = "/sign-in/login/"
POST = b"POST /sign-in/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n"
KINDS: dict[str, tuple[bytes, ...]] = {
    "nothing": (),
    "half the headers": (b"GET / HTTP/1.1\r\nHost: local",),
    "headers line by line": (b"GET / HTTP/1.1\r\n", *(b"X-Slow: yes\r\n" for _ in range(200))),
    "no body": (POST,),
    "body drop by drop": (POST, *(b"x" for _ in range(200))),
    "a page, not read": (b"GET /sign-in/login/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2,),
}


@pytest.fixture(scope="module")
def browser(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """At a web server of the product, with one process of two threads."""
    port = free_port()
    said = tmp_path_factory.mktemp("web") / "web.log"
    env = os.environ | {"DATABASE_URL": test_database(), "TSUNAGU_PROCESS": "test"}
    with said.open("wb") as log:
        web = spawn(
            members.web(members.Place(port), SIZE, app="tests.faults.wsgi"),
            output=log,
            orphaned=signal.SIGKILL,
            env=env,
            cwd=BASE_DIR,
        )
    found = Browser(port)
    wait(found.up, "the web server")
    found.seconds(PAGE)
    yield found
    web.terminate()
    web.wait()
    assert "Traceback" not in said.read_text()


class Slow:
    """A client that sends its parts one a round, and reads nothing until it is asked whether it was shut."""

    def __init__(self, port: int, parts: tuple[bytes, ...]) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.parts = list(parts)

    def step(self) -> None:
        if self.parts:
            try:
                self.sock.send(self.parts[0])
            except BlockingIOError:
                return
            except OSError:
                self.parts.clear()
                return
            del self.parts[0]

    def read(self, size: int) -> None:
        """Take so much of what has come."""
        with suppress(BlockingIOError):
            self.sock.recv(size)

    def shut(self) -> bool:
        """Whether the server has closed; what it said before is thrown away."""
        try:
            while self.sock.recv(65536):
                pass
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True


@contextmanager
def crowd(port: int, *kinds: tuple[bytes, ...]) -> Iterator[list[Slow]]:
    """One slow client of each of ``kinds``, gone at the end."""
    slow = [Slow(port, parts) for parts in kinds]
    yield slow
    for one in slow:
        one.sock.close()


def test_pages_are_as_fast_with_more_slow_sockets_than_threads(browser: Browser):
    alone = browser.seconds(PAGE)
    with crowd(browser.port, *list(KINDS.values()) * 8 * SIZE.threads) as slow:
        crowded: list[float] = []
        for _ in range(20):
            for one in slow:
                one.step()
            crowded += browser.seconds(PAGE, loads=1)
    assert statistics.median(crowded) < 3 * statistics.median(alone) + 0.1
    assert max(crowded) < sockets.HEAD_PATIENCE / 2


LARGE = 12  # megabytes: of so many readers more than a process keeps


def test_more_slow_readers_of_large_answers_than_threads_hold_up_nobody(browser: Browser):
    """They take nothing, or some kilobytes a second; who reads on gets all of a large answer meanwhile."""
    asking = b"GET /large/%d/ HTTP/1.1\r\nHost: localhost\r\n\r\n" % LARGE
    with crowd(browser.port, *[(asking,)] * 8 * SIZE.threads) as slow:
        for number, one in enumerate(slow):
            one.step()
            assert max(browser.seconds(PAGE, loads=1)) < 2
            for other in slow[:number:2]:
                other.read(2_000)
        status, text = browser.load(f"/large/{LARGE}/")
        assert max(browser.seconds(PAGE, loads=1)) < 2
    count = LARGE * site.MEGABYTE // site.PART
    assert status == 200
    assert text == "".join(f"{number:0{site.PART}d}" for number in range(count))


@pytest.mark.long
def test_slow_sockets_are_shut_in_time(browser: Browser):
    shut: dict[str, float] = {}
    begun = time.monotonic()
    with crowd(browser.port, *KINDS.values()) as slow:
        while len(shut) < len(KINDS):
            assert time.monotonic() - begun < sockets.HEAD_PATIENCE + sockets.LINGER + 2, shut
            for kind, one in zip(KINDS, slow, strict=True):
                one.step()
                if kind not in shut and one.shut():
                    shut[kind] = time.monotonic() - begun
            time.sleep(0.1)
    assert shut.pop("a page, not read") < sockets.HEAD_PATIENCE
    assert min(shut.values()) > sockets.HEAD_PATIENCE - 1


@pytest.mark.long
def test_five_hundred_slow_sockets_and_readers_of_nothing_harm_nobody(browser: Browser):
    """E29 without a proxy: hundreds of slow ones, and more who ask on and on and never read than there are threads."""
    greedy = (b"GET /sign-in/login/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,)
    with crowd(browser.port, *list(KINDS.values()) * 90, *[greedy] * 4 * SIZE.threads) as slow:
        for one in slow:
            one.step()
        wait(lambda: max(browser.seconds(PAGE, loads=3)) < 1, "the greedy to have filled their way back", 30)
        assert max(browser.seconds(PAGE, loads=60)) < 1


FRAMED = (
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3, [200, 200, 200]),
    (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", [411]),
    (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n", [413]),
    (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, [431]),
    (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", [400]),
    (b"POST /healthz HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", [100]),
    (b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 80000\r\n\r\n" + b"x" * 80_000, [200]),
)
STATUS = re.compile(rb"^HTTP/1\.1 (\d+)", re.MULTILINE)


def test_each_request_is_answered_for_what_it_is(browser: Browser):
    for said, expected in FRAMED:
        assert statuses(browser.port, said, len(expected)) == expected, said[:80]


def statuses(port: int, said: bytes, count: int) -> list[int]:
    """The first ``count`` statuses that come back on a connection of its own."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(said)
        while len(STATUS.findall(heard)) < count and (data := sock.recv(65536)):
            heard += data
    return [int(status) for status in STATUS.findall(heard)]
