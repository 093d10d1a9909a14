"""The file of a backup and the description beside it: made together, read together."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psycopg

from config.backup import contents
from config.backup.address import Address
from config.backup.contents import Contents, Say, silent
from config.backup.programs import major, program, running
from config.embedded import Trouble

FORMAT: Final = 1
ENDING: Final = ".dump"
VERSIONS_IN_ONE: Final = 10_000  # server_version_num is 180004 for 18.4


@dataclass(frozen=True)
class Archive:
    """A dump of ``pg_dump`` and what it says it holds; the description names the dump's own digest.

    ``version`` is the major version of the program that wrote it, which is the oldest that reads it. ``nightly``: made by
    itself, and removed in time by itself.
    """

    file: Path
    made_at: dt.datetime
    version: int
    digest: str
    held: Contents
    nightly: bool = False

    @property
    def description(self) -> Path:
        return beside(self.file)


def beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def create(database: Address, folder: Path, now: dt.datetime, say: Say = silent, *, nightly: bool = False) -> Archive:
    """A backup of ``database`` in ``folder``, readable by its owner only; named after the instant, in UTC.

    The dump and the sums are of one snapshot, whatever is written meanwhile. Broken off, it leaves nothing that looks
    like a backup. Of two that begin in the same second one is refused. Raises Trouble.
    """
    _private(folder)
    file = folder / f"tsunagu-{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}{ENDING}"
    parts = {place: place.with_name(f".{place.name}.part") for place in (beside(file), file)}
    _claim(file, parts[file])
    try:
        version, held = _dump(database, parts[file], say)
        archive = Archive(file, now, version, digest_of(parts[file]), held, nightly)
        _write(parts[beside(file)], archive)
        for place, part in parts.items():  # the description first: a dump is never without one
            _keep(part, place)
    except OSError as error:
        message = f"The backup could not be written to {folder}: {error.strerror}."
        raise Trouble(message) from error
    except psycopg.Error as error:
        message = f"The database could not be read: {error}"
        raise Trouble(message) from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
        if not file.exists():
            beside(file).unlink(missing_ok=True)
    return archive


def _dump(database: Address, part: Path, say: Say) -> tuple[int, Contents]:
    """Write the dump to ``part``: the major version of the program that wrote it, and what the snapshot holds."""
    with database.session(autocommit=False) as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = session.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        writer = program("pg_dump", session.info.server_version // VERSIONS_IN_ONE)
        command: list[str | Path] = [
            writer, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot[0]}",
            f"--file={part}", f"--dbname={database.conninfo}",
        ]  # fmt: skip
        # Before the dump begins, as it reads them at a moment of its own: there they stand as far or further.
        stand = contents.sequences(session)
        with running(command, database.environment(), "The database could not be dumped"):
            held = replace(contents.read(session, say), sequences=stand)
            say("Counted all; waiting for the dump")
        return major(writer), held


def opened(file: Path) -> Archive:
    """The backup in ``file``; raises Trouble where file and description are not what was written.

    An absolute path is no option to a program, whatever the name begins with.
    """
    archive = described(file.absolute())
    if digest_of(archive.file) != archive.digest:
        message = f"{file} is not the file that was written: its digest differs."
        raise Trouble(message)
    return archive


def described(file: Path) -> Archive:
    """What the description says of the backup in ``file``, which is not read; raises Trouble."""
    if not file.is_file():
        message = f"There is no file {file}."
        raise Trouble(message)
    try:
        said = json.loads(beside(file).read_text())
        _refuse_newer(file, int(said["format"]))
        archive = Archive(
            file, dt.datetime.fromisoformat(said["made_at"]), int(said["version"]), str(said["digest"]),
            Contents.from_json(said["held"]), said.get("nightly") is True,
        )  # fmt: skip
    except OSError:
        message = f"{beside(file)} cannot be read: it says what the backup holds and belongs beside it."
        raise Trouble(message) from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        message = f"{beside(file)} is no description of a backup."
        raise Trouble(message) from None
    return archive


def _refuse_newer(file: Path, written: int) -> None:
    if written > FORMAT:
        message = f"{file} was written by a newer Tsunagu: use that one."
        raise Trouble(message)


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


def _claim(file: Path, part: Path) -> None:
    """Create ``part`` for this backup alone; raises Trouble where another has the name or is about to have it."""
    try:
        part.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        message = f"{file} is being written by another backup: repeat a second later."
        raise Trouble(message) from None
    except OSError as error:
        message = f"The backup could not be written to {file.parent}: {error.strerror}."
        raise Trouble(message) from None
    # Only now: whoever had the part before has renamed it or given it up.
    if file.exists() or beside(file).exists():
        part.unlink(missing_ok=True)
        message = f"{file} is there already."
        raise Trouble(message)


def _write(part: Path, archive: Archive) -> None:
    said = {
        "format": FORMAT,
        "made_at": archive.made_at.isoformat(),
        "version": archive.version,
        "digest": archive.digest,
        "nightly": archive.nightly,
        "held": archive.held.as_json(),
    }
    part.touch(mode=0o600, exist_ok=False)
    part.write_text(json.dumps(said, indent=1))


def _keep(part: Path, place: Path) -> None:
    """Give the file its name once it is on the disk."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(place)
