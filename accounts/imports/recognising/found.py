"""What a file was recognised as, and what has to be asked because two readings fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from accounts.imports.cells import Formats
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.recognising.notations import differ

# What a question is about: settings of a file, of its formats, of one column.
ABOUT: Final = (
    "sheet",
    "encoding",
    "delimiter",
    "skip_lines",
    "dates",
    "decimal",
    "no_end",
    "tax",
    "tax_pair",
    "last_day",
    "per",
    "currency",
    "unit",
)


@dataclass(frozen=True)
class Choice:
    """One answer: ``value`` as the mapping says it, and what a value of the file becomes by it."""

    value: str
    example: str


@dataclass(frozen=True)
class Question:
    """What somebody has to say before the file is read: ``about`` is one of ``ABOUT``, ``column`` "" for the whole file.

    ``is_mixed``: no single reading fits all values, each choice fits some; several may be kept. ``rate`` in percent: the tax
    by which two prices differ.
    """

    about: str
    column: str
    text: str
    choices: tuple[Choice, ...]
    is_mixed: bool = False
    rate: Decimal | None = None


@dataclass(frozen=True)
class Column:
    """One column: its share of filled cells (0 to 1), some values, and the readings that fit all values looked at.

    ``dates`` and ``decimals`` are notations of the mapping language; empty where the values are no days or numbers.
    ``has_time``: days come with a time. ``marks`` stand beside amounts. ``tax`` is the word of the heading that says whether
    tax is in it, ``tax_included`` what it says.
    """

    name: str
    place: int
    filled: float = 0.0
    values: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    has_time: bool = False
    decimals: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    is_percent: bool = False
    tax: str = ""
    tax_included: bool | None = None
    null_words: tuple[str, ...] = ()
    no_end: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recognised:
    """A file as it was recognised. ``columns`` are its header cells, ``samples`` rows as wide as these, ``details`` what each
    column holds. ``rows_seen`` rows were looked at, all of the file where ``is_whole``; the others in its beginning, middle and
    end. ``foot`` are lines under the rows that are no records.
    """

    name: str
    format: str = "csv"
    sheet: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    escape: str = ""
    skip_lines: int = 0
    titles: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    foot: tuple[str, ...] = ()
    details: tuple[Column, ...] = ()
    rows_seen: int = 0
    is_whole: bool = True
    formats: Formats = field(default_factory=Formats)
    questions: tuple[Question, ...] = ()

    def answered(self, answers: Mapping[tuple[str, str], str]) -> Formats:
        """The formats with the answers by (about, column); questions without one keep what was recognised."""
        formats = self.formats
        for question in self.questions:
            answer = answers.get((question.about, question.column))
            if answer is None:
                continue
            if question.about == "dates":
                others = {
                    choice.value for choice in question.choices if not question.is_mixed or differ(choice.value, answer)
                }
                kept = tuple(notation for notation in formats.dates if notation not in others - {answer})
                formats = replace(formats, dates=tuple(dict.fromkeys((*kept, answer))))
            elif question.about == "decimal":
                formats = replace(formats, decimal=answer)
            elif question.about == "no_end" and answer:
                alike = (text for column in self.details if column.name == question.column for text in column.no_end)
                formats = replace(formats, no_end=formats.no_end | {text.casefold() for text in (answer, *alike)})
        return formats

    def file_map(
        self, into: str, source: str, fields: tuple[FieldMap, ...], answers: Mapping[tuple[str, str], str] | None = None
    ) -> FileMap:
        """The mapping of this file, as far as it was recognised and answered."""
        given = answers or {}
        return replace(
            FileMap(self.name, into, source, taxed(fields, given), self.answered(given)),
            format="" if self.format == "csv" else self.format,
            sheet=given.get(("sheet", ""), self.sheet),
            encoding=given.get(("encoding", ""), self.encoding),
            delimiter=given.get(("delimiter", ""), self.delimiter),
            escape=self.escape,
            skip_lines=int(given.get(("skip_lines", ""), self.skip_lines)),
        )


def taxed(fields: tuple[FieldMap, ...], answers: Mapping[tuple[str, str], str]) -> tuple[FieldMap, ...]:
    """The fields with the rates of tax that were answered for their columns, 0 where two prices have nothing to do with tax;
    of two prices the one without tax.
    """
    without = {column: answer for (about, column), answer in answers.items() if about == "tax_pair" and answer}
    read = {column for item in fields for column in item.columns}
    fields = tuple(
        replace(item, columns=(without[item.columns[0]],))
        if len(item.columns) == 1 and item.columns[0] in without and without[item.columns[0]] not in read
        else item
        for item in fields
    )
    rates = {column: Decimal(answer) for (about, column), answer in answers.items() if about == "tax" and answer}
    rates |= {column: Decimal(0) for (about, column), answer in answers.items() if about == "tax_pair" and not answer}
    return tuple(
        replace(item, tax=rates[item.columns[0]])
        if item.columns and item.columns[0] in rates and not item.tax
        else item
        for item in fields
    )


def in_own_notations(
    fields: tuple[FieldMap, ...], found: Recognised, answers: Mapping[tuple[str, str], str]
) -> tuple[FieldMap, ...]:
    """The fields whose column writes its days otherwise than another column does, with the notation of their own."""
    asked = {question.column for question in found.questions if question.about == "dates"}
    mixed = {question.column for question in found.questions if question.about == "dates" and question.is_mixed}
    own = {column.name: column.dates for column in found.details if column.dates and column.name not in asked}
    own |= {
        column: (answer,) for (about, column), answer in answers.items() if about == "dates" and column not in mixed
    }
    sure = {
        item.name: own[item.columns[0]]
        for item in fields
        if len(item.columns) == 1 and not item.after and item.columns[0] in own
    }
    if len(set(sure.values())) == 1:
        return fields
    return tuple(replace(item, dates=sure.get(item.name, item.dates)) for item in fields)
