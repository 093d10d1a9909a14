"""The default signing key of an installation whose operator has set none."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_key(folder: Path) -> str:
    """The key in ``folder``/secret_key, made at random on the first call; readable by its owner only."""
    file = folder / "secret_key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_once(file, secrets.token_urlsafe(64))
    return file.read_text().strip()


def write_once(file: Path, key: str) -> None:
    """Write ``key`` unless another process did so first; never leaves a half-written file."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(key)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
