"""The periods and units of amounts: how headings name them, how often each counts, and how a page says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.imports.headings import plain
from accounts.imports.multiplying import A_YEAR

# The amount of a year, of which a file may have that of another period.
OF_A_YEAR: Final = "annual_amount"


@dataclass(frozen=True)
class Period:
    """A period that lies ``times`` in a year: its name in the fields of a form, the headings that name it, the answer that an
    amount is one of it, and how a page calls that where the heading says it; a year is as it stands.
    """

    key: str
    times: Decimal
    heading: re.Pattern[str]
    answer: str | Promise
    label: str | Promise = ""


@dataclass(frozen=True)
class Unit:
    """What one of an amount counts: its name in the fields of a form, the headings that name it, and how a page calls it."""

    key: str
    times: Decimal
    heading: re.Pattern[str]
    label: str | Promise


YEAR: Final = Period(
    "", Decimal(A_YEAR["year"]),
    re.compile(r"(?<!\d)年|\byear(?:ly)?\b|\bannual(?:ly|i[sz]ed)?\b|\bannum\b|\bp\.?a\b|\barr\b|\bacv\b|jahres|jährlich|annuel|\bpar an\b"),
    gettext_lazy("a year: %(amount)s a year"),
)  # fmt: skip
HALF: Final = Period(
    "half_yearly", Decimal(A_YEAR["half-year"]),
    re.compile(r"半年|(?<!四)半期|half[ -]?year(?:ly)?|semi[ -]?annual(?:ly)?|halbj(?:ahr(?:es)?|ährlich)|semestr"),
    gettext_lazy("half a year: %(amount)s a year"), gettext_lazy("Half a year: times 2"),
)  # fmt: skip
QUARTER: Final = Period(
    "quarterly", Decimal(A_YEAR["quarter"]),
    re.compile(r"四半期|\bquarter(?:ly)?\b|quartal|vierteljährlich|trimestr"),
    gettext_lazy("a quarter: %(amount)s a year"), gettext_lazy("A quarter: times 4"),
)  # fmt: skip
MONTH: Final = Period(
    "monthly", Decimal(A_YEAR["month"]),
    re.compile(r"月額|月次|月間|月単価|月当|毎月|(?<!\d)1?[かヶカケヵ]月|/月|(?<!\d[ -])\bmonth(?:ly)?\b|\bmrr\b|\bmo\b|\bpm\b|monatlich|monats|mensuel|\bmois\b"),
    gettext_lazy("a month: %(amount)s a year"), gettext_lazy("A month: times 12"),
)  # fmt: skip
PERIODS: Final = (YEAR, MONTH, QUARTER, HALF)
# A period of which the heading does not say whether it is half a year, or whether the other half is like it.
UNCLEAR: Final = re.compile(r"上期|下期|上半期|下半期|bi[ -]?annual")
# The first whose heading fits counts.
COUNTED: Final[Sequence[Unit]] = (
    Unit(
        "millions", Decimal(1_000_000),
        re.compile(r"百万|\bmillions?\b|\bmio\b|\bmeur\b|[$€£]\s?m\b|\bm\s?[$€£]|\(m\)|\bin m\b"),
        gettext_lazy("In millions"),
    ),
    Unit("ten_thousands", Decimal(10_000), re.compile(r"万"), gettext_lazy("In ten thousands")),
    Unit(
        "thousands", Decimal(1_000),
        re.compile(r"千|\bthousands?\b|\btsd\b|tausend|\bteur\b|\bt\s?€|[$€£¥]\s?k\b|\bk\s?(?:[$€£¥]|usd|eur|gbp)|\(k\)|\bin k\b|\bmilliers\b"),
        gettext_lazy("In thousands"),
    ),
)  # fmt: skip


def times_of(heading: str) -> Decimal | None:
    """How often the period that the heading names lies in a year; None where it names none, or several."""
    text = plain(heading)
    if UNCLEAR.search(text):
        return None
    whole = HALF.heading.sub(" ", text)
    found = [period.times for period in PERIODS if period.heading.search(text if period == HALF else whole)]
    return found[0] if len(found) == 1 else None


def unit_of(heading: str) -> Decimal:
    """What one of the amounts below this heading counts: 1,000 where it says k or 千円, 1 where it says nothing."""
    text = plain(heading)
    return next((unit.times for unit in COUNTED if unit.heading.search(text)), Decimal(1))
