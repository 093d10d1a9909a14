"""A process that runs servers for commands, from the first one's start until the last one's end.

Each command holds a shared lock on the LOCAL_DIR, which the system releases when the command is killed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import IO

from config.embedded import holding
from config.embedded.servers import Servers
from config.embedded.trouble import Trouble


def _stopped(_number: int, _frame: object) -> None:
    raise SystemExit


def main(local: Path, lock: IO[str], wanted: list[str]) -> None:
    """Run servers until nobody uses ``local``; prints why a start fails, and closes the output once they are up."""
    signal.signal(signal.SIGTERM, _stopped)
    servers = Servers(local, postgres="DATABASE_URL" in wanted, redis="REDIS_URL" in wanted)
    users = None
    try:
        try:
            servers.start(lock)
        except Trouble as trouble:
            sys.exit(str(trouble))
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.dup2(nothing, sys.stderr.fileno())
        users = holding.wait_until_nobody_uses(local)
    finally:
        servers.stop()
        if users:
            users.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), os.fdopen(int(sys.argv[2]), "a+"), sys.argv[3:])
