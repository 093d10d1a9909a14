"""What a text from outside may hold, and the number of a row that it names."""

from __future__ import annotations

import re
from typing import Final, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

# NUL and half pairs of surrogates, which PostgreSQL cannot keep; other control characters but tab and line ends; and marks that
# turn or override the direction of what stands beside them, so that a name looks like another.
UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_END: Final = re.compile("[\r\n\u2028\u2029]")
# What people write more than a line of, by the last part of the field's name; every other text is one line.
LONG: Final = frozenset({"note", "plan", "reason", "about", "goals", "description", "words", "attributes", "rule"})
LONGEST: Final = 10_000
LARGEST: Final = 2**63 - 1
# A number as people type it, and programs: no ``1_0``, no digits of other scripts, which Python would read too.
NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
# As an input method for Japanese writes them.
FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９．，－−＋％", "0123456789.,--+%")
Row = TypeVar("Row", bound=Model)


def storable(text: str) -> bool:
    """Whether it may be kept: see ``UNSTORABLE``."""
    return not UNSTORABLE.search(text)


def unstorable(name: str) -> str:
    """The sentence about the parameter or field ``name``, which may itself be what cannot be kept."""
    return _("“%(name)s” holds a character that cannot be stored.") % {"name": shown(name)}


def is_long(name: str) -> bool:
    """Whether the field called ``name``, such as ``s-0-note`` or ``rows.0.note``, may have more than one line."""
    return re.split("[-.]", name)[-1] in LONG


def has_line_end(text: str) -> bool:
    return LINE_END.search(text) is not None


def wrong(name: str, text: str) -> str | None:
    """What stands against the text of a field or parameter, naming it; None where nothing does."""
    if not storable(text):
        return unstorable(name)
    if not is_long(name):
        return _("“%(name)s” has more than one line.") % {"name": shown(name)} if has_line_end(text) else None
    if len(text) > LONGEST:
        return _("“%(name)s” is longer than %(most)s characters.") % {"name": shown(name), "most": LONGEST}
    return None


def shown(text: str) -> str:
    """The text with what cannot be kept replaced, for an answer that quotes it."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def narrow(text: str) -> str:
    """The text with full-width digits and signs of numbers as ASCII has them, without space around it."""
    return text.translate(FULL_WIDTH).strip()


def plain_number(text: str) -> str | None:
    """A number as it was typed, as Python reads it; None for what is none."""
    plain = narrow(text)
    return plain if NUMBER.fullmatch(plain) else None


def row_number(text: str) -> int | None:
    """The row's number that a text is; None where it is none that a table can hold."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        return None
    number = int(text)
    return number if number <= LARGEST else None


def row_named(rows: QuerySet[Row], text: str) -> Row | None:
    """The one of ``rows`` that a text names by its number."""
    number = row_number(text)
    return None if number is None else rows.filter(pk=number).first()
