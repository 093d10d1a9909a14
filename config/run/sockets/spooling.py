"""Bytes of requests and answers, in memory or counted in temporary files."""

from __future__ import annotations

import contextlib
import json
import threading
from tempfile import SpooledTemporaryFile
from typing import Final

from config.errors import told_programs

MOST_BODY: Final = 16 * 1024 * 1024
KEPT_IN_MEMORY: Final = 64 * 1024  # of one request; a longer one lies in a temporary file
# Of all requests of one process, and as much of its answers; who fits into memory is taken all the same.
MOST_ON_DISK: Final = 8 * MOST_BODY


class Refused(Exception):  # noqa: N818  an answer to the other side
    """A refused request, with the status and its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason

    def answer(self, path: str) -> bytes:
        """The bytes of the answer: what programs at ``path`` read, else nothing but the status."""
        head = f"HTTP/1.1 {self.status} {self.reason}\r\nConnection: close\r\n"
        told = told_programs(path, self.status, self.reason, f"{self.reason}.")
        if told is None:
            return f"{head}Content-Length: 0\r\n\r\n".encode()
        body, kind = json.dumps(told[0]), told[1]
        return f"{head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class Spool:
    """The count of bytes in temporary files of one process's requests, or of its answers."""

    def __init__(self) -> None:
        self.held = 0
        self.turn = threading.Lock()

    def take(self, size: int) -> None:
        """Count ``size`` more bytes; raises Refused where there is no room."""
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
