"""The currency of rows that name none, by what the headings of their amounts say: k€, (EUR), amount_usd, 千円."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Final

from django.utils.translation import gettext as _

from accounts import currencies
from accounts.imports.guessing import Fit, Guess
from accounts.imports.headings import apart
from accounts.imports.recognising.found import Choice, Question
from accounts.imports.targets import Target

CURRENCY: Final = "currency"
YEN: Final = frozenset(["円", "圓"])
# Marks that no word holds; "kr" and "元" stand in many.
SIGNS: Final = [
    mark for mark in currencies.MARKS if mark in YEN or any(unicodedata.category(sign) == "Sc" for sign in mark)
]
SIGN: Final = re.compile(
    "|".join(
        rf"(?<![A-Za-z]){re.escape(mark)}" if mark[0].isalpha() else re.escape(mark)
        for mark in sorted(SIGNS, key=len, reverse=True)
    )
)
# Codes that are written in any case, with a letter for their thousands before them; others stand in brackets.
USUAL: Final = sorted({*chain.from_iterable(currencies.MARKS.values())})
CODE: Final = re.compile(rf"(?<![a-z])[ktm]?({'|'.join(USUAL)})(?![a-z])", re.IGNORECASE)
BRACKETED: Final = re.compile(r"[(\[]\s*([A-Z]{3})\s*[)\]]")
NO_CODES: Final = frozenset(["ALL", "TOP", "STD", "SVC"])
BRACKETED_MARK: Final = re.compile(r"[(\[]\s*(kr|zł|Fr\.|元)\s*[)\]]")
WORDS: Final = (
    (re.compile(r"米ドル|\bus dollars?\b", re.IGNORECASE), ("USD",)),
    (re.compile(r"ドル|\bdollars?\b", re.IGNORECASE), currencies.DOLLARS),
    (re.compile(r"ユーロ|\beuros?\b", re.IGNORECASE), ("EUR",)),
    (re.compile(r"\byen\b", re.IGNORECASE), ("JPY",)),
    (re.compile(r"ポンド|\bpounds?\b", re.IGNORECASE), ("GBP",)),
    (re.compile(r"人民元", re.IGNORECASE), ("CNY",)),
)


def codes_in(heading: str) -> tuple[str, ...]:
    """The codes of the currencies that the heading may mean, the likeliest first; () where it names none."""
    text = apart(heading)
    codes: tuple[str, ...] = ()
    for found in named(text):
        codes = tuple(code for code in codes if code in found) or (
            *codes,
            *(code for code in found if code not in codes),
        )
    return codes


def named(text: str) -> Iterator[tuple[str, ...]]:
    """What each sign, code and word of the text may mean."""
    for mark in (*SIGN.findall(text), *BRACKETED_MARK.findall(text)):
        yield currencies.meant_by(mark)
    for code in CODE.findall(text):
        yield (code.upper(),)
    for code in BRACKETED.findall(text):
        if code not in NO_CODES and currencies.code_of(code):
            yield (code,)
    yield from (codes for words, codes in WORDS if words.search(text))


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
