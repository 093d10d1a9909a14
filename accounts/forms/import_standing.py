"""What the columns of a file fill as its form stands, and what is asked of ends and amounts among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from accounts import company, currencies
from accounts.forms import import_said
from accounts.forms.import_questions import Said, is_about
from accounts.forms.import_reading import READ, beside, read_as
from accounts.imports import marked
from accounts.imports.guessing import Fit, Guess, ends, money, notices, periods
from accounts.imports.guessing.ends import STARTS
from accounts.imports.guessing.periods import PER
from accounts.imports.guessing.units import OF_A_YEAR
from accounts.imports.maps import FieldMap
from accounts.imports.recognising import Question

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


def questions(setup: FileSetup) -> list[Question]:
    """What nothing says of the ends and amounts that columns fill, but for those of which the mapping says it."""
    said, guessed, target = said_of_columns(setup), standing(setup), setup.targets[setup.into]
    told = {
        column
        for field in (setup.chosen.file.fields if setup.chosen else ())
        if field.name in {OF_A_YEAR, *STARTS} or field.unit
        for column in field.needs()
    }
    home = company.currency
    is_told = is_currency_told(setup, guessed)
    currency = "" if is_told else money.currency_of(guessed, target, setup.answers, home)
    found = ends.questions(guessed, setup.alone)
    found += periods.questions(guessed, setup.alone, lambda: said.get("d-currency") or currency or home())
    found += notices.questions(guessed, setup.alone)
    found += [] if is_told else money.questions(guessed, target, home)
    return [question for question in found if question.about == money.CURRENCY or question.column not in told]


def standing(setup: FileSetup) -> Guess:
    """What each column fills as the form stands, and how it is read."""
    return replace(setup.guess, columns=tuple(fits(setup, said_of_columns(setup))))


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
    """The currency that the heading of the amounts names, or that was answered of it, as a value for all rows; none where marks
    beside them say it.
    """
    guessed = standing(setup)
    if is_currency_told(setup, guessed):
        return ()
    code = money.currency_of(guessed, setup.targets[setup.into], setup.answers, company.currency)
    return (FieldMap(money.CURRENCY, constant=code),) if code else ()


def fits(setup: FileSetup, said: Said) -> Iterator[Fit]:
    """Each column with the field that it fills and how it is read; an end that somebody chose may be the last day."""
    for place, name in enumerate(setup.recognised.columns):
        guessed = setup.guess.of_column(place)
        for field in filled(setup, place, said, setup.guess):
            is_guessed = guessed is not None and guessed.field == field
            fit = guessed if guessed and is_guessed else Fit(place, name, field, 1.0, "", last_day=field in STARTS)
            if (read := said.get(f"c-{place}-read", read_as(fit))) in READ:
                how = READ[beside(read, (PER,))]
                rate = how.get("tax", Decimal(setup.answers.get(("tax", name)) or 0))
                times = how.get("times", Decimal(1)) / (1 + rate / 100)
                fit = replace(fit, times=times, minor_units=how.get("minor_units", False))
            yield fit


def asked(setup: FileSetup) -> Mapping[str, set[str]]:
    """What is asked of each column by its name, but for tax where the mapping says it."""
    found = defaultdict[str, set[str]](set)
    told = {field.column for field in setup.plain.fields if field.tax is not None}
    for question in setup.asked:
        if question.about not in {"tax", "tax_pair"} or question.column not in told:
            found[question.column].add(question.about)
    return found


def answered(fields: tuple[FieldMap, ...], answers: Mapping[tuple[str, str], str]) -> tuple[FieldMap, ...]:
    """The fields read as was answered of their ends and amounts."""
    return notices.answered(periods.answered(ends.answered(fields, answers), answers), answers)
