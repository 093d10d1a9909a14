"""Amounts times the cells of other columns: the price of a unit a month as what all of them cost a year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.imports import durations
from accounts.imports.amounts import CENT, decimal_of, in_range, number_of
from accounts.imports.cells import Field, Formats, Treatment, Unfit, shown
from accounts.imports.maps import TOGETHER, FieldMap, FileMap, MappingError

# How often a year has a period, as billing systems name it.
A_YEAR: Final = {
    "day": 365, "daily": 365, "week": 52, "weekly": 52, "month": 12, "monthly": 12, "quarter": 4, "quarterly": 4,
    "half-year": 2, "half-yearly": 2, "semiannual": 2, "semiannually": 2, "year": 1, "yearly": 1, "annual": 1, "annually": 1,
}  # fmt: skip
# The field that names the months of a term: an amount of a whole term is divided by the column that fills it.
TERM: Final = "term_months"
# The fields between which its months lie, where a mapping says so.
TERM_DAYS: Final = ("starts_on", "ends_on")
PERIODS: Final = ("day", "week", "month", "quarter", "half-year", "year")
LARGEST_FACTOR: Final = 10**12


def multiplied(
    amount_of: Callable[[list[str]], Any],
    file: FileMap,
    field_map: FieldMap,
    spec: Field,
    column_places: Mapping[str, int],
    months: Callable[[list[str]], Decimal] | None = None,
) -> Callable[[list[str]], Any]:
    """The amount times the cells of ``by``: the price of a unit a month as what all of them cost a year; over the ``months`` of a row."""
    if not field_map.by and not field_map.per and months is None:
        return amount_of
    if spec.kind != "money":
        names = {"file": file.name, "field": field_map.name}
        raise MappingError(
            _("%(file)s: %(field)s is no amount: nothing multiplies it.") % names, field_map.place_in(file)
        )
    own = TOGETHER.join(field_map.columns)
    term = next((field.columns for field in file.fields if field.name == TERM), ())

    months_of = term_reader(file)

    def product(cells: list[str]) -> Any:
        with in_column(own):
            amount = amount_of(cells)
        if not amount:
            return amount
        for name in field_map.per:
            cell = cells[column_places[name]].strip()
            with in_column(name):
                amount = in_range(
                    spec, amount / (months_of(cell) if name in term else divisor_of(cell, file.formats)), cell
                )
        if months:
            amount = in_range(spec, amount / months(cells), f"{amount:f}")
        for name in field_map.by:
            cell = cells[column_places[name]].strip()
            with in_column(name):
                amount = in_range(spec, amount * often(cell, file.formats), cell)
        return amount.quantize(CENT, ROUND_HALF_UP)

    return product


@contextmanager
def in_column(name: str) -> Iterator[None]:
    """Say of which of a field's several columns a cell cannot be taken."""
    try:
        yield
    except Unfit as error:
        raise Unfit(str(error), name) from error


def term_reader(file: FileMap) -> Callable[[str], Decimal]:
    """From the cell of the column that fills the term to its months; to what its bare numbers count where the mapping turns them itself."""
    spec, term = Field(TERM, "number", unit=durations.MONTHS), file.field(TERM) or FieldMap(TERM)
    treatment = Treatment(times=term.times, unit=durations.unit_of(term, spec))

    def read(cell: str) -> Decimal:
        if not cell:
            raise Unfit(lacking())
        return above_0(number_of(cell, spec, file.formats, treatment) / term.times, cell)

    return read


def lacking() -> str:
    """Why a row without its term cannot be taken."""
    return _("is empty: an amount of the whole term is divided by its months")


def divisor_of(cell: str, formats: Formats) -> Decimal:
    """What an amount is divided by: a number above 0; an empty cell counts once."""
    return above_0(decimal_of(cell, formats) if cell else Decimal(1), cell)


def above_0(number: Decimal, cell: str) -> Decimal:
    if number <= 0:
        raise Unfit(_("“%(cell)s” is no number above 0") % {"cell": shown(cell)})
    return number


def often(cell: str, formats: Formats) -> Decimal:
    """What an amount is multiplied by: a number, or a period by how often a year has it; an empty cell counts once."""
    if not cell:
        return Decimal(1)
    if known := A_YEAR.get(cell.casefold()):
        return Decimal(known)
    try:
        return decimal_of(cell, formats, LARGEST_FACTOR)
    except Unfit:
        if any(map(str.isdigit, cell)):
            raise
        reason = _("“%(cell)s” is neither a number nor one of: %(periods)s")
        raise Unfit(reason % {"cell": shown(cell), "periods": ", ".join(PERIODS)}) from None
