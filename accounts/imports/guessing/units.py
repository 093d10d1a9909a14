"""What a heading says of the amounts below it: for which period they stand, and what one of them counts."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from accounts.imports.headings import HUMP

# The amount of a year, of which a file may have that of another period.
OF_A_YEAR: Final = "annual_amount"
YEAR, QUARTER, MONTH = Decimal(1), Decimal(4), Decimal(12)
# Half a year is said by nothing else that a page offers.
HALVES: Final = re.compile(r"半年|(?<!四)半期|上期|下期|half[ -]?year|semi[ -]?annual|bi[ -]?annual|halbj")
SAID: Final = (
    (MONTH, re.compile(r"月額|月次|月間|月単価|月当|毎月|(?<!\d)1?[かヶカケヵ]月|/月|(?<!\d[ -])\bmonth(?:ly)?\b|\bmrr\b|\bmo\b|\bpm\b|monatlich|monats|mensuel|\bmois\b")),
    (QUARTER, re.compile(r"四半期|\bquarter(?:ly)?\b|quartal|vierteljährlich|trimestr")),
    (YEAR, re.compile(r"(?<!\d)年|\byear(?:ly)?\b|\bannual(?:ly|i[sz]ed)?\b|\bannum\b|\bp\.?a\b|\barr\b|\bacv\b|jahres|jährlich|annuel|\bpar an\b")),
)  # fmt: skip
COUNTED: Final = (
    (Decimal(1_000_000), re.compile(r"百万|\bmillions?\b|\bmio\b|\bmeur\b|[$€£]\s?m\b|\bm\s?[$€£]|\(m\)|\bin m\b")),
    (Decimal(10_000), re.compile(r"万")),
    (Decimal(1_000), re.compile(r"千|\bthousands?\b|\btsd\b|tausend|\bteur\b|\bt\s?€|[$€£¥]\s?k\b|\bk\s?(?:[$€£¥]|usd|eur|gbp)|\(k\)|\bin k\b|\bmilliers\b")),
)  # fmt: skip


def times_of(heading: str) -> Decimal | None:
    """How often the period that the heading names lies in a year; None where it names none, or several."""
    text = plain(heading)
    if HALVES.search(text):
        return None
    found = [times for times, words in SAID if words.search(text)]
    return found[0] if len(found) == 1 else None


def unit_of(heading: str) -> Decimal:
    """What one of the amounts below this heading counts: 1,000 where it says k or 千円, 1 where it says nothing."""
    text = plain(heading)
    return next((unit for unit, words in COUNTED if words.search(text)), Decimal(1))


def plain(heading: str) -> str:
    """The heading in one width and case, its words apart."""
    return HUMP.sub(" ", unicodedata.normalize("NFKC", heading)).casefold().replace("_", " ")
