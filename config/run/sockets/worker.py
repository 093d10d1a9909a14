"""The event loop: it collects requests, hands complete ones to threads and sends the rest of answers."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import time
from concurrent import futures
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

from config.outbox.heartbeats import Pulse
from config.run.sockets import leaving
from config.run.sockets.arriving import HEAD_PATIENCE, Arriving
from config.run.sockets.leaving import SEND_BUFFER, Paced, Unsent
from config.run.sockets.spooling import KEPT_IN_MEMORY, Refused, Spool

# Seconds in which a reader must take something of what is kept for it. Kernels let it through in leaps of up to 400 kB, so that
# a steady reader of 7 kB a second stays, and nobody is seen more exactly.
READ_PATIENCE: Final = 60.0
IDLE: Final = 1.0  # seconds without taking anything after which a reader makes room for another answer
LINGER: Final = 2.0  # seconds in which the other side may take the last answer before the socket is closed
SWEEP_EVERY: Final = 0.25
STUCK_AFTER: Final = 45.0  # three times what a statement may take
READ: Final = selectors.EVENT_READ


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
        conn.sock.moved_at, conn.sock.left = time.monotonic(), leaving.THREAD_PATIENCE
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
        """After an answer: wait for the next request, or close without blocking the loop."""
        if conn.goes_on and self.alive:
            conn.arriving = Arriving(time.monotonic(), self.spool, patience=float(self.cfg.keepalive))
            self.wait_for(conn, conn.surplus)
        else:
            self.leave(conn)

    def refuse(self, conn: Connection, why: Refused) -> None:
        """Answer with the reason of the refusal, and close."""
        self.forget(conn)
        with contextlib.suppress(OSError):
            conn.sock.send(why.answer(conn.arriving.path))
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
        """Discard bytes that arrive after the last answer."""
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
        """Close connections whose time is up, and write a heartbeat; called by the loop after each round."""
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
        """Stop watching the connection."""
        for some in (self.waiting, self.reading, self.leaving):
            if some.pop(conn, None):
                with contextlib.suppress(OSError, KeyError, ValueError):
                    self.poller.unregister(conn.sock)

    def drop(self, conn: Connection) -> None:
        """Close the connection, unless it is closed already."""
        if conn.gone:
            return
        conn.gone = True
        self.nr_conns -= 1
        conn.arriving.close()
        conn.sock.unsent.close()
        conn.close()
