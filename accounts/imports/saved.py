"""Mappings that people saved: checked as the import would read them, found by name, withdrawn and brought back."""

from __future__ import annotations

import datetime as dt
import re
from itertools import count
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import access
from accounts.imports import bounds
from accounts.imports.checking import check_mapping
from accounts.imports.mapping import SHIPPED, Written, parse, place_of
from accounts.imports.maps import FileMap, Mapping, MappingError
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import SavedMapping, User


def named(name: str) -> Path | Written:
    """The mapping that somebody saved under ``name``, else the shipped one, else the one at that path.

    Raises MappingError. A saved one goes first, so that a path never hides it; it hides a shipped one only where it is an admin's.
    """
    saved = SavedMapping.objects.in_use().filter(name=name).select_related("by").first()
    if saved is None or (name in shipped() and not (saved.by and access.configures(saved.by))):
        return place_of(name)
    return Written(saved.name, saved.toml)


def check(text: str, name: str, day: dt.date) -> Mapping:
    """The mapping, when an import could use it; raises ValidationError with a sentence that names the line.

    Targets, fields and constants are checked as before an import, so that a mistake is not told late.
    """
    file: FileMap | None = None
    try:
        mapping = parse(text, name)
        for file in mapping.files:
            _check_file(file, day)
    except MappingError as error:
        line = line_of(text, error.where or (file.name if file else ""))
        sentence = _("Line %(line)d: %(problem)s") if line else "%(problem)s"
        raise ValidationError({"toml": sentence % {"line": line, "problem": error}}) from error
    return mapping


def _check_file(file: FileMap, day: dt.date) -> None:
    check_mapping((file,), TARGETS, day)
    if late := file.lateness(day):
        raise MappingError(late, f"{file.name} as_of")


def line_of(text: str, where: str) -> int:
    """The line of the text at which ``where`` (a file's name, then a key in it; or a key of the whole) stands; 0 unknown."""
    lines = text.splitlines()
    start = 0
    for number, line in enumerate(lines, 1):
        match = re.match(r"\s*name\s*=\s*[\"'](.+)[\"']", line)
        if match and where.startswith(match[1]) and not start:
            start, where = number, where.removeprefix(match[1]).strip()
    keys = [re.escape(key) for key in where.split(" ") if key]
    for key in reversed(keys):
        for number, line in enumerate(lines[start:], start + 1):
            if start and line.strip() == "[[file]]":
                break
            if re.search(rf"(^|[\s{{.,\[\"']){key}[\"']?\s*(=|\])", line):
                return number
    return start


def save(mapping: SavedMapping, by: User, day: dt.date) -> None:
    """Save a checked mapping; raises ValidationError by field.

    What only admins may say is in no mapping of somebody else: an admin's file could be read by it.
    """
    checked = check(mapping.toml, mapping.name, day)
    if mapping.name in shipped() and not access.configures(by):
        raise ValidationError({"name": _("A mapping that we ship is called so: choose another name.")})
    if not access.configures(by):
        try:
            for file in checked.files:
                bounds.check(file, TARGETS[file.into])
        except Unreadable as problem:
            raise ValidationError({"toml": str(problem)}) from problem
    mapping.by = by
    mapping.full_clean()
    mapping.save(update_fields=["name", "toml", "by"] if mapping.pk else None)


def withdraw(mapping: SavedMapping, now: dt.datetime) -> None:
    """Delete it so that it can be brought back; files imported with it stay as they are."""
    mapping.withdrawn_at = now
    mapping.save(update_fields=["withdrawn_at"])


def bring_back(mapping: SavedMapping) -> None:
    """Undo a deletion; raises ValidationError where another one has its name by now."""
    mapping.withdrawn_at = None
    mapping.validate_constraints()
    mapping.save(update_fields=["withdrawn_at"])


def shipped() -> list[str]:
    """The names of the mappings that we ship."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def shipped_text(name: str) -> str:
    """The text of a shipped mapping; "" where there is none of that name."""
    return (SHIPPED / f"{name}.toml").read_text("utf-8") if name in shipped() else ""


def free_name(name: str) -> str:
    """``name``, or with the first number that no saved mapping has."""
    taken = {*shipped()} | set(
        SavedMapping.objects.in_use().filter(name__startswith=name).values_list("name", flat=True)
    )
    return name if name not in taken else next(f"{name} {n}" for n in count(2) if f"{name} {n}" not in taken)
