"""How long something lasts, as people write it (3 Monate, 90日, 4 weeks' notice), in the days or months that a field counts."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from accounts.imports.headings import plain
from config.text import FULL_WIDTH

if TYPE_CHECKING:
    from accounts.imports.cells import Field
    from accounts.imports.mapping import Reader
    from accounts.imports.maps import FieldMap

DAYS, WEEKS, MONTHS, YEARS = UNITS = ("days", "weeks", "months", "years")
# Of an instant that is told as so much after another one.
SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
OF_MONTHS: Final = r"[かヶカケヵ箇]\s?月"
WORDS: Final = (
    (DAYS, r"days?|tage?n?|jours?|日間?"),
    (WEEKS, r"weeks?|wks?|wochen?|semaines?|週間?"),
    (MONTHS, rf"months?|mos?|mths?|monate?n?|mon|mois|{OF_MONTHS}間?"),
    (YEARS, r"years?|yrs?|jahre?n?|ans?|années?|年間?"),
)
# Beside a number: the end that it lies before, or that notice is what it is of.
BEHIND: Final = (
    r"(?:['’]?\s*(?:(?:notice|before|prior|in advance|written|zum?r?|vor|avant|de préavis|à l['’]avance)\b|前)\D*)?"
)
TOLD: Final = tuple(
    (unit, re.compile(rf"(\d+(?:[.,]\d{{1,2}})?)\s*-?\s*(?:{words})\.?(?![^\W\d_](?<!前)){BEHIND}", re.IGNORECASE))
    for unit, words in WORDS
)
# In a heading: notice days, Kündigungsfrist (Monate), 予告日数, délai en mois.
HEADED: Final = (
    (DAYS, re.compile(r"\b(?:days?|tage?n?|jours?)\b|日数|日間|[(\[]\s*日\s*[)\]]|日前")),
    (WEEKS, re.compile(r"\b(?:weeks?|wochen?|semaines?)\b|週")),
    (MONTHS, re.compile(rf"\b(?:months?|monate?n?|mois)\b|月数|{OF_MONTHS}|[(\[]\s*月\s*[)\]]")),
    (YEARS, re.compile(r"\b(?:years?|jahre?n?|ans?|années?)\b|年数|年間|[(\[]\s*年\s*[)\]]")),
)
WEEK, YEAR, MONTHS_A_YEAR, YEARS_A_LEAP_DAY = 7, 365, 12, 4
# Nobody writes a duration in more characters.
LONGEST: Final = 60
# So many months in a row have at most 31, 62, 92, 123 … days: times this, rounded up.
LONGEST_MONTH: Final = Decimal("30.6")


def counts_time(spec: Field) -> bool:
    """Whether the field counts days or months, of which cells may name others."""
    return spec.kind == "number" and spec.unit in {DAYS, MONTHS}


def told(text: str) -> tuple[Decimal, str] | None:
    """The number and the unit that the text names; None where it names none, or more than that."""
    narrow = " ".join(text.translate(FULL_WIDTH).split())
    if len(narrow) > LONGEST:
        return None
    for unit, pattern in TOLD:
        if match := pattern.fullmatch(narrow):
            return Decimal(match[1].replace(",", ".")), unit
    return None


def unit_in(heading: str) -> str:
    """The unit that a heading names of the numbers below it; "" where it names none, or several."""
    text = plain(heading)
    found = [unit for unit, words in HEADED if words.search(text)]
    return found[0] if len(found) == 1 else ""


def unit_of(field_map: FieldMap, spec: Field) -> str | None:
    """What a bare number counts: as the mapping says, or the heading; of days None where neither does, as notice is told in months
    as often. The field's own where no column says it, or the mapping turns the column's numbers into it itself.
    """
    if field_map.unit or not counts_time(spec) or not field_map.columns:
        return field_map.unit
    named = unit_in(" ".join(field_map.columns))
    if field_map.times != 1 or (named and turns_numbers(field_map)):
        return ""
    return named or (None if spec.unit == DAYS else "")


def turns_numbers(field_map: FieldMap) -> bool:
    """Whether the mapping says what numbers of the column become, as 12 of 1; one that becomes none or 0 says nothing of a unit."""
    return any(cell.isdecimal() and value.strip("0") for cell, value in field_map.values.items())


def counted(number: Decimal, unit: str, spec: Field) -> Decimal | None:
    """So many of the unit as days or months, as the field counts them; None where it has no such number.

    Months are as many days as the longest of them have (three are 92, twelve 366), so that a notice is never too late.
    """
    if unit == spec.unit:
        return number
    if spec.unit == MONTHS:
        return number * MONTHS_A_YEAR if unit == YEARS else None
    if unit == WEEKS:
        return number * WEEK
    months = number * MONTHS_A_YEAR if unit == YEARS else number
    years, rest = divmod(months, MONTHS_A_YEAR)
    leap_days = (years + bool(rest)) / YEARS_A_LEAP_DAY if years else Decimal(0)
    return years * YEAR + sum(each.to_integral_value(ROUND_CEILING) for each in (leap_days, rest * LONGEST_MONTH))


def said_of(reader: Reader, table: dict[str, Any], where: str) -> dict[str, Any]:
    """``after`` and ``unit`` of a field: what an instant is told after, or what bare numbers count. Raises MappingError."""
    after = reader.take(table, "after", str, "", where)
    unit = reader.take(table, "unit", str, "minutes" if after else "", where)
    known = tuple(SECONDS) if after else UNITS
    if unit and unit not in known:
        raise reader.wrong(f"{where} unit", _("is none of %(choices)s") % {"choices": ", ".join(known)})
    return {"after": after, "seconds": SECONDS[unit]} if after else {"unit": unit}
