"""A mapping as the text of its file, which ``accounts.imports.mapping`` reads back as the same mapping."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from accounts.imports.cells import Formats
from accounts.imports.durations import SECONDS
from accounts.imports.maps import FieldMap, FileMap, Join
from accounts.imports.maps import Mapping as FileMapping

UNITS: Final = {seconds: unit for unit, seconds in SECONDS.items()}
# The columns of a FileMap and a FieldMap that stand elsewhere, or under another name.
PLACED: Final = {"source", "fields", "formats", "joins"}
RENAMED: Final = {"zone": "time_zone"}


def text_of(mapping: FileMapping) -> str:
    """The mapping as TOML; what equals its default is left out."""
    lines = [
        f"title = {toml(mapping.title)}",
        f"source = {toml(mapping.source)}",
        f"currency = {toml(mapping.currency)}",
    ]
    if mapping.day:
        lines.append(f"day = {toml(mapping.day)}")
    for file in mapping.files:
        lines += ["", *file_lines(file)]
    return "\n".join(lines) + "\n"


def file_lines(file: FileMap) -> Iterator[str]:
    """One ``[[file]]`` with its tables."""
    plain = FileMap("", "", "", (), Formats())
    yield "[[file]]"
    yield f"name = {toml(file.name)}"
    yield f"into = {toml(file.into)}"
    yield from settings(file, plain, PLACED | {"name", "into"})
    if formats := list(settings(file.formats, plain.formats)):
        yield "[file.formats]"
        yield from formats
    for join in file.joins:
        yield "[[file.join]]"
        yield from settings(join, Join("", ""))
    yield "[file.fields]"
    for field_map in file.fields:
        yield f"{key(field_map.name)} = {field_text(field_map)}"


def settings(row: Any, plain: Any, elsewhere: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
    """A line for each attribute of ``row`` that differs from ``plain``."""
    for attribute in fields(row):
        value = getattr(row, attribute.name)
        if attribute.name not in elsewhere and value != getattr(plain, attribute.name):
            yield f"{RENAMED.get(attribute.name, attribute.name)} = {toml(value)}"


def field_text(field_map: FieldMap) -> str:
    """The right-hand side of a field: its column alone where nothing else is said."""
    plain = FieldMap(field_map.name)
    parts = []
    if len(field_map.columns) == 1 and field_map.columns[0]:
        parts.append(f"column = {toml(field_map.columns[0])}")
    elif field_map.columns:
        parts.append(f"columns = {toml(field_map.columns)}")
    parts += settings(field_map, plain, {"name", "columns", "seconds"})
    if field_map.after:
        parts.append(f"unit = {toml(UNITS[field_map.seconds])}")
    if len(field_map.columns) == 1 and len(parts) == 1:
        return toml(field_map.columns[0])
    return f"{{ {', '.join(parts)} }}"


def toml(value: Any) -> str:
    """A value of a mapping as TOML writes it; sets in order, so that the same mapping is the same text."""
    return next((write(value) for kind, write in WRITERS if isinstance(value, kind)), str(value))


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def table(words: Mapping[str, str | tuple[str, ...]]) -> str:
    single = {name: word[0] if isinstance(word, tuple) and len(word) == 1 else word for name, word in words.items()}
    pairs = ", ".join(f"{key(name)} = {toml(word)}" for name, word in single.items())
    return f"{{ {pairs} }}" if pairs else "{}"


def array(values: Iterable[str]) -> str:
    return f"[{', '.join(map(toml, values))}]"


def key(name: str) -> str:
    """A key bare where TOML allows that, else in quotation marks."""
    return name if name and name.isascii() and name.replace("_", "").replace("-", "").isalnum() else toml(name)


WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (bool, lambda flag: "true" if flag else "false"),
    (str, quoted),
    (ZoneInfo, lambda zone: quoted(zone.key)),
    (dt.date, dt.date.isoformat),
    (Decimal, lambda number: f"{number:f}"),
    (Mapping, table),
    (frozenset, lambda words: array(sorted(words))),
    (tuple, array),
)
