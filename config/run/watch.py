"""Detecting hung members: the supervisor's reading of heartbeats."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Final, TypeAlias

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

READ_EVERY: Final = 5.0  # seconds
HUNG_AFTER: Final = 60.0  # seconds without a new heartbeat
FIRST_BEAT_WITHIN: Final = 120.0  # seconds from a member's start
GAP: Final = (
    20.0  # seconds between two readings after which nothing is known: the machine slept, or the database was away
)
PATIENCE: Final = 5  # seconds

WORDS: Final = 4  # host, number, start, member

Beaten: TypeAlias = tuple[str, int]  # the name of a member's start and the number of a process

# Written like those of the members: where this fails theirs fail too, and no member is judged.
OWN: Final = """
INSERT INTO outbox_heartbeat (process, member, beat_at, redis_version) VALUES (%s, 'group', statement_timestamp(), '')
ON CONFLICT (process) DO UPDATE SET beat_at = excluded.beat_at
"""
BEATS: Final = (
    "SELECT process, extract(epoch FROM beat_at)::float8 FROM outbox_heartbeat WHERE starts_with(process, %s)"
)


class Watch:
    """The latest heartbeats of this machine's processes, and since when, by our own clock, each has not changed.

    Only readings without a gap count: after the database was away, or the machine asleep, each process has its whole
    time again.
    """

    def __init__(self) -> None:
        self.host = f"{socket.gethostname()[:80]}/"
        self.changed: dict[Beaten, tuple[float, float]] = {}
        self.mute: dict[int, float] = {}
        self.since = self.read_at = float("-inf")

    def note(self, beats: Mapping[Beaten, float], now: float) -> None:
        """Record a reading at ``now``: the heartbeat of each process by its member's start and its process id."""
        if now - self.read_at > GAP:
            self.since, self.changed, self.mute = now, {}, {}
        self.read_at = now
        previous = self.changed
        self.changed = {
            beaten: previous[beaten] if beaten in previous and previous[beaten][0] == beat_at else (beat_at, now)
            for beaten, beat_at in beats.items()
        }

    def hung(self, start: str, family: Sequence[int], started_at: float, now: float) -> list[int]:
        """The hung processes of a member; the first of ``family`` (the member itself) where none has written for long.

        ``start`` is the name of the member's present start, which tells its heartbeats from older ones with reused
        process ids.
        """
        if now - self.read_at > GAP or not family:
            return []
        known = {pid: self.changed[start, pid] for pid in family if (start, pid) in self.changed}
        if not known:
            mute_since = max(started_at, self.since, self.mute.setdefault(family[0], now))
            return [family[0]] if now - mute_since > FIRST_BEAT_WITHIN else []
        self.mute.pop(family[0], None)
        return [pid for pid, (_beat, changed_at) in known.items() if now - changed_at > HUNG_AFTER]


class Reader:
    """Reads heartbeats in a thread of its own, so that an unresponsive database does not block the supervisor.

    Each reading first writes a heartbeat: a read-only database would make healthy members look silent.
    """

    def __init__(self, url: str, watch: Watch) -> None:
        self.url = url
        self.watch = watch
        self.turn = threading.Lock()
        self.thread = threading.Thread(target=self._go_on, name="heartbeats", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def hung(self, start: str, family: Sequence[int], started_at: float) -> list[int]:
        """As ``Watch.hung``, thread-safe and at the present time."""
        with self.turn:
            return self.watch.hung(start, family, started_at, time.monotonic())

    def _go_on(self) -> None:
        while True:
            try:
                beats = self.read()
            except (psycopg.Error, OSError):
                pass
            else:
                with self.turn:
                    self.watch.note(beats, time.monotonic())
            time.sleep(READ_EVERY)

    def read(self) -> dict[Beaten, float]:
        options = f"-c statement_timeout={PATIENCE}s -c application_name=tsunagu-run"
        with psycopg.connect(self.url, connect_timeout=PATIENCE, options=options) as connection:
            connection.execute(OWN, [f"{self.watch.host}{os.getpid()}//group"])
            rows = connection.execute(BEATS, [self.watch.host]).fetchall()
        return heard(rows)


def heard(rows: Iterable[tuple[str, float]]) -> dict[Beaten, float]:
    """The heartbeats of members of groups from rows of ``process`` and seconds; skips other processes."""
    named = ((process.split("/"), beat_at) for process, beat_at in rows)
    return {(words[2], int(words[1])): beat_at for words, beat_at in named if len(words) == WORDS and words[2]}
