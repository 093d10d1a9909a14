"""The file of a backup and its description beside it, written and read together."""

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
    """A dump of ``pg_dump`` and its description, which has the dump's digest and contents (``held``).

    ``version`` is the major version of the program that wrote it, which is the oldest that can read it. ``nightly``
    ones are made and removed automatically.
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
    """Create a backup of ``database`` in ``folder``, readable by its owner only; named after the instant, in UTC.

    The dump and the sums are of one snapshot, whatever is written meanwhile. An interrupted backup leaves nothing that
    looks like one. Of two that begin in the same second one is refused. Raises Trouble.
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
    """Write the dump to ``part``; returns the major version of the program, and the snapshot's contents."""
    with database.session(autocommit=False) as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = session.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        writer = program("pg_dump", session.info.server_version // VERSIONS_IN_ONE)
        command: list[str | Path] = [
            writer, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot[0]}",
            f"--file={part}", f"--dbname={database.conninfo}",
        ]  # fmt: skip
        # Read before the dump begins: it reads sequences at a moment of its own, when they are as far or further.
        positions = contents.sequences(session)
        with running(command, database.environment(), "The database could not be dumped"):
            held = replace(contents.read(session, say), sequences=positions)
            say("Counted all; waiting for the dump")
        return major(writer), held


def opened(file: Path) -> Archive:
    """The backup in ``file``; raises Trouble where the file does not match its description.

    The path becomes absolute, so that no program reads it as an option, whatever the name begins with.
    """
    archive = described(file.absolute())
    if digest_of(archive.file) != archive.digest:
        message = f"{file} is not the file that was written: its digest differs."
        raise Trouble(message)
    return archive


def described(file: Path) -> Archive:
    """The backup in ``file`` by its description, without reading the file itself; raises Trouble."""
    if not file.is_file():
        message = f"There is no file {file}."
        raise Trouble(message)
    try:
        description = json.loads(beside(file).read_text())
        _refuse_newer(file, int(description["format"]))
        archive = Archive(
            file, dt.datetime.fromisoformat(description["made_at"]), int(description["version"]), str(description["digest"]),
            Contents.from_json(description["held"]), description.get("nightly") is True,
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
    """Create ``part`` exclusively; raises Trouble where another backup has the name or is about to have it."""
    try:
        part.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        message = f"{file} is being written by another backup: repeat a second later."
        raise Trouble(message) from None
    except OSError as error:
        message = f"The backup could not be written to {file.parent}: {error.strerror}."
        raise Trouble(message) from None
    # Check after creating the part: its earlier owner has renamed it or given it up by now.
    if file.exists() or beside(file).exists():
        part.unlink(missing_ok=True)
        message = f"{file} is there already."
        raise Trouble(message)


def _write(part: Path, archive: Archive) -> None:
    description = {
        "format": FORMAT,
        "made_at": archive.made_at.isoformat(),
        "version": archive.version,
        "digest": archive.digest,
        "nightly": archive.nightly,
        "held": archive.held.as_json(),
    }
    part.touch(mode=0o600, exist_ok=False)
    part.write_text(json.dumps(description, indent=1))


def _keep(part: Path, place: Path) -> None:
    """Rename the part file once its data are on the disk."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(place)
