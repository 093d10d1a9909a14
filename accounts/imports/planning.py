"""How a file is read: which columns give which fields, what happens to cells that cannot be read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.imports import rows
from accounts.imports.cells import Field, Treatment, Unfit
from accounts.imports.mapping import FieldMap, FileMap, MappingError
from accounts.imports.rows import Unreadable
from accounts.imports.targets import Target, Trouble
from accounts.imports.values import reader, within_years

THROUGH: Final = {"", "contract"}
NEVER: Final = dt.datetime.max.replace(tzinfo=dt.UTC)
Unread = tuple[str, str, str]


@dataclass(frozen=True)
class Part:
    """One field of a row: the column it is named by in messages, and its value from the cells.

    ``last_day``: the cell names the last day of a period, the value is the day after.
    """

    field: Field
    column: str
    value: Callable[[list[str]], Any]
    last_day: bool = False


@dataclass(frozen=True)
class Duration:
    """A field that lies ``seconds`` × its cell after another field of the same row."""

    part: Part
    base: str
    seconds: int


@dataclass(frozen=True)
class Plan:
    """How the cells of one file become the values of its target; ``until`` is the end of ``day``, today."""

    target: Target
    day: dt.date
    parts: tuple[Part, ...]
    durations: tuple[Duration, ...]
    skip: tuple[tuple[int, str], ...] = ()
    until: dt.datetime = NEVER

    def leaves_out(self, cells: list[str]) -> bool:
        """Whether the mapping says of this row that it does not count."""
        return any(cells[place].strip().casefold() == word for place, word in self.skip)

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part.field for part in self.parts) + tuple(one.part.field for one in self.durations)

    def values(self, cells: list[str]) -> tuple[dict[str, Any], list[Trouble], list[Unread]]:
        """The values by field, (column, reason) for each cell that refuses its row, and the cells left out."""
        values: dict[str, Any] = {}
        troubles: list[Trouble] = []
        unread: list[Unread] = []
        for part in self.parts:
            try:
                values[part.field.name] = self.happened(part.field, part.value(cells), last_day=part.last_day)
            except Unfit as why:
                if part.field.loose:
                    values[part.field.name] = part.field.blank
                    unread.append((part.field.name, part.column, str(why)))
                else:
                    troubles.append((part.column, str(why)))
        for one in self.durations:
            try:
                values[one.part.field.name] = self.happened(one.part.field, self.later(one, values, cells))
            except Unfit as why:
                troubles.append((one.part.column, str(why)))
        if not troubles and (trouble := self.target.check(values, self.day)):
            troubles.append((self.column(trouble[0]), trouble[1]))
        return values, troubles, unread

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
        parts = (*self.parts, *(one.part for one in self.durations))
        return next((part.column for part in parts if part.field.name == name), name)

    def later(self, one: Duration, values: dict[str, Any], cells: list[str]) -> Any:
        amount, base = one.part.value(cells), values.get(one.base)
        if amount is None or base is None:
            return None
        try:
            instant = base + dt.timedelta(seconds=float(amount) * one.seconds)
        except OverflowError:
            instant = dt.datetime.max.replace(tzinfo=dt.UTC)
        within_years(instant.date(), str(instant.date()))
        return instant


def plan_for(file: FileMap, target: Target, columns: list[str], day: dt.date) -> Plan:
    """The plan for a file with these columns; raises where a column or a field is missing."""
    known = {name: place for place, name in enumerate(columns) if name}
    taken = [one for one in file.fields if not (file.optional and lacks(one, known))]
    missing = sorted({*file.skip, *(name for one in taken for name in one.needs())} - known.keys())
    if missing:
        raise Unreadable(_("%(file)s has no column %(columns)s.") % {"file": file.name, "columns": ", ".join(missing)})
    mapped = {one.name for one in taken}
    for needed in target.fields:
        if needed.required and needed.name not in mapped:
            raise lacking(file, needed, target)
    return Plan(
        target,
        day,
        tuple(part_for(file, one, target, known) for one in taken if not one.after),
        tuple(duration_for(file, one, target, known) for one in taken if one.after),
        tuple((known[name], word.casefold()) for name, word in file.skip.items()),
    )


def lacks(one: FieldMap, known: Mapping[str, int]) -> bool:
    return any(name not in known for name in one.needs())


def lacking(file: FileMap, needed: Field, target: Target) -> Exception:
    names = {"file": file.name, "field": needed.name, "into": target.name}
    if file.field(needed.name):
        return Unreadable(_("%(file)s has no column for %(field)s.") % names)
    return MappingError(_("%(file)s: %(into)s need a %(field)s; the mapping names none.") % names)


def part_for(file: FileMap, one: FieldMap, target: Target, known: Mapping[str, int]) -> Part:
    spec = target.field(one.name)
    if spec is None or one.through not in THROUGH:
        names = {"file": file.name, "field": one.name, "into": target.name}
        raise MappingError(_("%(file)s: %(into)s have no field %(field)s like that.") % names)
    read = reader(spec, file.formats, Treatment(one.values, one.last_day, one.times))
    column = " + ".join(one.needs()) or one.name
    return Part(spec, column, cells_reader(file, one, spec, read, known), one.last_day)


def cells_reader(
    file: FileMap,
    one: FieldMap,
    spec: Field,
    read: Callable[[str], Any],
    known: Mapping[str, int],
) -> Callable[[list[str]], Any]:
    """From the cells of a row to the value of one field."""
    places = [known[name] for name in one.columns]
    if spec.kind == "attributes":
        named = {key: known[name] for key, name in one.attributes.items()}
        return lambda cells: json.dumps({key: cells[at].strip() for key, at in named.items()})
    if one.constant is not None:
        value = constant(file, one, read)
        return lambda _cells: value
    if len(places) == 1:
        place = places[0]
        return lambda cells: read(cells[place])
    return lambda cells: read(one.join.join(filter(None, (cells[at].strip() for at in places))))


def constant(file: FileMap, one: FieldMap, read: Callable[[str], Any]) -> Any:
    try:
        return read(one.constant or "")
    except Unfit as why:
        names = {"file": file.name, "field": one.name, "reason": why}
        raise MappingError(_("%(file)s: the constant for %(field)s %(reason)s.") % names) from why


def duration_for(file: FileMap, one: FieldMap, target: Target, known: Mapping[str, int]) -> Duration:
    spec, base = target.field(one.name), target.field(one.after)
    if spec is None or base is None or spec.kind != "instant" or base.kind != "instant":
        names = {"file": file.name, "field": one.name, "after": one.after}
        raise MappingError(_("%(file)s: %(field)s cannot lie after %(after)s.") % names)
    amount = Field(one.name, "money", most=100_000_000)
    read = reader(amount, file.formats, Treatment(one.values))
    part = Part(spec, " + ".join(one.needs()), cells_reader(file, one, amount, read, known))
    return Duration(part, one.after, one.seconds)


def unused(file: FileMap, columns: list[str]) -> list[str]:
    """One remark that names the columns nobody reads and the mapping does not set aside."""
    read = {name for one in file.fields for name in one.needs()}
    left = [c for c in columns if c and c not in read | file.ignore | file.skip.keys() | set(rows.OURS)]
    return [_("columns not read: %(columns)s") % {"columns": ", ".join(left)}] if left else []
