"""What the columns of a file fill as its form stands, and what is asked of ends and amounts among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from accounts import company, currencies
from accounts.forms import import_said
from accounts.forms.import_questions import Said, is_about
from accounts.forms.import_reading import READ, beside, read_as
from accounts.imports import marked
from accounts.imports.guessing import Fit, Guess, ends, fit_of, money, notices, periods
from accounts.imports.guessing.ends import STARTS
from accounts.imports.guessing.headers import names_of
from accounts.imports.guessing.periods import PER
from accounts.imports.guessing.units import OF_A_YEAR
from accounts.imports.maps import FieldMap
from accounts.imports.recognising import Question, Recognised

if TYPE_CHECKING:
    from accounts.forms.import_file import FileSetup


def said_of_columns(setup: FileSetup) -> Said:
    """What was said of the columns; what was said of another target or mapping is left out, and of other tables theirs."""
    shown = setup.said.get("shown", setup.key)
    if shown == setup.key:
        return setup.said
    is_of_this = shown.rpartition("|")[0] == setup.base
    return import_said.of_own_columns(setup.said, len(setup.alone.columns)) if is_of_this else {}


def filled(setup: FileSetup, place: int, said: Said, guessed: Guess) -> set[str]:
    """The fields that a column fills: as somebody said, else as the mapping does, else as it is guessed."""
    if (field := said.get(f"c-{place}-field")) is not None:
        return {field.partition("@")[0]} - {""}
    name = setup.recognised.columns[place]
    known = {field.name for field in setup.chosen.file.fields if name in field.needs()} if setup.chosen else set()
    return known or {fit.field for fit in guessed.columns if fit.place == place}


def leaves_out(setup: FileSetup, question: Question) -> bool:
    """Whether the column fills no field, so that nothing has to be asked of it; or none of an amount, of which tax is asked."""
    if question.column not in setup.recognised.columns:
        return False
    place = setup.recognised.columns.index(question.column)
    names = filled(setup, place, said_of_columns(setup), setup.guess_of_columns)
    return not is_about(question, names, setup.targets[setup.into])


def told(setup: FileSetup) -> set[tuple[str, str]]:
    """(column, field) of what the mapping says, where the column still fills that field."""
    said, names, file = said_of_columns(setup), setup.recognised.columns, setup.chosen and setup.chosen.file
    return {
        (column, field.name)
        for field in (file.fields if file else ())
        for column in field.needs()
        if column in names and field.name in filled(setup, names.index(column), said, setup.guess_of_columns)
    }


def says(setup: FileSetup, field: str) -> bool:
    """Whether the mapping says of such a field all that is asked of its column."""
    given = setup.chosen.file.field(field) if setup.chosen else None
    return field in {OF_A_YEAR, *STARTS} or bool(given and (given.unit or given.times != 1))


def questions(setup: FileSetup) -> list[Question]:
    """What nothing says of the ends and amounts that columns fill, but for those of which the mapping says it."""
    said, guessed, target = said_of_columns(setup), standing(setup), setup.targets[setup.into]
    home, known = company.currency, {column for column, field in told(setup) if says(setup, field)}
    is_told = is_currency_told(setup, guessed)
    currency = "" if is_told else money.currency_of(guessed, target, setup.answers, home)
    file = as_answered(setup)
    found = ends.questions(guessed, file)
    found += periods.questions(guessed, file, lambda: said.get("d-currency") or currency or home())
    found += notices.questions(guessed, file)
    found += [] if is_told else money.questions(guessed, target, home)
    return [question for question in found if question.about == money.CURRENCY or question.column not in known]


def standing(setup: FileSetup) -> Guess:
    """What each column fills as the form stands, and how it is read; an amount without its period where that is asked."""
    said = said_of_columns(setup)
    return judged(setup, [as_said(setup, fit, said) for fit in fits(setup, said)])


def proposed(setup: FileSetup) -> Guess:
    """The same, read as headings and values say it, whatever somebody said of how it is read."""
    return judged(setup, fits(setup, said_of_columns(setup)))


def judged(setup: FileSetup, columns: Iterable[Fit]) -> Guess:
    return ends.judged(replace(setup.guess, columns=tuple(columns)), as_answered(setup))


def as_answered(setup: FileSetup) -> Recognised:
    """The file itself, its numbers and days written as was answered."""
    told = {column: (answer,) for (about, column), answer in setup.answers.items() if about == "dates"}
    mixed = {question.column for question in setup.alone.questions if question.is_mixed}
    details = (
        replace(detail, dates=told[detail.name]) if detail.name in told.keys() - mixed else detail
        for detail in setup.alone.details
    )
    return replace(setup.alone, formats=setup.alone.answered(setup.answers), details=tuple(details))


def is_currency_told(setup: FileSetup, guessed: Guess) -> bool:
    """Whether marks beside the amounts say the currency of each row, or the mapping does, whatever their heading names."""
    if setup.chosen and (setup.chosen.file.field(money.CURRENCY) or marked.name_one(setup.chosen.file.formats)):
        return True
    return is_marked(setup, guessed)


def is_marked(setup: FileSetup, guessed: Guess) -> bool:
    """Whether marks beside the amounts say the currency of each row, whatever their heading names."""
    amount = money.amount_of(guessed, setup.targets[setup.into])
    own = [detail.marks for detail in setup.recognised.details if amount and detail.place == amount.place]
    return any(currencies.meant_by(mark) for marks in own for mark in marks)


def in_currency(setup: FileSetup) -> tuple[FieldMap, ...]:
    """The currency that the heading of the amounts names, or that was answered of it, as a value for all rows; none where the
    mapping or marks beside them say it.
    """
    guessed = standing(setup)
    if is_currency_told(setup, guessed):
        return ()
    code = money.currency_of(guessed, setup.targets[setup.into], setup.answers, company.currency)
    return (FieldMap(money.CURRENCY, constant=code),) if code else ()


def fits(setup: FileSetup, said: Said) -> Iterator[Fit]:
    """Each column with the field that it fills, whether that was guessed or chosen, and how its heading says it is read."""
    target = setup.targets[setup.into]
    for place, name in enumerate(setup.recognised.columns):
        for field in filled(setup, place, said, setup.guess):
            spec = target.field(field)
            yield fit_of(place, name, spec, names_of(field, target.names)) if spec else Fit(place, name, field, 1.0, "")


def as_said(setup: FileSetup, fit: Fit, said: Said) -> Fit:
    """The column read as somebody said, else as its heading does, but for the period of an amount, and without its tax."""
    if (read := said.get(f"c-{fit.place}-read", read_as(fit))) not in READ:
        return fit
    how = READ[beside(read, (PER,))]
    rate = how.get("tax", Decimal(setup.answers.get(("tax", fit.column)) or 0))
    times = how.get("times", Decimal(1)) / (1 + rate / 100)
    return replace(fit, times=times, minor_units=how.get("minor_units", False))


def tells_tax(setup: FileSetup) -> set[str]:
    """The columns of which the mapping says how much tax is in them, as they still fill what it says."""
    file = setup.chosen and setup.chosen.file
    taxed = {field.name for field in (file.fields if file else ()) if field.tax is not None}
    return {column for column, field in told(setup) if field in taxed}


def asked(setup: FileSetup) -> Mapping[str, set[str]]:
    """What is asked of each column by its name."""
    found = defaultdict[str, set[str]](set)
    for question in setup.asked:
        found[question.column].add(question.about)
    return found


def answered(fields: tuple[FieldMap, ...], answers: Mapping[tuple[str, str], str]) -> tuple[FieldMap, ...]:
    """The fields read as was answered of their ends and amounts."""
    return notices.answered(periods.answered(ends.answered(fields, answers), answers), answers)
