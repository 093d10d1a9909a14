"""Whether the ends that a file names are last days or the day after, by how they lie to the starts beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.guessing import Fit, Guess
from accounts.imports.guessing.headers import close
from accounts.imports.maps import FieldMap
from accounts.imports.recognising import notations
from accounts.imports.recognising.found import Choice, Question, Recognised
from config.text import narrow

# The field of an end and that of its start.
STARTS: Final = {"ends_on": "starts_on", "ended_on": "starts_on", "line_ends_on": "line_starts_on"}
# Headings that leave no doubt.
PLAIN: Final = frozenset(map(close, ("last day", "最終日")))
MOST: Final = 0.5
LOOKED_AT: Final = 500
DAY: Final = dt.timedelta(days=1)
LAST_DAY: Final = "last_day"
Pairs = Sequence[tuple[str, dt.date, dt.date]]


def judged(guessed: Guess, file: Recognised) -> Guess:
    """The guess in which an end is a last day, or none, as most ends lie to the starts beside them."""
    found = {fit.place: is_last_day(pairs) for fit, pairs in of_ends(guessed, file)}
    found |= {fit.place: True for fit in guessed.columns if fit.last_day is None and close(fit.column) in PLAIN}
    told = with_last_days(guessed, {place: True for place, is_last in found.items() if is_last})
    after = [place for place, is_last in found.items() if is_last is False]
    return with_last_days(told, dict.fromkeys(after, False), _("most fall on the day of the start"))


def questions(guessed: Guess, file: Recognised) -> list[Question]:
    """A question for every end of which neither its values nor its heading say whether it is the last day."""
    asked, by_place = [], {fit.place: pairs for fit, pairs in of_ends(guessed, file)}
    for fit in possible(guessed, file):
        if pairs := by_place.get(fit.place, ()):
            first = pairs[0][0] if is_last_day(pairs) is None else ""
        else:
            texts = (text for text, day in days_of(file, fit.place) if day)
            first = next(texts, "") if fit.last_day is None else ""
        if first:
            choices = (
                Choice(LAST_DAY, _("%(day)s is the last day on which it holds") % {"day": first}),
                Choice("", _("%(day)s is the first day on which it holds no more") % {"day": first}),
            )
            text = _("%(column)s: is it the last day, or the day after?") % {"column": fit.column}
            asked.append(Question(LAST_DAY, fit.column, text, choices))
    return asked


def with_last_days(guessed: Guess, said: dict[int, bool], reason: str = "") -> Guess:
    """The guess with what was said of the columns at these places, and the reason beside why they are guessed."""
    fits = (
        replace(fit, last_day=said[fit.place], why="; ".join(filter(None, (fit.why, reason))))
        if fit.place in said
        else fit
        for fit in guessed.columns
    )
    return replace(guessed, columns=tuple(fits))


def answered(fields: Iterable[FieldMap], answers: Mapping[tuple[str, str], str]) -> tuple[FieldMap, ...]:
    """The fields, ends of whose columns that was asked read as it was answered."""
    told = {column: answer == LAST_DAY for (about, column), answer in answers.items() if about == LAST_DAY}
    return tuple(
        replace(item, last_day=told[item.column]) if item.name in STARTS and item.column in told else item
        for item in fields
    )


def possible(guessed: Guess, file: Recognised) -> list[Fit]:
    """The columns of the file that are last days, or may be, and whose heading leaves a doubt."""
    return [
        fit
        for fit in guessed.columns
        if fit.field in STARTS
        and fit.place < len(file.columns)
        and fit.last_day is not False
        and close(fit.column) not in PLAIN
    ]


def of_ends(guessed: Guess, file: Recognised) -> Iterator[tuple[Fit, Pairs]]:
    """The columns that may be last days, each with what it says, its starts and its ends, where a row has both."""
    by_field = {fit.field: fit for fit in guessed.columns if fit.place < len(file.columns)}
    for fit in possible(guessed, file):
        if begins := by_field.get(STARTS[fit.field]):
            starts, ends = days_of(file, begins.place), days_of(file, fit.place)
            pairs = [(text, day, end) for (_text, day), (text, end) in zip(starts, ends, strict=True) if day and end]
            if pairs:
                yield fit, pairs


def days_of(file: Recognised, place: int) -> list[tuple[str, dt.date | None]]:
    """The cells of a column with the day that each means, None where it is none."""
    cells = [narrow(row[place].strip()) for row in file.samples[:LOOKED_AT]]
    known = next((column.dates for column in file.details if column.place == place), ())
    read: dict[str, dt.date] = {}
    for notation in reversed(known):
        read |= notations.by_notation(notation, cells)
    return [(cell, read.get(cell)) for cell in cells]


def is_last_day(pairs: Pairs) -> bool | None:
    """Whether most ends lie on the day before the start's day of the month (True) or on it (False); None where neither do."""
    after = sum(falls_on(start, end) for _text, start, end in pairs)
    last = sum(falls_on(start, end + DAY) for _text, start, end in pairs)
    if max(after, last) <= MOST * len(pairs):
        return None
    return last > after


def falls_on(start: dt.date, day: dt.date) -> bool:
    """Whether ``day`` has the start's day of the month, or is the last of a month that has none such."""
    return day.day == start.day or (day.day < start.day and (day + DAY).day == 1)
