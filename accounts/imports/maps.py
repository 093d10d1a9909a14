"""What a mapping says: of its files, and of the fields of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Formats
from accounts.imports.dialects import Dialect
from accounts.imports.row_words import Words
from accounts.models import Source

FORMATS: Final = ("csv", "xlsx", "jsonl")
ISO_DAYS: Final = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")
LINE: Final = "line"
# Between columns of which one value is made, where messages name them.
TOGETHER: Final = " + "
# What a row is ordered by, among its values.
LATEST: Final = "latest_by"


class MappingError(Exception):
    """The problem of a mapping, one sentence; ``where``: the file's name and the key at which it stands."""

    def __init__(self, sentence: str, where: str = "") -> None:
        super().__init__(sentence)
        self.where = where


@dataclass(frozen=True)
class FieldMap:
    """Where one field comes from: a column, several joined, one constant; and how it is read.

    ``tax`` in percent: the amount includes it, and it is taken off; 0: none is in it; None: nobody said, so none is, unless the
    column is called otherwise. ``minor_units``: the amount counts the currency's
    smallest units, as cents. ``by``: columns whose cells multiply the amount, a number or a period as ``month``;
    ``per``: those that divide it; ``whole_term``: it is divided by the months from the row's start to its end. ``unit``: what a bare number counts, as months, in a field that counts days or months. ``first``: of several columns the first that is filled.
    ``dates``: the notations of this column's days or instants, where they are others than the file's.
    """

    name: str
    columns: tuple[str, ...] = ()
    constant: str | None = None
    join: str = " "
    values: AnyMapping[str, str] = field(default_factory=dict)
    last_day: bool = False
    times: Decimal = Decimal(1)
    by: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    whole_term: bool = False
    first: bool = False
    tax: Decimal | None = None
    minor_units: bool = False
    after: str = ""
    seconds: int = 0
    unit: str = ""
    through: str = ""
    dates: tuple[str, ...] = ()
    attributes: AnyMapping[str, str] = field(default_factory=dict)

    def formats(self, of_file: Formats) -> Formats:
        """How this field's cells are written, in a file of these formats."""
        formats = replace(of_file, of_one=True) if self.by else of_file
        return replace(formats, dates=self.dates, instants=self.dates) if self.dates else formats

    def needs(self) -> tuple[str, ...]:
        """The columns of the file that this field reads."""
        return self.columns + self.by + self.per + tuple(self.attributes.values())

    @property
    def column(self) -> str:
        """Its columns as messages name them; of a constant the field's own name."""
        return TOGETHER.join(self.needs()) or self.name

    def joined(self, cells: Iterable[str]) -> str:
        """The cells of several columns as one; empty ones leave nothing between the others."""
        return self.join.join(filter(None, (cell.strip() for cell in cells)))

    def place_in(self, file: FileMap) -> str:
        """Where a mapping says this field, as ``MappingError`` has it."""
        return f"{file.name} {self.name}"


@dataclass(frozen=True)
class Join:
    """Another table beside a file: its row whose ``key`` is the cell in the column ``by``. Its columns are called
    ``called.column``; ``optional``: they are empty where there is no such row, which refuses the row otherwise.
    """

    file: str
    by: str
    key: str = "id"
    called: str = ""
    optional: bool = False

    @property
    def prefix(self) -> str:
        return f"{self.called}."


@dataclass(frozen=True)
class FileMap:
    """One file: its name, its target, its fields.

    ``format`` is one of ``FORMATS``, "": as the file's content says. ``sheet`` names one of several of a workbook.
    ``skip_lines``: so many lines stand above the line that names the columns.
    ``escaped``: cells that a spreadsheet would run carry an apostrophe, as in an export of ours.
    ``optional``: columns may be missing. ``skip``: a row whose column says one of the words is left out,
    as connectors mark what was deleted at the source; ``only``: one whose column says another word. ``as_of`` is the day from which the file's values apply (None:
    the day of the import); ``correction`` rewrites the past instead; ``history``: the values count as
    known on the days that the file names. ``follows``, ``missing``, ``expired`` and ``users`` are choices of single
    targets (docs/import.md). ``latest_by``: of several rows of one id the last counts, by this column or, with ``LINE``,
    by the order of the file. ``joins``: other tables in which each row is looked up. ``conceded`` is the
    field of which somebody decided that the file's value stands, whoever else is believed; the other fields only find the row.
    ``is_part``: another file that is there, or the same one read otherwise, brings rows of the target and source too.
    ``by_hand``: the rows are what a person makes of the source's rows on a page. ``is_mended``: they are refused rows of another file,
    mended on the page of the import; ``elsewhere`` has the lines of rows that go in as another file has them, corrected.
    """

    name: str
    into: str
    source: str
    fields: tuple[FieldMap, ...]
    formats: Formats
    format: str = ""
    sheet: str = ""
    skip_lines: int = 0
    encoding: str = "utf-8"
    delimiter: str = ","
    escape: str = ""
    escaped: bool = False
    ignore: frozenset[str] = frozenset()
    optional: bool = False
    core_features: tuple[str, ...] = ()
    as_of: dt.date | None = None
    correction: bool = False
    history: bool = False
    conceded: str = ""
    is_part: bool = False
    by_hand: bool = False
    is_mended: bool = False
    elsewhere: AbstractSet[int] = frozenset()
    follows: str = ""
    missing: str = ""
    expired: str = ""
    users: str = ""
    latest_by: str = ""
    skip: Words = field(default_factory=dict)
    only: Words = field(default_factory=dict)
    joins: tuple[Join, ...] = ()

    def lateness(self, day: dt.date) -> str:
        """Why its values cannot apply yet on ``day``; "" where they can."""
        if self.as_of is None or self.as_of <= day:
            return ""
        sentence = _("%(file)s: as_of %(as_of)s lies in the future (today is %(day)s).")
        return sentence % {"file": self.name, "as_of": self.as_of, "day": day}

    @property
    def is_typed(self) -> bool:
        """Whether people typed the rows, so that they are no source's word."""
        return self.by_hand or self.source == Source.TYPED

    @property
    def dialect(self) -> Dialect:
        """How the file is laid out."""
        return Dialect(
            format=self.format,
            sheet=self.sheet,
            skip_lines=self.skip_lines,
            encoding=self.encoding,
            delimiter=self.delimiter,
            escape=self.escape,
            escaped=self.escaped,
            decimal=self.formats.decimal,
            list_separator=self.formats.list_separator,
        )

    def with_iso_days(self) -> FileMap:
        """The same for a file whose days are days, which are written in ISO 8601 whatever notation its texts have."""
        fields = tuple(replace(item, dates=item.dates and (*item.dates, *ISO_DAYS)) for item in self.fields)
        if not self.formats.dates and not self.formats.instants:
            return replace(self, fields=fields)
        formats = replace(
            self.formats,
            dates=self.formats.dates and (*self.formats.dates, *ISO_DAYS),
            instants=self.formats.instants and (*self.formats.instants, "iso"),
        )
        return replace(self, formats=formats, fields=fields)

    @property
    def ordering(self) -> tuple[str, ...]:
        """The column that says which of several rows of one id is the last, if one does."""
        return () if self.latest_by in {"", LINE} else (self.latest_by,)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The columns that say whether a row is left out."""
        return (*self.skip, *self.only)

    def field(self, name: str) -> FieldMap | None:
        return next((field_map for field_map in self.fields if field_map.name == name), None)


@dataclass(frozen=True)
class Mapping:
    """All files of one source; ``day`` is the data's own last day, None where it goes on."""

    title: str
    source: str
    day: dt.date | None
    currency: str
    files: tuple[FileMap, ...]
