"""How far a header cell is a known name of a field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from accounts.imports.headings import HUMP
from accounts.imports.taxes import without_words
from config.folding import fold

SAME: Final = 1.0
WITHOUT_BRACKETS: Final = 0.95
LAST_PART: Final = 0.9
CONTAINED: Final = (0.5, 0.35)
SHORTEST: Final = 2
BRACKETS: Final = re.compile(r"[(\[（【「].*?[)\]）】」]")
# As CRMs mark columns that an admin made, and words that stand together.
CUSTOM: Final = re.compile(r"__[cr]$", re.IGNORECASE)
# Short for another word, in headers as in known names.
SHORT: Final = {
    "acct": "account", "amt": "amount", "cd": "code", "cust": "customer", "desc": "description", "no": "number", "nr": "number",
    "num": "number", "org": "organization", "qty": "quantity", "ref": "reference",
}  # fmt: skip
# The same written behind another word without a space: Kontaktnr, 顧客No, 得意先CD.
SHORT_BEHIND: Final = (
    (re.compile(r"(?<=[a-z]{3})nr$"), "number"),
    (re.compile(r"(?<=[^\x00-\x7f])no$"), fold("番号")),
    (re.compile(r"(?<=[^\x00-\x7f])cd$"), fold("コード")),
)
# What a heading ends in below which a number or an id stands, and no name.
OF_IDS: Final = re.compile(
    rf"(?:\b(?:ids?|code|key|number|nummer|reference)|番号|(?<=[^\x00-\x7f])id|{fold('コード')})$|^(?:n|numero|code|reference)\b"
)
MINOR: Final = frozenset(["cent", "cents", "minor", "smallest", "pence", "pennies"])
BETWEEN: Final = re.compile(r"\W+")
# Words that say too little inside a longer name.
GENERIC: Final = frozenset(
    [
        "id",
        "on",
        "no",
        "name",
        "names",
        "date",
        "day",
        "type",
        "key",
        "number",
        "kind",
        "count",
        "term",
        "start",
        "end",
        "item",
        "size",
        "total",
        "note",
        "code",
        "state",
        "status",
        "role",
        "users",
        "price",
        "fee",
        "preis",
        "betrag",
        "number",
        "rate",
        "month",
        "from",
        "email",
        "日",
        "名称",
        "種別",
        "区分",
        "状態",
        "期間",
        "読み",
        "金額",
        "合計",
        "種類",
        "日付",
    ]
)


@dataclass(frozen=True)
class Name:
    """One known name: its ``parts``, one a column; and how such a column is read."""

    parts: tuple[str, ...]
    times: Decimal = Decimal(1)
    last_day: bool = False


@dataclass(frozen=True)
class Header:
    """A header cell without case, width and kana: whole, without brackets, its last part, and without what it says of tax;
    ``words`` of the whole.
    """

    whole: str
    outside: str
    last: str
    untaxed: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Header:
        text = HUMP.sub(" ", CUSTOM.sub("", text.strip()))
        folded, outside = spelt(text), BRACKETS.sub("", text)
        last = close(re.split("[.:：/]", outside)[-1])
        return cls(close(text), close(outside), last, close(without_words(outside)), tuple(folded.split(" ")))

    @property
    def is_minor(self) -> bool:
        """Whether it says that amounts are in the smallest units of their currency."""
        return not MINOR.isdisjoint(BETWEEN.split(" ".join(self.words)))

    @property
    def is_of_ids(self) -> bool:
        """Whether it says that numbers or ids stand below it."""
        return OF_IDS.search(" ".join(self.words)) is not None


def close(text: str) -> str:
    return spelt(text).replace(" ", "")


def spelt(text: str) -> str:
    """The text without case, width and kana, its short words in full."""
    return " ".join(map(in_full, fold(text).split(" ")))


@lru_cache(maxsize=1_000)
def in_full(word: str) -> str:
    for short, whole in SHORT_BEHIND:
        word = short.sub(whole, word)
    return SHORT.get(word, word)


@lru_cache(maxsize=1_000)
def known(text: str) -> tuple[Name, ...]:
    """The names that ``accounts.imports.names`` writes as ``text``."""
    return tuple(map(name_of, text.split("|")))


def name_of(text: str) -> Name:
    text, _star, times = text.partition("*")
    last_day = text.endswith("!")
    return Name(tuple(map(spelt, text.removesuffix("!").split("+"))), Decimal(times or 1), last_day)


def names_of(field: str, names: Mapping[str, str]) -> tuple[Name, ...]:
    """The field's own name and the known ones."""
    return (Name((spelt(field),)), *known(names[field])) if names.get(field) else (Name((spelt(field),)),)


def resemblance(header: Header, name: str, *, is_money: bool = False) -> float:
    """0 (not at all) to 1 (the very name); ``is_money``: of an amount, whose heading may say as well whether tax is in it."""
    plain = name.replace(" ", "")
    if plain == header.whole:
        return SAME
    if plain == header.outside or (is_money and plain == header.untaxed):
        return WITHOUT_BRACKETS
    if plain == header.last:
        return LAST_PART
    if name in GENERIC or len(plain) < SHORTEST or not is_within(name, header):
        return 0.0
    least, more = CONTAINED
    return least + more * len(plain) / len(header.whole)


def is_within(name: str, header: Header) -> bool:
    """Whether the header has the words of the name one after the other; Japanese ones have no spaces between."""
    if not name.isascii():
        return name.replace(" ", "") in header.whole
    words = tuple(name.split(" "))
    return any(header.words[place : place + len(words)] == words for place in range(len(header.words)))


def best(headers: Sequence[Header], name: Name, *, is_money: bool = False) -> Iterator[tuple[tuple[int, ...], float]]:
    """(places, resemblance) of the columns that ``name`` fits; of a name of several parts only where all are there."""
    if len(name.parts) == 1:
        for place, header in enumerate(headers):
            if score := resemblance(header, name.parts[0], is_money=is_money):
                yield (place,), score
        return
    places = [nearest(headers, part) for part in name.parts]
    if all(place is not None for place in places) and len(set(places)) == len(places):
        yield tuple(place for place in places if place is not None), LAST_PART


def nearest(headers: Sequence[Header], part: str) -> int | None:
    return next((place for place, header in enumerate(headers) if resemblance(header, part) >= LAST_PART), None)


def named_by(file: str, names: Iterable[Name]) -> bool:
    """Whether the name of a file has one of ``names``."""
    header = Header.of(re.sub(r"[\d_.()-]+", " ", file.rsplit(".", 1)[0]))
    return any(is_within(name.parts[0], header) or name.parts[0].replace(" ", "") == header.whole for name in names)
