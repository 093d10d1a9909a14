"""The checks before anything is started; each finding is one sentence."""

from __future__ import annotations

import errno
import os
import socket
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from redis import Redis
from redis.exceptions import RedisError

from config import reached, versions
from config.embedded import Trouble
from config.environment import read_environment
from config.reached import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

SHARED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
OLDEST_PYTHON = (3, 11)
KEY_AT_LEAST = 32  # characters


def check(environ: Mapping[str, str], only: Collection[str] | None = None) -> dict[str, Any]:
    """The settings as read; raises Trouble at the first thing that would stop the group, or the part ``only``, from working."""
    if only is not None:
        check_shared(environ)
    if sys.version_info < OLDEST_PYTHON:
        message = f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: install a newer one."
        raise Trouble(message)
    try:
        settings = read_environment(environ)
    except ImproperlyConfigured as mistake:
        raise Trouble(str(mistake)) from None
    if only is not None and "backup" in only and not makes_backups(settings, environ):
        message = "backup makes none by itself unless they are on: set TSUNAGU_BACKUP=on, on all hosts."
        raise Trouble(message)
    if only is None or "web" in only:
        check_port(settings["PORT"], settings["BIND"])
    check_key(settings["SECRET_KEY"])
    if settings["TSUNAGU_DATA_FOLDER"]:
        check_data(settings["TSUNAGU_DATA_FOLDER"])
    if settings["TSUNAGU_BACKUP_FOLDER"] and makes_backups(settings, environ) and (only is None or "backup" in only):
        check_backups(settings["TSUNAGU_BACKUP_FOLDER"])
    check_database(environ.get("DATABASE_URL", ""))
    check_redis(environ.get("REDIS_URL", ""))
    return settings


def is_wanted(asked: str, *, by_itself: bool) -> bool:
    """The value of a switch that is on, off or auto; auto stands for ``by_itself``."""
    return asked == "on" or (asked == "auto" and by_itself)


def check_no_demo(asked: str) -> None:
    """Raise Trouble where the demo is switched on in an installation of one's own."""
    if asked == "on":
        message = "This is an installation of your own, and no demo goes into it: unset TSUNAGU_DEMO."
        raise Trouble(message)


def makes_backups(settings: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    """Whether a backup is made each night; "auto" means with the embedded server only."""
    return is_wanted(settings["TSUNAGU_BACKUP"], by_itself=not environ.get("DATABASE_URL"))


def check_shared(environ: Mapping[str, str]) -> None:
    """Raise Trouble unless the servers and the key that hosts share are named."""
    missing = [name for name in SHARED if not environ.get(name)]
    if missing:
        message = f"--only shares the work with other hosts: set {', '.join(missing)}, the same on all of them."
        raise Trouble(message)


def check_port(port: int, bind: str = "127.0.0.1") -> None:
    """Raise Trouble unless the web server can listen on ``bind`` at ``port``."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise Trouble(_about_port(port, error, bind)) from None


def _about_port(port: int, error: OSError, bind: str) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {bind}: correct BIND."
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program: end that one, or choose another with PORT={port + 1} make run."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for root: choose one above 1023, such as PORT=8000 make run."
    return f"Port {port} cannot be used ({error.strerror}): choose another with PORT=8000 make run."


def check_key(key: str) -> None:
    """Raise Trouble where the signing key is too short; an empty one is replaced by a random key."""
    if key and len(key) < KEY_AT_LEAST:
        message = (
            f"SECRET_KEY is too short to sign with: take 50 random characters (at least {KEY_AT_LEAST}), or unset it."
        )
        raise Trouble(message)


def check_data(folder: Path) -> None:
    """Raise Trouble unless the disk of ``folder`` can be watched."""
    try:
        os.statvfs(folder)
    except OSError as error:
        message = f"The folder in TSUNAGU_DATA_FOLDER cannot be watched ({error.strerror}): correct it, or unset it."
        raise Trouble(message) from None


def check_backups(folder: Path) -> None:
    """Raise Trouble unless backups can be written to ``folder``, which is made where it is missing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = f"Backups cannot be kept in {folder} ({error.strerror}): correct TSUNAGU_BACKUP_FOLDER, or unset it."
        raise Trouble(message) from None


def check_database(url: str) -> None:
    """Raise Trouble unless the database the caller names answers; nothing to check without one."""
    if url:
        reached.require(url)


ALLOWED = """
SELECT least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                  - coalesce(current_setting('reserved_connections', true), '0')::int,
             (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
             (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))
"""


def connections_allowed(url: str) -> int:
    """The number of connections that server, role and database allow us."""
    with psycopg.connect(url, connect_timeout=PATIENCE) as connection:
        row = connection.execute(ALLOWED).fetchone()
    return int(row[0]) if row else 0


def servers(database: str, redis: str) -> dict[str, str]:
    """The versions of both servers, as ``config.versions`` names them."""
    with psycopg.connect(database, connect_timeout=PATIENCE) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    with Redis.from_url(redis, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as client:
        carrier = versions.of_redis(client.info("server"))
    return versions.running(postgres=row[0] if row else "", redis=carrier)


def check_redis(url: str) -> None:
    """Raise Trouble unless the Redis the caller names answers; nothing to check without one."""
    if not url:
        return
    try:
        with Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        message = f"The Redis in REDIS_URL cannot be reached ({error}): start it, correct it, or unset it."
        raise Trouble(message) from None
