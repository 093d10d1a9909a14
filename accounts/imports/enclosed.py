"""Mappings that lie in a ZIP beside the files that they are for, as the export of the record packs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.imports import mapping as mappings
from accounts.imports.exporting import MAPPING
from accounts.imports.maps import FileMap, MappingError
from accounts.imports.maps import Mapping as FileMapping
from accounts.imports.named_files import known_as
from accounts.imports.writing import text_of
from accounts.models import Upload
from accounts.uploads import Copies

MOST: Final = 2**20  # bytes of a mapping


def enclosed(upload: Upload, others: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What a place of a run keeps (``own``: the mapping of that file alone; ``turn``: of which mapping of the ZIP it is), by
    what its file is known as. ``others`` are the files of the ZIP that are no tables.

    Raises ValidationError where a mapping cannot be read.
    """
    found: dict[str, dict[str, Any]] = {}
    with Copies() as copies:
        for turn, name in enumerate(filter(is_mapping, others), 1):
            with copies.file(upload, name) as path:
                if path.stat().st_size > MOST:
                    raise ValidationError(_("“%(name)s” is too large for a mapping.") % {"name": name})
                mapping = parsed(path.read_bytes(), name)
            names = [known_as(file.name) for file in mapping.files]
            for file, known in zip(mapping.files, names, strict=True):
                if names.count(known) == 1:
                    text = text_of(FileMapping(mapping.title, file.source, None, "USD", (file,)))
                    found[known] = {"own": text, "turn": turn}
    return found


def is_mapping(name: str) -> bool:
    """``mapping.toml``, and with a name before it: ``crm.mapping.toml``."""
    return name == MAPPING or name.endswith(f".{MAPPING}")


def parsed(content: bytes, name: str) -> FileMapping:
    """The mapping; raises ValidationError."""
    try:
        return mappings.parse(content.decode(), name)
    except MappingError as problem:
        raise ValidationError(str(problem)) from problem
    except UnicodeDecodeError as problem:
        raise ValidationError(str(mappings.unreadable(name, problem))) from problem


def own(place: Mapping[str, Any]) -> tuple[FileMap, str] | None:
    """The part of the mapping that came with a file, and the mapping's title; None where none did."""
    if not (text := place.get("own")):
        return None
    mapping = mappings.parse(text, place["name"])
    return mapping.files[0], mapping.title
