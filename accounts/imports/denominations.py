"""The currency that the heading of an amount names: k€, (EUR), amount_usd, 千円; and what a mapping has to say of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from accounts import currencies
from accounts.imports import marked
from accounts.imports.headings import apart
from accounts.imports.maps import FileMap, MappingError

if TYPE_CHECKING:
    from accounts.imports.targets import Target

YEN: Final = frozenset(["円", "圓"])
# Marks that no word holds; "kr" and "元" stand in many.
SIGNS: Final = [
    mark for mark in currencies.MARKS if mark in YEN or any(unicodedata.category(sign) == "Sc" for sign in mark)
]
SIGN: Final = re.compile(
    "|".join(
        rf"(?<![A-Za-z]){re.escape(mark)}" if mark[0].isalpha() else re.escape(mark)
        for mark in sorted(SIGNS, key=len, reverse=True)
    )
)
# Codes that are written in any case, with a letter for their thousands before them; others stand in brackets.
USUAL: Final = sorted({*chain.from_iterable(currencies.MARKS.values())})
CODE: Final = re.compile(rf"(?<![a-z])[ktm]?({'|'.join(USUAL)})(?![a-z])", re.IGNORECASE)
BRACKETED: Final = re.compile(r"[(\[]\s*([A-Z]{3})\s*[)\]]")
NO_CODES: Final = frozenset(["ALL", "TOP", "STD", "SVC"])
BRACKETED_MARK: Final = re.compile(r"[(\[]\s*(kr|zł|Kč|Ft|Fr\.|元)\s*[)\]]")
WORDS: Final = (
    (re.compile(r"米ドル|\bus dollars?\b", re.IGNORECASE), ("USD",)),
    (re.compile(r"豪(?:州)?ドル|オーストラリア・?ドル|\baustralian dollars?\b", re.IGNORECASE), ("AUD",)),
    (re.compile(r"(?:カナダ|加)・?ドル|\bcanadian dollars?\b", re.IGNORECASE), ("CAD",)),
    (re.compile(r"香港ドル|\bhong ?kong dollars?\b", re.IGNORECASE), ("HKD",)),
    (re.compile(r"台湾・?ドル|\btaiwan(?:ese)? dollars?\b", re.IGNORECASE), ("TWD",)),
    (re.compile(r"シンガポール・?ドル|\bsingapore(?:an)? dollars?\b", re.IGNORECASE), ("SGD",)),
    (re.compile(r"(?:NZ|ニュージーランド)・?ドル|\bnew zealand dollars?\b", re.IGNORECASE), ("NZD",)),
    (re.compile(r"ドル|\bdollars?\b", re.IGNORECASE), currencies.DOLLARS),
    (re.compile(r"ユーロ|\beuros?\b", re.IGNORECASE), ("EUR",)),
    (re.compile(r"\byen\b", re.IGNORECASE), ("JPY",)),
    (re.compile(r"ポンド|\bpounds?\b|\bsterling\b", re.IGNORECASE), ("GBP",)),
    (re.compile(r"人民元|\brmb\b", re.IGNORECASE), ("CNY",)),
    (re.compile("ウォン"), ("KRW",)),
    # As it is written: RS may be a region.
    (re.compile(r"\bRs\b|ルピー|\brupees?\b"), ("INR", "PKR", "LKR")),
)


def codes_in(heading: str) -> tuple[str, ...]:
    """The codes of the currencies that the heading may mean, the likeliest first; () where it names none."""
    text = apart(heading)
    codes: tuple[str, ...] = ()
    for found in named(text):
        codes = tuple(code for code in codes if code in found) or (
            *codes,
            *(code for code in found if code not in codes),
        )
    return codes


def named(text: str) -> Iterator[tuple[str, ...]]:
    """What each sign, code and word of the text may mean."""
    for mark in (*SIGN.findall(text), *BRACKETED_MARK.findall(text)):
        yield currencies.meant_by(mark)
    for code in CODE.findall(text):
        yield (code.upper(),)
    for code in BRACKETED.findall(text):
        if code not in NO_CODES and currencies.code_of(code):
            yield (code,)
    yield from (codes for words, codes in WORDS if words.search(text))


def check_told(file: FileMap, target: Target, columns: Collection[str], home: Callable[[], str]) -> None:
    """Raises MappingError where the heading of an amount names another currency than ``home``, which rows get that name none.

    ``columns`` are those of the file. One statement at most.
    """
    given = {item.name for item in file.fields if item.constant is not None or {*item.needs()} <= {*columns}}
    if "currency" in given or target.field("currency") is None or marked.name_one(file.formats):
        return
    for item in file.fields:
        spec = target.field(item.name)
        for column in item.columns if spec and spec.kind == "money" and item.name in given else ():
            codes = codes_in(column)
            if codes and (own := home()) not in codes:
                sentence = _(
                    "%(file)s: the amounts are in %(code)s by the heading %(column)s, and rows that name no currency are in %(home)s: "
                    'say currency = { constant = "%(code)s" }, or "%(home)s" if they are.'
                )
                names = {"file": file.name, "code": codes[0], "column": column, "home": own}
                raise MappingError(sentence % names, item.place_in(file))
