"""Who holds a LOCAL_DIR and who uses it, by locks that the system drops when a process ends, however it ends."""

from __future__ import annotations

import fcntl
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from pathlib import Path

WAKING = 1.0  # seconds within which a keeper sees that nobody uses its servers any more


class AlreadyRunning(Trouble):
    """Somebody else serves this LOCAL_DIR."""


def hold(local: Path) -> IO[str]:
    """The one lock of who runs servers on ``local``, until closed; AlreadyRunning when another process has it."""
    lock = _opened(local, "lock")
    if not _locked(lock, fcntl.LOCK_EX):
        lock.close()
        message = f"Already running on {local}: end that one first, or set LOCAL_DIR to another folder."
        raise AlreadyRunning(message)
    (local / "running.json").unlink(missing_ok=True)
    return lock


def share(local: Path) -> IO[str]:
    """A place among the users of ``local``, until closed; waits while a keeper ends the servers."""
    users = _opened(local, "users")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def leave(users: IO[str]) -> None:
    """Give the place up; the last one out waits until the keeper has ended the servers."""
    if _locked(users, fcntl.LOCK_EX) or not _locked(users, fcntl.LOCK_SH):
        fcntl.flock(users, fcntl.LOCK_UN)
        deadline = time.monotonic() + WAKING
        while _locked(users, fcntl.LOCK_SH) and time.monotonic() < deadline:
            fcntl.flock(users, fcntl.LOCK_UN)
            time.sleep(0.01)
        fcntl.flock(users, fcntl.LOCK_SH)
    users.close()


def wait_until_nobody_uses(local: Path) -> IO[str]:
    """Until the last place is given up; from then on, until closed, newcomers wait."""
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
    """Take the lock, in place of one of another kind, if that is possible at once."""
    with suppress(BlockingIOError):
        fcntl.flock(file, kind | fcntl.LOCK_NB)
        return True
    return False
