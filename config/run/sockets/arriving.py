"""A request while its bytes arrive."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

from gunicorn.http.parser import RequestParser

from config.errors import API, EVENTS
from config.run.sockets.spooling import KEPT_IN_MEMORY, MOST_BODY, Refused, Spool, Spooled

HEAD_PATIENCE: Final = (
    10.0  # seconds from the first byte (of a new connection: from its start) to the end of the headers
)
BODY_PATIENCE: Final = 10.0  # seconds that a body may take beyond what its bytes buy at the slowest rate
MOST_CREDIT: Final = 30.0  # seconds that its bytes may have bought beforehand: who sends much at once may pause so long
SLOWEST: Final = 1_000  # bytes a second
MOST_HEAD: Final = 64 * 1024
MOST_LINE: Final = 4094  # of the first line, as of gunicorn's, whose refusal is HTML
MOST_METHOD: Final = 16
HEAD_END: Final = b"\r\n\r\n"
LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
EXPECTS: Final = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class Arriving:
    """One request while its bytes arrive; its bytes on disk count in ``spool`` until it is closed."""

    def __init__(self, now: float, spool: Spool, *, patience: float) -> None:
        self.head = bytearray()
        self.body: Spooled | None = None
        self.spool = spool
        self.missing = 0
        self.asks_to_go_on = False
        self.path = ""  # of programs, up to the part that says so
        self.deadline = now + patience

    @property
    def begun(self) -> bool:
        return bool(self.head) or self.body is not None

    def take(self, data: bytes, now: float) -> bytes | None:
        """Add ``data``; returns the bytes after the request's end once it is complete, None before. Raises Refused."""
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
        if not self.path:
            self.path = next((path for path in (API, EVENTS) if f" {path}".encode() in self.head[:MOST_METHOD]), "")
        end = self.head.find(HEAD_END, searched)
        if end < 0:
            if len(self.head) > MOST_HEAD:
                raise Refused(431, "Request Header Fields Too Large")
            return b""
        if self.head.find(b"\r\n") > MOST_LINE:
            raise Refused(414, "URI Too Long")
        end += len(HEAD_END)
        head, rest = bytes(self.head[:end]), bytes(self.head[end:])
        del self.head[1:]
        if CHUNKED.search(head):
            # Django reads no body without a length: accepting the request would lose it.
            raise Refused(411, "Length Required")
        lengths = LENGTH.findall(head)
        # Gunicorn refuses two lengths, or one that is no number.
        self.missing = int(lengths[0]) if len(lengths) == 1 else 0
        if self.missing > MOST_BODY:
            raise Refused(413, "Content Too Large")
        self.asks_to_go_on = bool(EXPECTS.search(head)) and len(rest) < self.missing
        self.deadline = now + BODY_PATIENCE
        self.body = Spooled(self.spool)
        self.body.add(head)
        return rest

    def parser(self, cfg: Any, client: Any) -> RequestParser:
        """Gunicorn's parser over the complete request: it never waits for a socket."""
        assert self.body is not None  # noqa: S101  asked of whole requests only
        file = self.body.file
        file.seek(0)
        return RequestParser(cfg, iter(partial(file.read, KEPT_IN_MEMORY), b""), client)

    def close(self) -> None:
        if self.body is not None:
            self.body.close()
