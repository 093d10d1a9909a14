"""Which character stands before the fractions of a file, where what its columns fill can have none."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from accounts import company
from accounts.forms import import_standing
from accounts.imports.amounts import from_minor
from accounts.imports.cells import Field
from accounts.imports.guessing import Fit, Guess, units
from accounts.imports.guessing.money import CURRENCY
from accounts.imports.recognising import figures, found

if TYPE_CHECKING:
    from accounts.forms.import_file import FileSetup

DECIMAL: Final = "decimal"
SIGNS: Final = (".", ",")
# Kinds of fields whose values may have fractions.
FRACTIONAL: Final = frozenset({"money", "figure", "percent", "rate", "attributes"})


def settled(setup: FileSetup) -> str | None:
    """The sign by which all numbers are whole that two signs read, as none of them can have a fraction; None where one can."""
    guessed, target = import_standing.standing(setup), setup.targets[setup.into]
    left = list(SIGNS)
    for fit in guessed.columns:
        detail = next((one for one in setup.recognised.details if one.place == fit.place), None)
        spec = target.field(fit.field) or Field(fit.field, "attributes")
        if detail is None or len(detail.decimals) < len(SIGNS) or spec.kind not in {"number", *FRACTIONAL}:
            continue
        if spec.kind != "number" and not (
            spec.kind == "money" and (fit.minor_units or is_without_fraction(setup, guessed))
        ):
            return None
        left = [sign for sign in left if is_whole(setup, detail, fit, sign)]
    return left[0] if left else None


def is_whole(setup: FileSetup, detail: found.Column, fit: Fit, sign: str) -> bool:
    """Whether the sign leaves no number of the column a fraction; of what counts thousands, groups are parted by commas."""
    cells = {row[detail.place].strip() for row in setup.recognised.samples}
    numbers = figures.numbers(sorted(cells), sign, detail.marks)
    return all(map(figures.is_whole, numbers.values())) and (sign == SIGNS[0] or units.unit_of(fit.column) == 1)


def is_without_fraction(setup: FileSetup, guessed: Guess) -> bool:
    """Whether no row is in a currency that has smaller units."""
    place = next((fit.place for fit in guessed.columns if fit.field == CURRENCY), None)
    if place is not None:
        codes = {row[place].strip().upper() for row in setup.recognised.samples}
    else:
        given = setup.chosen.file.field(CURRENCY) if setup.chosen else None
        proposed = next((field.constant for field in import_standing.in_currency(setup)), "")
        codes = {
            import_standing.said_of_columns(setup).get(f"d-{CURRENCY}") or (given and given.constant) or proposed or ""
        }
    one = Decimal(1)
    return all(from_minor(one, code or company.currency()) == one for code in codes)
