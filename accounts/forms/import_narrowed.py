"""What of a file one form can hold, and what of a guess stands beside a mapping."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from accounts.imports.guessing import Guess
from accounts.imports.maps import FileMap
from accounts.imports.recognising import Recognised, narrow
from accounts.imports.rows import Unreadable

SHOWN_COLUMNS: Final = 12


def narrowed(read: Recognised) -> tuple[Recognised, str]:
    """The file, and "" or why no form can hold its columns, with the first of them."""
    try:
        return narrow(read), ""
    except Unreadable as problem:
        samples = tuple(row[:SHOWN_COLUMNS] for row in read.samples)
        columns, details = read.columns[:SHOWN_COLUMNS], read.details[:SHOWN_COLUMNS]
        questions = tuple(question for question in read.questions if not question.column)
        return replace(read, columns=columns, details=details, samples=samples, questions=questions), str(problem)


def beside_mapping(guessed: Guess, file: FileMap, alone: Recognised) -> Guess:
    """The guess of the file's own columns that the mapping neither reads otherwise nor sets aside.

    A field whose own column the file does not have, as optional ones, may be filled by another: フリガナ by 顧客名カナ.
    """
    looked_up = tuple(join.prefix for join in file.joins)
    told = {
        field.name: field.needs()
        for field in file.fields
        if all(name in alone.columns or name.startswith(looked_up) for name in field.needs())
    }
    return replace(
        guessed,
        columns=tuple(
            fit
            for fit in guessed.columns
            if fit.place < len(alone.columns)
            and fit.column not in file.ignore
            and fit.column in told.get(fit.field, (fit.column,))
        ),
    )
