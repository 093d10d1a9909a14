"""What the numbers of a column of notices count, where its heading does not say it: what is asked, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports import durations
from accounts.imports.guessing import Guess
from accounts.imports.maps import FieldMap
from accounts.imports.recognising.found import Choice, Question, Recognised
from config.text import narrow

UNIT: Final = "unit"
NOTICE: Final = "notice_days"
# A number of more digits is no notice.
DIGITS: Final = 5


def questions(guessed: Guess, file: Recognised) -> list[Question]:
    """A question for notices of bare numbers, which may be days or months, with the first of them in each."""
    asked = []
    for fit in guessed.columns:
        if fit.field != NOTICE or fit.place >= len(file.columns) or durations.unit_in(fit.column):
            continue
        cells = (narrow(row[fit.place]) for row in file.samples)
        number = next((cell for cell in cells if cell.isdecimal() and len(cell) <= DIGITS and int(cell)), "")
        if number:
            texts = {
                durations.MONTHS: _("%(number)s months"),
                durations.DAYS: _("%(number)s days"),
                durations.WEEKS: _("%(number)s weeks"),
            }
            choices = tuple(Choice(unit, text % {"number": number}) for unit, text in texts.items())
            text = _("%(column)s: what do the numbers count?") % {"column": fit.column}
            asked.append(Question(UNIT, fit.column, text, choices))
    return asked


def answered(fields: Iterable[FieldMap], answers: Mapping[tuple[str, str], str]) -> tuple[FieldMap, ...]:
    """The fields, bare numbers of whose columns count what was answered; what a mapping puts for words stays in days."""
    told = {column: answer for (about, column), answer in answers.items() if about == UNIT}

    def counting(item: FieldMap) -> FieldMap:
        days = {
            word: f"{value} {durations.DAYS}" if value.isdecimal() else value for word, value in item.values.items()
        }
        return replace(item, unit=told[item.column], values=days)

    return tuple(counting(item) if item.name == NOTICE and item.column in told else item for item in fields)
