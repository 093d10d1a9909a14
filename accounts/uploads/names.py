"""Names of files that can be imported."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from config.text import shown, wrong

TABLES: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson"})
ARCHIVE: Final = ".zip"
LONGEST: Final = 200
# A name on a disk has at most 255 bytes, a letter up to four.
LONGEST_STEM: Final = 60


def base(name: str) -> str:
    """The last part of a name, without folders, whichever of the two slashes separates them."""
    return name.replace("\\", "/").rpartition("/")[2].strip()


def suffix(name: str) -> str:
    """``.csv`` of ``Contracts.CSV``; "" without one."""
    return PurePosixPath(name).suffix.lower()


def check(name: str) -> str:
    """``name`` without folders; raises ValidationError at ``name`` where it cannot be stored or imported."""
    name = base(name)
    problem = wrong("name", name)
    if not problem and not name:
        problem = _("The file has no name.")
    if not problem and len(name) > LONGEST:
        problem = _("The name of the file is longer than %(most)s characters: shorten it.") % {"most": LONGEST}
    if not problem and suffix(name) not in TABLES | {ARCHIVE}:
        problem = _(
            "“%(name)s” cannot be imported: send CSV, TSV or TXT, XLSX, JSON lines (.jsonl, .ndjson), or a ZIP of them."
        ) % {"name": shown(name)}
    if problem:
        raise ValidationError({"name": [problem]})
    return name


def on_disk(name: str) -> str:
    """A name of at most 255 bytes that has the suffix of ``name`` and begins like it."""
    end = suffix(name)
    return name[: len(name) - len(end)][:LONGEST_STEM] + end
