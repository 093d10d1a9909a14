"""What is asked of a file, by the names of a form, and what was answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.imports.guessing.ends import LAST_DAY
from accounts.imports.guessing.money import CURRENCY
from accounts.imports.guessing.notices import UNIT
from accounts.imports.guessing.periods import PER
from accounts.imports.recognising import Question
from accounts.imports.targets import Target
from accounts.imports.taxes import TYPED
from config.fields import FigureField
from config.text import row_number

Said = Mapping[str, str]
OF_TAX: Final = ("tax", "tax_pair")
# What is asked of a column for the field that it fills, whatever is true of its cells.
OF_FIELD: Final = (*OF_TAX, LAST_DAY, PER, CURRENCY, UNIT)
LEAST_RATE, MOST_RATE = Decimal("0.01"), Decimal("99.99")


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
    value = question.choices[number].value
    return rate_typed(question, said) if value == TYPED else value


def rate_name(question: Question) -> str:
    """The field of a form in which another rate of tax is typed."""
    return f"q-rate-{question.column}"


def rate_field(question: Question) -> FigureField:
    """The field for a rate of tax in percent that is none of the choices."""
    return FigureField(
        label=_("%(column)s: another rate in percent") % {"column": question.column}, required=False, min_value=LEAST_RATE,
        max_value=MOST_RATE, max_digits=4, decimal_places=2,
    )  # fmt: skip


def rate_typed(question: Question, said: Said) -> str | None:
    """The rate that was typed, as a mapping says it; None where none was, or none that can be."""
    try:
        rate = rate_field(question).clean(said.get(rate_name(question), ""))
    except ValidationError:
        return None
    return None if rate is None else f"{rate.normalize():f}"
