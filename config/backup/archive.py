"""The file of a backup and the description beside it: made together, read together."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.backup import contents
from config.backup.address import Address
from config.backup.contents import Contents, Say, silent
from config.backup.programs import program, run
from config.embedded import Trouble

FORMAT: Final = 1
ENDING: Final = ".dump"
VERSIONS_IN_ONE: Final = 10_000  # server_version_num is 180004 for 18.4


@dataclass(frozen=True)
class Archive:
    """A dump of ``pg_dump`` and what it says it holds; the description names the dump's own digest."""

    file: Path
    made_at: dt.datetime
    server: int
    digest: str
    held: Contents

    @property
    def description(self) -> Path:
        return beside(self.file)


def beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def create(database: Address, folder: Path, now: dt.datetime, say: Say = silent) -> Archive:
    """A backup of ``database`` in ``folder``, readable by its owner only; named after the instant, in UTC.

    The dump and the sums are of one snapshot, whatever is written meanwhile. Broken off, it leaves nothing that looks
    like a backup. Raises Trouble.
    """
    _private(folder)
    file = folder / f"tsunagu-{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}{ENDING}"
    if file.exists():
        message = f"{file} is there already."
        raise Trouble(message)
    part = file.with_name(f".{file.name}.part")
    try:
        server, held = _dump(database, part, say)
        archive = Archive(file, now, server, digest_of(part), held)
        _write(beside(file), archive)
        _keep(part, file)
    except OSError as error:
        message = f"The backup could not be written to {folder}: {error.strerror}."
        raise Trouble(message) from error
    finally:
        part.unlink(missing_ok=True)
    return archive


def _dump(database: Address, part: Path, say: Say) -> tuple[int, Contents]:
    with database.session(autocommit=False) as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = session.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        server = session.info.server_version // VERSIONS_IN_ONE
        command: list[str | Path] = [
            program("pg_dump", server), "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot[0]}",
            f"--file={part}", f"--dbname={database.conninfo}",
        ]  # fmt: skip
        part.touch(mode=0o600)
        with ThreadPoolExecutor(1) as beside_us:
            dumping = beside_us.submit(run, command, database.environment(), "The database could not be dumped")
            held = contents.read(session, say)
            say("Counted all; waiting for the dump")
            dumping.result()
        return server, held


def opened(file: Path) -> Archive:
    """The backup in ``file``; raises Trouble where file and description are not what was written."""
    if not file.is_file():
        message = f"There is no file {file}."
        raise Trouble(message)
    try:
        said = json.loads(beside(file).read_text())
        archive = Archive(
            file, dt.datetime.fromisoformat(said["made_at"]), int(said["server"]), str(said["digest"]),
            Contents.from_json(said["held"]),
        )  # fmt: skip
        is_known = said["format"] == FORMAT
    except OSError:
        message = f"{beside(file)} cannot be read: it says what the backup holds and belongs beside it."
        raise Trouble(message) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        message = f"{beside(file)} is no description of a backup."
        raise Trouble(message) from None
    if not is_known:
        message = f"{file} was written by a newer Tsunagu: use that one."
        raise Trouble(message)
    if digest_of(file) != archive.digest:
        message = f"{file} is not the file that was written: its digest differs."
        raise Trouble(message)
    return archive


def digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {folder} cannot be made: {error.strerror}."
        raise Trouble(message) from None
    if not os.access(folder, os.W_OK):
        message = f"The folder {folder} cannot be written to."
        raise Trouble(message)


def _write(place: Path, archive: Archive) -> None:
    said = {
        "format": FORMAT,
        "made_at": archive.made_at.isoformat(),
        "server": archive.server,
        "digest": archive.digest,
        "held": archive.held.as_json(),
    }
    part = place.with_name(f".{place.name}.part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(said, indent=1))
    _keep(part, place)


def _keep(part: Path, place: Path) -> None:
    """Give the file its name once it is on the disk."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(place)
