"""The mappings that fit a file as it was recognised: those of people first, then the one by which it came before, then ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts import access
from accounts.imports import mapping as mappings
from accounts.imports import saved, words
from accounts.imports.beside import Look, Others, extended, looks_of, needed
from accounts.imports.cells import Formats
from accounts.imports.folders import REJECTS
from accounts.imports.maps import FileMap, Join, Mapping, MappingError
from accounts.imports.named_files import known_as
from accounts.imports.recognising import Recognised
from accounts.imports.rows import OURS
from accounts.imports.targets import TARGETS
from accounts.models import ImportRun, SavedMapping, User

LATEST: Final = 20
ALONE: Final = Others()
# What the keys of our own mappings begin with.
SHIPPED: Final = "shipped:"


@dataclass(frozen=True)
class Fitting:
    """A mapping that fits: ``key`` names it in a form, ``label`` for people; ``file`` is its part for this file.

    ``asks``: notations are as recognised in the file, so that what two readings fit is asked. ``author`` said it, None: we.
    ``looks`` are the other files of the import in which rows are looked up, ``lacking`` those that it needs and that are not there.
    ``is_reading``: the mapping reads the file several times, and this is one of them.
    """

    key: str
    label: str
    file: FileMap
    asks: bool
    author: User | None = None
    looks: tuple[Look, ...] = ()
    lacking: tuple[str, ...] = ()
    is_reading: bool = False

    @property
    def is_shipped(self) -> bool:
        """Whether it is one of ours."""
        return self.key.startswith(SHIPPED)

    def settles(self, user: User) -> bool:
        """Whether a file of ``user`` may be read by it without a look: what an admin brings goes further than others may say."""
        author = self.author
        return author is None or author == user or access.configures(author) or not access.configures(user)


def fitting(found: Recognised, others: Others = ALONE) -> list[Fitting]:
    """The mappings that fit, in the order of ``candidates``, each reading of one that reads the file several times; those that
    lack another file too. Two statements.
    """
    fit = []
    for key, label, mapping, author in candidates(found):
        files = files_of(mapping, found, others, is_shipped=key.startswith(SHIPPED))
        for number, file in enumerate(files, start=1):
            asks = key.startswith(SHIPPED) or file.formats == Formats()
            looks, absent = looks_of(file, found, others)
            formats = recognised_formats(file.formats, extended(found, looks)) if asks else file.formats
            lacking = tuple(join.file for join in absent if not join.optional or is_needed(join, file))
            read = replace(file, formats=formats, joins=needed(file, found.columns))
            one = Fitting(key, label, read, asks, author, tuple(looks), lacking)
            fit.append(reading(one, number, len(files)) if len(files) > 1 else one)
    return fit


def reading(fit: Fitting, number: int, count: int) -> Fitting:
    """One of several readings of the file by a mapping, each of which a person brings by itself."""
    names = {"name": fit.label, "rows": words.target_words(fit.file.into), "number": number, "count": count}
    label = _("%(name)s: %(rows)s, reading %(number)d of %(count)d") % names
    return replace(fit, key=f"{fit.key}#{number}", label=label, is_reading=True)


def candidates(found: Recognised) -> Iterator[tuple[str, str, Mapping, User | None]]:
    """(key, label, mapping, whose it is) of every mapping that can be read; a corrected file's run goes before all."""
    of_runs = list(of_earlier_runs(found))
    if OURS[0] in found.columns:
        yield from of_runs
    for row in SavedMapping.objects.in_use().select_related("by").order_by("name"):
        if mapping := readable(row.toml, row.name):
            yield f"saved:{row.name}", row.name, mapping, row.by
    if OURS[0] not in found.columns:
        yield from of_runs
    for name in saved.shipped():
        if mapping := readable(saved.shipped_text(name), f"{name}.toml"):
            yield f"{SHIPPED}{name}", str(words.SHIPPED.get(name, name)), mapping, None


def of_earlier_runs(found: Recognised) -> Iterator[tuple[str, str, Mapping, User | None]]:
    """The mapping by which a file of this name, or the file whose rejected rows these are, was imported last."""
    runs = (
        ImportRun.objects.filter(started_at__isnull=False, by__isnull=False)
        .select_related("by")
        .order_by("-pk")[:LATEST]
    )
    for run in runs:
        for place in run.places:
            text = place.get("mapping") or run.mapping
            if known_as(place.get("name", "")) == plain_name(found.name) and (mapping := readable(text, run.title)):
                label = _("as “%(name)s” was read last") % {"name": place["name"]}
                yield f"run:{run.pk}:{place['name']}", label, mapping, run.by
                return


def plain_name(name: str) -> str:
    """The name under which a file is known; of rejected rows that of their file."""
    return known_as(name.removeprefix(REJECTS))


def readable(text: str, name: str) -> Mapping | None:
    try:
        return mappings.parse(text, name)
    except MappingError:
        return None


def files_of(mapping: Mapping, found: Recognised, others: Others = ALONE, *, is_shipped: bool = False) -> list[FileMap]:
    """The parts of the mapping whose columns the file has; of several those of its name, or none where they read several files.

    One that we ship is of another system's files: it fits those alone.
    """
    fit = [file for file in mapping.files if file.into in TARGETS and has_columns(file, found, others)]
    if is_shipped:
        fit = [file for file in fit if is_its_kind(file, found)]
    named = [file for file in fit if is_named(file, found)]
    chosen = named or ([] if any(file.optional for file in fit) else fit)
    return [as_recognised(file, found) for file in chosen] if len({file.name for file in chosen}) == 1 else []


def is_named(file: FileMap, found: Recognised) -> bool:
    return known_as(file.name) == plain_name(found.name)


def is_its_kind(file: FileMap, found: Recognised) -> bool:
    """Whether a file is of the kind of which the mapping speaks, and has not just a column of such a name.

    By the columns alone the mapping knows most of those in the file, and the file has all that the mapping knows; where it is
    called so, half of either will do: exports leave columns out, and people add theirs.
    """
    theirs = tuple(join.prefix for join in file.joins)
    read = {*file.ignore, *file.conditions, *(name for field in file.fields for name in field.needs())}
    known = {name for name in (*read, *(join.by for join in file.joins)) if not name.startswith(theirs)}
    own = {name for name in found.columns if name.strip() and name not in OURS and not name.startswith(theirs)}
    shared = len(known & own)
    if is_named(file, found):
        return shared * 2 >= min(len(known), len(own))
    return shared == len(known) and shared * 2 > len(own)


def has_columns(file: FileMap, found: Recognised, others: Others = ALONE) -> bool:
    """Whether the file has all columns, of an optional mapping those of the fields that every row needs.

    Columns of another table are there where the file has those by which that is looked up; of a table that is there it has them.
    """
    joins = needed(file, found.columns)
    looks, absent = looks_of(file, found, others) if joins else ([], [])
    columns = {*found.columns, *(name for look in looks for name in look.columns)}
    prefixes = tuple(join.prefix for join in absent)
    required = {field.name for field in TARGETS[file.into].fields if field.required}
    asked = [field for field in file.fields if not file.optional or field.name in required]
    read = {*file.conditions, *(name for field in asked for name in field.needs()), *(join.by for join in joins)}
    return bool(asked) and all(name in columns or name.startswith(prefixes or ("\0",)) for name in read)


def is_needed(join: Join, file: FileMap) -> bool:
    """Whether no row can go in without the other table, though a single row may miss it there."""
    required = {field.name for field in TARGETS[file.into].fields if field.required}
    asked = [field.columns for field in file.fields if field.name in required and field.columns]
    return any(
        all(name.startswith(join.prefix) for name in columns) for columns in (*asked, *((name,) for name in file.only))
    )


def as_recognised(file: FileMap, found: Recognised) -> FileMap:
    """The mapping of this very file: laid out as it is, whatever the mapping says of an earlier one."""
    asked = {question.about for question in found.questions}
    seen: dict[str, Any] = {
        "encoding": found.encoding, "delimiter": found.delimiter, "escape": found.escape, "sheet": found.sheet,
        "skip_lines": found.skip_lines,
    }  # fmt: skip
    kept = {name: value for name, value in seen.items() if name not in asked}
    kind = "" if found.format == "csv" else found.format
    return replace(file, name=found.name, format=kind, **kept)


def recognised_formats(said: Formats, found: Recognised) -> Formats:
    """The notations of a mapping for any file of its kind, with those of this file where it has such values.

    Words for an empty cell stay what the mapping says: somebody may be called NULL.
    """
    formats, columns = found.formats, found.details
    if any(column.dates for column in columns):
        said = replace(said, dates=formats.dates, instants=formats.instants)
    if any(column.decimals for column in columns):
        said = replace(said, decimal=formats.decimal, marks=tuple(dict.fromkeys((*said.marks, *formats.marks))))
    return said
