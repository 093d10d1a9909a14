"""How a value of each kind of attribute is read from a cell, and the text that is stored.

Stored are ``42.5``, ``2026-11-28``, ``yes`` and ``no``, a choice as the admin wrote it, and texts as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.amounts import decimal_of
from accounts.imports.cells import Field, Formats, Reader, Treatment, Unfit, shown
from accounts.imports.dating import date_reader
from accounts.imports.values import flag_reader, text_reader
from accounts.models import Attribute

Kind = Attribute.Kind
LARGEST: Final = Decimal(10) ** 12
FINEST: Final = 6
LONGEST: Final = 200
YES: Final = "yes"
NO: Final = "no"


def reader(attribute: Attribute, formats: Formats, treatment: Treatment) -> Callable[[str], str]:
    """A function from a cell that is not empty to the text that is stored; raises Unfit with what would do.

    ``formats`` and ``treatment`` are those of the file; what people and programs send is read by the default ones.
    """
    return READERS[Kind(attribute.kind)](attribute, formats, treatment)


def read(attribute: Attribute, text: str) -> str:
    """The text that is stored for what a person or a program wrote; "" for nothing. Raises Unfit."""
    return reader(attribute, Formats(of_file=False), Treatment())(text.strip()) if text.strip() else ""


def _number(_attribute: Attribute, formats: Formats, _treatment: Treatment) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            number = decimal_of(text, formats, LARGEST)
        except Unfit as error:
            raise Unfit(_("%(reason)s: write one such as 1250 or 12.5") % {"reason": error}) from error
        if abs(number) >= LARGEST or number != round(number, FINEST):
            reason = _("“%(cell)s” has more digits than are kept: at most 12 before the point and 6 after it")
            raise Unfit(reason % {"cell": shown(text)})
        return plain(number)

    return read


def plain(number: Decimal) -> str:
    """A number without zeros at its end: ``1250``, ``12.5``."""
    return f"{number.normalize():f}" if number else "0"


def _text(_attribute: Attribute, formats: Formats, treatment: Treatment) -> Reader:
    return text_reader(Field("value", longest=LONGEST), formats, treatment)


def _day(_attribute: Attribute, formats: Formats, treatment: Treatment) -> Callable[[str], str]:
    read_day = date_reader(Field("value", "date", required=True), formats, treatment)

    def read(text: str) -> str:
        try:
            day: dt.date = read_day(text)
        except Unfit as error:
            if formats.dates:
                raise
            raise Unfit(_("%(reason)s: write it as in 2026-11-28") % {"reason": error}) from error
        return day.isoformat()

    return read


def _choice(attribute: Attribute, _formats: Formats, _treatment: Treatment) -> Callable[[str], str]:
    words = {choice.casefold(): choice for choice in reversed(attribute.choices)}

    def read(text: str) -> str:
        if (choice := words.get(text.casefold())) is None:
            reason = _("“%(cell)s” is none of its choices: %(own)s")
            raise Unfit(reason % {"cell": shown(text), "own": ", ".join(attribute.choices)})
        return choice

    return read


def _flag(_attribute: Attribute, formats: Formats, treatment: Treatment) -> Callable[[str], str]:
    read_flag = flag_reader(Field("value", "flag"), formats, treatment)

    def read(text: str) -> str:
        try:
            return YES if read_flag(text) else NO
        except Unfit as error:
            words = {"yes": min(formats.true, key=order), "no": min(formats.false, key=order)}
            raise Unfit(_("%(reason)s: write %(yes)s or %(no)s") % ({"reason": error} | words)) from error

    return read


def order(word: str) -> tuple[bool, str]:
    """Our own words first."""
    return word not in {YES, NO}, word


READERS: Final[dict[Kind, Callable[[Attribute, Formats, Treatment], Reader]]] = {
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.CHOICE: _choice,
    Kind.FLAG: _flag,
}
