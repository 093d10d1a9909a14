"""An installation of one's own beside the demo: a mark in its folder keeps the demo out."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from config.environment import BASE_DIR

MARK: Final = "own"
FOLDER: Final = BASE_DIR / ".own"  # where `make own` keeps it unless LOCAL_DIR names another
USUAL: Final = BASE_DIR / ".local"
HOLDS_THE_DEMO: Final = "This is the demo: no data of your own go into it. Start `make own` without LOCAL_DIR and DATABASE_URL, or name others."


def is_own(local: Path) -> bool:
    """Whether ``local`` is the folder of an installation of one's own."""
    return (local / MARK).exists()


def mark(local: Path) -> None:
    """Mark ``local`` so that no demo is written to it."""
    local.mkdir(parents=True, exist_ok=True)
    (local / MARK).write_text("An installation of your own: `make run` and `make demo` put no demo into this folder.\n")


def command(words: str, local: Path) -> str:
    """The command line that runs a management command of the installation in ``local``."""
    target, usual = ("own", FOLDER) if is_own(local) else ("manage", USUAL)
    quoted = f'"{words}"' if "'" in words else f"'{words}'"
    folder = "" if local == usual else f" LOCAL_DIR={shlex.quote(str(local))}"
    return f"make {target}{folder} CMD={quoted}"
