"""Child processes that end with their parent, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import IO, TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from config.embedded.owner import Owner

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str | Path],
    *,
    output: int | IO[bytes],
    errors: int = subprocess.STDOUT,
    owner: Owner | None = None,
    orphaned: signal.Signals | None = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    keep_open: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own: Ctrl-C reaches only the caller, which ends its children in order.

    When the caller is killed (``SIGKILL``), Linux sends the child ``orphaned``, if given. The child inherits the open
    files ``keep_open``. Call from a thread that lives as long as the child: the kernel watches the thread, not the
    process.
    """
    return subprocess.Popen(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        env=env,
        cwd=cwd,
        pass_fds=keep_open,
        preexec_fn=partial(_prepare, orphaned, os.getpid()),  # noqa: PLW1509 -- no other way to set the death signal
        **(owner.launch() if owner else {}),
    )


def private_log(place: Path, mode: str) -> IO[bytes]:
    """The log file of a server, readable by its owner only, even if an earlier version left it open to all."""
    place.touch(mode=0o600)
    place.chmod(0o600)
    return place.open(mode)


def _prepare(orphaned: signal.Signals | None, parent: int) -> None:
    """Runs in the child after the change of user (which would clear the death signal) and before the program."""
    # A backgrounded make passes on SIGINT as ignored, but PostgreSQL is stopped by it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    if LIBC is not None and orphaned is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(orphaned), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def end(child: subprocess.Popen[bytes], polite: signal.Signals, *, patience: float) -> None:
    """Send ``polite`` to ``child`` and wait ``patience`` seconds; then kill it and all its descendants."""
    if child.poll() is not None:
        return
    child.send_signal(polite)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        kill_tree(child.pid)
        child.wait()


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants; does nothing when it is gone."""
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue


def left_behind(folder: Path, polite: signal.Signals, *, patience: float = 30) -> None:
    """End servers of an earlier run whose working directory is still ``folder``."""
    deadline = time.monotonic() + patience
    signalled: set[int] = set()
    while processes := _working_in(folder):
        late = time.monotonic() > deadline
        for process in processes:
            if late or process.pid not in signalled:
                signalled.add(process.pid)
                _signal(process, signal.SIGKILL if late else polite)
        time.sleep(0.05)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _working_in(folder: Path) -> list[psutil.Process]:
    """Server processes whose working directory is ``folder``; parents come before their children."""
    place = os.fspath(folder.resolve())
    return [process for process in psutil.process_iter() if _serves(process, place)]


def _serves(process: psutil.Process, place: str) -> bool:
    try:
        named = process.name() in {"postgres", "redis-server", "valkey-server"}
        return named and process.status() != psutil.STATUS_ZOMBIE and process.cwd() == place
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
