"""How a column's days and amounts are read: the ways that a person chooses from, and what each says in a mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.imports.cells import Field
from accounts.imports.guessing import Fit, shapes, units
from accounts.imports.guessing.ends import LAST_DAY
from accounts.imports.guessing.periods import OF_TERM, PER
from accounts.imports.maps import FieldMap
from accounts.imports.recognising import notations
from accounts.imports.taxes import USUAL

MOST: Final = 0.5
# Read by the column that fills this field as well.
WHOLE_TERM: Final = "whole_term"
Choices = Sequence[tuple[str, str | Promise]]
PLAIN: Final[tuple[str, str | Promise]] = ("", pgettext_lazy("how a column is read", "As it stands"))
DAYS: Final[Choices] = (PLAIN, ("last_day", gettext_lazy("The last day")))
IN_MINOR: Final = gettext_lazy("In smallest units, as cents")
BY_PERIOD: Final = tuple(period for period in units.PERIODS if period != units.YEAR)
MINOR: Final[Choices] = tuple(
    (f"{period.key}_minor", format_lazy("{} · {}", period.label, IN_MINOR)) for period in BY_PERIOD
)
OF_TAXES: Final[Choices] = tuple(
    (f"tax{rate}", format_lazy(gettext_lazy("With {rate}% tax"), rate=rate)) for rate in USUAL
)
AMOUNTS: Final[Choices] = (
    PLAIN,
    *((period.key, period.label) for period in BY_PERIOD),
    (WHOLE_TERM, gettext_lazy("The whole term: times 12, by its months")),
    ("minor_units", IN_MINOR),
    *(choice for choice in MINOR if choice[0].startswith(units.MONTH.key)),
    *OF_TAXES,
)
# Ways in which few files count: offered where the heading says so.
OF_UNITS_AND_PERIODS: Final[Choices] = (
    *(choice for choice in MINOR if choice not in AMOUNTS),
    *((unit.key, unit.label) for unit in units.COUNTED),
    *(
        (f"{period.key}_{unit.key}", format_lazy("{} · {}", period.label, unit.label))
        for period in BY_PERIOD
        for unit in units.COUNTED
    ),
)
READ: Final[Mapping[str, dict[str, Any]]] = {
    "": {},
    LAST_DAY: {"last_day": True},
    **{period.key: {"times": period.times} for period in BY_PERIOD},
    WHOLE_TERM: {"times": units.MONTH.times},
    "minor_units": {"minor_units": True},
    **{f"{period.key}_minor": {"times": period.times, "minor_units": True} for period in BY_PERIOD},
    **{f"tax{rate}": {"tax": rate} for rate in USUAL},
    **{unit.key: {"times": unit.times} for unit in units.COUNTED},
    **{
        f"{period.key}_{unit.key}": {"times": period.times * unit.times}
        for period in BY_PERIOD
        for unit in units.COUNTED
    },
}
# What a way to read says that can be asked of a column instead: the answer, and how the column is read beside it; of two
# prices neither answer says it.
ANSWERS: Final[Mapping[str, Mapping[str, tuple[str | None, str]]]] = {
    LAST_DAY: {"last_day": (LAST_DAY, "")},
    PER: {
        WHOLE_TERM: (OF_TERM, ""),
        **{
            f"{period.key}{behind}": (str(period.times), read)
            for period in BY_PERIOD
            for behind, read in (
                ("", ""),
                ("_minor", "minor_units"),
                *((f"_{unit.key}", unit.key) for unit in units.COUNTED),
            )
        },
    },
    "tax": {f"tax{rate}": (str(rate), "") for rate in USUAL},
    "tax_pair": {f"tax{rate}": (None, "") for rate in USUAL},
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
    if given.whole_term:
        is_alone = not given.per and not given.by
        return WHOLE_TERM if is_alone and plainly(given) == FieldMap(given.name, times=units.MONTH.times) else ""
    if given.per:
        by_term = term is not None and given.per == term.columns and not given.by
        is_of_term = by_term and plainly(given) == FieldMap(given.name, times=units.MONTH.times)
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
        counted = {
            name
            for name, how in READ.items()
            if unit > 1 and how.get("times") in {unit * period.times for period in units.PERIODS}
        }
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
