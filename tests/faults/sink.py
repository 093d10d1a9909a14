"""A mail relay that remembers every Message-ID it has accepted."""

from __future__ import annotations

import re
import socketserver
import threading
from collections import Counter
from typing import Final

MESSAGE_ID: Final = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class Sink(socketserver.ThreadingTCPServer):
    """SMTP on a free port of 127.0.0.1; ``accepted`` counts what got its 250."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.accepted: Counter[str] = Counter()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Dialogue(socketserver.StreamRequestHandler):
    """Just enough of SMTP (RFC 5321)."""

    server: Sink

    def handle(self) -> None:
        self.say("220 sink")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.say("354 go on")
                self.take()
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> None:
        text = b""
        for line in self.rfile:
            if line == b".\r\n":
                found = MESSAGE_ID.search(text)
                self.server.accepted[found[1].decode() if found else "none"] += 1
                self.say("250 accepted")
                return
            text += line

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
