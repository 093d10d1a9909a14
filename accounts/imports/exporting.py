"""The record as CSV files that come in again: the rows of ``reading``, and the mapping by which they are read.

Parts of lists stand on lines of their own, for none of them has a line end; cells that a spreadsheet would run carry an
apostrophe, which that mapping takes off again.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.db.models import F, Func, QuerySet

from accounts.imports import reading
from accounts.imports.cells import Formats
from accounts.imports.maps import FieldMap, FileMap, Mapping
from accounts.imports.targets import TARGETS, Share, Target
from accounts.imports.texts import escaped
from accounts.imports.writing import text_of
from accounts.models import Source, User

LISTS: Final = "\n"
MAPPING: Final = "mapping.toml"
CHUNK: Final = 2_000


class _Echo:
    def write(self, line: str) -> str:
        return line


class Keys(Func):
    """The keys of a JSON object, a row each."""

    function = "jsonb_object_keys"
    set_returning = True


class Export:
    """The rows of one share of a target, of one source where they have any, that ``user`` may see."""

    def __init__(self, target: Target, share: Share, user: User, source: str, prefix: str = "") -> None:
        self.target, self.share, self.source, self.prefix = target, share, source, prefix
        self.rows: QuerySet[Any, dict[str, Any]] = reading.rows(target, user, source).filter(**share.where)
        self.names = [known.name for known in target.fields if reading.is_read(target, known.name)]
        kinds = {known.name: known.kind for known in target.fields}
        self.attributes = self._keys() if "attributes" in kinds.values() else []
        self.plain = [name for name in self.names if kinds[name] != "attributes"]
        # Rows written so far whose customer has no id of the source: an import refuses them.
        self.unnamed = 0

    def _keys(self) -> list[str]:
        """The attributes that any of the rows has. One statement."""
        column = f"{reading.BEFORE}attributes"
        found = self.rows.order_by().annotate(key=Keys(F(column))).values_list("key", flat=True).distinct()
        return sorted(found)

    @property
    def name(self) -> str:
        return f"{self.prefix}{self.share.name}.csv"

    @property
    def columns(self) -> list[str]:
        return [*self.plain, *(f"attributes.{key}" for key in self.attributes)]

    def lines(self) -> Iterator[str]:
        """The lines of the file, the names of the columns first; one statement, memory flat."""
        writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
        yield "\ufeff" + writer.writerow(self.columns)
        for row in self.rows.iterator(chunk_size=CHUNK):
            found = reading.plain(self.target, row)
            self.unnamed += "customer" in found and found["customer"] is None
            yield writer.writerow(self.cells(found))

    def cells(self, found: dict[str, Any]) -> list[str]:
        """The cells of a row as ``reading.plain`` says it, in the order of the columns."""
        attributes = found.get("attributes") or {}
        values = [found[name] for name in self.plain] + [attributes.get(key) for key in self.attributes]
        return [escaped(text_of_cell(value)) for value in values]

    def file_map(self) -> FileMap:
        """How the file comes in again."""
        fields = tuple(FieldMap(name, (name,)) for name in self.plain)
        if self.attributes:
            fields += (FieldMap("attributes", attributes={key: f"attributes.{key}" for key in self.attributes}),)
        formats = Formats(list_separator=LISTS)
        return FileMap(
            self.name, self.target.name, self.source, fields, formats, escaped=True, users=self.share.users
        )  # fmt: skip


def exports(user: User, source: str, prefix: str = "") -> Iterator[Export]:
    """Each file of the record that ``user`` may see, in the order in which they come in; those without rows are left out.

    ``prefix`` stands before the names of the files.
    """
    for target in TARGETS.values():
        for share in target.shares or (Share(target.name),):
            export = Export(target, share, user, source, prefix)
            if export.rows.exists():
                yield export


def write(folder: Path, user: User, source: str) -> dict[str, int]:
    """Write the record of ``source`` into ``folder``, with its mapping; how many rows each file has.

    What people type comes in by no file, so it has no mapping.
    """
    found = list(exports(user, source))
    written: dict[str, int] = {}
    for export in found:
        with (folder / export.name).open("w", encoding="utf-8", newline="") as stream:
            written[export.name] = -1  # the line that names the columns
            for line in export.lines():
                stream.write(line)
                written[export.name] += 1
    if found and source != Source.TYPED:
        (folder / MAPPING).write_text(mapping_of(found, source), encoding="utf-8")
    return written


def mapping_of(found: Sequence[Export], source: str) -> str:
    """The mapping by which the files come in again."""
    files = tuple(export.file_map() for export in found)
    return text_of(Mapping(f"Export of {source}", source, None, "USD", files))


def sources() -> list[str]:
    """The sources of which the record has rows, what people type among them. One statement."""
    # Of contracts a row is a line, and the contract has the source.
    models = dict.fromkeys(
        model for target in TARGETS.values() for model in (reading.base_of(target), target.models[0])
    )
    found = [
        model._default_manager.order_by().values_list("source", flat=True).distinct()
        for model in models
        if "source" in {known.name for known in model._meta.get_fields()}
    ]
    first, *others = found
    return sorted(filter(None, first.union(*others)))


def text_of_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dt.date():  # and instants
            return value.isoformat()
        case list():
            return LISTS.join(map(str, value))
    return str(value)
