"""Rows of the record as CSV, in and out: the columns are those of ``manage.py export_record``."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from accounts.imports.cells import shown
from accounts.imports.exporting import LISTS, Export
from accounts.imports.targets import Target, Trouble
from accounts.imports.texts import trouble_of, unescaped
from config.web.api.bodies import refuse_unknown
from config.web.api.parsing import LargeJSONParser

CSV: Final = "text/csv"
ATTRIBUTES: Final = "attributes"


@dataclass(frozen=True)
class Table:
    """The rows of a CSV as those of a JSON body, in their order, and what refuses those that cannot be read, by place."""

    rows: Sequence[Mapping[str, Any]]
    barred: Mapping[int, Sequence[Trouble]] = field(default_factory=dict)


def is_csv(request: Request) -> bool:
    return request.content_type.partition(";")[0].strip().lower() == CSV


class CsvParser(BaseParser):
    """The lines of a CSV in UTF-8 with commas, the first of which names the columns."""

    media_type = CSV

    def parse(self, stream: IO[bytes], *_how: Any, **_context: Any) -> Any:
        content = stream.read(LargeJSONParser.most + 1)
        if len(content) > LargeJSONParser.most:
            raise ParseError(_("The body is larger than %(most)s bytes.") % {"most": LargeJSONParser.most})
        try:
            text = str(content, "utf-8-sig")
            return list(lines_of(text))
        except (UnicodeDecodeError, csv.Error) as error:
            raise ParseError(
                _("The body is no CSV in UTF-8: a header line, commas, quotation marks in pairs.")
            ) from error


def lines_of(text: str) -> Iterator[list[str]]:
    """The lines that are not empty. Raises csv.Error."""
    for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
        if cells:
            yield cells


def table_of(lines: Sequence[list[str]], target: Target) -> Table:
    """The rows below the header. Raises ValidationError for a header that names none of the target's fields, or one twice,
    and for ``attributes`` beside one of them.
    """
    header, *body = lines or [[]]
    known = {name.name for name in target.fields}
    refuse_unknown({name for name in header if name not in known and not is_attribute(name, known)}, known)
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise ValidationError({twice[0]: [_("Two columns have this name.")]})
    if ATTRIBUTES in header and (parts := [name for name in header if is_attribute(name, known)]):
        reason = _("This column cannot stand beside “%(part)s”: leave out one of them.")
        raise ValidationError({ATTRIBUTES: [reason % {"part": shown(parts[0])}]})
    lists = {name.name for name in target.fields if name.kind == "list"}
    rows: list[Mapping[str, Any]] = []
    barred: dict[int, Sequence[Trouble]] = {}
    for place, cells in enumerate(body):
        trouble = trouble_of(cells)
        if len(cells) != len(header):
            trouble = _("has %(seen)d cells where the header names %(named)d") % {
                "seen": len(cells), "named": len(header),
            }  # fmt: skip
        if trouble:
            barred[place] = [("", trouble)]
        rows.append({} if trouble else row_of(dict(zip(header, map(unescaped, cells), strict=True)), lists))
    return Table(rows, barred)


def is_attribute(name: str, known: Container[str]) -> bool:
    return ATTRIBUTES in known and name.startswith(f"{ATTRIBUTES}.")


def row_of(cells: Mapping[str, str], lists: set[str]) -> dict[str, Any]:
    """The cells as the fields of a row: the parts of lists stand on lines of their own, attributes have a column each."""
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        first, _dot, key = name.partition(".")
        if key:
            row.setdefault(first, {})[key] = cell
        else:
            row[name] = cell.split(LISTS) if name in lists and cell else None if name in lists else cell
    return row


@dataclass(frozen=True)
class Sheet:
    """A page of a list as CSV: of ``rows`` as ``reading.plain`` says them."""

    export: Export
    rows: Sequence[dict[str, Any]]


class CsvRenderer(BaseRenderer):
    """A page of rows as the file of an export has them; problems stay JSON."""

    media_type = CSV
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, _accepted: str | None = None, _context: Mapping[str, Any] | None = None) -> bytes:
        if not isinstance(data, Sheet):
            return JSONRenderer().render(data)
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(data.export.columns)
        writer.writerows(map(data.export.cells, data.rows))
        return text.getvalue().encode("utf-8-sig")
