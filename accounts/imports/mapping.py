"""A mapping file: which file goes into which target, and which column into which field."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.imports import durations, encodings, naming
from accounts.imports.amounts import factor_of
from accounts.imports.cells import Formats
from accounts.imports.dating import NAMED, is_notation
from accounts.imports.dialects import MOST_TITLE_LINES
from accounts.imports.joins import joins_of
from accounts.imports.maps import FORMATS, FieldMap, FileMap, Mapping, MappingError
from accounts.imports.marked import is_factor
from accounts.imports.own_names import with_own_names
from accounts.imports.row_words import said_of

SHIPPED: Final = Path(__file__).with_name("mappings")
OWN_NAMES: Final = SHIPPED / "tsunagu.toml"
CHOICES: Final = {
    "follows": ("customer", "customer+product"),
    "missing": ("kept", "ended"),
    "expired": ("kept", "ended"),
    "users": ("total", "rows"),
    "format": FORMATS,
}


def find(name: str) -> Mapping:
    """The mapping shipped under ``name``, or the one at that path; raises MappingError."""
    return read(place_of(name))


def place_of(name: str) -> Path:
    """The file of the mapping shipped under ``name``, or the one at that path; raises MappingError."""
    path = SHIPPED / f"{name}.toml"
    if not name.isidentifier() or not path.is_file():
        path = Path(name)
    if not path.is_file():
        names = ", ".join(sorted(mapping_file.stem for mapping_file in SHIPPED.glob("*.toml")))
        sentence = _("There is no mapping %(name)s: name a file, or one of %(names)s.")
        raise MappingError(sentence % {"name": name, "names": names})
    return path


@dataclass(frozen=True)
class Written:
    """A mapping that stands in no file: its name and its text."""

    name: str
    text: str


def read(path: Path | Written) -> Mapping:
    return parse(text_of(path), path.name)


def text_of(path: Path | Written) -> str:
    """The text of the mapping at ``path``; raises MappingError."""
    if isinstance(path, Written):
        return path.text
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise unreadable(path.name, error) from error


def parse(text: str, name: str) -> Mapping:
    """The mapping that ``text`` says; ``name`` is the one its messages use. Raises MappingError."""
    try:
        mapping = Reader(name).mapping(tomllib.loads(text, parse_float=Decimal))
    except ValueError as error:  # of TOML, and of numbers longer than Python reads
        raise unreadable(name, error) from error
    except RecursionError as error:
        raise unreadable(name, _("it is nested too deep")) from error
    return with_own_names(mapping) if name == OWN_NAMES.name and text == OWN_NAMES.read_text("utf-8") else mapping


def unreadable(name: str, reason: object) -> MappingError:
    sentence = _("The mapping %(file)s cannot be read: %(reason)s.")
    return MappingError(sentence % {"file": name, "reason": reason})


@dataclass(frozen=True)
class Reader:
    """Turns a TOML document into a mapping; refuses names it does not know and wrong types."""

    file: str

    def wrong(self, where: str, reason: str) -> MappingError:
        sentence = _("The mapping %(file)s: %(where)s %(reason)s.")
        return MappingError(sentence % {"file": self.file, "where": where, "reason": reason}, where)

    def take(self, table: dict[str, Any], name: str, kind: type, default: Any, where: str) -> Any:
        """Remove ``name`` from the table; ``default`` where it is missing."""
        value = table.pop(name, default)
        fits = isinstance(value, kind) and not (kind is not bool and isinstance(value, bool))
        fits = fits and not (kind is dt.date and isinstance(value, dt.datetime))
        if value is not default and not fits:
            raise self.wrong(f"{where} {name}", _("is not of the right type"))
        return value

    def names(self, table: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
        value = self.take(table, name, list, [], where)
        if not all(isinstance(item, str) for item in value):
            raise self.wrong(f"{where} {name}", _("is not a list of texts"))
        return tuple(value)

    def words(self, table: dict[str, Any], name: str, where: str) -> dict[str, str]:
        value = self.take(table, name, dict, {}, where)
        if not all(isinstance(item, str) for item in value.values()):
            raise self.wrong(f"{where} {name}", _("is not a table of texts"))
        return value

    def done(self, table: dict[str, Any], where: str) -> None:
        for name in table:
            raise self.wrong(f"{where} {name}", _("is not known"))

    def mapping(self, table: dict[str, Any]) -> Mapping:
        where = "top"
        source = self.take(table, "source", str, "", where)
        if reason := naming.trouble(source, of_file=True):
            raise self.wrong("source", reason)
        formats = self.take(table, "formats", dict, {}, where)
        plain = FileMap("", "", source, (), Formats())
        common = replace(plain, **self.time(table, where, plain))
        files = self.take(table, "file", list, [], where)
        if not files or not all(isinstance(each, dict) for each in files):
            raise self.wrong("[[file]]", _("is missing"))
        parsed = Mapping(
            title=self.take(table, "title", str, source, where),
            source=source,
            day=self.take(table, "day", dt.date, None, where),
            currency=self.take(table, "currency", str, "USD", where),
            files=tuple(self.one_file(file_table, common, formats) for file_table in files),
        )
        self.done(table, where)
        return parsed

    def time(self, table: dict[str, Any], where: str, common: FileMap) -> dict[str, Any]:
        """From when the rows apply and since when they are known; a file's settings go before the mapping's."""
        return {
            "as_of": self.take(table, "as_of", dt.date, common.as_of, where),
            "correction": self.take(table, "correction", bool, common.correction, where),
            "history": self.take(table, "history", bool, common.history, where),
        }

    def choice(self, table: dict[str, Any], name: str, where: str) -> str:
        """The setting ``name``, one of its words in ``CHOICES``; "" where the mapping has none."""
        word: str = self.take(table, name, str, "", where)
        if word and word not in (words := CHOICES[name]):
            raise self.wrong(f"{where} {name}", _("is none of %(choices)s") % {"choices": ", ".join(words)})
        return word

    def one_file(self, table: dict[str, Any], common: FileMap, formats: dict[str, Any]) -> FileMap:
        if not (name := self.take(table, "name", str, "", "[[file]]")):
            raise self.wrong("[[file]]", _("has no name"))
        fields = self.take(table, "fields", dict, {}, name)
        file_map = FileMap(
            name=name,
            into=self.take(table, "into", str, "", name),
            source=common.source,
            fields=tuple(self.one_field(key, value, name) for key, value in fields.items()),
            formats=self.formats(formats | self.take(table, "formats", dict, {}, name), name),
            format=self.choice(table, "format", name),
            sheet=self.take(table, "sheet", str, "", name),
            skip_lines=self.lines(table, name),
            encoding=self.encoding(self.take(table, "encoding", str, "utf-8", name), name),
            **self.marks(table, name),
            escaped=self.take(table, "escaped", bool, False, name),
            ignore=frozenset(self.names(table, "ignore", name)),
            optional=self.take(table, "optional", bool, False, name),
            core_features=self.names(table, "core_features", name),
            **said_of(self, table, name),
            **self.time(table, name, common),
            follows=self.choice(table, "follows", name),
            missing=self.choice(table, "missing", name),
            expired=self.choice(table, "expired", name),
            users=self.choice(table, "users", name),
            latest_by=self.take(table, "latest_by", str, "", name),
            joins=joins_of(self, table, name),
        )
        self.done(table, name)
        return file_map

    def lines(self, table: dict[str, Any], where: str) -> int:
        lines: int = self.take(table, "skip_lines", int, 0, where)
        if not 0 <= lines <= MOST_TITLE_LINES:
            raise self.wrong(f"{where} skip_lines", _("is not between 0 and %(most)d") % {"most": MOST_TITLE_LINES})
        return lines

    def encoding(self, name: str, where: str) -> str:
        if not encodings.is_known(name):
            raise self.wrong(f"{where} encoding", _("is not known"))
        return name

    def marks(self, table: dict[str, Any], where: str) -> dict[str, Any]:
        """The file's special characters: between cells, and before a quotation mark that is part of a cell."""
        delimiter = self.take(table, "delimiter", str, ",", where)
        if len(delimiter) != 1 or delimiter in '\r\n"':
            raise self.wrong(f"{where} delimiter", _("is not one character"))
        escape = self.take(table, "escape", str, "", where)
        if escape and (len(escape) != 1 or escape in f'\r\n" {delimiter}'):
            raise self.wrong(f"{where} escape", _("is not one character"))
        return {"delimiter": delimiter, "escape": escape}

    def formats(self, raw_formats: dict[str, Any], where: str) -> Formats:
        table, plain = dict(raw_formats), Formats()
        parsed = Formats(
            dates=self.notations(table, "dates", where),
            instants=self.notations(table, "instants", where),
            true=self.flags(table, "true", plain.true, where),
            false=self.flags(table, "false", plain.false, where),
            decimal=self.take(table, "decimal", str, plain.decimal, where),
            list_separator=self.take(table, "list_separator", str, ";", where) or ";",
            zone=self.zone(self.take(table, "time_zone", str, "UTC", where), where),
            marks=self.names(table, "marks", where),
            round=self.take(table, "round", bool, False, where),
            null_words=self.flags(table, "null_words", plain.null_words, where),
            no_end=self.flags(table, "no_end", plain.no_end, where),
        )
        self.done(table, where)
        if parsed.decimal not in {".", ","}:
            raise self.wrong(f"{where} decimal", _("is neither . nor ,"))
        if factor := next(filter(is_factor, parsed.marks), ""):
            reason = _("names %(mark)s, a factor: write the amounts in full") % {"mark": factor}
            raise self.wrong(f"{where} marks", reason)
        return parsed

    def flags(self, table: dict[str, Any], name: str, default: frozenset[str], where: str) -> frozenset[str]:
        return frozenset(word.casefold() for word in self.names(table, name, where)) or default

    def notations(self, table: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
        if not all(map(is_notation, patterns := self.names(table, name, where))):
            reason = _("names neither a pattern such as %%d.%%m.%%Y nor one of %(names)s") % {"names": ", ".join(NAMED)}
            raise self.wrong(f"{where} {name}", reason)
        return patterns

    def zone(self, name: str, where: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise self.wrong(f"{where} time_zone", _("is not known")) from None

    def factor(self, table: dict[str, Any], where: str) -> Decimal:
        """What an amount is multiplied by: a number, or a text such as 1/12."""
        try:
            return factor_of(table.pop("times", 1))
        except (ValueError, ArithmeticError):
            raise self.wrong(f"{where} times", _("is neither a number nor a fraction such as 1/12")) from None

    def percent(self, table: dict[str, Any], where: str) -> Decimal | None:
        percent = table.pop("tax", None)
        is_number = isinstance(percent, int | Decimal) and not isinstance(percent, bool)
        is_finite = is_number and Decimal(percent).is_finite()
        if percent is not None and not (is_finite and 0 <= percent < 100):  # noqa: PLR2004  percent
            raise self.wrong(f"{where} tax", _("is not a percentage from 0 to less than 100"))
        return percent if percent is None else Decimal(percent)

    def one_field(self, name: str, raw_field: Any, file: str) -> FieldMap:
        where = f"{file} {name}"
        if isinstance(raw_field, str):
            return FieldMap(name, columns=(raw_field,))
        if not isinstance(raw_field, dict):
            raise self.wrong(where, _("is neither a column nor a table"))
        table = dict(raw_field)
        column = self.take(table, "column", str, "", where)
        field_map = FieldMap(
            name=name,
            columns=self.names(table, "columns", where) or ((column,) if column else ()),
            constant=self.take(table, "constant", str, None, where),
            join=self.take(table, "join", str, " ", where),
            values=self.words(table, "values", where),
            last_day=self.take(table, "last_day", bool, False, where),
            times=self.factor(table, where),
            by=self.names(table, "by", where),
            per=self.names(table, "per", where),
            whole_term=self.take(table, "whole_term", bool, False, where),
            first=self.take(table, "first", bool, False, where),
            tax=self.percent(table, where),
            minor_units=self.take(table, "minor_units", bool, False, where),
            **durations.said_of(self, table, where),
            through=self.take(table, "through", str, "", where),
            dates=self.notations(table, "dates", where),
            attributes=self.words(table, "attributes", where),
        )
        self.done(table, where)
        if bool(field_map.needs()) == (field_map.constant is not None):
            raise self.wrong(where, _("needs a column or a constant, not both"))
        return field_map
