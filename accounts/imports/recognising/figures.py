"""Numbers of a column: decimal signs that read all of them, marks beside them, and prices with and without tax."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice, permutations
from typing import Final

from babel.numbers import get_currency_precision

from accounts import currencies
from accounts.imports.amounts import plain_of
from accounts.imports.cells import Formats
from accounts.imports.taxes import JAPANESE, USUAL
from config.text import FULL_WIDTH, GROUPS

MARK: Final = re.compile(r"[^\d.,'’\s()+△▲-]+")
SAME: Final = Decimal("0.011")
MOST_ABOVE: Final = Decimal("1.3")
MOST: Final = 0.8
# A currency beside a number says more than its neighbours: list prices repeat, odd cells do not.
MOST_MARKED: Final = 0.2
PAIRED: Final = 0.9
FEWEST_PAIRS: Final = 2
ABSURD: Final = Decimal(10) ** 20
FIRST: Final = 10
HALF: Final = 0.5
LOOKED_AT: Final = 500
MOST_COLUMNS: Final = 300


def marks_of(values: Sequence[str]) -> tuple[str, ...]:
    """What stands beside the numbers and is a currency; several where the column mixes them."""
    found: dict[str, None] = {}
    for value in values:
        for mark in MARK.findall(value.translate(FULL_WIDTH)):
            if currencies.meant_by(mark):
                found[mark] = None
    return tuple(found)


def numbers(values: Sequence[str], decimal: str, marks: tuple[str, ...]) -> dict[str, Decimal]:
    """The number of each value that is one with this decimal sign."""
    formats = Formats(decimal=decimal, marks=(*marks, "%", "％"))
    read: dict[str, Decimal] = {}
    for value in values:
        if (plain := plain_of(value.strip(), formats)) is not None:
            read[value] = Decimal(plain.translate(GROUPS))
    return read


def decimals(values: Sequence[str], marks: tuple[str, ...], most: float = MOST) -> dict[str, dict[str, Decimal]]:
    """The numbers by each decimal sign that reads all values that are numbers; {} where these are less than ``most``, a
    share (0 to 1), or none.

    Where neither reads all, the signs that together do: the column mixes them.
    """
    found = {sign: numbers(values, sign, marks) for sign in (".", ",")}
    either = set(found["."]) | set(found[","])
    if not either or len(either) < most * len(values):
        return {}
    whole = {sign: read for sign, read in found.items() if read.keys() == either}
    if len(whole) == len(found) and whole["."] == whole[","]:
        return {".": whole["."]}
    return whole or found


def of_whole_units(read: dict[str, dict[str, Decimal]], marks: tuple[str, ...]) -> dict[str, dict[str, Decimal]]:
    """The readings without fractions where the marks name currencies that have none, as yen; all where none is or no mark says so."""
    codes = [(*currencies.meant_by(mark), "")[0] for mark in marks]
    if not codes or any(get_currency_precision(code) for code in codes):
        return read
    whole = {sign: numbers for sign, numbers in read.items() if all(is_whole(number) for number in numbers.values())}
    return whole or read


def is_whole(number: Decimal) -> bool:
    """Whether no digit is written behind its decimal sign."""
    return int(number.as_tuple().exponent) >= 0


def pairs(columns: Mapping[str, Sequence[Decimal | None]]) -> list[tuple[str, str, Decimal]]:
    """(smaller, larger, percent) of every two columns of which one is the other plus one of ``USUAL`` in nearly all rows.

    Looks at some hundred rows from all over; at no column where there are more of them than a page could ask about.
    """
    if len(columns) > MOST_COLUMNS:
        return []
    rows = {name: numbers[:: len(numbers) // LOOKED_AT + 1] for name, numbers in columns.items()}
    found = []
    for small, large in permutations(columns, 2):
        filled = ((a, b) for a, b in zip(rows[small], rows[large], strict=True) if a and b)
        few = list(islice(filled, FIRST))
        # A few rows say of nearly all columns that they are no pair.
        near = sum(abs(a) < abs(b) <= abs(a) * MOST_ABOVE + 1 for a, b in few)
        rates = [rate for rate in USUAL if near and share_with(rate, few) >= HALF]
        both = [*few, *filled] if rates else few
        best = max(rates, key=lambda rate: share_with(rate, both), default=None)
        if best and share_with(best, both) >= PAIRED and len(both) >= FEWEST_PAIRS:
            found.append((small, large, best))
    return found


def without(amount: Decimal, rate: Decimal) -> Decimal:
    """The amount without so many percent of tax, to the cent; with as many digits as there are of an absurd one."""
    plain = amount / (1 + rate / 100)
    return plain.quantize(Decimal("0.01")) if abs(plain) < ABSURD else plain


def share_with(rate: Decimal, rows: Sequence[tuple[Decimal, Decimal]]) -> float:
    """The share (0 to 1) of rows whose second number is the first with ``rate`` percent of tax."""
    factor = 1 + rate / 100
    # Prices with Japanese tax are rounded to whole yen.
    rounded = Decimal(1) if rate in JAPANESE else SAME
    fitting = sum(abs(b - a * factor) <= (rounded if b == int(b) else SAME) and a != b for a, b in rows)
    return fitting / len(rows) if rows else 0.0
