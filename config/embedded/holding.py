"""Locks for running and for using the servers of a LOCAL_DIR; the system releases them however a process ends."""

from __future__ import annotations

import fcntl
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from pathlib import Path

WAKING = 1.0  # seconds within which a keeper notices that nobody uses its servers any more


class AlreadyRunning(Trouble):
    """Another process runs the servers of this LOCAL_DIR."""


def hold(local: Path) -> IO[str]:
    """The exclusive lock for running servers on ``local``, until closed; AlreadyRunning when another process has it."""
    lock = _opened(local, "lock")
    if not _locked(lock, fcntl.LOCK_EX):
        lock.close()
        message = f"Already running on {local}: end that one first, or set LOCAL_DIR to another folder."
        raise AlreadyRunning(message)
    (local / "running.json").unlink(missing_ok=True)
    return lock


def share(local: Path) -> IO[str]:
    """A shared lock for using the servers of ``local``, until closed; waits while a keeper stops them."""
    users = _opened(local, "users")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def leave(users: IO[str]) -> None:
    """Release the shared lock; the last user waits until the keeper has stopped the servers."""
    if _locked(users, fcntl.LOCK_EX) or not _locked(users, fcntl.LOCK_SH):
        fcntl.flock(users, fcntl.LOCK_UN)
        deadline = time.monotonic() + WAKING
        while _locked(users, fcntl.LOCK_SH) and time.monotonic() < deadline:
            fcntl.flock(users, fcntl.LOCK_UN)
            time.sleep(0.01)
        fcntl.flock(users, fcntl.LOCK_SH)
    users.close()


def wait_until_nobody_uses(local: Path) -> IO[str]:
    """Wait until the last user is gone; returns a lock that makes new users wait until it is closed."""
    users = _opened(local, "users")
    fcntl.flock(users, fcntl.LOCK_EX)
    return users


def _opened(local: Path, name: str) -> IO[str]:
    try:
        local.mkdir(parents=True, exist_ok=True)
        return (local / name).open("a+")
    except OSError as error:
        message = f"{local} cannot be written ({error.strerror}): run as its owner or set LOCAL_DIR to another."
        raise Trouble(message) from None


def _locked(file: IO[str], kind: int) -> bool:
    """Take the lock, replacing one of another kind, if possible without waiting."""
    with suppress(BlockingIOError):
        fcntl.flock(file, kind | fcntl.LOCK_NB)
        return True
    return False
