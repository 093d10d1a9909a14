"""Days with names, as people write them: 30. November 2025, April 1st, 2026, 3 mars 26, and of their week: Wed, 2026年4月1日(水)."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Final

from babel import Locale

from accounts.imports.cells import NAMED_IN
from config.folding import fold

LETTERS: Final = r"[^\W\d_]+"
BEHIND_DAY: Final = r"(?:\.|st|nd|rd|th|er|re|º|ª)?"
YEAR: Final = r"(?P<year>\d{4}|['’]?\d{2})"
TIME: Final = (
    r"(?:,?\s+(?:at\s+|um\s+|à\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\s*(?P<half>[AP])\.?M\.?)?"
    r"(?:\s+(?P<zone>UTC|GMT|[+-]\d{4}))?)?"
)
DAY_FIRST: Final = re.compile(
    rf"(?P<day>\d{{1,2}}){BEHIND_DAY}[\s-]*(?:(?:of|de)\s+)?(?P<month>{LETTERS})[.,]*[\s-]*(?:de\s+)?{YEAR}{TIME}",
    re.IGNORECASE,
)
MONTH_FIRST: Final = re.compile(
    rf"(?P<month>{LETTERS})\.?[\s-]*(?P<day>\d{{1,2}}){BEHIND_DAY}(?:\s*,\s*|\s+|-){YEAR}{TIME}", re.IGNORECASE
)
# The day of the week before a day, or behind one in brackets.
OF_WEEK: Final = rf"(?P<name>{LETTERS}(?:-{LETTERS})?)"
WEEKDAYS: Final = (
    re.compile(rf"{OF_WEEK}(?:\.,?|,)?\s*(?:(?:the|den|le)\s+)?(?P<behind>.*)", re.DOTALL),
    re.compile(rf"(?P<before>[^(（]*?)\s*[(（]{OF_WEEK}\.?[)）](?P<behind>.*)", re.DOTALL),
)
NOON: Final = 12
CENTURY: Final = 2000
LONG_YEAR: Final = 4
# As Python reads years of two digits.
LAST_OF_CENTURY: Final = 68
# As people shorten the days of the week where the calendar has another short name.
SHORT_DAYS: Final = {
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
    "月曜": 0,
    "火曜": 1,
    "水曜": 2,
    "木曜": 3,
    "金曜": 4,
    "土曜": 5,
    "日曜": 6,
}
# As people write months where the calendar has another short name.
ALSO: Final = {1: "jänner|jaenner|jän", 3: "mrz|maerz", 9: "sept"}


@cache
def months() -> dict[str, int]:
    """The number of every month by its folded name, whole and short, in the languages of ``NAMED_IN``; a name of two is left out."""
    numbers = {fold(name): {number} for number, names in ALSO.items() for name in names.split("|")}
    return named("months", numbers)


@cache
def weekdays() -> dict[str, int]:
    """The number of every day of the week, 0 for Monday, by its folded name as ``months`` has those."""
    return named("days", {fold(name): {number} for name, number in SHORT_DAYS.items()})


def named(what: str, numbers: dict[str, set[int]]) -> dict[str, int]:
    """``numbers`` with those by the names of the calendar, of which each has one."""
    for language in NAMED_IN:
        for of_context in getattr(Locale(language), what).values():
            for width in ("wide", "abbreviated"):
                for number, name in of_context[width].items():
                    if name[:1].isalpha():
                        numbers.setdefault(fold(name), set()).add(number)
    return {name: min(found) for name, found in numbers.items() if len(found) == 1}


def without_weekday(text: str) -> tuple[str, int | None]:
    """The text without the day of the week that it names, and the number of that; None where it names none."""
    for pattern in WEEKDAYS:
        match = pattern.fullmatch(text)
        number = weekdays().get(fold(match["name"])) if match else None
        if match and number is not None:
            return f"{match.groupdict().get('before', '')}{match['behind']}".strip(), number
    return text, None


def worded(text: str) -> dt.datetime | None:
    """The day that names its month, with its time if it has one; a year of two digits is one from 1969 to 2068. None for anything
    else. ValueError for a day that is none.
    """
    match = DAY_FIRST.fullmatch(text) or MONTH_FIRST.fullmatch(text)
    month = months().get(fold(match["month"])) if match else None
    if match is None or month is None:
        return None
    year = int(match["year"].lstrip("'’"))
    if len(match["year"]) < LONG_YEAR:
        year += CENTURY - (100 if year > LAST_OF_CENTURY else 0)
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if match["half"]:
        if not 1 <= hour <= NOON:
            raise ValueError
        hour = hour % NOON + (NOON if match["half"].upper() == "P" else 0)
    day = dt.datetime(year, month, int(match["day"]), hour, minute, second)  # noqa: DTZ001  a day
    return day.replace(tzinfo=zone_of(match["zone"])) if match["zone"] else day


def zone_of(text: str) -> dt.timezone:
    """The zone that a program writes behind a time: UTC, GMT, +0900."""
    if text[0] not in "+-":
        return dt.UTC
    shift = dt.timedelta(hours=int(text[1:3]), minutes=int(text[3:]))
    return dt.timezone(-shift if text[0] == "-" else shift)
