"""Numbers, money and rates as people write them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Field, Formats, Reader, Treatment, Unfit, shown

PLAIN_NUMBER: Final = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)


def decimal_of(text: str, formats: Formats) -> Decimal:
    """The number in ``text``; groups of thousands are taken where they are groups of three."""
    plain = text.translate({ord("."): ",", ord(","): "."}) if formats.decimal == "," else text
    if not PLAIN_NUMBER.fullmatch(plain):
        raise Unfit(_("“%(cell)s” is not a number") % {"cell": shown(text)})
    try:
        return Decimal(plain.replace(",", ""))
    except InvalidOperation:
        raise Unfit(_("“%(cell)s” is not a number") % {"cell": shown(text)}) from None


def in_range(spec: Field, number: Decimal, text: str) -> Decimal:
    if number < spec.least and spec.below:
        raise Unfit(str(spec.below))
    if not spec.least <= number <= spec.most:
        reason = _("%(cell)s is out of range (%(least)s to %(most)s)")
        raise Unfit(reason % {"cell": shown(text), "least": spec.least, "most": spec.most})
    return number


def number_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    def read(text: str) -> int:
        number = in_range(spec, decimal_of(text, formats), text) * treatment.times
        if number != int(number):
            raise Unfit(_("“%(cell)s” is not a whole number") % {"cell": shown(text)})
        return int(in_range(spec, number, text))

    return read


def money_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    return amount_reader(spec, formats, treatment, Decimal("0.01"))


def rate_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    return amount_reader(spec, formats, treatment, Decimal("0.00000001"))


def amount_reader(spec: Field, formats: Formats, treatment: Treatment, step: Decimal) -> Reader:
    def read(text: str) -> Decimal:
        amount = in_range(spec, decimal_of(text, formats), text) * treatment.times
        return in_range(spec, amount, text).quantize(step)

    return read
