"""The web server's event loop over real sockets, without a server around it; as a whole: tests/faults/test_sockets.py."""

from __future__ import annotations

import errno
import json
import random
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from config.run import sockets
from config.run.sockets.arriving import MOST_LINE

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


class Loop(sockets.Worker):
    """A worker that keeps whole requests where a thread would take them, and takes connections by hand."""

    def __init__(self) -> None:
        cfg = Config()
        super().__init__(0, 0, [], None, 30, cfg, Logger(cfg))
        self.poller = selectors.DefaultSelector()
        self.method_queue.init()
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.whole: list[sockets.Connection] = []
        self.others: list[socket.socket] = []

    def enqueue_req(self, conn: sockets.Connection) -> None:
        self.whole.append(conn)

    def join(self) -> tuple[sockets.Connection, socket.socket]:
        """A connection that waits, and its other end."""
        own, other = socket.socketpair()
        other.settimeout(1)
        self.others.append(other)
        conn = sockets.Connection(self, own, "", "")
        self.nr_conns += 1
        self.wait_for(conn)
        return conn, other

    def turn(self) -> None:
        """One round of the loop."""
        self.wait_for_and_dispatch_events(0)


@pytest.fixture
def loop() -> Iterator[Loop]:
    found = Loop()
    yield found
    for conn in [*found.waiting, *found.reading, *found.leaving, *found.whole]:
        found.forget(conn)
        found.drop(conn)
    for other in found.others:
        other.close()
    found.poller.close()
    found.method_queue.close()
    found.tmp.close()
    found.beats.shutdown()


class Full:
    """The temporary file of a body on a disk with room for ``room`` bytes."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, data: bytes) -> int:
        self.room -= len(data)
        return len(data) if self.room >= 0 else self._refuse()

    def seek(self, _place: int) -> int:
        return self._refuse()

    def close(self) -> None:
        self._refuse()

    def _refuse(self) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


ROUNDS: dict[str, Callable[[Loop, sockets.Connection], object]] = {
    "bytes": lambda loop, conn: loop.on_bytes(conn, conn.sock),
    "a way back": lambda loop, conn: loop.hand_over(conn),
    "a goodbye": lambda loop, conn: loop.on_goodbye(conn, conn.sock),
    "another drop": lambda loop, conn: loop.drop(conn),
}


@pytest.mark.parametrize("event", ROUNDS)
@pytest.mark.parametrize("state", ["waiting", "leaving"])
def test_a_connection_that_made_room_is_dropped_once(loop: Loop, state: str, event: str):
    """The round that closed it may have more events of it: the count stays true, and the loop alive."""
    conn, _other = loop.join()
    if state == "leaving":
        loop.forget(conn)
        loop.leave(conn)
    loop.make_room()
    ROUNDS[event](loop, conn)
    assert (loop.nr_conns, loop.whole, conn.sock.fileno()) == (0, [], -1)


@pytest.mark.parametrize(
    "room", [0, 100, 10_000], ids=["not the headers", "part of the body", "all but its last bytes"]
)
def test_a_disk_without_room_for_a_body_costs_one_request(loop: Loop, monkeypatch: pytest.MonkeyPatch, room: int):
    monkeypatch.setattr(sockets.spooling, "SpooledTemporaryFile", lambda max_size: Full(room))  # noqa: ARG005
    _conn, other = loop.join()
    other.sendall(POST % 1000 + b"x" * 1000)
    loop.turn()
    assert other.recv(100).startswith(b"HTTP/1.1 503 ")
    other.close()
    loop.turn()
    assert (loop.nr_conns, loop.whole, loop.waiting, loop.leaving) == (0, [], {}, {})


def arriving(spool: sockets.Spool, size: int) -> sockets.Arriving:
    """A request of a body of ``size`` bytes, of which the headers have come at 0."""
    found = sockets.Arriving(0.0, spool, patience=sockets.HEAD_PATIENCE)
    assert found.take(POST % size, 0.0) is None
    return found


@pytest.mark.parametrize(
    ("head", "status", "reason"),
    [
        (b"GET /%s/%s HTTP/1.1\r\nHost: x\r\n\r\n", 414, "URI Too Long"),
        (b"GET /%s/ HTTP/1.1\r\nHost: x\r\nX-Long: %s", 431, "Request Header Fields Too Large"),
        (b"POST /%s/ HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n", 411, "Length Required"),
    ],
)
def test_programs_are_refused_by_a_problem_and_browsers_by_the_status(
    loop: Loop, head: bytes, status: int, reason: str
):
    for path in (b"api/v1/record", b"v1/batch", b"customers"):
        _conn, other = loop.join()
        other.settimeout(5)
        sending = threading.Thread(
            target=other.sendall, args=[head % (path, b"x" * (70_000 if status == 431 else 5_000))]
        )
        sending.start()
        while loop.waiting:
            loop.turn()
        answer = other.recv(10_000).decode()
        loop.make_room()
        sending.join()
        first, _headers, body = answer.partition("\r\n\r\n")
        assert first.startswith(f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n")
        if path == b"customers":
            assert body == ""
        else:
            problem = {"type": "about:blank", "title": reason, "status": status, "detail": f"{reason}."}
            kind = "application/problem+json"
            if path == b"v1/batch":
                problem, kind = {"code": reason.lower().replace(" ", "_"), "message": f"{reason}."}, "application/json"
            assert f"Content-Type: {kind}\r\n" in first
            assert json.loads(body) == problem
            assert f"Content-Length: {len(body)}" in first


def test_a_first_line_is_as_long_as_gunicorn_takes_it():
    assert Config().limit_request_line == MOST_LINE


def test_bytes_sent_early_buy_a_bounded_time():
    size = sockets.MOST_BODY
    early = arriving(sockets.Spool(), size)
    early.take(b"x" * (size - 1), 1.0)
    assert early.deadline == 1.0 + sockets.MOST_CREDIT
    early.close()


def test_a_body_at_the_slowest_rate_has_its_time():
    seconds = 300
    steady = arriving(sockets.Spool(), seconds * sockets.SLOWEST)
    for now in range(1, seconds + 1):
        assert now < steady.deadline <= now + sockets.MOST_CREDIT
        whole = steady.take(b"x" * sockets.SLOWEST, float(now)) is not None
    assert whole
    steady.close()


def test_what_a_process_holds_on_disk_is_bounded_and_what_fits_into_memory_is_taken(monkeypatch: pytest.MonkeyPatch):
    size = 2 * sockets.KEPT_IN_MEMORY
    monkeypatch.setattr(sockets.spooling, "MOST_ON_DISK", 3 * size)
    spool = sockets.Spool()
    first, second, third = (arriving(spool, size) for _ in range(3))
    for one in (first, second):
        assert one.take(b"x" * size, 1.0) == b""
    with pytest.raises(sockets.Refused) as refused:
        third.take(b"x" * size, 1.0)
    assert refused.value.status == 503
    third.close()
    small = arriving(spool, 1000)
    assert small.take(b"x" * 1000, 1.0) == b""
    first.close()
    again = arriving(spool, size)
    assert again.take(b"x" * size, 1.0) == b""
    for one in (first, second, small, again):
        one.close()
    assert spool.held == 0


def test_bytes_of_an_answer_that_were_taken_make_room_for_others(monkeypatch: pytest.MonkeyPatch):
    part = 2 * sockets.KEPT_IN_MEMORY
    monkeypatch.setattr(sockets.leaving, "PART_ON_DISK", part)
    monkeypatch.setattr(sockets.spooling, "MOST_ON_DISK", 4 * part)
    spool = sockets.Spool()
    steady, other = sockets.Unsent(spool), sockets.Unsent(spool)
    data = random.Random(1).randbytes(4 * part)
    steady.add(data[: part + 1])
    steady.add(data[part + 1 :])
    with pytest.raises(sockets.Refused):
        other.add(data[: 2 * part])
    assert (spool.held, bool(other)) == (4 * part, False)
    heard = b""
    while len(heard) < 2 * part:
        heard += steady.first()
        steady.drop(len(steady.first()))
    other.add(data[: 2 * part])
    while steady:
        heard += steady.first()
        steady.drop(len(steady.first()))
    assert heard == data
    assert spool.held == 2 * part
    other.close()
    assert spool.held == 0


def answer(loop: Loop, conn: sockets.Connection, data: bytes, *, goes_on: bool = True) -> None:
    """Let a thread answer the request that has just come, in parts."""
    parts = [data[place : place + PART] for place in range(0, len(data), PART)]

    def handle(conn: sockets.Connection) -> bool:
        for part in parts:
            conn.sock.sendall(part)
        return goes_on

    thread = threading.Thread(target=lambda: done.set_result(handle(conn)))
    done: Future[bool] = Future()
    conn.sock.setblocking(True)
    thread.start()
    thread.join(5)
    assert done.done(), "the thread waits for the reader"
    loop.finish_request(conn, done)


def asked(loop: Loop) -> tuple[sockets.Connection, socket.socket]:
    conn, other = loop.join()
    other.sendall(POST % 0)
    loop.turn()
    assert loop.whole.pop() is conn
    return conn, other


def read(other: socket.socket, size: int, turn: Callable[[], None] = lambda: None) -> bytes:
    """So many bytes that the other side reads, a ``turn`` of the loop before each stretch."""
    heard = bytearray()
    while len(heard) < size:
        turn()
        heard += other.recv(size - len(heard))
    return bytes(heard)


PART = 100_000
LARGE = bytes(range(256)) * 8 * 1024  # two megabytes: more than any kernel keeps for a pair of sockets


@pytest.mark.parametrize("goes_on", [True, False])
def test_what_a_reader_leaves_is_sent_in_order_without_its_thread(loop: Loop, *, goes_on: bool):
    conn, other = asked(loop)
    answer(loop, conn, LARGE, goes_on=goes_on)
    assert list(loop.reading) == [conn]
    assert 0 < loop.answers.held < len(LARGE)
    assert read(other, len(LARGE), loop.turn) == LARGE
    loop.turn()
    assert (list(loop.waiting), list(loop.leaving)) == (([conn], []) if goes_on else ([], [conn]))
    assert (loop.reading, loop.answers.held) == ({}, 0)


def test_a_reader_that_takes_nothing_is_shut_and_one_that_does_stays(loop: Loop, monkeypatch: pytest.MonkeyPatch):
    conns = [asked(loop) for _ in range(2)]
    for conn, _other in conns:
        answer(loop, conn, LARGE)
    (idle, _), (steady, other) = conns
    now = time.monotonic()
    for round_ in range(1, 4):
        monkeypatch.setattr(
            sockets.worker.time, "monotonic", partial(float, now + round_ * sockets.READ_PATIENCE * 0.6)
        )
        read(other, len(LARGE) // 5, loop.turn)
        loop.turn()
        loop.murder_pending()
        assert idle.gone == (round_ > 1)
    assert list(loop.reading) == [steady]
    assert loop.answers.held <= len(LARGE)


def test_without_room_a_brisk_reader_gets_all_and_another_is_given_up(loop: Loop, monkeypatch: pytest.MonkeyPatch):
    """A thread waits for neither longer than it says."""
    monkeypatch.setattr(sockets.spooling, "MOST_ON_DISK", len(LARGE) // 4)
    monkeypatch.setattr(sockets.leaving, "THREAD_PATIENCE", 0.2)
    conn, other = asked(loop)
    with ThreadPoolExecutor(1) as people:
        brisk = people.submit(read, other, len(LARGE))
        answer(loop, conn, LARGE)
        while not brisk.done():
            loop.turn()
    assert brisk.result() == LARGE
    conn, other = asked(loop)
    conn.sock.left = sockets.leaving.THREAD_PATIENCE
    conn.sock.setblocking(True)
    begun = time.monotonic()
    with pytest.raises(BrokenPipeError):
        conn.sock.sendall(LARGE)
    assert time.monotonic() - begun < 1
    done: Future[bool] = Future()
    done.set_result(False)
    loop.finish_request(conn, done)
    assert (conn.gone, loop.reading, loop.answers.held) == (True, {}, 0)


def test_the_idlest_reader_makes_room_for_another_answer(loop: Loop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets.spooling, "MOST_ON_DISK", 2 * len(LARGE))
    readers = [asked(loop) for _ in range(3)]
    for conn, other in readers[:2]:
        answer(loop, conn, LARGE)
        other.recv(PART)
    now = time.monotonic()
    for (conn, _other), idle in zip(readers, (0.5, 1.5), strict=False):
        loop.reading[conn] = now + sockets.READ_PATIENCE - idle * sockets.IDLE
    (first, _), (idlest, _), (newest, other) = readers
    thread = threading.Thread(target=newest.sock.sendall, args=[LARGE])
    newest.sock.setblocking(True)
    thread.start()
    while thread.is_alive():
        loop.turn()
    assert (first.gone, idlest.gone, newest.sock.given_up) == (False, True, False)
    for conn in (first, newest):
        loop.forget(conn)
        loop.drop(conn)


@pytest.mark.parametrize(("ages", "stuck"), [([], False), ([99, 0], False), ([0, 0], False), ([99, 99], True)])
def test_stuck_is_whose_every_thread_is_at_an_old_request(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, ages: list[int], *, stuck: bool
):
    """However long nothing was asked before: the process has stood idle for an hour."""
    loop.cfg.set("threads", 2)
    now = time.monotonic() + 3600
    held = threading.Event()
    monkeypatch.setattr(ThreadWorker, "handle", lambda _self, _conn: held.wait(5))
    threads = []
    for seconds in ages:
        conn, other = loop.join()
        other.sendall(POST % 0)
        loop.turn()
        with monkeypatch.context() as clock:
            clock.setattr(sockets.worker.time, "monotonic", partial(float, now - seconds))
            threads.append(threading.Thread(target=loop.handle, args=[conn]))
            threads[-1].start()
            while conn not in loop.answering:
                time.sleep(0.001)
    assert len(loop.whole) == len(ages)
    assert loop.is_stuck(now) is stuck
    held.set()
    for thread in threads:
        thread.join()
    assert not loop.is_stuck(now)
