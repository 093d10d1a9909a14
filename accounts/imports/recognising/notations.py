"""Days of a column: the notations that read all of them, and what two of them read apart."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Final

from accounts.imports.dating import HAS_TIME, NOTATIONS, NUMBERS, STANDS_FOR_NONE, by, day_by
from accounts.imports.guessing.headers import BRACKETS
from accounts.imports.headings import HUMP
from config import days
from config.text import narrow

UTC: Final = dt.UTC
NUMBER: Final = re.compile(r"\d{5,14}(\.\d+)?", re.ASCII)
OF_DAYS: Final = re.compile(
    r"\b(?:\w*date|day|(?:date|\b)time|timestamp|on|at|start|starts|started|begin|begins|began|end|ends|ended|since|until|created"
    r"|updated|closed|due|renews?|renewed|renewal|\w*datum|\w*beginn|(?:\w*(?:s|zeit))?ende)\b|日|期|開始|終了|満了",
    re.IGNORECASE,
)
# A heading that ends so is one of days, whatever stands before it.
LAST_OF_DAYS: Final = re.compile(
    r"(?:\b(?:\w*date|day|on|at|since|until|\w*datum)|日|日付|日時|期限)\W*$", re.IGNORECASE
)
OF_AMOUNTS: Final = re.compile(
    r"\b(?:amounts?|price|value|fees?|costs?|spend|spent|revenue|[am]rr|total|tax|vat|incl|excl|net|gross|paid|balance|betrag|preis"
    r"|wert|summe)\b|額|料|税|円|単価|価格|売上|費",
    re.IGNORECASE,
)
ENDLESS: Final = re.compile(r"(?=.*9999)(?=.*12)(?=.*31)[\d/.:年月日TZ -]+")
# Of every order of day and month one that two readings take for different days, and numbers that are days in several ways.
TELLING: Final = (
    "04/05/2026", "04-05-2026", "04/05/26", "04/05/2026 10:00", "04/05/2026 10:00:00", "04/05/2026 10:00 AM", "04/05/2026 10:00:00 AM", "20260405", "46113", "1775001600",
    "1775001600000",
)  # fmt: skip
MOST: Final = 0.8
# No notation writes a day without one.
DIGIT: Final = re.compile(r"\d|元")
# A few values spread over all say whether a column holds days at all.
LOOKED_AT: Final = 40


def is_endless(text: str) -> bool:
    """Whether it is the last day a program knows, which stands for none."""
    return ENDLESS.fullmatch(text) is not None and len(text) <= 26  # noqa: PLR2004  a day with a time


def speaks_of_days(heading: str) -> bool:
    """Whether a heading says that numbers below it are days: “Renewal amount” does not, “Payment date” does."""
    words = HUMP.sub(" ", BRACKETS.sub("", heading)).replace("_", " ")
    if LAST_OF_DAYS.search(words):
        return True
    return OF_DAYS.search(words) is not None and not OF_AMOUNTS.search(HUMP.sub(" ", heading).replace("_", " "))


def readings(values: Sequence[str], name: str) -> dict[str, dict[str, dt.date]]:
    """The day of every value by each notation that reads at least one; {} where most values are no days.

    ``name`` is the heading. Values that mean no end and days that are none (0000-00-00) are left out.
    """
    texts = [narrow(value) for value in values if not is_endless(value) and not STANDS_FOR_NONE.fullmatch(value)]
    are_numbers = bool(texts) and all(NUMBER.fullmatch(text) for text in texts)
    if are_numbers and not speaks_of_days(name):
        return {}
    notations = (*NUMBERS, *NOTATIONS) if are_numbers or speaks_of_days(name) else NOTATIONS
    if not are_mostly_days(texts[:: max(1, len(texts) // LOOKED_AT)], notations):
        return {}
    found = {notation: by_notation(notation, texts) for notation in notations}
    found = {notation: read for notation, read in found.items() if read}
    covered = set().union(*found.values()) if found else set()
    return found if texts and len(covered) >= MOST * len(set(texts)) else {}


def are_mostly_days(few: Sequence[str], notations: Sequence[str]) -> bool:
    """Whether most of these values are read by some notation.

    A notation is asked of all of them at once: Python keeps five compiled ones, and to compile takes a hundred times as long as
    to ask.
    """
    enough = MOST * len(few)
    left = [text for text in few if DIGIT.search(text)]
    without = len(few) - len(left)
    for notation in notations if few and len(left) >= enough else ():
        left = [text for text in left if not by(notation, text)]
        if len(few) - without - len(left) >= enough:
            return True
    return False


def by_notation(notation: str, texts: Iterable[str]) -> dict[str, dt.date]:
    """The day of each text that the notation reads, within the years that are taken."""
    read = {text: day_by(notation, text, UTC, UTC) for text in dict.fromkeys(texts)}
    return {text: day for text, day in read.items() if day and days.is_within(day)}


def fitting(found: Mapping[str, Mapping[str, dt.date]]) -> list[str]:
    """The notations that read all values any of them reads, those that read the same days once."""
    whole = set().union(*found.values()) if found else set()
    kept: dict[tuple[tuple[str, dt.date], ...], str] = {}
    for notation, read in found.items():
        if read.keys() == whole:
            kept.setdefault(tuple(sorted(read.items())), notation)
    return list(kept.values())


def cover(found: Mapping[str, Mapping[str, dt.date]]) -> list[str]:
    """The fewest notations that together read all, the ones that read most first, and what reads the same otherwise."""
    left = set().union(*found.values()) if found else set()
    chosen: list[str] = []
    while left:
        best = max(found, key=lambda notation: len(left & found[notation].keys()))
        chosen.append(best)
        left -= found[best].keys()
    return chosen


def rivals(found: Mapping[str, Mapping[str, dt.date]], chosen: Sequence[str]) -> list[str]:
    """Of the notations of a column that mixes them those of which only one can be right, [] where each text means one day."""
    asked = {one for pair in combinations(chosen, 2) if differ(*pair) for one in pair}
    for one, read in found.items():
        against = [other for other in chosen if any(found[other].get(text, day) != day for text, day in read.items())]
        asked |= {one, *against} if against else set()
    return [one for one in found if one in asked]


@cache
def differ(one: str, other: str) -> bool:
    """Whether a text may mean different days by the two notations: the order of day and month, or what a number counts."""
    first, second = by_notation(one, TELLING), by_notation(other, TELLING)
    return any(first[text] != second[text] for text in first.keys() & second.keys())


def has_time(notations: Iterable[str], values: Iterable[str]) -> bool:
    return any(
        HAS_TIME.search(notation)
        or notation.startswith("epoch")
        or (notation in {"iso", "worded"} and any(":" in v for v in values))
        for notation in notations
    )


def told_apart(found: Mapping[str, Mapping[str, dt.date]], notations: Sequence[str]) -> str:
    """The first value that the notations read as different days; "" without one."""
    shared = set.intersection(*(set(found[notation]) for notation in notations))
    return next(
        (text for text in found[notations[0]] if text in shared and len({found[n][text] for n in notations}) > 1), ""
    )
