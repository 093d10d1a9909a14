"""The system user the servers run as: the caller, except that PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from config.embedded.trouble import Trouble

if TYPE_CHECKING:
    from pathlib import Path

CREATED = "tsunagu"


class Owner(NamedTuple):
    """A system user by number; the name is only for messages."""

    uid: int
    gid: int
    name: str

    def launch(self) -> dict[str, Any]:
        """Arguments for ``subprocess`` that make a child run as this user, with no group of the caller left."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, *command: str | Path) -> bool:
        """Whether this user can run ``command``; tried on the system, not derived from permission bits."""
        arguments = [os.fspath(part) for part in command]
        try:
            result = subprocess.run(arguments, check=False, capture_output=True, cwd="/", **self.launch())
        except OSError:
            return False
        return result.returncode == 0

    def reaches(self, folder: Path) -> bool:
        """Whether this user can enter ``folder`` and write there."""
        return self.can("/bin/sh", "-c", 'cd -- "$0" && test -w .', folder)


def owner_for(data: Path) -> Owner:
    """The user to run the servers on ``data``: its present owner, else the caller or, for root, a system user."""
    caller = os.geteuid()
    if not data.exists():
        return _named(caller) if caller else _system_user()
    owner = _named(data.stat().st_uid)
    if caller and owner.uid != caller:
        message = f"{data} belongs to {owner.name}: run as {owner.name} or root, or set LOCAL_DIR to a folder of yours."
        raise Trouble(message)
    return owner if owner.uid else _system_user()


def _named(uid: int) -> Owner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Owner(uid, os.getegid() if uid == os.geteuid() else uid, f"user {uid}")
    return Owner(uid, entry.pw_gid, entry.pw_name)


def _system_user() -> Owner:
    """``postgres`` where the system has it, else a user of our own, else ``nobody``."""
    existing = _known("postgres") or _known(CREATED)
    if existing:
        return existing
    if useradd := shutil.which("useradd"):
        options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([useradd, *options, CREATED], check=False, capture_output=True)
    account = _known(CREATED) or _known("nobody")
    if not account:
        message = "PostgreSQL refuses to run as root and no system user was found: run as an ordinary user."
        raise Trouble(message)
    return account


def _known(name: str) -> Owner | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Owner(entry.pw_uid, entry.pw_gid, name)
