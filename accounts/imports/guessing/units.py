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
CODES: Final = r"(?:usd|eur|gbp|chf|jpy|aud|cad|sgd|inr)"
# What stands behind a Japanese factor: a currency or nothing, and no other letter, as in 千葉支店 and 単価（千件あたり）.
OF_MONEY: Final = rf"(?=\s*(?:円|圓|米?ドル|ユーロ|ポンド|元|{CODES}\b|[$€£¥)\]・/、,]|単位|$))"
# A currency beside a factor that is also a name, as of a state or a region: before it and behind it.
PAID_IN: Final = rf"(?:\b(?:{CODES}|rs\.?)|[$€£¥₹])\s?"
IN_MONEY: Final = rf"\s?(?:{CODES}\b|[$€£¥₹])"
RUPEES: Final = r"(?:\b(?:inr|rs\.?)|₹)\s?"
# Behind a number they are the rest of it: 10,000 contacts.
ZEROS: Final = r"(?<!\d)(?<!\d[.,'’])(?<!\b\d )(?<!\b\d\d )(?<!\b\d\d\d )\(?['’]?\b000['’]?s?\b\)?"
# A price for so many of what is bought, or of so many, says nothing of what an amount counts; the year before a factor does not say how many.
FOR_SO_MANY: Final = re.compile(
    r"\b(?:per|je|pro|par|for each)\s+(?:an?\s+|un\s+)?(?:thousand|tausend|mille|milliers?|million|mio|1[.,' ]?000|k)\w*\b"
    r"|(?<![a-z\d.,])(?!(?:19|20)\d\d(?!\d))\d[\d.,'’ ]{0,20}"
    r"(?:(?:thousand|tausend|tsd|mill?ion|mio|mln|milliard|mrd|billion|bn|lakh|crore)[a-zé]*|[十百千仟万萬億亿]+)"
)
# The first whose heading fits counts.
COUNTED: Final[Sequence[Unit]] = (
    Unit(
        "billions", Decimal(1_000_000_000),
        re.compile(rf"十[億亿]{OF_MONEY}|\b(?:bn|billions?|mrd|milliarden?|milliards?)\b|{PAID_IN}(?:bn|md)\b|\b(?:bn|md){IN_MONEY}"),
        gettext_lazy("In billions"),
    ),
    Unit("hundred_millions", Decimal(100_000_000), re.compile(rf"[億亿]{OF_MONEY}"), gettext_lazy("In hundred millions")),
    Unit(
        "ten_millions", Decimal(10_000_000), re.compile(rf"[千仟][万萬]{OF_MONEY}|\bcrores?\b|{RUPEES}cr\b|\bcr\s?(?:inr\b|₹)"),
        gettext_lazy("In ten millions"),
    ),
    Unit(
        "millions", Decimal(1_000_000),
        re.compile(
            rf"百[万萬]{OF_MONEY}|\b(?:millions?|millionen|mio|mln|meur|musd)\b|[(\[]m[mn]?[)\]]|\bin m[mn]?\b"
            rf"|{PAID_IN}m[mn]?\b|\bm[mn]?{IN_MONEY}"
        ),
        gettext_lazy("In millions"),
    ),
    Unit(
        "hundred_thousands", Decimal(100_000), re.compile(rf"十[万萬]{OF_MONEY}|\b(?:lakhs?|lacs)\b|[(\[]lac[)\]]|\bin lac\b|{PAID_IN}lac\b|\blac{IN_MONEY}"),
        gettext_lazy("In hundred thousands"),
    ),
    Unit("ten_thousands", Decimal(10_000), re.compile(rf"[万萬]{OF_MONEY}"), gettext_lazy("In ten thousands")),
    Unit(
        "thousands", Decimal(1_000),
        re.compile(
            rf"[千仟]{OF_MONEY}|\b(?:thousands?|tsd|tausend|teur|tusd|milliers)\b|\bt\s?(?:€|{CODES}\b)|{PAID_IN}k\b|\bk{IN_MONEY}|[(\[]k[)\]]"
            rf"|\b(?:in|en) k\b|{ZEROS}|\b(?:in\s(?:{PAID_IN})?|x\s?)1[.,' ]?000\b|[(\[](?:1[.,' ]?000{IN_MONEY}|{PAID_IN}1[.,' ]?000)[)\]]"
        ),
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
    text = FOR_SO_MANY.sub(" ", plain(heading))
    return next((unit.times for unit in COUNTED if unit.heading.search(text)), Decimal(1))
