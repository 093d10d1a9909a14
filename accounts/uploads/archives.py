"""ZIP files: what they hold, and one of their files unpacked, within limits that no crafted file passes."""

from __future__ import annotations

import errno
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.uploads import names
from config.text import shown, wrong

MOST_MEMBERS: Final = 100
MOST_MEMBER: Final = 2**30  # bytes of one file, unpacked
MOST_TOTAL: Final = 4 * 2**30  # bytes of all files, unpacked
# Deflate packs repeated bytes 1,000 times; tables of real rows 5 to 50 times.
MOST_RATIO: Final = 200
SMALL: Final = 2**20  # bytes below which the ratio does not matter
MOST_READ: Final = 2**20  # bytes that the directory of the archive may have
CHUNK: Final = 2**16
ENCRYPTED: Final = 0x1
IN_UTF_8: Final = 0x800
# What the standard library raises for an archive that is damaged, locked, or packed in a way it does not know.
DAMAGED: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Member:
    """A file of a ZIP: its name without folders, and its bytes unpacked."""

    name: str
    size: int


@dataclass(frozen=True)
class Contents:
    """The files that can be imported, in the order of the ZIP, and the names of the others."""

    members: list[Member]
    others: list[str]


class Frugal(FileIO):
    """A file that gives at most ``MOST_READ`` bytes at once.

    The directory of a ZIP is read whole, and its size is what the file says.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_READ:
            raise zipfile.BadZipFile
        return super().read(MOST_READ if size is None or size < 0 else size) or b""


def contents(path: Path) -> Contents:
    """What the ZIP holds. Raises ValidationError, with one sentence, where it cannot be read or passes a limit."""
    with _opened(path) as archive:
        entries = _entries(path.name, archive)
        members = [Member(name, info.file_size) for name, info in entries if names.suffix(name) in names.TABLES]
        others = [name for name, _info in entries if names.suffix(name) not in names.TABLES]
    twice = [name for name, count in Counter(member.name for member in members).items() if count > 1]
    if twice:
        sentence = _("“%(file)s” holds two files called “%(name)s”: rename one of them.")
        raise ValidationError(sentence % {"file": path.name, "name": twice[0]})
    if not members:
        sentence = _("“%(file)s” holds no file that can be imported: no CSV, TSV or TXT, XLSX or JSON lines.")
        raise ValidationError(sentence % {"file": path.name})
    return Contents(members, others)


def unpack(path: Path, member: str, into: Path) -> None:
    """Write the file called ``member`` of the ZIP to ``into``. Raises ValidationError as ``contents``."""
    contents(path)
    with _opened(path) as archive:
        info = next((info for name, info in _entries(path.name, archive) if name == member), None)
        if info is None:
            sentence = _("“%(file)s” holds no file called “%(name)s”.")
            raise ValidationError(sentence % {"file": path.name, "name": shown(member)})
        into.touch(mode=0o600)
        with archive.open(info) as source, into.open("wb") as target:
            # Reads no more than the declared size, which is within the limits, and checks it.
            while chunk := source.read(CHUNK):
                target.write(chunk)
        if into.stat().st_size != info.file_size:
            raise zipfile.BadZipFile


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with Frugal(path) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except (*DAMAGED, OSError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise
        sentence = _("“%(file)s” is no ZIP that can be read, or it is damaged: pack it again.")
        raise ValidationError(sentence % {"file": path.name}) from error


def _entries(file: str, archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files by name, without folders and what systems add. Raises ValidationError where a limit is passed."""
    entries = [(_name(info), info) for info in archive.infolist() if not info.is_dir()]
    entries = [(names.base(name), info) for name, info in entries if not _is_of_a_system(name)]
    if len(entries) > MOST_MEMBERS:
        sentence = _("“%(file)s” holds %(count)d files; a ZIP may hold at most %(most)d: split it.")
        raise ValidationError(sentence % {"file": file, "count": len(entries), "most": MOST_MEMBERS})
    for name, info in entries:
        problem = wrong("name", name)
        if not problem and len(name) > names.LONGEST:
            problem = _("The name of the file is longer than %(most)s characters: shorten it.") % {
                "most": names.LONGEST
            }
        if problem:
            raise ValidationError(f"{file}: {problem}")
        if info.flag_bits & ENCRYPTED:
            sentence = _("“%(file)s” is protected by a password: pack it without one.")
            raise ValidationError(sentence % {"file": file})
        if info.file_size > MOST_MEMBER:
            sentence = _("“%(name)s” in “%(file)s” has %(size)s unpacked; a file may have at most %(most)s: split it.")
            amounts = {"size": filesizeformat(info.file_size), "most": filesizeformat(MOST_MEMBER)}
            raise ValidationError(sentence % {"name": name, "file": file, **amounts})
        if info.file_size > max(SMALL, MOST_RATIO * info.compress_size):
            sentence = _("“%(name)s” in “%(file)s” grows more than %(most)d times when unpacked: send it unpacked.")
            raise ValidationError(sentence % {"name": name, "file": file, "most": MOST_RATIO})
    total = sum(info.file_size for _name_, info in entries)
    if total > MOST_TOTAL:
        sentence = _("“%(file)s” has %(size)s unpacked; a ZIP may have at most %(most)s: split it.")
        amounts = {"size": filesizeformat(total), "most": filesizeformat(MOST_TOTAL)}
        raise ValidationError(sentence % {"file": file, **amounts})
    return entries


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: systems in Japan write CP932, some write UTF-8 without saying so."""
    if info.flag_bits & IN_UTF_8:
        return info.filename
    stored = info.orig_filename.encode("cp437")
    for encoding in ("utf-8", "cp932"):
        try:
            return stored.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _is_of_a_system(name: str) -> bool:
    """Whether an operating system added the file: ``__MACOSX/._a.csv``, ``.DS_Store``."""
    return name.startswith("__MACOSX/") or names.base(name).startswith(".") or names.base(name) == "Thumbs.db"
