"""For which period an amount stands whose heading does not say it: what is asked, and what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.amounts import CENT, from_minor, plain_of
from accounts.imports.guessing import Fit, Guess
from accounts.imports.guessing.units import MONTH, OF_A_YEAR, PERIODS, times_of
from accounts.imports.maps import FieldMap
from accounts.imports.marked import codes_in
from accounts.imports.multiplying import TERM, TERM_DAYS
from accounts.imports.recognising.figures import ABSURD
from accounts.imports.recognising.found import Choice, Question, Recognised
from config.text import GROUPS

PER: Final = "per"
# The answer that an amount is that of all months of its term.
OF_TERM: Final = "term"


def questions(guessed: Guess, file: Recognised, home: Callable[[], str]) -> list[Question]:
    """A question for an amount of which its heading does not say the period, with what its first value comes to by each.

    ``home`` gives the currency of amounts beside which none stands.
    """
    asked = []
    for fit in guessed.columns:
        if fit.field != OF_A_YEAR or times_of(fit.column) or fit.place >= len(file.columns):
            continue
        amount = first_of(file, fit, guessed, home)
        if amount is None:
            continue
        choices = [
            Choice(str(period.times), period.answer % {"amount": in_words(amount * period.times)}) for period in PERIODS
        ]
        text = _("%(column)s: for which period does an amount stand?") % {"column": fit.column}
        filled = {other.field for other in guessed.columns}
        if TERM in filled:
            choices.append(Choice(OF_TERM, _("the whole term: divided by its months, times 12")))
        elif filled.issuperset(TERM_DAYS):
            choices.append(Choice(OF_TERM, _("the whole term: divided by the months from start to end, times 12")))
        else:
            lacking = _("Of a whole term: say first which columns are its start and its end, or its months.")
            text = f"{text} {lacking}"
        asked.append(Question(PER, fit.column, text, tuple(choices)))
    return asked


def in_words(amount: Decimal) -> str:
    return f"{amount.quantize(CENT, ROUND_HALF_UP).normalize():,f}"


def first_of(file: Recognised, fit: Fit, guessed: Guess, home: Callable[[], str]) -> Decimal | None:
    """The first amount of the column above 0, but for absurd ones, read as ``fit`` says; None where there is none."""
    for row in file.samples:
        cell = row[fit.place].strip()
        number = plain_of(cell, file.formats)
        amount = Decimal(number.translate(GROUPS)) if number else Decimal(0)
        if amount > 0 and max(amount, amount * fit.times * MONTH.times) < ABSURD:
            if fit.minor_units:
                places = [other.place for other in guessed.columns if other.field == "currency"]
                named = (row[place].strip().upper() for place in places if place < len(file.columns))
                amount = from_minor(amount, next(filter(None, (*named, *codes_in(cell, file.formats))), "") or home())
            return amount * fit.times
    return None


def answered(fields: Iterable[FieldMap], answers: Mapping[tuple[str, str], str]) -> tuple[FieldMap, ...]:
    """The fields, with the periods that were answered of their columns beside how else these are read."""
    read = tuple(fields)
    told = {column: answer for (about, column), answer in answers.items() if about == PER}
    term = next((item.columns for item in read if item.name == TERM), ())
    return tuple(
        replace(
            item,
            times=item.times * (MONTH.times if told[item.column] == OF_TERM else Decimal(told[item.column])),
            per=term if told[item.column] == OF_TERM else item.per,
            whole_term=item.whole_term or (told[item.column] == OF_TERM and not term),
        )
        if item.name == OF_A_YEAR and item.column in told
        else item
        for item in read
    )
