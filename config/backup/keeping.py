"""Automatic backups: requested by the clock or a person, made and verified by one process, removed in time.

A row of ``Backup`` is the request and the record. A backup has no time limit, so no worker makes it: ``manage.py
keep_backups`` does, one after the other. Where that is killed, the row begins anew; after three starts it is given up.
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
# After this time the host that began a backup counts as gone.
GIVEN_UP_AFTER: Final = dt.timedelta(days=1)
PART_LEFT_AFTER: Final = dt.timedelta(days=1)
OLD_AFTER: Final = dt.timedelta(hours=36)
SIZE: Final = "SELECT pg_database_size(current_database())"
LOG: Final = "SELECT pg_size_bytes(current_setting('max_wal_size'))"


def folder() -> Path:
    """The default folder of backups."""
    chosen: Path | None = settings.BACKUP_FOLDER
    return chosen or settings.LOCAL_DIR / "backups"


def here() -> str:
    return f"{socket.gethostname()}:{folder()}"


def are_made_here() -> bool:
    """Whether a process here handles requests; without it none is written, for it would wait for ever."""
    return bool(settings.BACKUP == "on")


def ask_nightly(_tick: str = "") -> int:
    """Request the night's backup where automatic backups are on and none is waiting; returns how many."""
    if not are_made_here() or Backup.objects.filter(nightly=True, begun_at=None, ended_at=None).exists():
        return 0
    Backup.objects.create(nightly=True)
    return 1


def ask(email: str) -> bool:
    """Request a backup at once for a person, unless one requested by a person is waiting already.

    Returns whether backups are made here; without that it requests nothing.
    """
    if not are_made_here():
        return False
    if not Backup.objects.filter(nightly=False, begun_at=None, ended_at=None).exists():
        Backup.objects.create(asked_by=email)
    return True


def proven() -> QuerySet[Backup]:
    """The verified backups whose file still exists, the newest first."""
    return Backup.objects.exclude(verified_at=None).filter(error="", removed_at=None).order_by("-made_at")


def newest_verified() -> dt.datetime | None:
    """The snapshot instant of the newest verified backup; None without any. One query of one row."""
    return proven().values_list("made_at", flat=True).first()


def under_way() -> Backup | None:
    """The oldest backup that waits, is being made or verified; None without any."""
    return Backup.objects.filter(ended_at=None).order_by("pk").first()


def verified_age() -> int | None:
    """Seconds since the snapshot of the newest verified backup; None without any."""
    newest = newest_verified()
    return int((clock.now() - newest).total_seconds()) if newest else None


def is_old(newest: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the newest verified backup is missing or older than 36 hours."""
    return newest is None or now - newest > OLD_AFTER


def warning(age: float | None) -> str | None:
    """The warning where nightly backups are on and the newest verified one is missing or old; else None."""
    if not are_made_here() or (age is not None and age <= OLD_AFTER.total_seconds()):
        return None
    return (
        "There is no verified backup yet."
        if age is None
        else f"The newest verified backup is {age / 3600:.0f} hours old."
    )


def resume(place: str) -> None:
    """Reset the unfinished backups of the process at ``place``, so that they begin anew; give up after three starts."""
    begun = Backup.objects.filter(place=place, ended_at=None).exclude(begun_at=None)
    _give_up(begun.filter(starts__gte=STARTS), "Broken off each time.")
    begun.filter(starts__lt=STARTS).update(begun_at=None)


def take(place: str, *, nightly: bool = True) -> Backup | None:
    """The oldest waiting backup, now begun at ``place``; without ``nightly`` only one requested by a person."""
    _give_up(Backup.objects.filter(ended_at=None, begun_at__lt=clock.now() - GIVEN_UP_AFTER), "Its process is gone.")
    with transaction.atomic():
        waiting = Backup.objects.select_for_update(skip_locked=True).filter(begun_at=None, ended_at=None)
        row = (waiting if nightly else waiting.filter(nightly=False)).order_by("pk").first()
        if row is not None:
            row.begun_at, row.place, row.starts = clock.now(), place, row.starts + 1
            row.save(update_fields=["begun_at", "place", "starts"])
    return row


def _give_up(rows: QuerySet[Backup], error: str) -> None:
    """End rows with ``error``; drops the copies that their trials may have left first."""
    for row in rows:
        with suppress(Trouble):
            restoring.drop(ours(), restoring.copy_of(ours(), _mark(row)))
    rows.update(ended_at=clock.now(), error=error)


def _mark(row: Backup) -> str:
    """The mark in the name of the trial's copy."""
    return f"{row.pk % 2**32:08x}"


def perform(row: Backup, database: Address, where: Path) -> None:
    """Make the backup, unless an earlier start has, and verify it; stores the outcome in the row."""
    record = Backup.objects.filter(pk=row.pk)
    try:
        refuse_without_room(where, row)
        if row.file:
            backup = archive.opened(Path(row.file))
        else:
            backup = archive.create(database, where, clock.now(), nightly=row.nightly)
            record.update(**facts(backup))
        restoring.verify(backup, database, mark=_mark(row))
        record.update(verified_at=clock.now(), ended_at=clock.now(), error="")
    except (Trouble, OSError, psycopg.Error) as error:
        record.update(ended_at=clock.now(), error=str(error))


def facts(backup: Archive) -> dict[str, object]:
    return {
        "file": str(backup.file),
        "digest": backup.digest,
        "made_at": backup.made_at,
        "size": backup.file.stat().st_size,
        "rows": backup.held.rows,
    }


def refuse_without_room(where: Path, row: Backup) -> None:
    """Raise Trouble where a disk has too little room for the backup and its trial.

    Removes the oldest nightly backups in the folder first, if that is enough, but never the newest nor the newest
    verified one.
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

    The folder must have room for the size of the database, for the size of the dump is unknown. The database's own
    disk, if it is local, must have room for the trial's copy and its WAL, beside the reserve.
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
    """Remove old nightly backups at the place of ``row`` until ``missing`` bytes are free; none if all are too few."""
    old = [backup for backup in reversed(_old(row.place, 1)) if backup.pk != row.pk and backup.ended_at]
    if sum(backup.size or 0 for backup in old) < missing:
        return
    while old and missing > 0:
        oldest = old.pop(0)
        missing -= oldest.size or 0
        _remove([oldest])


def note_made(backup: Archive, place: str) -> None:
    """Record a backup made by the command line; does nothing where the database has no table for it yet."""
    with suppress(ProgrammingError), transaction.atomic():
        Backup.objects.create(place=place, ended_at=clock.now(), **facts(backup))


def note_verified(digest: str, error: str = "") -> None:
    """Record the outcome of a trial by the command line."""
    with suppress(ProgrammingError), transaction.atomic():
        rows = Backup.objects.filter(digest=digest)
        rows.update(error=error, **({} if error else {"verified_at": clock.now()}))


def take_stock(place: str, where: Path) -> None:
    """Record the files of the folder without a row (a restored database has older rows only), and those removed."""
    files = {str(file.absolute()) for file in where.glob(f"tsunagu-*{archive.ENDING}")}
    recorded = Backup.objects.filter(place=place, removed_at=None).exclude(file="")
    named = set(recorded.values_list("file", flat=True))
    recorded.filter(file__in=named - files).update(removed_at=clock.now())
    for file in sorted(files - named):
        with suppress(Trouble):
            backup = archive.described(Path(file))
            Backup.objects.create(place=place, nightly=backup.nightly, ended_at=clock.now(), **facts(backup))


def remove_old(place: str, keep: int) -> int:
    """Remove the files of nightly backups beyond the ``keep`` newest, never that of the newest verified one; how many."""
    return _remove(_old(place, keep))


def _old(place: str, keep: int) -> list[Backup]:
    stored = Backup.objects.filter(place=place, nightly=True, removed_at=None).exclude(file="")
    newest = stored.exclude(verified_at=None).filter(error="").order_by("-made_at").first()
    return [row for row in stored.order_by("-made_at")[keep:] if newest is None or row.pk != newest.pk]


def _remove(rows: list[Backup]) -> int:
    for row in rows:
        file = Path(row.file)
        file.unlink(missing_ok=True)
        archive.beside(file).unlink(missing_ok=True)
    return Backup.objects.filter(pk__in=[row.pk for row in rows]).update(removed_at=clock.now())


def remove_left(where: Path) -> None:
    """Remove part files that killed backups have left in the folder."""
    before = (clock.now() - PART_LEFT_AFTER).timestamp()
    for part in where.glob(".tsunagu-*.part"):
        if part.stat().st_mtime < before:
            part.unlink(missing_ok=True)
