"""How far a run of imports or an export has come, and whether it is to stop: beside its transaction, on a connection of its own."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from django.db import OperationalError, connection

from accounts.imports.folders import Job
from accounts.models import ImportFile, ImportRun
from accounts.models.paced import Paced

EVERY_SECONDS: Final = 1.0
BLOCK: Final = 1024 * 1024
# Whoever holds the run's row is asking for something else: the next second will do.
PATIENCE: Final = "SET lock_timeout = '200ms'"
TELL: Final = """
    UPDATE {table}
    SET rows_total = coalesce(%(total)s, rows_total), rows_read = %(rows)s, at_file = %(file)s, read_at = now(), read_since = coalesce(read_since, now())
    WHERE id = %(run)s RETURNING stop_asked
"""


BEGUN: Final = "UPDATE {table} SET waits_since = NULL WHERE id = %s"


class Stopped(Exception):  # noqa: N818  an answer to a person, not a fault
    """Somebody asked to stop: what is not committed yet is rolled back."""


class Telling(AbstractContextManager["Telling"]):
    """Writes the rows read of a run at most once a second; raises Stopped where somebody asked to stop.

    ``before`` is the number of rows of files read earlier, ``total`` about that of all files, None where unchanged. The connection is made at the first call that writes.
    """

    def __init__(self, run: Paced, before: int = 0) -> None:
        self.run = run
        self.total: int | None = None
        self._before, self._in_file, self._file = before, 0, ""
        self._told = time.monotonic()
        self._beside: Any = None

    def __call__(self, job: Job, rows: int) -> None:
        self.at(job.path.name, rows)

    def at(self, file: str, rows: int) -> None:
        """So many rows of the file called so are done."""
        if file != self._file:
            self._before, self._in_file, self._file = self._before + self._in_file, 0, file
        self._in_file = rows
        if time.monotonic() - self._told >= EVERY_SECONDS:
            self._told = time.monotonic()
            self._tell()

    def _tell(self) -> None:
        if self._beside is None:
            self._beside = connection.copy()
            with self._beside.cursor() as cursor:
                cursor.execute(PATIENCE)
        told = {"total": self.total, "rows": self._before + self._in_file, "file": self._file, "run": self.run.pk}
        try:
            with self._beside.cursor() as cursor:
                cursor.execute(TELL.format(table=self.run._meta.db_table), told)
                row = cursor.fetchone()
        except OperationalError:
            return
        if row and row[0]:
            raise Stopped

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beside is not None:
            self._beside.close()


def begin(run: ImportRun) -> None:
    """Say that the run waits no more, for others to see while it is at work."""
    if run.waits_since is None:
        return
    beside: Any = connection.copy()
    try:
        with beside.cursor() as cursor:
            cursor.execute(PATIENCE)
            cursor.execute(BEGUN.format(table=run._meta.db_table), [run.pk])
    except OperationalError:
        return
    finally:
        beside.close()


def lines_in(paths: list[Path]) -> int:
    """About how many rows the files have: their line ends. Reads them in blocks."""
    count = 0
    for path in paths:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                count += block.count(b"\n")
    return count


def rows_of(run: ImportRun, files: Iterable[ImportFile]) -> tuple[int, int | None]:
    """(rows read, of about how many): of a run under way as the worker tells them, then those of its files."""
    if run.state in {ImportRun.State.PREVIEWING, ImportRun.State.RUNNING}:
        return run.rows_read, run.rows_total
    read = sum(file.rows for file in files if file.written or not run.started_at)
    is_whole = run.state in {
        ImportRun.State.PREVIEWED,
        ImportRun.State.DONE,
        ImportRun.State.UNDOING,
        ImportRun.State.UNDONE,
    }
    return read, read if is_whole else run.rows_total


def share(run: Paced) -> int | None:
    """How far the work has come, in percent up to 99; None where it is not known."""
    return min(99, 100 * run.rows_read // run.rows_total) if run.rows_total else None


def time_left(run: Paced) -> dt.timedelta | None:
    """About how long it goes on at the pace so far; None before anything can be said."""
    if not (run.rows_total and run.rows_read and run.read_at and run.read_since):
        return None
    return (run.read_at - run.read_since) * (max(0, run.rows_total - run.rows_read) / run.rows_read)
