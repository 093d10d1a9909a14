"""An upload as a file of this machine."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Upload
from accounts.uploads import archives, names
from accounts.uploads.archives import Contents
from accounts.uploads.receiving import stored


@contextmanager
def as_file(upload: Upload, member: str = "") -> Iterator[Path]:
    """A private temporary copy of a complete upload, or of one ``member`` of its ZIP; deleted at the end.

    Holds one piece in memory at a time. The file's name begins like that of the upload and has its suffix. Raises
    ValidationError where the upload is not complete, or the ZIP cannot be read or has no such member.
    """
    if upload.completed_at is None:
        raise ValidationError(_("“%(name)s” has not arrived whole yet.") % {"name": upload.name})
    folder = Path(tempfile.mkdtemp(prefix="tsunagu-upload-"))
    try:
        yield _spooled(upload, member, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_archive(upload: Upload) -> bool:
    """Whether its members are imported one by one."""
    return names.suffix(upload.name) == names.ARCHIVE


def contents(upload: Upload) -> Contents:
    """What the ZIP of an upload holds. Raises ValidationError where it cannot be read."""
    with as_file(upload) as path:
        return archives.contents(path)


def _spooled(upload: Upload, member: str, folder: Path) -> Path:
    path = folder / names.on_disk(upload.name)
    try:
        _write(upload, path)
        if not member:
            return path
        inside = folder / "member"
        inside.mkdir(mode=0o700)
        unpacked = inside / names.on_disk(member)
        archives.unpack(path, member, unpacked)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sentence = _("The server has no room for a temporary copy of “%(name)s”: ask who runs it for more.")
        raise ValidationError(sentence % {"name": upload.name}) from error
    path.unlink()
    return unpacked


def _write(upload: Upload, path: Path) -> None:
    path.touch(mode=0o600)
    with transaction.atomic(), path.open("wb") as file:
        for content in stored(upload):
            file.write(content)
    if path.stat().st_size != upload.size:
        raise ValidationError(_("“%(name)s” was removed meanwhile: upload it again.") % {"name": upload.name})
