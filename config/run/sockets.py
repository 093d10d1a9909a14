"""gunicorn's worker for ``make run``: a thread gets whole requests only, so that slow sockets hold up nobody.

The event loop collects a request's bytes; connections that send nothing, half of the headers or the body drop by drop cost no
thread and are shut. What the kernel does not take of an answer is kept, and sent by the event loop once the thread is done with
it; a reader that is slower than a modem is shut too.
"""

from __future__ import annotations

import contextlib
import errno
import re
import select
import selectors
import socket
import threading
import time
from collections import deque
from concurrent import futures
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.outbox.heartbeats import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_PATIENCE: Final = (
    10.0  # seconds from the first byte (of a new connection: from its start) to the end of the headers
)
BODY_PATIENCE: Final = 10.0  # seconds that a body may take beyond what its bytes buy at the slowest rate
MOST_CREDIT: Final = 30.0  # seconds that its bytes may have bought beforehand: who sends much at once may pause so long
SLOWEST: Final = 1_000  # bytes a second
MOST_HEAD: Final = 64 * 1024
MOST_BODY: Final = 16 * 1024 * 1024
KEPT_IN_MEMORY: Final = 64 * 1024  # of one request; a longer one lies in a temporary file
# Of all requests of one process, and as much of its answers; who fits into memory is taken all the same.
MOST_ON_DISK: Final = 8 * MOST_BODY
PART_ON_DISK: Final = 4 * 1024 * 1024  # of an answer: its room is free again once the reader has taken it
SEND_BUFFER: Final = 256 * 1024  # holds any page
# Seconds in which a reader must take something of what is kept for it. Kernels let it through in leaps of up to 400 kB, so that
# a steady reader of 7 kB a second stays, and nobody is seen more exactly.
READ_PATIENCE: Final = 60.0
IDLE: Final = 1.0  # seconds without taking anything after which a reader makes room for another answer
THREAD_PATIENCE: Final = 2.0  # seconds that a thread waits for room, or for its reader
MOMENT: Final = 0.05  # seconds between two tries
BRISK: Final = 1_000_000  # bytes that buy the reader another second
LINGER: Final = 2.0  # seconds in which the other side may take the last answer before the socket is closed
SWEEP_EVERY: Final = 0.25
STUCK_AFTER: Final = 45.0  # three times what a statement may take

HEAD_END: Final = b"\r\n\r\n"
LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
EXPECTS: Final = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
READ: Final = selectors.EVENT_READ


class Refused(Exception):  # noqa: N818  an answer to the other side
    """Why a request is not taken, as a status and its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Spool:
    """The bytes that the requests, or the answers, of one process hold in temporary files."""

    def __init__(self) -> None:
        self.held = 0
        self.turn = threading.Lock()

    def take(self, size: int) -> None:
        """Make room for so many bytes more; Refused where there is none."""
        with self.turn:
            if self.held + size > MOST_ON_DISK:
                raise Refused(503, "Service Unavailable")
            self.held += size

    def give_back(self, size: int) -> None:
        with self.turn:
            self.held -= size


class Spooled:
    """Bytes in memory, or beyond ``KEPT_IN_MEMORY`` in a temporary file that is counted in ``spool`` until it is closed."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.size = self.on_disk = 0
        self.file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115

    def add(self, data: bytes | memoryview) -> None:
        """Write at the file's place; Refused or OSError where there is no room."""
        size = self.size + len(data)
        if size > KEPT_IN_MEMORY:
            self.spool.take(size - self.on_disk)
            self.on_disk = size
        self.size = size
        self.file.write(data)

    def close(self) -> None:
        self.spool.give_back(self.on_disk)
        self.on_disk = 0
        with contextlib.suppress(OSError):  # what its buffer still holds may find no room; the file is closed
            self.file.close()


class Arriving:
    """One request while its bytes arrive; what it holds on disk is counted in ``spool`` until it is closed."""

    def __init__(self, now: float, spool: Spool, *, patience: float) -> None:
        self.head = bytearray()
        self.body: Spooled | None = None
        self.spool = spool
        self.missing = 0
        self.asks_to_go_on = False
        self.deadline = now + patience

    @property
    def begun(self) -> bool:
        return bool(self.head) or self.body is not None

    def take(self, data: bytes, now: float) -> bytes | None:
        """Add what has arrived; what came after its end once the request is whole, None before. Refused as it says."""
        if self.body is None:
            data = self._take_head(data, now)
            if self.body is None:
                return None
        own, rest = data[: self.missing], data[self.missing :]
        self.body.add(own)
        self.missing -= len(own)
        self.deadline = min(self.deadline + len(own) / SLOWEST, now + MOST_CREDIT)
        return None if self.missing else rest

    def _take_head(self, data: bytes, now: float) -> bytes:
        """Add to the headers; once they are complete ``body`` is there and what came after them is returned."""
        if not self.head:
            self.deadline = now + HEAD_PATIENCE
        searched = max(0, len(self.head) - len(HEAD_END))
        self.head += data
        end = self.head.find(HEAD_END, searched)
        if end < 0:
            if len(self.head) > MOST_HEAD:
                raise Refused(431, "Request Header Fields Too Large")
            return b""
        end += len(HEAD_END)
        head, rest = bytes(self.head[:end]), bytes(self.head[end:])
        del self.head[1:]
        if CHUNKED.search(head):
            # Django reads no body without a length: taking it would mean losing it.
            raise Refused(411, "Length Required")
        lengths = LENGTH.findall(head)
        # Two lengths, or one that is no number, are gunicorn's to refuse.
        self.missing = int(lengths[0]) if len(lengths) == 1 else 0
        if self.missing > MOST_BODY:
            raise Refused(413, "Content Too Large")
        self.asks_to_go_on = bool(EXPECTS.search(head)) and len(rest) < self.missing
        self.deadline = now + BODY_PATIENCE
        self.body = Spooled(self.spool)
        self.body.add(head)
        return rest

    def parser(self, cfg: Any, client: Any) -> RequestParser:
        """Gunicorn's parser over the whole request: it never waits for a socket."""
        assert self.body is not None  # noqa: S101  asked of whole requests only
        file = self.body.file
        file.seek(0)
        return RequestParser(cfg, iter(partial(file.read, KEPT_IN_MEMORY), b""), client)

    def close(self) -> None:
        if self.body is not None:
            self.body.close()


class Unsent:
    """What a reader has not taken yet of its answer, in order; counted in ``spool`` as ``Spooled`` says.

    It lies in parts of at most ``PART_ON_DISK`` bytes, so that no more than one of them holds bytes that were taken already.
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.parts: deque[Spooled] = deque()
        self.taken = 0  # of the first part

    def __bool__(self) -> bool:
        return bool(self.parts)

    def add(self, data: bytes) -> None:
        """Keep it behind the rest; Refused or OSError where there is no room, and nothing of it is kept."""
        number, size = len(self.parts), self.parts[-1].size if self.parts else 0
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._add(rest) :]
        except BaseException:
            while len(self.parts) > number:
                self.parts.pop().close()
            if self.parts:
                self.parts[-1].size = size
            raise

    def _add(self, data: memoryview) -> int:
        """Put its beginning into the last part, or a new one; how many bytes that were."""
        if not self.parts or self.parts[-1].size >= PART_ON_DISK:
            self.parts.append(Spooled(self.spool))
        last = self.parts[-1]
        beginning = data[: PART_ON_DISK - last.size]
        last.file.seek(last.size)
        last.add(beginning)
        return len(beginning)

    @property
    def is_on_disk(self) -> bool:
        return any(part.on_disk for part in self.parts)

    def first(self) -> bytes:
        """The next bytes to send; none where nothing is kept."""
        if not self.parts:
            return b""
        part = self.parts[0]
        part.file.seek(self.taken)
        return part.file.read(min(KEPT_IN_MEMORY, part.size - self.taken))

    def drop(self, count: int) -> None:
        """Forget so many of the ``first`` bytes."""
        self.taken += count
        if self.parts and self.taken >= self.parts[0].size:
            self.parts.popleft().close()
            self.taken = 0

    def close(self) -> None:
        while self.parts:
            self.parts.pop().close()
        self.taken = 0


class Paced(socket.socket):
    """A socket whose sending side waits for nobody: what the kernel does not take lies in ``unsent`` until ``pass_on``.

    ``moved_at`` is when a thread last did something of the answer, or waited for its reader; ``left`` are the seconds that the
    reader may still cost the thread where nothing more can be kept, though it asks others for room. Then it is ``given_up``.
    """

    unsent: Unsent
    ask_for_room: Callable[[], None]
    moved_at = 0.0
    left = THREAD_PATIENCE
    given_up = False

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ARG002 (the socket's)
        """As ``socket.sendall``, at once where what the reader leaves can be kept; as if it had gone where it is too slow."""
        try:
            self._send_or_keep(bytes(data))
        except OSError:
            self.given_up = True
            raise
        self.moved_at = time.monotonic()

    def _send_or_keep(self, data: bytes) -> None:
        while True:
            if not self.unsent or (self.has_way() and not self.pass_on()):
                data = data[self._sent(data) :]
            try:
                if data:
                    self.unsent.add(data)
            except (Refused, OSError):
                self._wait()
            else:
                return

    def has_way(self, seconds: float = 0.0) -> bool:
        """Whether the kernel would take more, now or within so long: at least a third of the buffer is free."""
        way = select.poll()
        way.register(self, select.POLLOUT)
        return bool(way.poll(seconds * 1000))

    def pass_on(self) -> bool:
        """Send of what is kept as much as the kernel takes, up to its buffer's size; whether any is left."""
        for _ in range(SEND_BUFFER // KEPT_IN_MEMORY):
            data = self.unsent.first()
            if not data:
                break
            count = self._sent(data)
            self.unsent.drop(count)
            if count < len(data):
                break
        return bool(self.unsent)

    def _sent(self, data: bytes) -> int:
        try:
            return self.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    def _wait(self) -> None:
        """A moment for others to make room, or for the reader to take more; BrokenPipeError once its time is used up."""
        if self.left <= 0:
            raise BrokenPipeError(errno.EPIPE, "The reader is too slow")
        self.ask_for_room()
        begun = time.monotonic()
        if self.has_way(min(self.left, MOMENT)):
            self.left = min(self.left + SEND_BUFFER / BRISK, MOST_CREDIT)
        self.moved_at = time.monotonic()
        self.left -= self.moved_at - begun


class Connection(TConn):
    """A client's connection, with the request that is arriving on it."""

    def __init__(self, worker: Worker, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(worker.cfg, Paced(fileno=sock.detach()), client, server)
        self.sock.unsent = Unsent(worker.answers)
        self.sock.ask_for_room = worker.ask_readers_for_room
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.initialized = self.data_ready = True  # the parser is made here, not in the thread
        self.arriving = Arriving(time.monotonic(), worker.spool, patience=HEAD_PATIENCE)
        self.surplus = b""  # what came behind the request in work: the start of the next one
        self.goes_on = False  # whether another request may follow the answer that is being sent
        self.gone = False  # closed: an event of the same round may still name it


class Worker(ThreadWorker):
    """gthread that collects requests in its event loop and hands them whole to its threads.

    ``waiting`` holds connections whose request is still arriving, by the instant they began to wait; ``reading`` those that have not
    taken all of an answer, with the instant by which they must take more; ``leaving`` those that have had their last answer, with
    the instant they are closed.
    Used by the event loop's thread alone, as ``arriving`` of a connection is until its request is whole, and what is unsent once
    it is answered. ``answering`` is written by the threads: whose request each is at.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[Connection, float] = {}
        self.reading: dict[Connection, float] = {}
        self.leaving: dict[Connection, float] = {}
        self.spool, self.answers = Spool(), Spool()
        self.swept_at = 0.0
        self.answering: set[Connection] = set()
        self.pulse = Pulse("web")
        self.beats = futures.ThreadPoolExecutor(1, thread_name_prefix="heartbeat")
        self.beating: futures.Future[None] = futures.Future()
        self.beating.set_result(None)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection; where all places are used the one that has waited longest makes room."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self.make_room()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return
        if self.nr_conns >= self.worker_connections - 1:
            self.make_room()
        self.nr_conns += 1
        self.wait_for(Connection(self, client, address, listener.getsockname()))

    def wait_for(self, conn: Connection, surplus: bytes = b"") -> None:
        """Watch for the connection's next request, of which ``surplus`` has come already."""
        conn.sock.setblocking(False)
        if surplus and self.take(conn, surplus):
            return
        self.waiting[conn] = time.monotonic()
        self.poller.register(conn.sock, READ, partial(self.on_bytes, conn))

    def on_bytes(self, conn: Connection, _sock: socket.socket) -> None:
        """Something has arrived: keep it, and give the request to a thread once it is whole."""
        if conn.gone:
            return
        try:
            data = conn.sock.recv(KEPT_IN_MEMORY)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.forget(conn)
            self.drop(conn)
        else:
            self.take(conn, data)

    def take(self, conn: Connection, data: bytes) -> bool:
        """Add to the request that is arriving; True once there is nothing more to wait for: it is whole, or refused."""
        try:
            surplus = conn.arriving.take(data, time.monotonic())
            if surplus is not None:
                conn.parser = conn.arriving.parser(self.cfg, conn.client)
        except Refused as why:
            self.refuse(conn, why)
            return True
        except OSError as error:
            self.log.warning("A request could not be kept: %s", error.strerror)
            self.refuse(conn, Refused(503, "Service Unavailable"))
            return True
        if surplus is None:
            if conn.arriving.asks_to_go_on:
                conn.arriving.asks_to_go_on = False
                with contextlib.suppress(OSError):
                    conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            return False
        self.forget(conn)
        conn.surplus = surplus
        self.hand_over(conn)
        return True

    def hand_over(self, conn: Connection) -> None:
        """Give the whole request to a thread; where earlier answers still fill the way back, once they have been read."""
        if conn.gone:
            return
        self.forget(conn)
        if conn.sock.has_way():
            self.enqueue_req(conn)
            return
        now = time.monotonic()
        conn.arriving.deadline = now + HEAD_PATIENCE
        self.waiting[conn] = now
        self.poller.register(conn.sock, selectors.EVENT_WRITE, lambda _sock: self.hand_over(conn))

    def handle(self, conn: Connection) -> Any:
        """Answer the request; in a thread."""
        conn.sock.moved_at, conn.sock.left = time.monotonic(), THREAD_PATIENCE
        self.answering.add(conn)
        try:
            return super().handle(conn)
        finally:
            self.answering.remove(conn)

    def finish_request(self, conn: Connection, fs: futures.Future[bool]) -> None:
        """After a thread has answered: send what the reader has not taken yet, then go on."""
        conn.arriving.close()
        if fs.cancelled() or fs.exception() is not None or conn.sock.given_up:
            self.drop(conn)
            return
        conn.goes_on = bool(fs.result())
        if conn.sock.unsent:
            conn.sock.setblocking(False)
            self.reading[conn] = time.monotonic() + READ_PATIENCE
            self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self.on_way_back, conn))
        else:
            self.go_on(conn)

    def on_way_back(self, conn: Connection, _sock: socket.socket) -> None:
        """The reader has taken something: send more."""
        if conn.gone:
            return
        try:
            left = conn.sock.pass_on()
        except OSError:
            self.forget(conn)
            self.drop(conn)
            return
        if left:
            self.reading[conn] = time.monotonic() + READ_PATIENCE
        else:
            self.forget(conn)
            self.go_on(conn)

    def ask_readers_for_room(self) -> None:
        """In a thread: let the loop close the idlest reader."""
        self.method_queue.defer(self.end_the_idlest)

    def end_the_idlest(self) -> None:
        """Close the connection that has taken nothing of what lies on disk for longest, where that is a moment."""
        known = {conn: by - READ_PATIENCE for conn, by in self.reading.items() if conn.sock.unsent.is_on_disk}
        idlest = min(known, key=lambda conn: known[conn], default=None)
        if idlest is not None and time.monotonic() - known[idlest] > IDLE:
            self.forget(idlest)
            self.drop(idlest)

    def go_on(self, conn: Connection) -> None:
        """After an answer: wait for the next request, or say goodbye without holding up the loop."""
        if conn.goes_on and self.alive:
            conn.arriving = Arriving(time.monotonic(), self.spool, patience=float(self.cfg.keepalive))
            self.wait_for(conn, conn.surplus)
        else:
            self.leave(conn)

    def refuse(self, conn: Connection, why: Refused) -> None:
        """Say why the request is not taken, and close."""
        self.forget(conn)
        with contextlib.suppress(OSError):
            conn.sock.send(
                f"HTTP/1.1 {why.status} {why.reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
            )
        self.leave(conn)

    def leave(self, conn: Connection) -> None:
        """Close our side; theirs is read to its end for a moment, or the last answer could be lost (RFC 9112, 9.6)."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, READ, partial(self.on_goodbye, conn))
        except (OSError, ValueError):
            self.drop(conn)
        else:
            self.leaving[conn] = time.monotonic() + LINGER

    def on_goodbye(self, conn: Connection, _sock: socket.socket) -> None:
        """Throw away what still comes after the last answer."""
        if conn.gone:
            return
        try:
            more = conn.sock.recv(KEPT_IN_MEMORY)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            more = b""
        if not more:
            self.forget(conn)
            self.drop(conn)

    def make_room(self) -> None:
        """Close the connection that has waited longest for its own request; without any, one that reads."""
        oldest = next((conn for some in (self.waiting, self.leaving, self.reading) for conn in some), None)
        if oldest:
            self.forget(oldest)
            self.drop(oldest)

    def murder_pending(self) -> None:
        """Shut whoever has used up its time, and beat; called by the loop after each round."""
        now = time.monotonic()
        if now - self.swept_at < SWEEP_EVERY:
            return
        self.swept_at = now
        if self.pulse.is_due() and self.beating.done() and not self.is_stuck(now):
            self.beating = self.beats.submit(self.pulse.beat)
        for conn in [conn for conn in self.waiting if self.is_late(conn, now)]:
            self.forget(conn)
            if conn.arriving.begun:
                self.refuse(conn, Refused(408, "Request Timeout"))
            else:
                self.drop(conn)
        for conn in [conn for some in (self.reading, self.leaving) for conn, until in some.items() if until <= now]:
            self.forget(conn)
            self.drop(conn)

    def is_stuck(self, now: float) -> bool:
        """Whether no thread has moved for longer than any may take: neither a request that waits nor a slow reader matters."""
        return sum(now - conn.sock.moved_at > STUCK_AFTER for conn in list(self.answering)) >= self.cfg.threads

    def is_late(self, conn: Connection, now: float) -> bool:
        """Whether its time is up; a worker that stops waits for nobody who has not begun."""
        return conn.arriving.deadline <= now or not (self.alive or conn.arriving.begun)

    def forget(self, conn: Connection) -> None:
        """Watch the connection no longer."""
        for some in (self.waiting, self.reading, self.leaving):
            if some.pop(conn, None):
                with contextlib.suppress(OSError, KeyError, ValueError):
                    self.poller.unregister(conn.sock)

    def drop(self, conn: Connection) -> None:
        """Close the connection; what is gone already stays so."""
        if conn.gone:
            return
        conn.gone = True
        self.nr_conns -= 1
        conn.arriving.close()
        conn.sock.unsent.close()
        conn.close()
