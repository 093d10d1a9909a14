"""What the columns of some rows hold, the formats that read them, and the questions that they leave open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import NULL_WORDS, Formats, shown
from accounts.imports.recognising import figures, notations
from accounts.imports.recognising.found import Choice, Column, Question
from accounts.imports.taxes import TYPED, rates_of, tax_word

MOST_VALUES: Final = 2_000
SHOWN: Final = 20
SHOWN_ENDS: Final = 3

Rows = Sequence[Sequence[str]]
Days = dict[str, dict[str, dt.date]]


@dataclass
class Sheet:
    """The columns as they are described one after the other, and what they leave open."""

    rows: Rows
    columns: list[Column] = field(default_factory=list)
    dates: dict[str, None] = field(default_factory=dict)
    signs: list[dict[str, dict[str, Decimal]]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def add(self, name: str, place: int) -> None:
        cells = [row[place].strip() for row in self.rows]
        null_words = tuple(dict.fromkeys(cell for cell in cells if cell.casefold() in NULL_WORDS))
        values = list(dict.fromkeys(cell for cell in cells if cell and cell not in null_words))
        if len(values) > MOST_VALUES:
            values = values[: MOST_VALUES // 2] + values[-MOST_VALUES // 2 :]
        filled = sum(bool(cell) and cell not in null_words for cell in cells) / len(cells) if cells else 0.0
        word, included = tax_word(name)
        column = Column(
            name, place, filled, tuple(values[:SHOWN]), tax=word, tax_included=included, null_words=null_words
        )
        if days := notations.readings(values, name):
            self.columns.append(self.of_days(column, values, days))
        else:
            self.columns.append(self.of_numbers(column, values))

    def of_days(self, column: Column, values: list[str], days: Days) -> Column:
        fitting = notations.fitting(days)
        chosen = fitting[:1] or notations.cover(days)
        rivals = [] if fitting else notations.rivals(days, chosen)
        self.dates |= dict.fromkeys([*(fitting or chosen), *rivals])
        if len(fitting) > 1:
            self.ask_order(column.name, fitting, days)
        elif rivals:
            self.ask_mixed(column.name, rivals, days)
        endless = tuple(value for value in values if notations.is_endless(value))
        if endless:
            days_said = ", ".join(endless[:SHOWN_ENDS])
            text = _("%(column)s: does %(day)s mean that there is no end?") % {"column": column.name, "day": days_said}
            choices = (Choice(endless[0], _("no end")), Choice("", _("the row is refused")))
            self.questions.append(Question("no_end", column.name, text, choices))
        has_time = notations.has_time(chosen, values)
        return replace(column, dates=tuple(fitting or chosen), has_time=has_time, no_end=endless)

    def ask_order(self, name: str, fitting: list[str], days: Days) -> None:
        value = notations.told_apart(days, fitting)
        text = _("%(column)s: the days can be read in several ways: which is right?") % {"column": name}
        choices = tuple(Choice(one, f"{value} → {days[one][value]}") for one in fitting)
        self.questions.append(Question("dates", name, text, choices))

    def ask_mixed(self, name: str, rivals: list[str], days: Days) -> None:
        """No notation reads all, and of these only one is right: a value that each reads alone, or the first that it reads."""
        text = _("%(column)s: the days are written in several ways: which are right?") % {"column": name}
        choices = []
        for notation in rivals:
            others = set().union(*(days[other] for other in rivals if other != notation))
            value = next((text for text in days[notation] if text not in others), next(iter(days[notation])))
            choices.append(Choice(notation, f"{value} → {days[notation][value]}"))
        self.questions.append(Question("dates", name, text, tuple(choices), is_mixed=True))

    def of_numbers(self, column: Column, values: list[str]) -> Column:
        marks = figures.marks_of(values)
        read = figures.decimals(
            values, marks, most=0 if column.tax_included else figures.MOST_MARKED if marks else figures.MOST
        )
        if not read:
            return column
        read = figures.of_whole_units(read, marks)
        self.signs.append(read)
        if column.tax_included:
            text = _("%(column)s: tax is included: which rate is taken off?") % {"column": column.name}
            text_of_first, number = next(iter(next(iter(read.values())).items()), ("", Decimal(0)))
            first = (shown(text_of_first), number)
            choices = tuple(
                Choice(str(rate), f"{first[0]} → {figures.without(first[1], rate)}") for rate in rates_of(column.name)
            )
            self.questions.append(
                Question("tax", column.name, text, (*choices, Choice(TYPED, ""), Choice("0", f"{first[0]}")))
            )
        return replace(
            column, decimals=tuple(read), marks=marks, is_percent=any(value.endswith(("%", "％")) for value in values)
        )

    def decimal(self) -> str:
        """The decimal sign of the file; asks where both read all numbers and differ, or where the columns need both."""
        both = [read for read in self.signs if len(read) > 1]
        sure = {next(iter(read)) for read in self.signs if len(read) == 1 and is_telling(read)}
        mixed = [read for read in both if any(read["."].keys() ^ read[","].keys())]
        if len(sure) == 1 and not mixed:
            return sure.pop()
        if both or len(sure) > 1:
            self.questions.append(decimal_question(both or self.signs, is_mixed=bool(mixed) or len(sure) > 1))
        return min(sure) if sure else "."


def is_telling(read: dict[str, dict[str, Decimal]]) -> bool:
    """Whether a column shows its decimal sign or its groups, and is not of digits alone."""
    return any("." in value or "," in value for numbers in read.values() for value in numbers)


def decimal_question(readings: list[dict[str, dict[str, Decimal]]], *, is_mixed: bool) -> Question:
    choices = []
    for sign in (".", ","):
        numbers = [read[sign] for read in readings if sign in read]
        others = [read[other] for read in readings for other in read if other != sign]
        apart = [(v, n) for read in numbers for v, n in read.items() if all(o.get(v) != n for o in others)]
        if apart:
            choices.append(Choice(sign, f"{shown(apart[0][0])} → {apart[0][1]}"))
    text = _("Which character stands before the fraction of a number?")
    return Question("decimal", "", text, tuple(choices), is_mixed=is_mixed)


def described(names: Sequence[str], rows: Rows) -> tuple[tuple[Column, ...], Formats, tuple[Question, ...]]:
    """The columns, the formats that read them as far as that is sure, and the questions."""
    sheet = Sheet(rows)
    for place, name in enumerate(names):
        sheet.add(name, place)
    decimal = sheet.decimal()
    sheet.questions += tax_pairs(sheet, decimal)
    plain = list(sheet.dates) in ([], ["%Y-%m-%d"])
    timed = any(column.has_time for column in sheet.columns)
    formats = Formats(
        dates=() if plain else tuple(sheet.dates),
        instants=tuple(sheet.dates) if timed and list(sheet.dates) != ["iso"] and not plain else (),
        decimal=decimal,
        marks=tuple(dict.fromkeys(mark for column in sheet.columns for mark in column.marks)),
        null_words=frozenset(word.casefold() for column in sheet.columns for word in column.null_words),
    )
    return tuple(sheet.columns), formats, tuple(sheet.questions)


def tax_pairs(sheet: Sheet, decimal: str) -> list[Question]:
    """A question for every two columns of which one is the other with tax, unless their names say so."""
    amounts: dict[str, list[Decimal | None]] = {}
    for column in sheet.columns:
        if column.decimals and not column.is_percent:
            cells = [row[column.place].strip() for row in sheet.rows]
            read = figures.numbers(list(dict.fromkeys(cells)), decimal, column.marks)
            amounts[column.name] = [read.get(cell) for cell in cells]
    text = _("%(large)s is %(small)s plus %(rate)s %%: which is the amount without tax?")
    return [
        Question(
            "tax_pair",
            large,
            text % {"large": large, "small": small, "rate": rate},
            (
                Choice(small, _("%(small)s is without tax") % {"small": small}),
                Choice("", _("they have nothing to do with tax")),
            ),
            rate=rate,
        )
        for small, large, rate in figures.pairs(amounts)
    ]
