"""One cell of a file to one value of the database, or the reason why not."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts import currencies
from accounts.countries import ALSO, CODES, code_of
from accounts.imports import choosing
from accounts.imports.amounts import money_reader, number_reader, rate_reader
from accounts.imports.cells import (
    NAMED_IN,
    NULL_WORDS,
    Field,
    Formats,
    Reader,
    Treatment,
    Unfit,
    Value,
    is_doubtful,
    shown,
)
from accounts.imports.dating import date_reader, instant_reader
from config.folding import fold
from config.text import has_line_end, is_long, is_unseen

REMEMBERED: Final = 50_000
# Longer cells seldom come twice, and so many of them fill the memory.
SHORT: Final = 80
# What may stand between the parts of a list.
MARKS: Final = ("|", ",", ";", "/", "、", "，", "；", "・")
POSTGRES_TYPE: Final = {
    "text": "text",
    "email": "text",
    "country": "text",
    "currency": "text",
    "choice": "text",
    "number": "bigint",
    "money": "numeric(14,2)",
    "figure": "numeric(14,2)",
    "percent": "numeric(5,2)",
    "date": "date",
    "instant": "timestamptz",
    "flag": "boolean",
    "list": "text[]",
    "attributes": "jsonb",
    "rate": "numeric(18,8)",
}


def reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    """A function from a cell to the value to store; raises Unfit. Repeated cells are remembered."""
    make, replacements = KINDS[spec.kind], treatment.words
    read = advised(make(spec, formats, treatment), spec)
    # What stands for a word is told in the field's own unit, whatever the heading says of the cells.
    is_own = treatment.unit == treatment.unit_of_words
    read_word = read if is_own else advised(make(spec, formats, replace(treatment, unit=treatment.unit_of_words)), spec)
    # A name that has to be there may well be one of the words: a customer may be called Null.
    null_words = frozenset() if spec.required and spec.kind == "text" else formats.null_words
    if spec.kind == "flag":  # なし is no
        null_words -= formats.true | formats.false

    def value(cell: str) -> Value:
        text = "" if is_unseen(cell) else cell.strip()
        is_word = text in replacements
        text = replacements.get(text, text)
        if text.casefold() in null_words:
            text = ""
        if text:
            return read_or_advise(text, read_word if is_word else read)
        if spec.required:
            raise Unfit(_("is empty"))
        return spec.blank

    def read_or_advise(text: str, read: Reader) -> Value:
        try:
            return read(text)
        except Unfit as error:
            if text.casefold() not in NULL_WORDS or not formats.of_file:
                raise
            advice = _("(where it means nothing, set null_words = [%(word)s])") % {
                "word": json.dumps(text, ensure_ascii=False)
            }
            raise Unfit(f"{error} {advice}") from error

    remembered = lru_cache(maxsize=REMEMBERED)(value)
    return lambda cell: remembered(cell) if len(cell) <= SHORT else value(cell)


def advised(read: Reader, spec: Field) -> Reader:
    """The same, its refusals with the field's advice behind them."""
    if not spec.advice:
        return read

    def read_with_advice(text: str) -> Value:
        try:
            return read(text)
        except Unfit as error:
            raise Unfit(f"{error} ({spec.advice})") from error

    return read_with_advice


def text_reader(spec: Field, _formats: Formats, _treatment: Treatment) -> Reader:
    has_lines = is_long(spec.name)

    def read(text: str) -> str:
        if len(text) > spec.longest:
            raise Unfit(_("is longer than %(longest)d characters") % {"longest": spec.longest})
        if not has_lines and has_line_end(text):
            raise Unfit(_("has more than one line"))
        return text

    return read


def email_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    def read(text: str) -> str:
        text = unicodedata.normalize("NFKC", text)  # an address has no full-width letters
        try:
            validate_email(text)
        except ValidationError:
            raise Unfit(_("“%(cell)s” is not an email address") % {"cell": shown(text)}) from None
        return text_reader(spec, formats, treatment)(text.lower())

    return read


def country_reader(_spec: Field, _formats: Formats, _treatment: Treatment) -> Reader:
    def read(text: str) -> str:
        code = "" if is_doubtful(text) else code_of(text) or country_names().get(fold(text), "")
        if not code:
            reason = _("“%(cell)s” is neither a country nor its code of two letters (ISO 3166)")
            raise Unfit(reason % {"cell": shown(text)})
        return code

    return read


@cache
def country_names() -> dict[str, str]:
    """The code of every country by its folded name in the languages of ``NAMED_IN``, and as people call it; a name of two
    countries is left out.
    """
    codes = {fold(name): {code} for code, names in ALSO.items() for name in names.split("|")}
    for language in NAMED_IN:
        for code, name in Locale(language).territories.items():
            if str(code) in CODES:
                codes.setdefault(fold(name), set()).add(str(code))
    return {name: min(country_codes) for name, country_codes in codes.items() if len(country_codes) == 1}


def currency_reader(_spec: Field, _formats: Formats, _treatment: Treatment) -> Reader:
    def read(text: str) -> str:
        code = currencies.code_of(text)
        if not code:
            if currencies.is_spelt(text.strip()):
                reason = _("“%(cell)s” is no currency (ISO 4217)")
            else:
                reason = _("“%(cell)s” is not a currency code of three letters (ISO 4217)")
            raise Unfit(reason % {"cell": shown(text)})
        return code

    return read


def choice_reader(spec: Field, formats: Formats, _treatment: Treatment) -> Reader:
    def read(text: str) -> str:
        word = choosing.meant(spec, text, by_synonym=formats.of_file)
        if not word:
            reason = _("“%(cell)s” is none of: %(labels)s")
            raise Unfit(reason % {"cell": shown(text), "labels": choosing.listed(spec, by_synonym=formats.of_file)})
        return word

    return read


def plain_word(text: str) -> str:
    """A word in one width and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def flag_reader(_spec: Field, formats: Formats, _treatment: Treatment) -> Reader:
    true, false = ({plain_word(word) for word in words} for words in (formats.true, formats.false))

    def read(text: str) -> bool:
        word = plain_word(text)
        if word in true:
            return True
        if word in false:
            return False
        raise Unfit(_("“%(cell)s” is neither yes nor no") % {"cell": shown(text)})

    return read


def list_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    make_reader = choice_reader if spec.choices else text_reader
    read_one = make_reader(spec, formats, treatment)

    def read(text: str) -> list[str]:
        parts = (part.strip() for part in text.split(formats.list_separator))
        texts = (treatment.words.get(part, part) for part in parts if part)
        return list(dict.fromkeys(read_one(part) for part in texts))

    def read_or_say(text: str) -> list[str]:
        try:
            return read(text)
        except Unfit:
            if not (mark := mark_between(text)):
                raise
            reason = _('“%(cell)s” has “%(mark)s” between its parts: set list_separator = "%(mark)s"')
            raise Unfit(reason % {"cell": shown(text), "mark": mark}) from None

    def mark_between(text: str) -> str:
        """The mark at which the text falls into parts that can be read; "" where none is."""
        for mark in MARKS:
            with suppress(Unfit):
                if len(parts := text.split(mark)) > 1 and all(read_one(part.strip()) for part in parts):
                    return mark
        return ""

    return read_or_say if spec.choices and formats.of_file else read


def attributes_reader(_spec: Field, _formats: Formats, _treatment: Treatment) -> Reader:
    def read(text: str) -> str:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise Unfit(_("“%(cell)s” is no JSON object of texts") % {"cell": shown(text)})
        return text

    return read


KINDS: Final[Mapping[str, Callable[[Field, Formats, Treatment], Reader]]] = {
    "text": text_reader,
    "email": email_reader,
    "country": country_reader,
    "currency": currency_reader,
    "choice": choice_reader,
    "number": number_reader,
    "money": money_reader,
    "figure": money_reader,
    "percent": money_reader,
    "date": date_reader,
    "instant": instant_reader,
    "flag": flag_reader,
    "list": list_reader,
    "attributes": attributes_reader,
    "rate": rate_reader,
}
