"""Updating translations, database and static files to the code's version, in a process of its own before the group.

Progress goes to standard error; standard output gets the demo's sign-ins or the first steps, shown once the site is
up.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from config.run.translations import compile_all
from config.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

PREPARING = "prepare"
SAY_AFTER, SAY_AGAIN = 5, 60  # seconds of waiting for another host's start
PAUSES = (1, 2, 4, 8, 15, 30, 30, 30)  # seconds between tries of a migration that does not get its lock
HOLDER = """
    SELECT coalesce(nullif(a.application_name, ''), 'a session'), coalesce(host(a.client_addr), 'this machine'),
           extract(epoch FROM clock_timestamp() - a.backend_start)::int
    FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database() AND l.objsubid = 1
        AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(%s, 0)
"""
PROJECT = Path(__file__).resolve().parents[2]
BEGIN = (
    "Nobody can sign in yet. This link makes the first admin, once, within 24 hours:\n{link}\n"
    "(or on the command line: {command})\n"
)
SETUP = 'setup --name "Your company" --time-zone Asia/Tokyo --currency JPY --admin you@company.example'


def main() -> None:
    """Compile, migrate, collect static files, fill an empty database, print how to sign in."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TSUNAGU_PROCESS", "migrate")
    compile_all()
    import django

    django.setup()
    with one_host_at_a_time():
        migrate()
        if "--own" in sys.argv:
            keep_demo_out()
        fill()
    collect_static()


@contextmanager
def one_host_at_a_time() -> Iterator[None]:
    """Serialise the preparation of one database by several hosts; a waiting host prints for whom it waits."""
    from django.db import DEFAULT_DB_ALIAS, connections

    # A connection of its own, because the preparation may close the default one.
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with own.cursor() as cursor:
            due = time.monotonic() + SAY_AFTER
            while not _taken(cursor):
                if time.monotonic() >= due:
                    sys.stderr.write(f"Waiting for another start that prepares this database: {_holder(cursor)}\n")
                    due = time.monotonic() + SAY_AGAIN
                time.sleep(1)
        yield
    finally:
        own.close()


def _taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [PREPARING])
    return bool(cursor.fetchone()[0])


def _holder(cursor: CursorWrapper) -> str:
    """The holder of the lock, its host and connection time, as far as the server shows them."""
    cursor.execute(HOLDER, [PREPARING])
    for name, host, seconds in cursor.fetchall():
        return f"{name} from {host}" + ("" if seconds is None else f", connected for {seconds} s")
    return "it has just ended"


def keep_demo_out() -> None:
    """Mark the folder as that of an installation of one's own; end with a sentence where the database holds the demo."""
    from django.conf import settings

    from config import own
    from config.demo import replacing

    if replacing.present():
        sys.exit(own.HOLDS_THE_DEMO)
    own.mark(settings.LOCAL_DIR)


def fill() -> None:
    """The demo where it is wanted and nothing is there; elsewhere what the product ships with, where that is absent.

    A demo that is there gets the days since. An upgrade brings whole kinds that an installation has none of; what it has
    of its own stays as it is.
    """
    from django.conf import settings
    from django.core.management import call_command

    from config import own, set_up
    from config.demo import replacing
    from config.history.actors import acting

    if settings.DEMO == "on" or replacing.present():
        call_command("demo", "--if-empty", stdout=sys.stderr)
    with acting("command:prepare"):
        call_command("prepare")
    if set_up.is_due():
        sys.stdout.write(BEGIN.format(link=set_up.link(), command=own.command(SETUP, settings.LOCAL_DIR)))
    call_command("sign_ins")


def migrate() -> None:
    """Apply what is not applied yet, and bring the triggers of history to the code's state even where nothing was to apply.

    Nothing is printed when there is nothing: a start that was killed between the two, or code that only declares history
    otherwise, is mended here.
    A migration that does not get its lock within two seconds lets go, so that nobody queues behind it, and tries again after a
    pause; migrations are atomic, so nothing is half done. Raises the last try's error.
    """
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor
    from psycopg.errors import LockNotAvailable

    from config.history import triggers

    for pause in (*PAUSES, None):
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        try:
            if pending:
                progress = Progress(len(pending))
                with Telling(lambda line: sys.stderr.write(f"{line}\n"), sign=progress.so_far) as say:
                    say(f"Applying migrations: {len(pending)}")
                    call_command("migrate", interactive=False, stdout=progress)
            triggers.install()
        except OperationalError as error:
            if pause is None or not isinstance(error.__cause__, LockNotAvailable):
                raise
            sys.stderr.write(f"Another session holds a table; trying again in {pause} s\n")
            time.sleep(pause)
        else:
            return


class Progress(io.TextIOBase):
    """A stream for the output of ``migrate`` that counts which of ``count`` migrations is running."""

    def __init__(self, count: int) -> None:
        self.count, self.begun, self.name = count, 0, ""

    def write(self, text: str) -> int:
        if begins := re.search(r"Applying (\S+)\.\.\.", text):
            self.begun, self.name = self.begun + 1, begins[1]
        return len(text)

    def so_far(self) -> str:
        return f"{self.begun} of {self.count}: {self.name}" if self.name else "…"


def collect_static() -> None:
    """Copy, hash and compress the static files unless the last collection had the same ones."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name("static.stamp")
    state = fingerprint([*map(Path, settings.STATICFILES_DIRS), PROJECT / "requirements.lock"])
    if root.is_dir() and stamp.exists() and stamp.read_text() == state:
        return
    sys.stderr.write("Collecting static files\n")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)


def fingerprint(places: list[Path]) -> str:
    """A hash that changes when a file below ``places`` is added, removed, resized or written."""
    digest = hashlib.sha256()
    for file in sorted(_files(places)):
        facts = file.stat()
        digest.update(f"{file}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        yield from (file for file in place.rglob("*") if file.is_file()) if place.is_dir() else [place]


if __name__ == "__main__":
    main()
