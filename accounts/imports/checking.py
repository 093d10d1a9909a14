"""Mistakes of a mapping, told before the first row is written, with what to set instead."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from accounts import company
from accounts.imports import denominations
from accounts.imports.dialects import actual, first_bytes
from accounts.imports.encodings import encodings
from accounts.imports.maps import FileMap, MappingError
from accounts.imports.planning import plan_for
from accounts.imports.recognising import Recognised, recognise, sampling
from accounts.imports.rows import Unfitting, Unreadable
from accounts.imports.tables import columns_of
from accounts.imports.targets import Target

SETTINGS = ("encoding", "delimiter", "escape", "skip_lines")


def check_mapping(files: tuple[FileMap, ...], targets: Mapping[str, Target], day: dt.date) -> None:
    """Raises MappingError for the first file whose fields its target does not have, whether or not the file is there."""
    for file in files:
        if file.into not in targets:
            sentence = _("The mapping's %(file)s goes into %(into)s, which is none of %(known)s.")
            names = {"file": file.name, "into": file.into or "?", "known": ", ".join(targets)}
            raise MappingError(sentence % names, f"{file.name} into")
        if file.missing == "ended" and not targets[file.into].ends:
            sentence = _('%(file)s: missing = "ended" is not for %(into)s: none of them end.')
            raise MappingError(sentence % {"file": file.name, "into": file.into}, f"{file.name} missing")
        columns = [*file.conditions, *file.ordering, *(name for field_map in file.fields for name in field_map.needs())]
        plan_for(file, targets[file.into], list(dict.fromkeys(columns)), day)


def check_file(path: Path, file: FileMap, target: Target, day: dt.date) -> None:
    """Raises Unreadable or MappingError where the file has not the columns of its mapping; reads its first lines only."""
    with advised(path, file):
        plan_for(file, target, columns := columns_of(path, file), day)
    denominations.check_told(file, target, columns, company.currency)


def check_prices(path: Path, file: FileMap, target: Target) -> None:
    """Raises Unreadable where an amount comes from a column that is another one plus a tax, and nobody said which is meant.

    Looks at a sample of the rows.
    """
    untold = {
        field_map.columns[0]: field_map.name
        for field_map in file.fields
        if field_map.tax is None and len(field_map.columns) == 1 and is_money(target, field_map.name)
    }
    if not untold:
        return
    try:
        questions = recognise(path, file.sheet).questions
    except Unreadable:
        return  # the load says why
    for question in questions:
        if question.about == "tax_pair" and question.column in untold:
            sentence = _(
                "%(file)s: %(column)s is %(other)s with tax: read %(other)s as %(field)s, or say tax = %(rate)s (or another rate) of it; "
                "tax = 0 if it has nothing to do with tax."
            )
            names = {"column": question.column, "other": question.choices[0].value, "field": untold[question.column]}
            names["rate"] = str(question.rate)
            raise Unreadable(sentence % {"file": path.name, **names})


def is_money(target: Target, name: str) -> bool:
    known = target.field(name)
    return known is not None and known.kind == "money"


@contextmanager
def advised(path: Path, file: FileMap) -> Iterator[None]:
    """Say also what to set, or which columns there are, where a file does not have the columns of its mapping."""
    try:
        yield
    except Unfitting as error:
        advice = how_to_read(path, file, error.columns)
        raise Unreadable(f"{error} {advice}".strip()) from error


def how_to_read(path: Path, file: FileMap, columns: Sequence[str] = ()) -> str:
    """One sentence with the settings by which the file would have the mapping's columns, else with its ``columns``; "" without any."""
    try:
        found = recognise(path, file.sheet)
    except Unreadable:
        return ""
    wanted = {name for field_map in file.fields for name in field_map.needs()}
    settings = list(other_settings(path, file, found))
    if settings and wanted & set(found.columns):
        return _("It looks as if it needed %(settings)s.") % {"settings": ", ".join(settings)}
    return _("Its columns are: %(columns)s.") % {"columns": ", ".join((columns or found.columns)[:20])}


def other_settings(path: Path, file: FileMap, found: Recognised) -> Iterator[str]:
    """Lines of the mapping that differ from what the file was recognised as."""
    said = actual(first_bytes(path), file.dialect)
    for name in SETTINGS:
        value = getattr(found, name)
        is_text = found.format == "csv" or name == "skip_lines"
        same = value == getattr(said, name) or (name == "encoding" and {value, said.encoding} <= {"utf-8", "utf-8-sig"})
        if is_text and not same:
            yield f"{name} = {json.dumps(value)}"


def encoding_advice(path: Path, file: FileMap) -> str:
    """One sentence with the encoding of a text that is not in the mapping's; "" where it is, or nobody knows."""
    said = actual(first_bytes(path), file.dialect)
    pieces, _whole = sampling.pieces(path)
    fitting = encodings(pieces)
    if all(map(bytes.isascii, pieces)) and "A".encode(said.encoding) == b"A":
        return ""
    if said.format == "xlsx" or len(fitting) > 1 or fitting[0] == said.encoding:
        return ""
    if {fitting[0], said.encoding} <= {"utf-8", "utf-8-sig"}:
        return ""
    return _('the text is not %(said)s: it looks as if it needed encoding = "%(found)s"') % {
        "said": said.encoding,
        "found": fitting[0],
    }
