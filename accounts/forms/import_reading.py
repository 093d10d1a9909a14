"""How a column's days and amounts are read: the ways that a person chooses from, and what each says in a mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.imports.cells import Field
from accounts.imports.guessing import Fit, shapes, units
from accounts.imports.guessing.ends import LAST_DAY
from accounts.imports.guessing.periods import OF_TERM, PER
from accounts.imports.maps import FieldMap
from accounts.imports.recognising import figures, notations

MOST: Final = 0.5
# Read by the column that fills this field as well.
WHOLE_TERM: Final = "whole_term"
Choices = Sequence[tuple[str, str | Promise]]
PLAIN: Final[tuple[str, str | Promise]] = ("", pgettext_lazy("how a column is read", "As it stands"))
DAYS: Final[Choices] = (PLAIN, ("last_day", gettext_lazy("The last day")))
OF_PERIODS: Final[Choices] = (
    ("monthly", gettext_lazy("A month: times 12")),
    ("quarterly", gettext_lazy("A quarter: times 4")),
)
OF_UNITS: Final[Choices] = (
    ("thousands", gettext_lazy("In thousands")),
    ("ten_thousands", gettext_lazy("In ten thousands")),
    ("millions", gettext_lazy("In millions")),
)
AMOUNTS: Final[Choices] = (
    PLAIN,
    *OF_PERIODS,
    (WHOLE_TERM, gettext_lazy("The whole term: times 12, by its months")),
    ("minor_units", gettext_lazy("In smallest units, as cents")),
    ("monthly_minor", gettext_lazy("A month in smallest units: times 12")),
    ("tax10", gettext_lazy("With 10% tax")),
    ("tax8", gettext_lazy("With 8% tax")),
    ("tax19", gettext_lazy("With 19% tax")),
    ("tax7", gettext_lazy("With 7% tax")),
    ("tax20", gettext_lazy("With 20% tax")),
)
READ: Final[Mapping[str, dict[str, Any]]] = {
    "": {},
    "last_day": {"last_day": True},
    "monthly": {"times": Decimal(12)},
    "quarterly": {"times": Decimal(4)},
    WHOLE_TERM: {"times": Decimal(12)},
    "minor_units": {"minor_units": True},
    "monthly_minor": {"times": Decimal(12), "minor_units": True},
    "tax10": {"tax": Decimal(10)},
    "tax8": {"tax": Decimal(8)},
    "tax19": {"tax": Decimal(19)},
    "tax7": {"tax": Decimal(7)},
    "tax20": {"tax": Decimal(20)},
    "quarterly_minor": {"times": Decimal(4), "minor_units": True},
    "thousands": {"times": Decimal(1_000)},
    "ten_thousands": {"times": Decimal(10_000)},
    "millions": {"times": Decimal(1_000_000)},
    **{
        f"{period}_{unit}": {"times": times * each}
        for period, times in (("monthly", 12), ("quarterly", 4))
        for unit, each in (
            ("thousands", Decimal(1_000)),
            ("ten_thousands", Decimal(10_000)),
            ("millions", Decimal(1_000_000)),
        )
    },
}
# Ways in which few files count: offered where the heading says so.
OF_UNITS_AND_PERIODS: Final[Choices] = (
    ("quarterly_minor", gettext_lazy("A quarter in smallest units: times 4")),
    *OF_UNITS,
    *(
        (f"{period}_{unit}", format_lazy("{} · {}", period_words, unit_words))
        for period, period_words in OF_PERIODS
        for unit, unit_words in OF_UNITS
    ),
)
# What a way to read says that can be asked of a column instead: the answer, and how the column is read beside it; of two
# prices neither answer says it.
ANSWERS: Final[Mapping[str, Mapping[str, tuple[str | None, str]]]] = {
    LAST_DAY: {"last_day": (LAST_DAY, "")},
    PER: {
        WHOLE_TERM: (OF_TERM, ""),
        **{
            f"{period}{behind}": (str(times), read)
            for period, times in (("monthly", units.MONTH), ("quarterly", units.QUARTER))
            for behind, read in (
                ("", ""),
                ("_minor", "minor_units"),
                *((f"_{unit}", unit) for unit, _words in OF_UNITS),
            )
        },
    },
    "tax": {f"tax{rate}": (str(rate), "") for rate in figures.RATES},
    "tax_pair": {f"tax{rate}": (None, "") for rate in figures.RATES},
}
FITTING: Final = {name: "date" if name == "last_day" else "money" for name in READ if name}


def beside(read: str, asked: Collection[str]) -> str:
    """How a column is read that is read like this, beside what is ``asked`` of it."""
    for about in asked:
        _answer, read = ANSWERS.get(about, {}).get(read, (None, read))
    return read


def is_asked(read: str, asked: Collection[str]) -> bool:
    """Whether it says what is ``asked`` of the column."""
    return any(read in ANSWERS.get(about, {}) for about in asked)


def reading_of(given: FieldMap, term: FieldMap | None = None) -> str:
    """The choice that says how a mapping reads the column; "" for another way, which stays as it is.

    ``term`` is what the mapping says of the months by which an amount of the whole term is divided.
    """
    if given.per:
        by_term = term is not None and given.per == term.columns and not given.by
        is_of_term = by_term and plainly(given) == FieldMap(given.name, times=units.MONTH)
        return WHOLE_TERM if is_of_term else ""
    return next(
        (name for name, how in READ.items() if how and replace(FieldMap(given.name), **how) == plainly(given)), ""
    )


def plainly(given: FieldMap) -> FieldMap:
    return FieldMap(
        given.name, last_day=given.last_day, times=given.times, tax=given.tax, minor_units=given.minor_units
    )


def read_choices(values: Sequence[str], read: str, heading: str = "") -> Choices:
    """How such values can be read: as days, as amounts, as both where both fit; nothing where there is no choice.

    ``read`` is the choice made before, which is always among them. Digits alone are days only where the heading says so.
    """
    are_numbers = all(text.isdecimal() for text in values)
    are_days = is_mostly("date", values) and (not are_numbers or notations.speaks_of_days(heading))
    days = DAYS if are_days or FITTING.get(read) == "date" else ()
    amounts = AMOUNTS if is_mostly("money", values) or FITTING.get(read) == "money" else ()
    if amounts:
        unit = units.unit_of(heading)
        counted = {name for name, how in READ.items() if unit > 1 and how.get("times") in {unit, unit * 12, unit * 4}}
        amounts = (*amounts, *(choice for choice in OF_UNITS_AND_PERIODS if choice[0] in {*counted, read}))
    return (*days, *(choice for choice in amounts if choice not in days))


def is_mostly(kind: str, values: Sequence[str]) -> bool:
    return (shapes.share(Field("", kind), values) or 0) >= MOST


def read_as(fit: Fit | None) -> str:
    """The choice that a guess means."""
    if fit is None:
        return ""
    if fit.last_day:
        return "last_day"
    how: dict[str, Any] = {"times": fit.times} if fit.times != 1 else {}
    how |= {"minor_units": True} if fit.minor_units else {}
    return next((name for name, said in READ.items() if said == how), "")
