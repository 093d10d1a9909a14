"""An answer while its reader takes it."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from config.run.sockets.arriving import MOST_CREDIT
from config.run.sockets.spooling import KEPT_IN_MEMORY, Refused, Spool, Spooled

PART_ON_DISK: Final = 4 * 1024 * 1024  # of an answer: its room is free again once the reader has taken it
SEND_BUFFER: Final = 256 * 1024  # holds any page
THREAD_PATIENCE: Final = 2.0  # seconds that a thread waits for room, or for its reader
MOMENT: Final = 0.05  # seconds between two tries
BRISK: Final = 1_000_000  # bytes that buy the reader another second


class Unsent:
    """The bytes of an answer that its reader has not taken yet, in order; counted in ``spool`` as by ``Spooled``.

    They are in parts of at most ``PART_ON_DISK`` bytes, so that at most one part contains bytes already taken.
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.parts: deque[Spooled] = deque()
        self.taken = 0  # of the first part

    def __bool__(self) -> bool:
        return bool(self.parts)

    def add(self, data: bytes) -> None:
        """Append ``data``; raises Refused or OSError where there is no room, and then appends nothing."""
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
        """Append its beginning to the last part, or a new one; returns how many bytes."""
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
        """Drop ``count`` of the ``first`` bytes."""
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
