"""For which period an amount stands whose heading does not say it: what is asked, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.amounts import plain_of
from accounts.imports.guessing import Guess
from accounts.imports.guessing.units import MONTH, OF_A_YEAR, QUARTER, TERM, YEAR, times_of, unit_of
from accounts.imports.recognising.found import Choice, Question, Recognised
from config.text import GROUPS

PER: Final = "per"
# The answer that an amount is that of all months of its term.
OF_TERM: Final = "term"


def questions(guessed: Guess, file: Recognised) -> list[Question]:
    """A question for an amount of which its heading does not say the period, with what its first value comes to by each."""
    asked = []
    for fit in guessed.columns:
        if fit.field != OF_A_YEAR or times_of(fit.column) or fit.place >= len(file.columns):
            continue
        amount = first_of(file, fit.place)
        if amount is None:
            continue
        unit = fit.times
        texts = {
            YEAR: _("a year: %(amount)s a year"),
            MONTH: _("a month: %(amount)s a year"),
            QUARTER: _("a quarter: %(amount)s a year"),
        }
        choices = [
            Choice(str(times), text % {"amount": f"{(amount * unit * times).normalize():,f}"})
            for times, text in texts.items()
        ]
        if any(other.field == TERM for other in guessed.columns) and unit == 1 and not fit.minor_units:
            choices.append(Choice(OF_TERM, _("the whole term: divided by its months, times 12")))
        text = _("%(column)s: for which period does an amount stand?") % {"column": fit.column}
        asked.append(Question(PER, fit.column, text, tuple(choices)))
    return asked


def first_of(file: Recognised, place: int) -> Decimal | None:
    """The first amount of the column above 0; None where there is none."""
    for row in file.samples:
        number = plain_of(row[place].strip(), file.formats)
        if number and (amount := Decimal(number.translate(GROUPS))) > 0:
            return amount
    return None


def with_times(guessed: Guess, answers: Mapping[tuple[str, str], str]) -> Guess:
    """The guess in which the amounts stand for the periods that were answered of their columns."""
    told = {column: answer for (about, column), answer in answers.items() if about == PER}
    fits = (
        replace(
            fit,
            times=unit_of(fit.column) * (MONTH if told[fit.column] == OF_TERM else Decimal(told[fit.column])),
            is_of_term=told[fit.column] == OF_TERM,
        )
        if fit.column in told and fit.field == OF_A_YEAR
        else fit
        for fit in guessed.columns
    )
    return replace(guessed, columns=tuple(fits))
