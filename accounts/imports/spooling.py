"""Notes on rows, kept on disk and read back in the order of their lines."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Self


class Spool:
    """Notes of lines that come in several passes over a file, each in its order; memory stays flat however many there are."""

    def __init__(self) -> None:
        self._kept = NamedTemporaryFile("wb")  # noqa: SIM115  closed by __exit__
        self._begins = [0]
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._kept.close()

    def add(self, line: int, *note: Any) -> None:
        """Keep a note, of what JSON can say."""
        if line < self._last:
            self._begins.append(self._kept.tell())
        self._last = line
        self._kept.write(json.dumps([line, *note]).encode() + b"\n")

    def __iter__(self) -> Iterator[list[Any]]:
        """[line, its note …] of each, those of one line in the order in which they came."""
        self._kept.flush()
        ends = [*self._begins, self._kept.tell()]
        yield from heapq.merge(*(self._pass(begin, end) for begin, end in pairwise(ends)), key=lambda note: note[0])

    def _pass(self, begin: int, end: int) -> Iterator[list[Any]]:
        with Path(self._kept.name).open("rb") as stream:
            stream.seek(begin)
            while stream.tell() < end:
                yield json.loads(stream.readline())
