"""The currency of rows that name none, by what the headings of their amounts say: k€, (EUR), amount_usd, 千円."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.denominations import codes_in
from accounts.imports.guessing import Fit, Guess
from accounts.imports.recognising.found import Choice, Question
from accounts.imports.targets import Target

CURRENCY: Final = "currency"


def amount_of(guessed: Guess, target: Target) -> Fit | None:
    """The amount whose heading says the currency of the rows; None where a column names it, or no heading does."""
    if target.field(CURRENCY) is None or any(fit.field == CURRENCY for fit in guessed.columns):
        return None
    money = {field.name for field in target.fields if field.kind == "money"}
    return next((fit for fit in guessed.columns if fit.field in money and codes_in(fit.column)), None)


def questions(guessed: Guess, target: Target, home: Callable[[], str]) -> list[Question]:
    """A question for a heading that may mean several currencies, none of them ``home``, which that of the organisation gives."""
    amount = amount_of(guessed, target)
    codes = codes_in(amount.column) if amount else ()
    if amount is None or len(codes) == 1 or home() in codes:
        return []
    text = _("%(column)s: which currency are the amounts in?") % {"column": amount.column}
    return [Question(CURRENCY, amount.column, text, tuple(Choice(code, "") for code in codes))]


def currency_of(guessed: Guess, target: Target, answers: Mapping[tuple[str, str], str], home: Callable[[], str]) -> str:
    """The code of the currency of the rows, as the heading of their amount says it or as it was answered; "" where neither does."""
    amount = amount_of(guessed, target)
    if amount is None:
        return ""
    codes = codes_in(amount.column)
    if len(codes) == 1:
        return codes[0]
    return answers.get((CURRENCY, amount.column)) or next((code for code in codes if code == home()), "")
