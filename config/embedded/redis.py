"""One Redis on loopback: it carries ids between processes and stores nothing that must last."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from redis import ConnectionError as Unreachable
from redis import Redis as Client
from redis import ResponseError

from config.embedded import children
from config.embedded.postgres import free_port
from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from config.embedded.owner import Owner

START_PATIENCE = 30  # seconds
STOP_PATIENCE = 10


class Redis:
    """A server on ``home/redis`` that listens on 127.0.0.1 at a free port and asks for ``password``."""

    name = "Redis"

    def __init__(self, home: Path, owner: Owner, binary: Path, password: str, *, durable: bool = True) -> None:
        self.data = home / "redis"
        self.owner = owner
        self.binary = binary
        self.password = password
        self.durable = durable
        self.port = 0
        self.log = home.parent / "redis.log"
        self.child: subprocess.Popen[bytes] | None = None

    def url(self, number: int = 0) -> str:
        """``redis://`` address of one of the numbered databases."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{number}"

    def start(self, log: Path) -> None:
        """Bring the server up; raises Trouble when it does not answer.

        Deletes its stored data where it cannot read them (another server or version wrote them): nothing is lost.
        """
        self.launch(log)
        try:
            self._wait_until_ready(log)
        except Trouble:
            if not self._forget():
                raise
            self.launch(log)
            self._wait_until_ready(log)

    def launch(self, log: Path) -> None:
        """Start the server's process, at its old address if it had one."""
        self.log = log
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            os.chown(self.data, self.owner.uid, self.owner.gid)
        children.left_behind(self.data, signal.SIGTERM)
        self.port = self.port or free_port()
        with children.private_log(log, "wb") as output:
            command = [self.binary, self._configuration()]
            self.child = children.spawn(command, output=output, owner=self.owner, cwd="/")

    def _forget(self) -> bool:
        """Delete the server's stored data; returns whether there were any."""
        places = [place for place in self.data.iterdir() if place.name != "redis.conf"]
        for place in places:
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        return bool(places)

    def ended(self) -> bool:
        """Whether the server was started and is no longer running."""
        return self.child is not None and self.child.poll() is not None

    def stop(self) -> None:
        """Ordinary shutdown, with the append-only file on disk."""
        if self.child:
            children.end(self.child, signal.SIGTERM, patience=STOP_PATIENCE)

    def _configuration(self) -> Path:
        """A file rather than arguments: arguments are readable by every user of the machine."""
        place = self.data / "redis.conf"
        lines = [f"{name} {value}" for name, value in self._settings().items()]
        place.unlink(missing_ok=True)
        place.touch(mode=0o600)
        place.write_text("\n".join(lines) + "\n")
        os.chown(place, self.owner.uid, self.owner.gid)
        return place

    def _settings(self) -> dict[str, str]:
        folder = os.fspath(self.data).replace("\\", "\\\\").replace('"', '\\"')
        return {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "protected-mode": "yes",
            "requirepass": self.password,
            "daemonize": "no",
            "dir": f'"{folder}"',
            "databases": "64",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not self._answers():
            ended = self.child is None or self.child.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                message = f"Redis on {self.data} did not start; the log is {log}."
                raise Trouble(message)
            time.sleep(0.02)

    def _answers(self) -> bool:
        client = Client(port=self.port, password=self.password, socket_timeout=1, socket_connect_timeout=1)
        try:
            return bool(client.ping())
        except (Unreachable, ResponseError, TimeoutError):
            return False
        finally:
            client.close()
