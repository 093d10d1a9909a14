"""Backups by themselves: asked for by the clock or a person, made and tried by one process, removed in time.

A row of ``Backup`` is the request and the record. A backup takes as long as it takes, so no worker makes it: ``manage.py
keep_backups`` does, one after the other. Where that is killed, the row is begun anew; after three starts it is given up.
"""

from __future__ import annotations

import datetime as dt
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

import psycopg
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.db.models import QuerySet

from config import clock, disk
from config.backup import archive, restoring
from config.backup.address import Address, ours
from config.backup.archive import Archive
from config.backup.models import Backup
from config.embedded import Trouble

STARTS: Final = 3
# A host that has begun one and is gone does not come back to it.
GIVEN_UP_AFTER: Final = dt.timedelta(days=1)
PART_LEFT_AFTER: Final = dt.timedelta(days=1)
OLD_AFTER: Final = dt.timedelta(hours=36)
SIZE: Final = "SELECT pg_database_size(current_database())"
LOG: Final = "SELECT pg_size_bytes(current_setting('max_wal_size'))"


def folder() -> Path:
    """Where backups go unless somebody names another folder."""
    chosen: Path | None = settings.BACKUP_FOLDER
    return chosen or settings.LOCAL_DIR / "backups"


def here() -> str:
    return f"{socket.gethostname()}:{folder()}"


def are_made_here() -> bool:
    """Whether a process here works requests off; without it none is written, for it would wait for ever."""
    return bool(settings.BACKUP == "on")


def ask_nightly(_tick: str = "") -> int:
    """Ask for the night's backup where they are made by themselves and none is waiting; how many."""
    if not are_made_here() or Backup.objects.filter(nightly=True, begun_at=None, ended_at=None).exists():
        return 0
    Backup.objects.create(nightly=True)
    return 1


def ask(email: str) -> bool:
    """Ask for a backup at once, in a person's name, unless one that a person asked for is waiting already.

    Returns whether backups are made here; nothing is asked for where they are not.
    """
    if not are_made_here():
        return False
    if not Backup.objects.filter(nightly=False, begun_at=None, ended_at=None).exists():
        Backup.objects.create(asked_by=email)
    return True


def proven() -> QuerySet[Backup]:
    """The backups that a trial has restored and found equal and that are still there, the newest first."""
    return Backup.objects.exclude(verified_at=None).filter(error="", removed_at=None).order_by("-made_at")


def newest_verified() -> dt.datetime | None:
    """The instant that a restored backup was proven to hold, the newest one; None: none yet. One query of one row."""
    return proven().values_list("made_at", flat=True).first()


def under_way() -> Backup | None:
    """The oldest backup that waits, is being made or is on trial; None: none is."""
    return Backup.objects.filter(ended_at=None).order_by("pk").first()


def verified_age() -> int | None:
    """Seconds since the instant to which the newest verified backup brings back; None: there is none."""
    newest = newest_verified()
    return int((clock.now() - newest).total_seconds()) if newest else None


def is_old(newest: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the newest verified backup is missing or older than a night and a half."""
    return newest is None or now - newest > OLD_AFTER


def warning(age: float | None) -> str | None:
    """What the machine is told where nightly backups are on and the newest verified one is missing or old; else None."""
    if not are_made_here() or (age is not None and age <= OLD_AFTER.total_seconds()):
        return None
    return (
        "There is no verified backup yet."
        if age is None
        else f"The newest verified backup is {age / 3600:.0f} hours old."
    )


def resume(place: str) -> None:
    """Let what the process at ``place`` had begun when it ended be begun anew, or given up after three starts."""
    begun = Backup.objects.filter(place=place, ended_at=None).exclude(begun_at=None)
    _give_up(begun.filter(starts__gte=STARTS), "Broken off each time.")
    begun.filter(starts__lt=STARTS).update(begun_at=None)


def take(place: str, *, nightly: bool = True) -> Backup | None:
    """The oldest backup that waits, now begun at ``place``; where not ``nightly``, of those that people asked for."""
    _give_up(Backup.objects.filter(ended_at=None, begun_at__lt=clock.now() - GIVEN_UP_AFTER), "Its process is gone.")
    with transaction.atomic():
        waiting = Backup.objects.select_for_update(skip_locked=True).filter(begun_at=None, ended_at=None)
        row = (waiting if nightly else waiting.filter(nightly=False)).order_by("pk").first()
        if row is not None:
            row.begun_at, row.place, row.starts = clock.now(), place, row.starts + 1
            row.save(update_fields=["begun_at", "place", "starts"])
    return row


def _give_up(rows: QuerySet[Backup], error: str) -> None:
    """End what is not begun again; the copy that its trial may have left is dropped first."""
    for row in rows:
        with suppress(Trouble):
            restoring.drop(ours(), restoring.copy_of(ours(), _mark(row)))
    rows.update(ended_at=clock.now(), error=error)


def _mark(row: Backup) -> str:
    """What names the copy on trial."""
    return f"{row.pk % 2**32:08x}"


def perform(row: Backup, database: Address, where: Path) -> None:
    """Make the backup, unless an earlier start has, and try it; what came of it stands in the row."""
    this = Backup.objects.filter(pk=row.pk)
    try:
        refuse_without_room(where, row)
        if row.file:
            made = archive.opened(Path(row.file))
        else:
            made = archive.create(database, where, clock.now(), nightly=row.nightly)
            this.update(**facts(made))
        restoring.verify(made, database, mark=_mark(row))
        this.update(verified_at=clock.now(), ended_at=clock.now(), error="")
    except (Trouble, OSError, psycopg.Error) as error:
        this.update(ended_at=clock.now(), error=str(error))


def facts(made: Archive) -> dict[str, object]:
    return {
        "file": str(made.file),
        "digest": made.digest,
        "made_at": made.made_at,
        "size": made.file.stat().st_size,
        "rows": made.held.rows,
    }


def refuse_without_room(where: Path, row: Backup) -> None:
    """Raise Trouble where a disk could not hold what the backup and its trial write.

    The oldest nightly ones in the folder give way, where that is enough. The one proven last stays, and so does the newest.
    """
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    short = _short(where)
    if short and short[0].stat().st_dev == where.stat().st_dev:
        _make_room(row, short[2] - short[1])
        short = _short(where)
    if short:
        place, free, needed = short
        message = f"{place} has {free // 2**20:,} MB left and {needed // 2**20:,} MB are needed: no backup was begun."
        raise Trouble(message)


def _short(where: Path) -> tuple[Path, int, int] | None:
    """The folder whose disk has too little room, the bytes it has and the bytes it needs; None: there is room.

    The folder must hold another database: nobody knows how small the dump will be. The database's own disk, where that is
    here, holds the copy on trial and the log of changes that this writes, beside what is reserved.
    """
    with connection.cursor() as cursor:
        cursor.execute(SIZE)
        database = cursor.fetchone()[0]
        cursor.execute(LOG)
        log = cursor.fetchone()[0]
    dump = shutil.disk_usage(where).free
    if dump < database:
        return where, dump, database
    data: Path | None = settings.DATA_FOLDER
    copy, needed = disk.free(), database + min(database, log) + settings.DISK_RESERVE * disk.MEGABYTE
    if data is None or copy is None:
        return None
    if data.stat().st_dev == where.stat().st_dev:
        newest = Backup.objects.exclude(size=None).order_by("-made_at").values_list("size", flat=True).first()
        needed += min(database, 2 * newest) if newest else database
    return (data, copy, needed) if copy < needed else None


def _make_room(row: Backup, missing: int) -> None:
    """Remove old nightly backups where ``row`` is made until so many bytes are free; none where all would not be enough."""
    old = [one for one in reversed(_old(row.place, 1)) if one.pk != row.pk and one.ended_at]
    if sum(one.size or 0 for one in old) < missing:
        return
    while old and missing > 0:
        oldest = old.pop(0)
        missing -= oldest.size or 0
        _remove([oldest])


def note_made(made: Archive, place: str) -> None:
    """Note a backup that the command line has made; nothing where the database has no table for it yet."""
    with suppress(ProgrammingError), transaction.atomic():
        Backup.objects.create(place=place, ended_at=clock.now(), **facts(made))


def note_verified(digest: str, error: str = "") -> None:
    """Note what came of a trial by the command line."""
    with suppress(ProgrammingError), transaction.atomic():
        known = Backup.objects.filter(digest=digest)
        known.update(error=error, **({} if error else {"verified_at": clock.now()}))


def take_stock(place: str, where: Path) -> None:
    """Know what lies in the folder: files that no row names (a restored database knows only older ones), and what is gone."""
    files = {str(file.absolute()) for file in where.glob(f"tsunagu-*{archive.ENDING}")}
    known = Backup.objects.filter(place=place, removed_at=None).exclude(file="")
    named = set(known.values_list("file", flat=True))
    known.filter(file__in=named - files).update(removed_at=clock.now())
    for file in sorted(files - named):
        with suppress(Trouble):
            found = archive.described(Path(file))
            Backup.objects.create(place=place, nightly=found.nightly, ended_at=clock.now(), **facts(found))


def remove_old(place: str, keep: int) -> int:
    """Remove the files of nightly backups beyond the ``keep`` newest, never that of the newest verified one; how many."""
    return _remove(_old(place, keep))


def _old(place: str, keep: int) -> list[Backup]:
    there = Backup.objects.filter(place=place, nightly=True, removed_at=None).exclude(file="")
    newest = there.exclude(verified_at=None).filter(error="").order_by("-made_at").first()
    return [row for row in there.order_by("-made_at")[keep:] if newest is None or row.pk != newest.pk]


def _remove(rows: list[Backup]) -> int:
    for row in rows:
        file = Path(row.file)
        file.unlink(missing_ok=True)
        archive.beside(file).unlink(missing_ok=True)
    return Backup.objects.filter(pk__in=[row.pk for row in rows]).update(removed_at=clock.now())


def remove_left(where: Path) -> None:
    """Remove what a backup that was killed has left in the folder."""
    before = (clock.now() - PART_LEFT_AFTER).timestamp()
    for part in where.glob(".tsunagu-*.part"):
        if part.stat().st_mtime < before:
            part.unlink(missing_ok=True)
