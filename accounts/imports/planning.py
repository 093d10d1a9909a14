"""The plan for reading a file: the fields by column, and the treatment of cells that cannot be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from accounts import company
from accounts.imports import attributes, marked
from accounts.imports.amounts import fits, from_minor, in_digits
from accounts.imports.cells import Field, Treatment, Unfit
from accounts.imports.dating import within_years
from accounts.imports.maps import FieldMap, FileMap, MappingError
from accounts.imports.parts import Part, cells_reader, latest_part, made_part, part_for
from accounts.imports.row_words import Condition, conditions_of
from accounts.imports.rows import Table, Unfitting
from accounts.imports.targets import Target, Trouble
from accounts.imports.values import reader
from config import clock

NEVER: Final = dt.datetime.max.replace(tzinfo=dt.UTC)
Unread = tuple[str, str, str]


@dataclass(frozen=True)
class Duration:
    """A field that lies ``seconds`` × its cell after another field of the same row."""

    part: Part
    base: str
    seconds: int


@dataclass(frozen=True)
class Plan:
    """How the cells of one file become the values of its target.

    ``until`` is the end of ``day``, today; ``currency`` the one of amounts whose row names none.
    """

    target: Target
    day: dt.date
    parts: tuple[Part, ...]
    durations: tuple[Duration, ...]
    conditions: tuple[Condition, ...] = ()
    until: dt.datetime = NEVER
    currency: str = "USD"

    def leaves_out(self, cells: list[str], *, is_in_trouble: bool = False) -> bool:
        """Whether the mapping skips this row; one in trouble only by what is told of it."""
        return any(one.leaves_out(cells) for one in self.conditions if not is_in_trouble or one.is_told(cells))

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part.field for part in self.parts) + tuple(duration.part.field for duration in self.durations)

    def values(self, cells: list[str]) -> tuple[dict[str, Any], list[Trouble], list[Unread]]:
        """The values by field, (column, reason) for each cell that refuses its row, and the cells left out."""
        values: dict[str, Any] = {}
        troubles: list[Trouble] = []
        unread: list[Unread] = []
        for part, name, value in self._readers:
            try:
                values[name] = value(cells)
            except attributes.PartlyUnfit as error:
                values[name] = error.value
                unread.extend(error.left_out)
            except Unfit as error:
                column = error.column or part.column
                if part.field.loose:
                    values[name] = part.field.blank
                    unread.append((name, column, str(error)))
                else:
                    troubles.append((column, str(error)))
        if self.money:
            troubles.extend(marked.settle(values, cells, self.money, self.currency))
            troubles.extend(self.in_currency(values, cells))
        for duration in self.durations:
            try:
                values[duration.part.field.name] = self.happened(
                    duration.part.field, self.later(duration, values, cells)
                )
            except Unfit as error:
                troubles.append((duration.part.column, str(error)))
        # A form whose columns do not fill all that a row needs has nothing to be checked yet.
        if not troubles and self.needed <= values.keys() and (trouble := self.target.check(values, self.day)):
            troubles.append((self.column(trouble[0]), trouble[1]))
        return values, troubles, unread

    @cached_property
    def needed(self) -> set[str]:
        """The fields without which there is no row."""
        return {field.name for field in self.target.fields if field.required}

    @cached_property
    def _readers(self) -> tuple[tuple[Part, str, Callable[[list[str]], Any]], ...]:
        """Each part, the name of its field and its value from the cells."""
        return tuple((part, part.field.name, self._reader(part)) for part in self.parts)

    def _reader(self, part: Part) -> Callable[[list[str]], Any]:
        if not part.field.past:
            return part.value
        return lambda cells: self.happened(part.field, part.value(cells), last_day=part.last_day)

    @cached_property
    def money(self) -> tuple[Part, ...]:
        """The parts that are amounts of the row's currency."""
        has_currency = self.target.field("currency") is not None
        return tuple(part for part in self.parts if has_currency and part.field.kind == "money")

    def in_currency(self, values: dict[str, Any], cells: list[str]) -> Iterator[Trouble]:
        """Turn amounts in smallest units into money; (column, reason) of those with more digits than their currency has."""
        for part in self.money:
            amount = values.get(part.field.name)
            if not amount:
                continue
            currency = values.get("currency") or self.currency
            # Yen have no fraction: 120,0000 are 1,200,000, or 120 of a program that writes four digits of every currency.
            if (whole := part.by_fours(cells)) and not get_currency_precision(currency):
                reason = _(
                    "%(currency)s has no fraction (digits are grouped by threes: where it means %(number)s, write it so; where the "
                    "four digits are a fraction, set round = true)"
                )
                yield part.column, reason % {"currency": currency, "number": whole}
                continue
            if part.minor_units:
                values[part.field.name] = amount = from_minor(amount, currency)
            if part.is_reckoned and not fits(amount, currency):
                rounded = in_digits(amount, currency)
                part.rounded.note_further(amount, rounded)
                values[part.field.name] = amount = rounded
            if not fits(amount, currency):
                reason = _("%(amount)s has more digits than %(currency)s has")
                yield part.column, reason % {"amount": amount, "currency": currency}

    def happened(self, field: Field, value: Any, *, last_day: bool = False) -> Any:
        """The value, unless its cell says that something happened after today."""
        if not field.past or value is None:
            return value
        latest = self.day + dt.timedelta(days=last_day)
        if value <= latest if field.kind == "date" else value < self.until:
            return value
        raise Unfit(_("lies in the future (today is %(day)s)") % {"day": self.day})

    def column(self, name: str) -> str:
        """The file's own column for a field, for messages."""
        parts = (*self.parts, *(duration.part for duration in self.durations))
        return next((part.column for part in parts if part.field.name == name), name)

    def later(self, duration: Duration, values: dict[str, Any], cells: list[str]) -> Any:
        amount, base = duration.part.value(cells), values.get(duration.base)
        if amount is None or base is None:
            return None
        try:
            instant = base + dt.timedelta(seconds=float(amount) * duration.seconds)
        except OverflowError:
            instant = dt.datetime.max.replace(tzinfo=dt.UTC)
        within_years(instant.date(), str(instant.date()))
        return instant


def plan_here(
    file: FileMap, target: Target, table: Table, day: dt.date, home: ZoneInfo, *, is_whole: bool = True
) -> Plan:
    """As ``plan_for`` of an open table, on the organisation's ``day`` and in its currency."""
    plan = plan_for(file, target, table.columns, day, home, is_whole=is_whole)
    return replace(plan, until=clock.end_of(day), currency=company.currency())


def as_typed(file: FileMap, table: Table) -> FileMap:
    """The mapping of an open table, whose days may be days already."""
    return file.with_iso_days() if table.is_typed or table.is_corrected else file


def plan_for(
    file: FileMap,
    target: Target,
    columns: list[str],
    day: dt.date,
    home: ZoneInfo = clock.UTC,
    *,
    is_whole: bool = True,
) -> Plan:
    """The plan for a file with these columns, days as in ``home``; raises where a column or a field is missing.

    One that is not whole may lack what every row needs.
    """
    column_places = {name: place for place, name in enumerate(columns) if name}
    field_maps = [field_map for field_map in file.fields if not (file.optional and lacks(field_map, column_places))]
    missing = sorted(
        {*file.conditions, *file.ordering, *(name for field_map in field_maps for name in field_map.needs())}
        - column_places.keys()
    )
    if missing:
        raise Unfitting(_("%(file)s has no column %(columns)s.") % {"file": file.name, "columns": ", ".join(missing)})
    mapped = {field_map.name for field_map in field_maps}
    beside = target.field("currency") if "currency" not in mapped and marked.name_one(file.formats) else None
    for needed in target.fields:
        if is_whole and needed.is_lacking(mapped):
            raise lacking(file, needed, target, mapped)
    parts = tuple(
        part_for(file, field_map, target, column_places, home) for field_map in field_maps if not field_map.after
    )
    return Plan(
        target,
        day,
        parts
        + tuple(made_part(file, known, parts) for known in target.fields if known.made_of and known.name not in mapped)
        + ((Part(beside, beside.name, lambda _cells: None),) if beside else ())
        + tuple(latest_part(file, column_places[name], home) for name in file.ordering),
        tuple(duration_for(file, field_map, target, column_places) for field_map in field_maps if field_map.after),
        conditions_of(file, column_places),
    )


def lacks(field_map: FieldMap, column_places: Mapping[str, int]) -> bool:
    return any(name not in column_places for name in field_map.needs())


def lacking(file: FileMap, needed: Field, target: Target, mapped: Iterable[str]) -> Exception:
    names = {"file": file.name, "field": needed.name, "into": target.name}
    if file.field(needed.name):
        return Unfitting(_("%(file)s has no column for %(field)s.") % names)
    if unknown := sorted(name for name in mapped if target.field(name) is None):
        sentence = _(
            "%(file)s: %(into)s need the field %(field)s, which the mapping does not name, and have no field %(unknown)s."
        )
        return MappingError(sentence % (names | {"unknown": unknown[0]}), f"{file.name} {unknown[0]}")
    return MappingError(_("%(file)s: %(into)s need the field %(field)s, which the mapping does not name.") % names)


def duration_for(file: FileMap, field_map: FieldMap, target: Target, column_places: Mapping[str, int]) -> Duration:
    spec, base = target.field(field_map.name), target.field(field_map.after)
    if spec is None or base is None or spec.kind != "instant" or base.kind != "instant":
        names = {"file": file.name, "field": field_map.name, "after": field_map.after}
        raise MappingError(_("%(file)s: %(field)s cannot lie after %(after)s.") % names, field_map.place_in(file))
    amount = Field(field_map.name, "rate", most=100_000_000)
    read = reader(amount, file.formats, Treatment(field_map.values))
    part = Part(spec, field_map.column, cells_reader(file, field_map, amount, read, column_places))
    return Duration(part, field_map.after, field_map.seconds)
