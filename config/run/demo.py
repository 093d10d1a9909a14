"""``make demo``: a fresh portfolio on the servers of a running group, or on servers started for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from config.embedded import Trouble, environment
from config.run.group import fate
from config.run.prepare import PROJECT


def main() -> int:
    """Exit code of ``manage.py demo`` with this command's arguments."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with environment() as addresses:
            return _run({**os.environ, **addresses})
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _run(env: dict[str, str]) -> int:
    command = [sys.executable, "manage.py", "demo", "--yes", *sys.argv[1:]]
    ended = subprocess.run(command, env=env, cwd=PROJECT, check=False)
    if ended.returncode < 0:
        sys.stderr.write(f"manage.py demo: {fate(ended.returncode)}\n")
    return 1 if ended.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
