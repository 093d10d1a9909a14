"""Days and instants as people and programs write them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Field, Formats, Reader, Treatment, Unfit, shown
from accounts.imports.worded import without_weekday, worded
from config import clock, days
from config.text import narrow

# The first year of each Japanese era, less one, and its first day.
ERAS: Final = {
    "令和": (2018, dt.date(2019, 5, 1)),
    "平成": (1988, dt.date(1989, 1, 8)),
    "昭和": (1925, dt.date(1926, 12, 25)),
}
LETTERS: Final = {"R": "令和", "H": "平成", "S": "昭和", "㋿": "令和", "㍻": "平成", "㍼": "昭和"}
ERA_DAY: Final = re.compile(
    r"(令和|平成|昭和|[RHS㋿㍻㍼])\s*(元|\d{1,2})(?:\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日|([./-])(\d{1,2})\5(\d{1,2}))",
    re.IGNORECASE,
)
SERIAL_ZERO: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet has no zone
SERIAL: Final = re.compile(r"\d{1,6}(\.\d+)?", re.ASCII)
WHOLE: Final = re.compile(r"-?\d{1,14}", re.ASCII)
# A year beside words: somebody means a day, or a month or quarter, which are none.
WORDED: Final = re.compile(r"(?=.*(?<!\d)(?:19|20)\d\d(?!\d))(?=.*[^\W\d_])")
# A month, a quarter or a year alone, or a day of no year.
PARTIAL: Final = re.compile(
    r"(?:[QHT][1-4]|[^\W\d_]+\.?)?[\s/'-]*(?:19|20)\d\d(?:[-/.年\s]*(?:\d{1,2}月?|[QHT][1-4]))?年?度?"
    r"|(?:\d{1,2}|[QHT][1-4])[-/.](?:19|20)\d\d|\d{1,2}月\s?\d{1,2}日",
    re.IGNORECASE,
)
EXAMPLE: Final = dt.datetime(2026, 11, 28)  # noqa: DTZ001  a day
# The same in notations that are no pattern; one of numbers is nothing that people write.
WRITTEN: Final = {"iso": "2026-11-28", "era": "令和8年11月28日", "worded": "28 November 2026"}
# A day that is none, as programs write it.
STANDS_FOR_NONE: Final = re.compile(r"0000[-/.]00[-/.]00.*|00[-/.]00[-/.]0000.*")
HAS_TIME: Final = re.compile(r"%-?[HIXcsSzZ]")


def era(text: str) -> dt.datetime | None:
    """The day in a Japanese era, as 令和8年4月1日 or R8.4.1; None for anything else or before the era began."""
    _name, day, began = in_era(text)
    return day if day and day.date() >= began else None


def in_era(text: str) -> tuple[str, dt.datetime | None, dt.date]:
    """The era that the text names, the day as it counts there, also before it began, and when it began; ("", None, any day) for
    anything else. ValueError for a day that is none.
    """
    match = ERA_DAY.fullmatch(text)
    if not match:
        return "", None, dt.date.min
    name = LETTERS.get(match[1].upper(), match[1])
    before, began = ERAS[name]
    year = 1 if match[2] == "元" else int(match[2])
    return name, dt.datetime(before + year, int(match[3] or match[6]), int(match[4] or match[7])), began  # noqa: DTZ001  a day


def serial(text: str) -> dt.datetime | None:
    """The day number of a spreadsheet, with a fraction for the time; 1 is 1900-01-01, days before March 1900 are not read."""
    if not SERIAL.fullmatch(text) or float(text) < 61:  # noqa: PLR2004  1900 was no leap year, spreadsheets say so
        return None
    return SERIAL_ZERO + dt.timedelta(seconds=round(float(text) * 86_400))


def epoch(text: str) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(int(text), dt.UTC) if WHOLE.fullmatch(text) else None


def epoch_ms(text: str) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(int(text) / 1000, dt.UTC) if WHOLE.fullmatch(text) else None


def iso(text: str) -> dt.datetime | None:
    """A day or an instant in ISO 8601."""
    return dt.datetime.fromisoformat(text)


NAMED: Final[dict[str, Callable[[str], dt.datetime | None]]] = {
    "iso": iso,
    "era": era,
    "serial": serial,
    "epoch": epoch,
    "epoch_ms": epoch_ms,
    "worded": worded,
}


NOTATIONS: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "era", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d.%m.%y", "%d-%b-%y", "worded",
    "iso", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y年%m月%d日 %H:%M",
)  # fmt: skip
# Numbers that are days only where the heading says so.
NUMBERS: Final = ("%Y%m%d", "serial", "epoch", "epoch_ms")
# Readings of a cell that a reason tells, and the longest cell that is looked at for them.
MOST_READINGS: Final = 2
LONGEST: Final = 40
REMEMBERED: Final = 1_000
# Cells of a column whose reason tells readings: to look for them takes a millisecond, and a column may be a million such.
MOST_ADVISED: Final = 100


def is_notation(pattern: str) -> bool:
    """Whether it can stand in ``dates`` or ``instants``: a pattern of strptime, or a name of ``NAMED``."""
    return "%" in pattern or pattern in NAMED


def by(pattern: str, text: str) -> dt.datetime | None:
    """What ``text`` says in one notation; None where it does not fit. A day of the week beside it has to be its own."""
    if found := exactly(pattern, text):
        return found
    if len(text) > LONGEST or not (text[:1].isalpha() or "(" in text or "（" in text):
        return None
    plain, weekday = without_weekday(text)
    if weekday is None or not (found := exactly(pattern, plain)):
        return None
    return found if found.weekday() == weekday else None


def exactly(pattern: str, text: str) -> dt.datetime | None:
    """What the whole of ``text`` says in one notation; None where it does not fit."""
    try:
        return NAMED[pattern](text) if pattern in NAMED else dt.datetime.strptime(text, pattern)  # noqa: DTZ007  the caller's
    except (ValueError, OverflowError, OSError):
        return None


def day_by(pattern: str, text: str, zone: dt.tzinfo, home: dt.tzinfo) -> dt.date | None:
    """The day in ``home`` of what ``text`` says in one notation; ``zone`` is the one of instants that name none.

    A midnight without a zone is a day that a program wrote with a time: it stays that day everywhere, as do a
    spreadsheet's days.
    """
    found = by(pattern, text)
    if found is None:
        return None
    if pattern == "serial" or (found.tzinfo is None and found.time() == dt.time() and not text.endswith("Z")):
        return found.date()
    try:
        return clock.day_of(found if found.tzinfo else found.replace(tzinfo=zone), home)
    except OverflowError:  # the first or the last day that there is, which is none in another zone
        return None


def day_of(text: str, formats: Formats, home: dt.tzinfo) -> dt.date:
    """The day in ``text``; refused where two notations of the file fit and say different days."""
    plain = narrow(text)
    if not formats.dates:
        try:
            return days.read(plain)
        except ValueError:
            raise unfit(text, formats, "dates", home) from None
    found = {pattern: day for pattern in formats.dates if (day := day_by(pattern, plain, formats.zone, home))}
    if not found:
        raise unfit(text, formats, "dates", home)
    found = {pattern: day for pattern, day in found.items() if days.is_within(day)} or found
    if len(set(found.values())) > 1:
        readings = _(" or ").join(dict.fromkeys(str(day) for day in found.values()))
        reason = _("“%(cell)s” can be read as %(readings)s: keep one of the two in dates")
        raise Unfit(reason % {"cell": shown(text), "readings": readings})
    return next(iter(found.values()))


def unfit(text: str, formats: Formats, setting: str, home: dt.tzinfo) -> Unfit:
    """That the cell is no day; names what ``setting`` of the mapping could say so that it is one."""
    reason = _("“%(cell)s” is not a date") % {"cell": shown(text)}
    said = getattr(formats, setting) or ("iso",)
    readings = other_readings(narrow(text), formats.zone, home) if formats.of_file and len(text) <= LONGEST else ()
    advice = _("(where it means %(day)s, set %(setting)s = %(notations)s)")
    advised = [
        advice % {"day": day, "setting": setting, "notations": json.dumps(notations, ensure_ascii=False)}
        for notation, day in readings
        if (notations := list(dict.fromkeys([*said, notation]))) != list(getattr(formats, setting))
    ]
    if not advised and formats.of_file and len(text) <= LONGEST:
        advised = out_of_range(narrow(text)) or as_written(text, next(filter(None, map(example, said)), ""))
    return Unfit(" ".join([reason, *advised[:MOST_READINGS]]))


def as_written(text: str, day: str) -> list[str]:
    """What to write in place of a text that means a day, a month or the like; [] of any other, and where there is no example."""
    if day and PARTIAL.fullmatch(narrow(text)):
        return [_("(it names no single day: write one, as in %(day)s)") % {"day": day}]
    return [_("(write it as in %(day)s)") % {"day": day}] if day and WORDED.match(text) else []


def example(notation: str) -> str:
    """A day as the notation writes it; "" of one in which it is a number."""
    return EXAMPLE.strftime(notation) if "%" in notation else WRITTEN.get(notation, "")


def out_of_range(text: str) -> list[str]:
    """Why the day of an era is none of those that are taken: out of range, or before the era began; [] of any other text."""
    try:
        name, day, began = in_era(text)
    except ValueError:
        return []
    if day and day.date() < began and days.is_within(day.date()):
        return [_("(%(era)s began on %(day)s)") % {"era": name, "day": began}]
    if day is None or days.is_within(day.date()):
        return []
    reason = _("(%(day)s is out of range: %(first)d to %(last)d)")
    return [reason % {"day": day.date(), "first": days.EARLIEST.year, "last": days.LATEST.year - 1}]


@lru_cache(maxsize=REMEMBERED)
def other_readings(text: str, zone: dt.tzinfo, home: dt.tzinfo) -> tuple[tuple[str, dt.date], ...]:
    """The first notation for each day that the text may mean."""
    found: dict[dt.date, str] = {}
    for notation in (*NOTATIONS, *NUMBERS):
        day = day_by(notation, text, zone, home)
        if day and days.is_within(day):
            found.setdefault(day, notation)
    return tuple((notation, day) for day, notation in found.items())


def within_years(day: dt.date, text: str) -> dt.date:
    if not days.is_within(day):
        reason = _("%(cell)s is out of range (%(first)d to %(last)d)")
        raise Unfit(reason % {"cell": shown(text), "first": days.EARLIEST.year, "last": days.LATEST.year - 1})
    return day


def date_reader(spec: Field, formats: Formats, treatment: Treatment) -> Reader:
    shift = dt.timedelta(days=int(treatment.last_day))

    def read(text: str, formats: Formats) -> dt.date | None:
        if text.casefold() in formats.no_end and not spec.required:
            return None
        return within_years(day_of(text, formats, treatment.home), text) + shift

    return advised_at_first(read, formats)


def instant_reader(_spec: Field, formats: Formats, _treatment: Treatment) -> Reader:
    def read(text: str, formats: Formats) -> dt.datetime | None:
        if text.casefold() in formats.no_end:
            return None
        instant = instant_of(text, formats)
        within_years(instant.date(), text)
        return instant if instant.tzinfo else instant.replace(tzinfo=formats.zone)

    return advised_at_first(read, formats)


def advised_at_first(read: Callable[[str, Formats], dt.date | None], formats: Formats) -> Reader:
    """``read`` by the formats; behind ``MOST_ADVISED`` refused texts the reason of another one names no setting."""
    unadvised, refused = replace(formats, of_file=False), set[str]()

    def read_cell(text: str) -> dt.date | None:
        try:
            return read(text, formats if text in refused or len(refused) < MOST_ADVISED else unadvised)
        except Unfit:
            if len(refused) < MOST_ADVISED:
                refused.add(text)
            raise

    return read_cell


def instant_of(text: str, formats: Formats) -> dt.datetime:
    """The instant in ``text``, without a zone where it names none."""
    for pattern in formats.instants or ("iso",):
        if found := by(pattern, narrow(text)):
            return found
    raise unfit(text, formats, "instants", formats.zone)
