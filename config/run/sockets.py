"""gunicorn's worker for ``make run``: a thread gets whole requests only, so that slow sockets hold up nobody.

The event loop collects a request's bytes; connections that send nothing, half of the headers or the body drop by drop cost no
thread and are shut. What is sent goes through the kernel's buffer, and a reader that is slower than a modem is shut too.
"""

from __future__ import annotations

import contextlib
import errno
import re
import select
import selectors
import socket
import time
from concurrent import futures
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.outbox.heartbeats import Pulse

HEAD_PATIENCE: Final = (
    10.0  # seconds from the first byte (of a new connection: from its start) to the end of the headers
)
BODY_PATIENCE: Final = 10.0  # seconds that a body may take beyond what its bytes buy at the slowest rate
MOST_CREDIT: Final = 30.0  # seconds that its bytes may have bought beforehand: who sends much at once may pause so long
SLOWEST: Final = 1_000  # bytes a second, in either direction
MOST_HEAD: Final = 64 * 1024
MOST_BODY: Final = 16 * 1024 * 1024
KEPT_IN_MEMORY: Final = 64 * 1024  # of one request; a longer one lies in a temporary file
MOST_ON_DISK: Final = 8 * MOST_BODY  # of all requests of one process; who fits into memory is taken all the same
SEND_BUFFER: Final = 256 * 1024  # holds any page, so that its thread does not wait for the reader
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
    """The bytes that requests of one process hold in temporary files."""

    def __init__(self) -> None:
        self.held = 0

    def take(self, size: int) -> None:
        """Make room for so many bytes more; Refused where there is none."""
        if self.held + size > MOST_ON_DISK:
            raise Refused(503, "Service Unavailable")
        self.held += size


class Arriving:
    """One request while its bytes arrive; what it holds on disk is counted in ``spool`` until it is closed."""

    def __init__(self, now: float, spool: Spool, *, patience: float) -> None:
        self.head = bytearray()
        self.body: SpooledTemporaryFile[bytes] | None = None
        self.spool = spool
        self.size = self.on_disk = 0
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
        self._keep(own, self.body)
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
        self.body = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115  closed with the answer
        self._keep(head, self.body)
        return rest

    def _keep(self, data: bytes, body: SpooledTemporaryFile[bytes]) -> None:
        self.size += len(data)
        if self.size > KEPT_IN_MEMORY:
            self.spool.take(self.size - self.on_disk)
            self.on_disk = self.size
        body.write(data)

    def parser(self, cfg: Any, client: Any) -> RequestParser:
        """Gunicorn's parser over the whole request: it never waits for a socket."""
        body = self.body
        assert body is not None  # noqa: S101  asked of whole requests only
        body.seek(0)
        return RequestParser(cfg, iter(partial(body.read, KEPT_IN_MEMORY), b""), client)

    def close(self) -> None:
        self.spool.held -= self.on_disk
        self.on_disk = 0
        if self.body is not None:
            with contextlib.suppress(OSError):  # what its buffer still holds may find no room; the file is closed
                self.body.close()


class Paced(socket.socket):
    """A socket whose sending side gives up on a reader slower than ``SLOWEST``; only the time spent sending counts."""

    left = HEAD_PATIENCE

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As ``socket.sendall``; once the reader has used up its time, as if it had gone."""
        begun = time.monotonic()
        self.left += len(data) / SLOWEST
        self.settimeout(max(self.left, 0.001))
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "The reader is too slow") from None
        finally:
            self.left -= time.monotonic() - begun


class Connection(TConn):
    """A client's connection, with the request that is arriving on it."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any, spool: Spool) -> None:
        super().__init__(cfg, Paced(fileno=sock.detach()), client, server)
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.initialized = self.data_ready = True  # the parser is made here, not in the thread
        self.arriving = Arriving(time.monotonic(), spool, patience=HEAD_PATIENCE)
        self.surplus = b""  # what came behind the request in work: the start of the next one
        self.gone = False  # closed: an event of the same round may still name it

    def has_way_back(self) -> bool:
        """Whether the kernel would take an answer at once: at least a third of the buffer is free."""
        way = select.poll()
        way.register(self.sock, select.POLLOUT)
        return bool(way.poll(0))


class Worker(ThreadWorker):
    """gthread that collects requests in its event loop and hands them whole to its threads.

    ``waiting`` holds connections whose request is still arriving, by the instant they began to wait; ``leaving`` those that have
    had their last answer, with the instant they are closed.
    Used by the event loop's thread alone, as ``arriving`` of a connection is until its request is whole. ``begun`` is written by
    the threads: when each took up the request it is at.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: dict[Connection, float] = {}
        self.leaving: dict[Connection, float] = {}
        self.spool = Spool()
        self.swept_at = 0.0
        self.begun: dict[Connection, float] = {}
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
        self.wait_for(Connection(self.cfg, client, address, listener.getsockname(), self.spool))

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
        if conn.has_way_back():
            self.enqueue_req(conn)
            return
        now = time.monotonic()
        conn.arriving.deadline = now + HEAD_PATIENCE
        self.waiting[conn] = now
        self.poller.register(conn.sock, selectors.EVENT_WRITE, lambda _sock: self.hand_over(conn))

    def handle(self, conn: Connection) -> Any:
        """Answer the request; in a thread."""
        self.begun[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self.begun[conn]

    def finish_request(self, conn: Connection, fs: futures.Future[bool]) -> None:
        """After a thread has answered: wait for the next request, or say goodbye without holding up the loop."""
        conn.arriving.close()
        if fs.cancelled() or fs.exception() is not None:
            self.drop(conn)
        elif fs.result() and self.alive:
            conn.arriving = Arriving(time.monotonic(), self.spool, patience=float(self.cfg.keepalive))
            conn.sock.left = HEAD_PATIENCE
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
        """Close the connection that has waited longest for its own request."""
        oldest = next(iter(self.waiting), None) or next(iter(self.leaving), None)
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
        for conn in [conn for conn, until in self.leaving.items() if until <= now]:
            self.forget(conn)
            self.drop(conn)

    def is_stuck(self, now: float) -> bool:
        """Whether every thread has been at the same request for longer than any may take; how many wait is no matter."""
        return sum(now - begun_at > STUCK_AFTER for begun_at in list(self.begun.values())) >= self.cfg.threads

    def is_late(self, conn: Connection, now: float) -> bool:
        """Whether its time is up; a worker that stops waits for nobody who has not begun."""
        return conn.arriving.deadline <= now or not (self.alive or conn.arriving.begun)

    def forget(self, conn: Connection) -> None:
        """Watch the connection no longer."""
        if self.waiting.pop(conn, None) or self.leaving.pop(conn, None):
            with contextlib.suppress(OSError, KeyError, ValueError):
                self.poller.unregister(conn.sock)

    def drop(self, conn: Connection) -> None:
        """Close the connection; what is gone already stays so."""
        if conn.gone:
            return
        conn.gone = True
        self.nr_conns -= 1
        conn.arriving.close()
        conn.close()
