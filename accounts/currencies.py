"""Currencies by their codes of three letters (ISO 4217), as Unicode's CLDR dates them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Final

from babel.core import get_global

from config import days

LETTERS: Final = 3
# No tender, but codes of ISO 4217 in which contracts are priced.
OF_ACCOUNT: Final = frozenset(["BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "VED"])
# Last days that the CLDR of our Babel does not know yet.
ENDED: Final = {"BGN": dt.date(2025, 12, 31)}


def _periods() -> Iterator[tuple[str, dt.date, dt.date]]:
    """Code, first and last day, a country each, without codes that nobody pays in (metals, tests, offshore yuan)."""
    for periods in get_global("territory_currencies").values():
        for code, first, last, is_tender in periods:
            if is_tender or code in OF_ACCOUNT:
                last_day = dt.date(*last) if last else ENDED.get(code, dt.date.max)
                yield code, dt.date(*first) if first else dt.date.min, last_day


# Past contracts and their rates may use currencies that have ended since.
KNOWN: Final = frozenset(code for code, _first, last in _periods() if last >= days.EARLIEST)


@cache
def in_force(day: dt.date) -> frozenset[str]:
    """The codes of the currencies in use on ``day``."""
    return frozenset(code for code, first, last in _periods() if first <= day <= last)


DOLLARS: Final = ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD")
YEN_SIGNS: Final = ("JPY", "CNY")
CROWNS: Final = ("SEK", "NOK", "DKK", "ISK")
# What stands beside amounts and the codes that it may mean, the likeliest first; those of ``config.ui.figures`` among them.
MARKS: Final[dict[str, tuple[str, ...]]] = {
    "$": DOLLARS, "US$": ("USD",), "A$": ("AUD",), "C$": ("CAD",), "S$": ("SGD",), "HK$": ("HKD",), "NT$": ("TWD",), "R$": ("BRL",),
    "AU$": ("AUD",), "CA$": ("CAD",), "NZ$": ("NZD",), "MX$": ("MXN",), "SG$": ("SGD",), "Kč": ("CZK",), "Ft": ("HUF",), "RMB": ("CNY",),
    "€": ("EUR",), "£": ("GBP",), "¥": YEN_SIGNS, "￥": YEN_SIGNS, "円": ("JPY",), "圓": ("TWD", "HKD"), "元": ("CNY", "TWD"), "₩": ("KRW",),
    "₹": ("INR",), "kr": CROWNS, "zł": ("PLN",), "Fr.": ("CHF",),
}  # fmt: skip


def meant_by(mark: str) -> tuple[str, ...]:
    """The codes that a mark beside an amount may mean, the likeliest first; () where it names no currency."""
    code = code_of(mark)
    return (code,) if code else MARKS.get(mark, ())


def likeliest(codes: tuple[str, ...], home: str) -> str:
    """Which of the codes that a mark may mean it means: ``home`` where it is one, else the first; "" of crowns, which are as likely."""
    if home in codes:
        return home
    return "" if codes == CROWNS else codes[0]


def is_spelt(code: str) -> bool:
    """Whether it has the form of a code, known or not."""
    return code.isascii() and code.isalpha() and len(code) == LETTERS


def code_of(text: str, among: frozenset[str] = KNOWN) -> str:
    """The code of ``among``, in capitals, for ``text`` in any case; "" where there is none."""
    code = text.strip().upper() if text.isascii() else ""
    return code if code in among else ""
