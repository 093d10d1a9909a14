"""Progress of long work: one line per part, and a sign of life where a part takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

SILENT: Final = 4.0  # seconds


class Telling:
    """Writes lines with the seconds since the start. Inside the block, after the first line, it writes ``sign()``
    whenever ``silent`` seconds have passed without a line.
    """

    def __init__(
        self, write: Callable[[str], object], silent: float = SILENT, sign: Callable[[], str] = lambda: "…"
    ) -> None:
        self.write, self.silent, self.sign = write, silent, sign
        self.began = self.told = time.monotonic()
        self.begun = False
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __call__(self, line: str) -> None:
        with self.lock:
            self.told, self.begun = time.monotonic(), True
            self.write(f"{self.told - self.began:5.0f} s  {line}")

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.over.wait(max(self.silent / 100, self.told + self.silent - time.monotonic())):
            if self.begun and time.monotonic() >= self.told + self.silent:
                self(self.sign())
