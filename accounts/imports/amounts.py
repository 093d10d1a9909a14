"""Numbers, money and rates as people write them."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from accounts.currencies import meant_by
from accounts.imports import durations
from accounts.imports.cells import Field, Formats, Reader, Treatment, Unfit, shown
from accounts.imports.marked import codes_in, is_factor
from config.text import FULL_WIDTH, GROUPED, GROUPS

PLAIN_NUMBER: Final = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
BELOW_ZERO: Final = re.compile(r"\((?P<inside>[^()+-]+)\)|[△▲](?P<after>[^()+-]+)")
# One group of three behind a point: a fraction here, a thousand where another country writes.
TWOFOLD: Final = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
# Hundred thousands as India groups them.
IN_LAKHS: Final = re.compile(r"[+-]?\d{1,2}(,\d{2})+,\d{3}(\.\d+)?", re.ASCII)
# Ten thousands as Japanese counts them; one group is a fraction of four digits elsewhere.
BY_FOURS: Final = re.compile(r"[+-]?[1-9]\d{0,3}(,\d{4})+", re.ASCII)
FOUR_BEHIND: Final = re.compile(r"[+-]?\d{1,4}\.\d{4}", re.ASCII)
# No cents, as German writes it: 6.000,- and 1.200,-- €, 12000.- in Switzerland.
NO_CENTS: Final = re.compile(r"(?<=\d)[.,](?:--?|[–—])(?=\D*$)")
BESIDE: Final = re.compile(r"[^\d.,'’\s()+-]+")
# What people write beside a number that says something of it and names nothing of which it is so many.
NO_MARK: Final = re.compile(
    r"[~〜～≈≒<>≤≥=*?？約]+|税[込抜別]?|内税|外税|円也|也|ca|circa|about|approx|etwa|env|environ", re.IGNORECASE
)
FACTOR: Final = re.compile(r"\s*[+-]?\d{1,15}(?:\.\d{0,60})?(?:E[+-]?\d{1,2}|/\d{1,15})?\s*", re.IGNORECASE | re.ASCII)
LONGEST_AMOUNT: Final = 60
MOST_DIGITS: Final = 2
CENT: Final = Decimal("0.01")
# What a program that counts in binary fractions leaves behind, as in 1200.0000000000002.
NOISE: Final = Decimal("0.000001")


def decimal_of(text: str, formats: Formats, most: Decimal | int = 0) -> Decimal:
    """The number in ``text``; groups of thousands are taken where they are groups of three.

    A number below zero may stand in parentheses or after △, and one of the format's marks beside it. Where up to ``most``
    is taken, 1.000 and 1.250 are refused, which could be thousands, unless the format rounds.
    """
    plain = plain_of(text, formats)
    if plain is None:
        raise Unfit(why_not(text, formats))
    number = Decimal(plain.translate(GROUPS))
    # Yen have no fraction: ￥550,000 are thousands, whatever the decimal sign is.
    if is_twofold(plain) and is_of_whole_units(text, formats):
        return number * 1000
    if formats.of_file and not formats.round and is_twofold(plain) and abs(number) * 1000 <= most:
        reason = _("“%(cell)s” can be read as %(small)s and as %(large)d: %(advice)s")
        raise Unfit(reason % (too_fine(text, formats) | {"small": f"{number.normalize():f}", "large": number * 1000}))
    return number


def is_twofold(plain: str) -> bool:
    """Whether a number as ``plain_of`` has it could be a thousand times as much elsewhere."""
    return bool(TWOFOLD.fullmatch(plain))


def plain_of(text: str, formats: Formats) -> str | None:
    """The number in ``text`` with a point before its fraction, its groups as they are; None where it is none."""
    plain = swapped(text, formats)
    if PLAIN_NUMBER.fullmatch(plain):
        return plain
    whole = NO_CENTS.sub("", text.translate(FULL_WIDTH))
    plain = swapped(bare(whole, formats), formats)
    # Yen have no fraction: 120,0000円 are 1,200,000. Such groups are parted by commas.
    if formats.decimal == "," and FOUR_BEHIND.fullmatch(plain) and is_of_whole_units(text, formats):
        return None
    # Behind a dash for the cents no other sign stands before a fraction: of 6.000,- the point is not the decimal sign.
    if "." in plain and len(whole) < len(text):
        return None
    return plain if PLAIN_NUMBER.fullmatch(plain) or GROUPED.fullmatch(plain) else None


def by_fours(text: str, formats: Formats) -> str:
    """The whole number of a text that is read as one with four digits behind its decimal sign, and may be in groups of four; ""
    of any other text, and where the format rounds.
    """
    plain = swapped(bare(text, formats), formats)
    is_grouped = formats.decimal == "," and not formats.of_one and not formats.round and FOUR_BEHIND.fullmatch(plain)
    return f"{plain.replace('.', '')}" if is_grouped else ""


def is_of_whole_units(text: str, formats: Formats) -> bool:
    """Whether the mark beside the amount names a currency without smaller units, as yen; prices of one unit have fractions in all."""
    codes = () if formats.of_one else codes_in(text, formats)
    return bool(codes) and not get_currency_precision(codes[0])


def swapped(text: str, formats: Formats) -> str:
    """The text with a point before its fraction and commas between its groups."""
    return text.translate({ord("."): ",", ord(","): "."}) if formats.decimal == "," else text


def bare(text: str, formats: Formats) -> str:
    """The text without one mark beside it, in ASCII, with a minus sign where it is below zero."""
    plain = text.translate(FULL_WIDTH).replace("（", "(").replace("）", ")").strip()
    plain = without_mark(plain, formats)
    if below := BELOW_ZERO.fullmatch(plain):
        inside = without_mark((below["inside"] or below["after"]).strip(), formats)
        return f"-{inside}"
    return plain


def without_mark(text: str, formats: Formats) -> str:
    """The text without one of the format's marks at its beginning or end, or two that mean one currency; a sign before it stays."""
    sign, rest = (text[0], text[1:]) if text.startswith(("+", "-")) else ("", text)
    marks = sorted(formats.marks, key=len, reverse=True)
    for mark in marks:
        if rest.startswith(mark):
            inside, codes = rest.removeprefix(mark).strip(), {*meant_by(mark)}
            behind = (other for other in marks if inside.endswith(other) and codes.intersection(meant_by(other)))
            return sign + inside.removesuffix(next(behind, "")).strip()
        if rest.endswith(mark):
            return sign + rest.removesuffix(mark).strip()
    return text


def why_not(text: str, formats: Formats) -> str:
    """Why the text is no number; names what could be declared where only that is in the way."""
    reason = _("“%(cell)s” is not a number") % {"cell": shown(text)}
    if len(text) > LONGEST_AMOUNT or not formats.of_file:
        return reason
    for mark in ("", *dict.fromkeys(BESIDE.findall(text.translate(FULL_WIDTH)))):
        if len(mark) == 1 and mark.isascii() and mark.isalpha() and not is_factor(mark):
            continue
        marked = replace(formats, marks=(*formats.marks, mark)) if mark else formats
        if advice := of_fours(text, marked) or of_settings(text, marked, mark) or of_lakhs(text, marked):
            return f"{reason} {advice}"
    return reason


def of_settings(text: str, marked: Formats, mark: str) -> str:
    """The settings by which the text is a number, "" where none are; ``mark`` is the last of ``marked``, or none."""
    other = "," if marked.decimal == "." else "."
    for advised in (marked, replace(marked, decimal=other)):
        number = plain_of(text, advised)
        settings = [] if advised is marked else [f'decimal = "{other}"']
        if number and mark and is_factor(mark):
            return _("(%(mark)s is a factor: write the amount in full)") % {"mark": mark}
        if number and mark and NO_MARK.fullmatch(mark.strip()):
            return _("(write the number without “%(mark)s”)") % {"mark": mark}
        if number and mark:
            settings = [f'marks = ["{mark}"]', *settings]
            advice = _("(where %(mark)s may stand beside it, set %(settings)s)")
            return advice % {"mark": mark, "settings": ", ".join(settings)}
        if number and settings:
            plain = number.translate(GROUPS)
            advice = _(
                "(where it means %(number)s, write %(written)s, or set %(settings)s where the whole column is written so)"
            )
            return advice % {"number": plain, "written": swapped(plain, marked), "settings": settings[0]}
    return ""


def of_lakhs(text: str, formats: Formats) -> str:
    grouping = swapped(bare(text, formats), formats)
    if not IN_LAKHS.fullmatch(grouping):
        return ""
    return _("(digits are grouped by threes: write %(number)s)") % {"number": grouping.translate(GROUPS)}


def of_fours(text: str, formats: Formats) -> str:
    """What to write of a number in groups of four, "" for any other; one group may be a fraction where no yen stand beside it."""
    plain = bare(text, formats)
    if not BY_FOURS.fullmatch(plain):
        return ""
    values = {"number": plain.translate(GROUPS), "fraction": plain.replace(",", ".")}
    if plain.count(",") > 1 or is_of_whole_units(text, formats):
        return _("(digits are grouped by threes: write %(number)s)") % values
    if codes_in(text, formats) or formats.decimal == ",":
        return ""
    return _('(where it means %(number)s, write it so; where it means %(fraction)s, set decimal = ",")') % values


def in_range(spec: Field, number: Decimal, text: str) -> Decimal:
    if number < spec.least and spec.below:
        raise Unfit(str(spec.below))
    if not spec.least <= number <= spec.most:
        reason = _("%(cell)s is out of range (%(least)s to %(most)s)")
        raise Unfit(reason % {"cell": shown(text), "least": spec.least, "most": spec.most})
    return number


def number_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    def read(text: str) -> int:
        number = number_of(text, spec, formats, treatment)
        if number != int(number):
            raise Unfit(_("“%(cell)s” is not a whole number") % {"cell": shown(text)})
        return int(in_range(spec, number, text))

    return read


def number_of(text: str, spec: Field, formats: Formats, treatment: Treatment) -> Decimal:
    """The number in the text; of a field that counts days or months as many of these as the text, the mapping or the heading says.

    What the mapping multiplies are bare numbers, and none that the text tells the unit of.
    """
    duration, times = durations.told(text) if durations.counts_time(spec) else None, Decimal(1)
    number = in_range(spec, duration[0] if duration else decimal_of(text, formats, spec.most), text)
    if duration is None:
        times = treatment.times
        if treatment.unit == "" or not number:
            return number * times
        if treatment.unit is None:
            reason = _(
                '“%(cell)s” may be days or months: write it with its unit, or set unit = "months" (or another of %(units)s)'
            )
            raise Unfit(reason % {"cell": shown(text), "units": ", ".join(durations.UNITS)})
        duration = number, treatment.unit
    counted = durations.counted(*duration, spec)
    if counted is None:
        raise Unfit(_("“%(cell)s” is no number of months") % {"cell": shown(text)})
    return in_range(spec, counted, text) * times


def money_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    """Amounts to the cent. One that has more digits is refused, or rounded and noted where the mapping asks for it or
    multiplies it.
    """

    def read(text: str) -> Decimal:
        cell = text.translate(FULL_WIDTH).removesuffix("%").strip() if spec.kind == "percent" else text
        amount = in_range(spec, decimal_of(cell, formats, spec.most), text) * treatment.times
        rounded = in_range(spec, amount, text).quantize(CENT, ROUND_HALF_UP)
        if abs(rounded - amount) > NOISE:
            if treatment.times == 1 and not formats.round:
                reason = _("“%(cell)s” has more digits than money has: %(advice)s")
                # What no file says has no settings by which it could be read.
                most = _("“%(cell)s” has more digits than money has: at most 2 after the decimal sign")
                raise Unfit((reason if formats.of_file else most) % too_fine(text, formats))
            treatment.rounded.note(shown(text), rounded)
        return rounded

    return read


def too_fine(text: str, formats: Formats) -> dict[str, str]:
    other = "," if formats.decimal == "." else "."
    advice = _('set decimal = "%(other)s" if it is grouped by %(decimal)s, or round = true')
    return {"cell": shown(text), "advice": advice % {"other": other, "decimal": formats.decimal}}


def rate_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    def read(text: str) -> Decimal:
        amount = in_range(spec, decimal_of(text, formats), text) * treatment.times
        return in_range(spec, amount, text).quantize(Decimal("0.00000001"))

    return read


def factor_of(said: object) -> Decimal:
    """What a mapping multiplies by: a number, or a text such as 1/12. Raises ValueError or ArithmeticError for any other."""
    # An absurd exponent would be written out with all its digits.
    if isinstance(said, bool) or not FACTOR.fullmatch(str(said)):
        raise ValueError
    fraction = Fraction(str(said))
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def from_minor(amount: Decimal, currency: str) -> Decimal:
    """The money of so many of the currency's smallest units: 120,000 are 1,200.00 in USD, 120,000 in JPY."""
    return amount.scaleb(-get_currency_precision(currency))


def in_digits(amount: Decimal, currency: str) -> Decimal:
    """The amount with the digits that its currency has, halves up; unknown currencies have two, and more are not kept."""
    digits = min(get_currency_precision(currency), MOST_DIGITS)
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def fits(amount: Decimal, currency: str) -> bool:
    """Whether the currency has as many digits as the amount."""
    return amount == in_digits(amount, currency)
