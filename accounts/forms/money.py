"""Amounts of money as people type them, by the rule that reads them in files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import currencies
from accounts.imports.amounts import is_twofold, plain_of
from accounts.imports.cells import Formats, shown
from accounts.imports.marked import codes_in
from config.fields import FigureField
from config.text import GROUPS

FORMATS: Final = Formats(marks=(*currencies.MARKS, *sorted(currencies.KNOWN)), of_file=False)


class MoneyField(FigureField):
    """An amount; the mark or the code of its currency may stand beside it, and a comma before its cents.

    ``currency`` answers the code that the amount is in: another one's mark is refused. Without it the form decides, by the
    ``codes`` that the typed mark may mean.
    """

    def __init__(self, *, currency: Callable[[], str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.currency = currency
        self.codes: tuple[str, ...] = ()

    def to_python(self, value: Any) -> Any:
        self.codes = ()
        if isinstance(value, str) and value.strip() and (number := number_in(value)) is not None:
            self.codes = codes_in(value, FORMATS)
            if self.codes and self.currency and (code := self.currency()) not in self.codes:
                raise ValidationError(of_another(value, self.codes, code))
            value = number
        return super().to_python(value)


def number_in(text: str) -> str | None:
    """The number in the text, in Python's notation; None where it is none. Raises ValidationError where it could be two."""
    for decimal in (".", ","):
        if (plain := plain_of(text.strip(), replace(FORMATS, decimal=decimal))) is None:
            continue
        if is_twofold(plain) and decimal == ".":
            words = {"text": shown(text), "small": plain, "large": plain.replace(".", ",")}
            raise ValidationError(
                _("“%(text)s” could be %(small)s or %(large)s: write it with two digits of cents.") % words
            )
        return plain.translate(GROUPS)
    return None


def of_another(text: str, codes: tuple[str, ...], currency: str) -> str:
    words = {"text": shown(text), "code": codes[0], "currency": currency}
    return _("“%(text)s” is written in %(code)s, and this amount is in %(currency)s.") % words


def settle(
    amounts: Iterable[tuple[MoneyField, str, Callable[[str], None]]], currency: str, home: Callable[[], str]
) -> str:
    """The currency of amounts that are all in one: ``currency``, where that is "" what their marks mean, the one of ``home`` where they may.

    Of each amount its field, its text and what refuses it where its mark means another one.
    """
    for field, text, refuse in amounts:
        if not field.codes:
            continue
        if not currency:
            currency = own if (own := home()) in field.codes else field.codes[0]
        elif currency not in field.codes:
            refuse(of_another(text, field.codes, currency))
    return currency
