"""``pg_dump`` and ``pg_restore``: those of the wheel, else those of the machine, never older than the server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from config.embedded import Trouble
from config.embedded.binaries import postgres_program

VERSION: Final = re.compile(r"\) (\d+)")


def program(name: str, at_least: int) -> Path:
    """The program ``name`` of PostgreSQL ``at_least`` (its major version); raises Trouble where there is none."""
    for found in _found(name):
        if major(found) >= at_least:
            return found
    message = f"No {name} of PostgreSQL {at_least} or newer found: install its client programs on this machine."
    raise Trouble(message)


def _found(name: str) -> Iterator[Path]:
    shipped = postgres_program(name)
    if shipped is not None:
        yield shipped
    installed = shutil.which(name)
    if installed:
        yield Path(installed)


def major(found: Path) -> int:
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = VERSION.search(said)
    return int(version[1]) if version else 0


def run(command: Sequence[str | Path], environment: dict[str, str], failed: str, cwd: Path | None = None) -> None:
    """Run a program to its end; raises Trouble with ``failed`` and the program's last lines."""
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[-3:])
        message = f"{failed}: {said or f'exit code {done.returncode}'}"
        raise Trouble(message)
