"""PostgreSQL and Redis for one test run.

With pytest-xdist only the controller starts servers: workers inherit its environment, get a database of their own
from pytest-django and a numbered Redis database from here. Servers the caller names are used as they are.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import time
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit, urlunsplit

import psutil

from config.embedded import AlreadyRunning, Servers, local_folder
from config.embedded.owner import owner_for
from config.run.translations import compile_all

REDIS_DATABASES_ANYWHERE = 16
JUST_MADE = 60  # seconds
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 6 * 2**30
OURS = "tsunagu-tests-"
# In a folder in memory: the link to it, which goes with its clone.
LINK = "linked-from"


def prepare() -> None:
    """Name both servers in the environment before Django reads its settings, starting them where none is given."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _start()
    else:
        os.environ["REDIS_URL"] = _own_number(os.environ["REDIS_URL"], worker)


def _start() -> None:
    missing = {name: name not in os.environ for name in ("DATABASE_URL", "REDIS_URL")}
    if not any(missing.values()):
        return
    compile_all()
    _sweep_abandoned()
    servers = Servers(_fresh_folder(), durable=False, postgres=missing["DATABASE_URL"], redis=missing["REDIS_URL"])
    atexit.register(servers.discard)
    signal.signal(signal.SIGTERM, _interrupt)
    os.environ.update(servers.start())


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run as Ctrl-C does: through pytest's own way out, which leaves no server behind."""
    raise KeyboardInterrupt


def _fresh_folder() -> Path:
    folder = local_folder() / "tests" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    _keep_in_memory(folder)
    return folder


def _keep_in_memory(folder: Path) -> None:
    """Data in memory where there is plenty: each of the many temporary tables is a file that a disk makes and deletes."""
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:  # root's servers are copied there to run
        return
    if min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) < MEMORY_NEEDED:
        return
    place = folder / "servers"
    owner = owner_for(place)
    home = Path(tempfile.mkdtemp(prefix=OURS, dir=MEMORY))
    os.chown(home, owner.uid, owner.gid)
    place.symlink_to(home)
    (home / LINK).write_text(str(place))


def _sweep_abandoned() -> None:
    """Delete what runs killed outright have left; a folder in use is locked and stays, as does one just being made.

    What is in memory goes also where its whole clone was deleted.
    """
    for folder in (local_folder() / "tests").glob("*"):
        abandoned = Servers(folder)
        if time.time() - folder.stat().st_mtime < JUST_MADE:
            continue
        with contextlib.suppress(AlreadyRunning, OSError):
            abandoned.seize()
            abandoned.discard()
    for link in MEMORY.glob(f"{OURS}*/{LINK}"):
        with contextlib.suppress(OSError):
            if not Path(link.read_text()).is_symlink():
                shutil.rmtree(link.parent, ignore_errors=True)


def _own_number(url: str, worker: str) -> str:
    """The same server with the worker's number as database: 1 for gw0, 2 for gw1 and so on."""
    number = int(worker.removeprefix("gw")) + 1
    return urlunsplit(urlsplit(url)._replace(path=f"/{number % REDIS_DATABASES_ANYWHERE}"))
