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
    """Exit code of ``manage.py demo`` with this command's arguments, after the migrations."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with environment() as addresses:
            return _both({**os.environ, **addresses})
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _both(env: dict[str, str]) -> int:
    for command in (["migrate", "--verbosity", "0"], ["demo", "--yes", *sys.argv[1:]]):
        ended = subprocess.run([sys.executable, "manage.py", *command], env=env, cwd=PROJECT, check=False)
        if ended.returncode:
            if ended.returncode < 0:
                sys.stderr.write(f"manage.py {command[0]}: {fate(ended.returncode)}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
