"""Days with the name of their month, as people write them: 30. November 2025, April 1st, 2026, 3 mars 2026."""

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
DAY_FIRST: Final = re.compile(
    rf"(?P<day>\d{{1,2}}){BEHIND_DAY}[\s-]*(?:(?:of|de)\s+)?(?P<month>{LETTERS})[.,]*[\s-]*(?:de\s+)?(?P<year>\d{{4}})",
    re.IGNORECASE,
)
MONTH_FIRST: Final = re.compile(
    rf"(?P<month>{LETTERS})\.?[\s-]*(?P<day>\d{{1,2}}){BEHIND_DAY}(?:\s*,\s*|\s+|-)(?P<year>\d{{4}})", re.IGNORECASE
)
# As people write them where the calendar has another short name.
ALSO: Final = {1: "jänner|jaenner|jän", 3: "mrz|maerz", 9: "sept"}


@cache
def months() -> dict[str, int]:
    """The number of every month by its folded name, whole and short, in the languages of ``NAMED_IN``; a name of two is left out."""
    numbers = {fold(name): {number} for number, names in ALSO.items() for name in names.split("|")}
    for language in NAMED_IN:
        for of_context in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in of_context[width].items():
                    if name[:1].isalpha():
                        numbers.setdefault(fold(name), set()).add(number)
    return {name: min(found) for name, found in numbers.items() if len(found) == 1}


def worded(text: str) -> dt.datetime | None:
    """The day that names its month, with a year of four digits; None for anything else. ValueError for a day that is none."""
    match = DAY_FIRST.fullmatch(text) or MONTH_FIRST.fullmatch(text)
    month = months().get(fold(match["month"])) if match else None
    return dt.datetime(int(match["year"]), month, int(match["day"])) if match and month else None  # noqa: DTZ001  a day
