"""``pg_dump`` and ``pg_restore``, those of the wheel or of the machine: never older than the server, nor newer than need be."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.embedded import Trouble, children
from config.embedded.binaries import postgres_program

VERSION: Final = re.compile(r"\) (\d+)")
# Where Debian and Red Hat keep several majors side by side.
INSTALLED: Final = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
PATIENCE: Final = 10  # seconds: a program that is asked to end rolls back what it has begun
JOBS_AT_MOST: Final = 4
DUMPING: Final = 2  # connections: the session whose snapshot it is, and pg_dump


def jobs() -> int:
    """How many connections restore a backup side by side; the one that prepares them is closed before."""
    return min(os.cpu_count() or 1, JOBS_AT_MOST)


def connections() -> int:
    """The most database connections that a backup and its trial hold at once."""
    return max(DUMPING, jobs())


def program(name: str, at_least: int) -> Path:
    """The program ``name`` of PostgreSQL ``at_least`` (its major version); raises Trouble where there is none.

    Of several the oldest: a newer one sets what an older server does not know.
    """
    fitting = [(version, found) for found in _found(name) if (version := major(found)) >= at_least]
    if fitting:
        return min(fitting)[1]
    message = f"No {name} of PostgreSQL {at_least} or newer found: install its client programs on this machine."
    raise Trouble(message)


def _found(name: str) -> Iterator[Path]:
    shipped = postgres_program(name)
    if shipped is not None:
        yield shipped
    for folder in INSTALLED:
        yield from (found for found in Path("/").glob(f"{folder}/{name}") if os.access(found, os.X_OK))
    in_path = shutil.which(name)
    if in_path:
        yield Path(in_path)


def major(found: Path) -> int:
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = VERSION.search(said)
    return int(version[1]) if version else 0


def run(command: Sequence[str | Path], environment: Mapping[str, str], failed: str, cwd: Path | None = None) -> None:
    """Run a program to its end; raises Trouble with ``failed`` and the program's last lines."""
    with running(command, environment, failed, cwd):
        pass


@contextmanager
def running(
    command: Sequence[str | Path], environment: Mapping[str, str], failed: str, cwd: Path | None = None
) -> Iterator[None]:
    """Run a program beside the block, to its end, or until the block fails; raises Trouble as ``run`` does."""
    with tempfile.TemporaryFile() as output:
        child = children.spawn(command, output=output, env=environment, cwd=cwd)
        try:
            yield
            child.wait()
        finally:
            children.end(child, signal.SIGTERM, patience=PATIENCE)
        if child.returncode:
            output.seek(0)
            said = " ".join(output.read().decode(errors="replace").strip().splitlines()[-3:])
            message = f"{failed}: {said or f'exit code {child.returncode}'}"
            raise Trouble(message)
