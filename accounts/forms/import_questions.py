"""What is asked of a file, by the names of a form, and what was answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from accounts.imports.guessing.ends import LAST_DAY
from accounts.imports.guessing.money import CURRENCY
from accounts.imports.guessing.notices import UNIT
from accounts.imports.guessing.periods import PER
from accounts.imports.recognising import Question
from accounts.imports.targets import Target
from config.text import row_number

Said = Mapping[str, str]
OF_TAX: Final = ("tax", "tax_pair")
# What is asked of a column for the field that it fills, whatever is true of its cells.
OF_FIELD: Final = (*OF_TAX, LAST_DAY, PER, CURRENCY, UNIT)


def is_about(question: Question, filled: Collection[str], target: Target) -> bool:
    """Whether it concerns one of the fields that its column fills; tax is in amounts alone."""
    if question.about not in OF_TAX:
        return bool(filled)
    return any((field := target.field(name)) is not None and field.kind == "money" for name in filled)


def name_of(question: Question) -> str:
    return f"q-{question.about}-{question.column}" if question.column else f"q-{question.about}"


def answer_of(question: Question | None, said: Said) -> str | None:
    """The value of the choice that was made, by its number; None where none was."""
    number = row_number(said.get(name_of(question), "")) if question else None
    if question is None or number is None or number >= len(question.choices):
        return None
    return question.choices[number].value
