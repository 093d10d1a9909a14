"""An upload as a file of this machine: whole, or only where somebody looks into it."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Upload
from accounts.uploads import archives, names
from accounts.uploads.archives import MOST_READ, Contents
from accounts.uploads.receiving import stored

# Where the directory of a ZIP is: at its end, behind at most this much comment.
DIRECTORY: Final = MOST_READ + 2**17
Stretch = tuple[int, int]


class Copies(AbstractContextManager["Copies"]):
    """Private temporary copies of uploads; of a ZIP one, however many of its members are asked for. Deleted at the end.

    Holds one piece in memory at a time.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tsunagu-upload-"))
        self._archives: dict[int, Path] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def file(self, upload: Upload, member: str = "") -> Iterator[Path]:
        """A complete upload, or one ``member`` of its ZIP, until the block ends.

        The file's name begins like that of the upload and has its suffix. Raises ValidationError where the upload is not
        complete, or the ZIP cannot be read or has no such member.
        """
        folder = self._room(upload)
        try:
            with roomy(upload.name):
                path = self._unpacked(upload, member, folder) if member else written(upload, folder)
            yield path
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def stretches(self, upload: Upload, chosen: Sequence[Stretch]) -> Iterator[Path]:
        """A file as long as the upload that has its bytes from ``start`` to ``end`` alone; raises as ``file``."""
        folder = self._room(upload)
        try:
            with roomy(upload.name):
                path = written(upload, folder, chosen)
            yield path
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _room(self, upload: Upload) -> Path:
        if upload.completed_at is None:
            raise ValidationError(_("“%(name)s” has not arrived whole yet.") % {"name": upload.name})
        return Path(tempfile.mkdtemp(dir=self._folder))

    def _unpacked(self, upload: Upload, member: str, folder: Path) -> Path:
        if upload.pk not in self._archives:
            self._archives[upload.pk] = written(upload, Path(tempfile.mkdtemp(dir=self._folder)))
        path = folder / names.on_disk(member)
        archives.unpack(self._archives[upload.pk], member, path)
        return path


@contextmanager
def as_file(upload: Upload, member: str = "") -> Iterator[Path]:
    """One copy, as ``Copies.file``."""
    with Copies() as copies, copies.file(upload, member) as path:
        yield path


def is_archive(upload: Upload) -> bool:
    """Whether its members are imported one by one."""
    return names.suffix(upload.name) == names.ARCHIVE


def contents(upload: Upload) -> Contents:
    """What the ZIP of an upload holds. Raises ValidationError where it cannot be read."""
    with Copies() as copies, copies.stretches(upload, [(max(0, upload.size - DIRECTORY), upload.size)]) as path:
        return archives.contents(path)


@contextmanager
def roomy(name: str) -> Iterator[None]:
    """Say in a sentence that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sentence = _("The server has no room for a temporary copy of “%(name)s”: ask who runs it for more.")
        raise ValidationError(sentence % {"name": name}) from error


def written(upload: Upload, folder: Path, chosen: Sequence[Stretch] | None = None) -> Path:
    """The upload in ``folder``, with all its pieces or with those that the ``chosen`` stretches are in."""
    path = folder / names.on_disk(upload.name)
    path.touch(mode=0o600)
    numbers = None if chosen is None else numbers_of(upload, chosen)
    with transaction.atomic(), path.open("wb") as file:
        for number, content in stored(upload, numbers):
            file.seek((number - 1) * upload.piece_size)
            file.write(content)
        if numbers is not None:
            file.truncate(upload.size)
            numbers = numbers if Upload.objects.filter(pk=upload.pk).exists() else None
    if path.stat().st_size != upload.size or (chosen is not None and numbers is None):
        raise ValidationError(_("“%(name)s” was removed meanwhile: upload it again.") % {"name": upload.name})
    return path


def numbers_of(upload: Upload, chosen: Sequence[Stretch]) -> list[int]:
    """The numbers of the pieces in which the stretches are."""
    return sorted({
        number for start, end in chosen for number in range(start // upload.piece_size + 1, -(-end // upload.piece_size) + 1)
    })  # fmt: skip
