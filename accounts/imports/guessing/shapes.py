"""How far the values of a column look like what a field takes, however the file writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import currencies
from accounts.countries import code_of
from accounts.imports import choosing, durations
from accounts.imports.amounts import LONGEST_AMOUNT
from accounts.imports.cells import FALSE, TRUE, Field
from accounts.imports.dating import NOTATIONS, NUMBERS, STANDS_FOR_NONE, by
from accounts.imports.values import country_names, plain_word
from config.text import narrow

EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
DOMAIN: Final = re.compile(r"(https?://)?([a-z0-9-]+\.)+[a-z]{2,}(/\S*)?", re.IGNORECASE)
AMOUNT: Final = re.compile(
    r"[-+(▲△]?\s*([A-Z]{3}|[¥$€£])?\s*[-+]?\d[\d.,' \u00a0]*\s*([A-Z]{3}|[¥$€£%]|円|名|人|席|件|日|か月|ヶ月|ヵ月|カ月)?\)?"
)
NUMERIC_DAY: Final = re.compile(r"\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}日?\D?.*")
ERA_DAY: Final = re.compile(r"(令和|平成|昭和|[RHS])\s?(\d{1,2}|元)[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?.*")
WORDED_DAY: Final = re.compile(r"(?=.*\d)(?=.*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)).{6,40}", re.IGNORECASE)
# A number of days since 1900, seconds or milliseconds since 1970, or year, month and day together.
COUNTED_DAY: Final = re.compile(r"[2-6]\d{4}(\.\d+)?|(19|20)\d{6}|1\d{9}|1\d{12}")
FLAGS: Final = TRUE | FALSE
MOST_FLAGS: Final = 2
LOOKED_AT: Final = 40


def is_day(text: str) -> bool:
    shapes = (NUMERIC_DAY, ERA_DAY, WORDED_DAY, COUNTED_DAY)
    return any(shape.fullmatch(text) for shape in shapes) or by("worded", text) is not None


@lru_cache(maxsize=1_000)
def share_read(days: tuple[str, ...]) -> float:
    """The share (0 to 1) of texts shaped like days that some notation reads, or that stand for none.

    Each notation is asked of all of them at once: to compile one takes a hundred times as long as to ask it.
    """
    left = [text for text in days if not STANDS_FOR_NONE.fullmatch(text)]
    for notation in (*NOTATIONS, *NUMBERS) if left else ():
        left = [text for text in left if not by(notation, narrow(text))]
    return 1 - len(left) / len(days)


def is_country(text: str) -> bool:
    return bool(code_of(text) or country_names().get(text.casefold()))


def is_amount(text: str) -> bool:
    return len(text) <= LONGEST_AMOUNT and AMOUNT.fullmatch(text) is not None


Test = Callable[[str], bool]
TESTS: Final[Mapping[str, Test]] = {
    "email": lambda text: EMAIL.fullmatch(text) is not None,
    "number": is_amount,
    "money": is_amount,
    "percent": is_amount,
    "rate": is_amount,
    "date": is_day,
    "instant": is_day,
    "flag": lambda text: plain_word(text) in FLAGS,
    "country": is_country,
    "currency": lambda text: bool(currencies.code_of(text)),
}
# Short letters and a number, or a long key: no name of a company is written so, nor is that of a product a number alone.
ID: Final = re.compile(
    r"[a-z]{0,4}[-_#.:/]?\d[\w.:/-]*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)
# Headings that files have above names and above ids alike, and above what is bought and the place of a row.
OF_EITHER: Final = frozenset(
    ["account", "customer", "company", "organization", "client", "顧客", "取引先", "得意先", "会社", "企業"]
)
OF_PLACES: Final = frozenset(["item", "lineitem"])
# Fields whose kind is any text, known by their name.
NAMED: Final[Mapping[str, Test]] = {"domain": lambda text: DOMAIN.fullmatch(text) is not None}
# Kinds and fields whose values are seldom anything else: what they are called when nothing else tells.
SPEAKING: Final[Mapping[str, str | Promise]] = {
    "email": _("its values are email addresses"),
    "country": _("its values are countries"),
    "currency": _("its values are currencies"),
    "domain": _("its values are domains"),
}


def speaking(field: Field) -> str | Promise:
    """What the values of a column are whose values alone tell the field; "" for other fields."""
    return SPEAKING.get(field.name) or SPEAKING.get(field.kind, "")


def test_of(field: Field, heading: str, *, is_part: bool) -> Test | None:
    """What tells whether a value below this heading, without its spaces, looks like the field's; None where none does."""
    if field.name == "name" and (is_part or heading in OF_EITHER):
        return lambda text: ID.fullmatch(text) is None
    if field.name == "product" and heading in OF_PLACES:
        return lambda text: not text.isdecimal()
    if durations.counts_time(field):
        return lambda text: is_amount(text) or durations.told(text) is not None
    return NAMED.get(field.name) or TESTS.get(field.kind)


def share(field: Field, values: Sequence[str], heading: str = "", *, is_part: bool = False) -> float | None:
    """The share (0 to 1) of the values, none empty, that ``field`` could take; None where values say nothing of it.

    ``is_part``: the heading has a known name only as a part of a longer one.
    """
    test = test_of(field, heading, is_part=is_part)
    if field.choices:
        test = lambda text: bool(choosing.meant(field, text))  # noqa: E731  a test as the others are
    if test is None or not values:
        return None
    fitting = sum(test(text) for text in values) / len(values)
    if days := day_like(field, values):
        return min(fitting, share_read(days))
    if field.kind == "flag" and not fitting:
        return 1.0 if len(set(values)) <= MOST_FLAGS < len(values) else 0.0
    return fitting


def day_like(field: Field, values: Sequence[str]) -> tuple[str, ...]:
    """Some of the values that are shaped like days, where the field takes days."""
    few = values[:: len(values) // LOOKED_AT + 1] if field.kind in {"date", "instant"} else ()
    return tuple(text for text in dict.fromkeys(few) if is_day(text))


def is_of_days(field: Field, values: Sequence[str]) -> bool:
    """Whether the field takes days and most of the values are shaped like some."""
    few = values[:: len(values) // LOOKED_AT + 1]
    return bool(few) and 2 * len(day_like(field, values)) > len(set(few))


def plain(values: Sequence[str]) -> list[str]:
    """The values that are not empty, of one width."""
    texts = (unicodedata.normalize("NFKC", text).strip() for text in values)
    return [text for text in texts if text]
