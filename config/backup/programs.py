"""``pg_dump`` and ``pg_restore`` of the wheel or of the machine: the oldest version not older than the server."""

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
PATIENCE: Final = 10  # seconds in which a terminated program may roll back
JOBS_AT_MOST: Final = 4
DUMPING: Final = 2  # connections: the session that exports the snapshot, and pg_dump


def jobs() -> int:
    """How many connections restore a backup in parallel; the one that prepares the restore is closed before."""
    return min(os.cpu_count() or 1, JOBS_AT_MOST)


def connections() -> int:
    """The maximum number of database connections of a backup and its trial at once."""
    return max(DUMPING, jobs())


def program(name: str, at_least: int) -> Path:
    """The program ``name`` of PostgreSQL ``at_least`` (a major version) or newer; raises Trouble where there is none.

    Of several it is the oldest: a newer one uses settings that an older server does not know.
    """
    fitting = [(version, path) for path in _found(name) if (version := major(path)) >= at_least]
    if fitting:
        return min(fitting)[1]
    message = f"No {name} of PostgreSQL {at_least} or newer found: install its client programs on this machine."
    raise Trouble(message)


def _found(name: str) -> Iterator[Path]:
    shipped = postgres_program(name)
    if shipped is not None:
        yield shipped
    for folder in INSTALLED:
        yield from (path for path in Path("/").glob(f"{folder}/{name}") if os.access(path, os.X_OK))
    in_path = shutil.which(name)
    if in_path:
        yield Path(in_path)


def major(path: Path) -> int:
    output = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = VERSION.search(output)
    return int(version[1]) if version else 0


def run(command: Sequence[str | Path], environment: Mapping[str, str], failed: str, cwd: Path | None = None) -> None:
    """Run a program to its end; raises Trouble with ``failed`` and the program's last lines."""
    with running(command, environment, failed, cwd):
        pass


@contextmanager
def running(
    command: Sequence[str | Path], environment: Mapping[str, str], failed: str, cwd: Path | None = None
) -> Iterator[None]:
    """Run a program in parallel to the block, to its end, or until the block fails; raises Trouble as ``run`` does."""
    with tempfile.TemporaryFile() as output:
        child = children.spawn(command, output=output, env=environment, cwd=cwd)
        try:
            yield
            child.wait()
        finally:
            children.end(child, signal.SIGTERM, patience=PATIENCE)
        if child.returncode:
            output.seek(0)
            message_lines = " ".join(output.read().decode(errors="replace").strip().splitlines()[-3:])
            message = f"{failed}: {message_lines or f'exit code {child.returncode}'}"
            raise Trouble(message)
