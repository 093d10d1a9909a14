"""Both servers of one LOCAL_DIR, each started where the environment names none."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.embedded import holding
from config.embedded.binaries import postgres_binaries, redis_binary
from config.embedded.owner import Owner, owner_for
from config.embedded.postgres import Postgres
from config.embedded.redis import Redis
from config.embedded.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[2]
SYSTEM_HOME = Path("/var/lib")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between two starts of a server that keeps ending
LIVED_LONG = 30.0  # seconds


def local_folder() -> Path:
    """The folder of all generated files: LOCAL_DIR (a relative one is below the project), else ``.local``."""
    return PROJECT / Path(os.environ.get("LOCAL_DIR") or ".local").expanduser()


@dataclass
class Again:
    """The restart times of a server that has ended: at once, then after doubling pauses while it keeps ending soon."""

    started_at: float = float("-inf")
    pause: float = 0.0

    def is_due(self, now: float) -> bool:
        """Whether to start it now; if so, records the start."""
        if now - self.started_at > LIVED_LONG + self.pause:
            self.pause = 0.0
        if now - self.started_at < self.pause:
            return False
        self.started_at = now
        self.pause = min(2 * self.pause or FIRST_PAUSE, LONGEST_PAUSE)
        return True


class Servers:
    """PostgreSQL and Redis on ``local``; either can be switched off.

    One process at a time holds a folder: a lock on ``local/lock`` that the system drops when the holder ends.
    """

    def __init__(self, local: Path, *, durable: bool = True, postgres: bool = True, redis: bool = True) -> None:
        self.local = local
        self.durable = durable
        self.wanted = {"postgres": postgres, "redis": redis}
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.again: dict[str, Again] = defaultdict(Again)
        self._held: list[IO[str]] = []

    def start(self, lock: IO[str] | None = None) -> dict[str, str]:
        """Start the wanted servers; returns their environment (``DATABASE_URL``, ``REDIS_URL``).

        A caller that passes the folder's ``lock`` does not count as a user of the servers.
        """
        if lock:
            self._held = [lock]
        else:
            self.seize()
        try:
            return self._bring_up()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop Redis first, then PostgreSQL; safe to call twice."""
        for server in (self.redis, self.postgres):
            if server:
                server.stop()
        if self._held:
            (self.local / "running.json").unlink(missing_ok=True)
        for file in self._held:
            file.close()
        self._held = []

    def discard(self) -> None:
        """Stop and delete the folder with all data: for temporary servers."""
        self.stop()
        home = self.local / "servers"
        if home.is_symlink():
            shutil.rmtree(home.resolve(), ignore_errors=True)
        shutil.rmtree(self.local, ignore_errors=True)

    def revive(self) -> list[str]:
        """Restart servers that have ended by themselves, at their old addresses; returns the names of those restarted.

        It never gives up; pauses grow to ``LONGEST_PAUSE`` while a server ends soon after its start (a full disk, say).
        It does not wait for a server that recovers.
        """
        return [server.name for server in (self.postgres, self.redis) if server and self._revived(server)]

    def _revived(self, server: Postgres | Redis) -> bool:
        again = self.again[server.name]
        if not server.ended() or not again.is_due(time.monotonic()):
            return False
        try:
            server.launch(server.log)
        except (OSError, Trouble):
            return False
        return True

    def seize(self) -> None:
        """Hold and use the folder until ``stop``; AlreadyRunning when another process holds it."""
        users = holding.share(self.local)
        try:
            self._held = [holding.hold(self.local), users]
        except Trouble:
            users.close()
            raise

    def _bring_up(self) -> dict[str, str]:
        owner = owner_for(self.local / "servers")
        home = _home(self.local, owner)
        urls: dict[str, str] = {}
        if self.wanted["postgres"]:
            password = secret(self.local, "postgres")
            self.postgres = Postgres(home, owner, postgres_binaries(owner, home), password, durable=self.durable)
            self.postgres.start(self.local / "postgres.log")
            urls["DATABASE_URL"] = self.postgres.url()
        if self.wanted["redis"]:
            password = secret(self.local, "redis")
            self.redis = Redis(home, owner, redis_binary(owner, home), password, durable=self.durable)
            self.redis.start(self.local / "redis.log")
            urls["REDIS_URL"] = self.redis.url()
        write_private(self.local / "running.json", json.dumps(urls))
        return urls


def secret(local: Path, name: str) -> str:
    """A random word kept in ``local/secrets/<name>``, made on first use, readable by its owner only."""
    place = local / "secrets" / name
    place.parent.mkdir(mode=0o700, exist_ok=True)
    if not place.exists():
        write_private(place, secrets.token_urlsafe(32))
    return place.read_text().strip()


def write_private(place: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")  # mkstemp creates it 0600
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(name).replace(place)


def _home(local: Path, owner: Owner) -> Path:
    """The folder of the servers' data: ``local/servers``, which is a link where ``owner`` may not enter the project.

    A project under a private folder (root's home is 0700) stays private: the data go to a fresh folder below
    ``/var/lib`` that only ``owner`` can enter, and the link points to it.
    """
    place = local / "servers"
    if place.is_symlink() and not place.exists():
        place.unlink()
    if not place.exists():
        _make_for(owner, place)
        if not owner.reaches(place):
            place.rmdir()
            elsewhere = Path(tempfile.mkdtemp(prefix="tsunagu-", dir=SYSTEM_HOME))
            os.chown(elsewhere, owner.uid, owner.gid)
            place.symlink_to(elsewhere)
    home = place.resolve()
    if not owner.reaches(home):
        message = f"{owner.name} cannot write to {home}: give the folder to {owner.name} or set LOCAL_DIR to another."
        raise Trouble(message)
    return home


def _make_for(owner: Owner, place: Path) -> None:
    place.mkdir(mode=0o700)
    os.chown(place, owner.uid, owner.gid)
