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

from django.db.models import Exists, F, Func, OuterRef, QuerySet, Subquery
from django.utils.translation import ngettext

from accounts.identity import ways
from accounts.imports import reading
from accounts.imports.cells import Formats
from accounts.imports.maps import FieldMap, FileMap, Mapping
from accounts.imports.targets import TARGETS, Share, Target
from accounts.imports.texts import escaped
from accounts.imports.writing import text_of
from accounts.models import ExternalKey, Source, User

LISTS: Final = "\n"
MAPPING: Final = "mapping.toml"
CHUNK: Final = 2_000
WHOSE: Final = ("customer", "parent")


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
        if target.name == "customers":  # their further keys are rows of ``keys``
            self.rows = self.rows.filter(reading.is_first_key(source))
        self.names = [known.name for known in target.fields if reading.is_read(target, known.name)]
        kinds = {known.name: known.kind for known in target.fields}
        self.attributes = self._keys() if "attributes" in kinds.values() else []
        self.plain = [name for name in self.names if kinds[name] != "attributes"]
        # Rows written so far that name a customer by a key of another source, and by our number.
        self.foreign = self.unnamed = 0

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
            words = [str(found[name]) for name in WHOSE if name in found]
            self.foreign += any(word.startswith(ways.THROUGH_KEY) for word in words)
            self.unnamed += any(word.startswith(ways.OUR_NUMBER) for word in words)
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


def write(folder: Path, user: User, source: str) -> tuple[dict[str, int], str]:
    """Write the record of ``source`` into ``folder``, with its mapping; how many rows each file has, and the ``remark``.

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
    return written, "" if source == Source.TYPED else remark(found, is_alone=True)


def remark(written: Sequence[Export], *, is_alone: bool) -> str:
    """What of the files an empty installation cannot take, and what it takes only after the record of others
    (``is_alone``: that is not beside them); "" where it takes all.
    """
    unnamed, foreign = sum(one.unnamed for one in written), sum(one.foreign for one in written)
    found = []
    if unnamed:
        sentence = ngettext(
            "%(rows)s row names a customer that no system has a key of, by its number: it comes in here alone.",
            "%(rows)s rows name customers that no system has a key of, by their numbers: they come in here alone.",
            unnamed,
        )
        found.append(sentence % {"rows": f"{unnamed:,}"})
    if foreign and is_alone:
        sentence = ngettext(
            "%(rows)s row names its customer by a key of another system: elsewhere it comes in after that system’s record.",
            "%(rows)s rows name their customers by keys of other systems: elsewhere they come in after those systems’ records.",
            foreign,
        )
        found.append(sentence % {"rows": f"{foreign:,}"})
    return " ".join(found)


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


def in_turn(found: Sequence[str]) -> list[str]:
    """The sources, each after those by whose keys its customers name their parents, but where these go in a circle. One statement."""
    keys = ExternalKey.objects.filter(customer=OuterRef("customer__parent"))
    first = Subquery(keys.order_by("pk").values("source")[:1])
    pairs = ExternalKey.objects.filter(~Exists(keys.filter(source=OuterRef("source")))).annotate(other=first)
    others: dict[str, set[str]] = {}
    for source, other in pairs.exclude(other=None).order_by().values_list("source", "other").distinct():
        others.setdefault(source, set()).add(other)
    ordered: list[str] = []

    def put(source: str, below: frozenset[str]) -> None:
        if source not in below and source not in ordered:
            for other in sorted(others.get(source, ())):
                put(other, below | {source})
            ordered.append(source)

    for source in found:
        put(source, frozenset())
    return [source for source in ordered if source in found]


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
