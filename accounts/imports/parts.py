"""The parts of a row: one a field, with the column by which messages name it and its value from the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.identity import ways
from accounts.imports import attributes, marked
from accounts.imports.amounts import by_fours
from accounts.imports.cells import Field, Rounded, Treatment, Unfit
from accounts.imports.durations import counts_time, unit_of
from accounts.imports.maps import LATEST, TOGETHER, FieldMap, FileMap, MappingError
from accounts.imports.multiplying import TERM_DAYS, above_0, in_column, lacking, multiplied
from accounts.imports.targets import Target
from accounts.imports.taxes import check_told
from accounts.imports.values import reader
from accounts.terms import months_within
from config import clock


@dataclass(frozen=True)
class Part:
    """One field of a row: the column it is named by in messages, and its value from the cells.

    ``last_day``: the cell names the last day of a period, the value is the day after. ``minor_units``: the value
    counts the currency's smallest units. ``taxed``: tax is taken off. ``is_reckoned``: an amount may get more digits than its currency has, and is
    rounded. ``codes``: what the mark beside an amount may mean; ``by_fours``: the whole number of one whose digits may be grouped by fours.
    """

    field: Field
    column: str
    value: Callable[[list[str]], Any]
    last_day: bool = False
    minor_units: bool = False
    rounded: Rounded = made(default_factory=Rounded)
    taxed: bool = False
    is_reckoned: bool = False
    codes: Callable[[list[str]], tuple[str, ...]] = lambda _cells: ()
    by_fours: Callable[[list[str]], str] = lambda _cells: ""


def made_part(file: FileMap, made_field: Field, parts: Iterable[Part]) -> Part:
    """The field made of those of others that the file gives."""
    given = {part.field.name: part for part in parts}
    sources = [given.get(name) for name in made_field.made_of]
    read, make = reader(made_field, file.formats, Treatment()), made_field.make or str

    def value(cells: list[str]) -> Any:
        return read(make(*(source.value(cells) if source else "" for source in sources)))

    return Part(made_field, TOGETHER.join(source.column for source in sources if source), value)


def latest_part(file: FileMap, place: int, home: ZoneInfo) -> Part:
    """The instant by which rows of one id are ordered."""
    read = reader(Field(LATEST, "instant", required=True), file.formats, Treatment(home=home))
    return Part(Field(LATEST, "instant", required=True), file.latest_by, lambda cells: read(cells[place]))


def part_for(
    file: FileMap, field_map: FieldMap, target: Target, column_places: Mapping[str, int], home: ZoneInfo
) -> Part:
    spec = target.field(field_map.name)
    if spec is None or not ways.is_way(field_map.through):
        names = {"file": file.name, "field": field_map.name, "into": target.name, "way": field_map.through}
        names["known"] = ", ".join(field.name for field in target.fields)
        if spec is None:
            problem = _("%(file)s: %(into)s have no field %(field)s: they have %(known)s.") % names
        else:
            problem = _("%(file)s: %(field)s is found through “%(way)s”, which is no way to find it.") % names
        raise MappingError(problem, field_map.place_in(file))
    if spec.kind == "money":
        check_told(file, field_map)
    if field_map.unit and not counts_time(spec):
        names = {"file": file.name, "field": field_map.name}
        problem = _("%(file)s: %(field)s counts neither days nor months: it has no unit.") % names
        raise MappingError(problem, field_map.place_in(file))
    times, rounded = field_map.times / (1 + (field_map.tax or Decimal(0)) / 100), Rounded()
    formats = field_map.formats(file.formats)
    unit = unit_of(field_map, spec)
    read = reader(
        spec, formats, Treatment(field_map.values, field_map.last_day, times, rounded, home, unit, field_map.unit)
    )
    value = cells_reader(file, field_map, spec, read, column_places, home)
    places = [column_places[name] for name in field_map.columns]

    def codes(cells: list[str]) -> tuple[str, ...]:
        return marked.codes_in(" ".join(cells[place] for place in places), formats) if formats.marks else ()

    def whole(cells: list[str]) -> str:
        return by_fours(cells[places[0]], formats) if len(places) == 1 else ""

    is_reckoned = (
        bool(field_map.tax or field_map.per or field_map.whole_term or field_map.by or field_map.times % 1)
        or formats.round
    )
    return Part(
        spec, field_map.column, value, field_map.last_day, field_map.minor_units, rounded, bool(field_map.tax), is_reckoned, codes, whole,
    )  # fmt: skip


def cells_reader(
    file: FileMap,
    field_map: FieldMap,
    spec: Field,
    read: Callable[[str], Any],
    column_places: Mapping[str, int],
    home: ZoneInfo = clock.UTC,
) -> Callable[[list[str]], Any]:
    """From the cells of a row to the value of one field; days as in ``home``."""
    places = [column_places[name] for name in field_map.columns]
    if spec.kind == "attributes" and not places:
        own = {key: (name, column_places[name]) for key, name in field_map.attributes.items()}
        return attributes.by_column(own, field_map.formats(file.formats), home)
    if spec.kind == "attributes":
        return attributes.as_object(read, places[0], field_map.formats(file.formats), home)
    if field_map.constant is not None:
        value = constant(file, field_map, read)
        return lambda _cells: value
    if len(places) == 1:
        place = places[0]
        months = months_reader(file, field_map, column_places, home) if field_map.whole_term else None
        return multiplied(lambda cells: read(cells[place]), file, field_map, spec, column_places, months)
    if field_map.first:
        return lambda cells: read(next(filter(None, (cells[index].strip() for index in places)), ""))
    return lambda cells: read(field_map.joined(cells[index] for index in places))


def months_reader(
    file: FileMap, field_map: FieldMap, column_places: Mapping[str, int], home: ZoneInfo
) -> Callable[[list[str]], Decimal]:
    """From the cells of a row to the months from its start to its end. Raises MappingError where nothing fills one of them."""
    days = []
    for name in TERM_DAYS:
        if (given := file.field(name)) is None:
            problem = _("%(file)s: %(field)s is that of the whole term: say which column is %(day)s.")
            names = {"file": file.name, "field": field_map.name, "day": name}
            raise MappingError(problem % names, field_map.place_in(file))
        spec, formats = Field(name, "date"), given.formats(file.formats)
        read = reader(spec, formats, Treatment(given.values, given.last_day, home=home))
        days.append((given.column, cells_reader(file, given, spec, read, column_places, home)))

    def months(cells: list[str]) -> Decimal:
        found = []
        for column, day_of in days:
            with in_column(column):
                if not (day := day_of(cells)):
                    raise Unfit(lacking())
                found.append(day)
        start, end = found
        with in_column(days[-1][0]):
            return above_0(months_within(start, end), _("%(start)s to %(end)s") % {"start": start, "end": end})

    return months


def constant(file: FileMap, field_map: FieldMap, read: Callable[[str], Any]) -> Any:
    try:
        return read(field_map.constant or "")
    except Unfit as error:
        names = {"file": file.name, "field": field_map.name, "reason": error}
        raise MappingError(
            _("%(file)s: the constant for %(field)s %(reason)s.") % names, field_map.place_in(file)
        ) from error
