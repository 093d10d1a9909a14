"""Servers for a command: those of the environment, of a running ``make run`` or command, or newly started ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from config.embedded import children, holding
from config.embedded.servers import PROJECT, local_folder
from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STARTING_PATIENCE = 30  # seconds


@contextmanager
def environment(local: Path | None = None) -> Iterator[dict[str, str]]:
    """``DATABASE_URL`` and ``REDIS_URL`` for a block: the caller's, those of a running instance, or of a keeper."""
    preset = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    wanted = {"DATABASE_URL", "REDIS_URL"} - set(preset)
    if not wanted:
        yield preset
        return
    local = local or local_folder()
    users = holding.share(local)
    try:
        try:
            lock = holding.hold(local)
        except holding.AlreadyRunning:
            started = running(local)
        else:
            started = _kept(local, lock, wanted)
        if missing := wanted - set(started):
            message = f"What runs on {local} has no server for {', '.join(sorted(missing))}: end it first, or set that."
            raise Trouble(message)
        yield started | preset
    finally:
        holding.leave(users)


def running(local: Path) -> dict[str, str]:
    """Addresses of the servers that another process runs on ``local``."""
    addresses = local / "running.json"
    deadline = time.monotonic() + STARTING_PATIENCE
    while not addresses.exists():
        if time.monotonic() > deadline:
            message = f"The servers on {local} are starting or ending: try again in a moment."
            raise Trouble(message)
        time.sleep(0.1)
    urls: dict[str, str] = json.loads(addresses.read_text())
    return urls


def _kept(local: Path, lock: IO[str], wanted: set[str]) -> dict[str, str]:
    """Have a keeper start the servers and take the lock. Raises Trouble with its message where it cannot."""
    place = os.fspath(local.absolute())
    command = [sys.executable, "-m", "config.embedded.keeper", place, str(lock.fileno()), *sorted(wanted)]
    with lock:
        child = children.spawn(command, output=subprocess.PIPE, orphaned=None, cwd=PROJECT, keep_open=[lock.fileno()])
    output = child.stdout.read().decode(errors="replace").strip() if child.stdout else ""
    if not (local / "running.json").exists():
        message = (
            output.splitlines()[-1] if output else f"The servers on {local} did not start: exit code {child.wait()}."
        )
        raise Trouble(message)
    return running(local)
