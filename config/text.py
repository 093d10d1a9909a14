"""Checks of texts from outside, and row ids in them."""

from __future__ import annotations

import re
from typing import Final, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

# NUL and lone surrogates, which PostgreSQL cannot store; other control characters except tab and line ends; and marks
# that override the text direction, so that a name looks like another.
UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What draws nothing: blanks, joiners, marks of direction, fillers. A text of nothing else is a name that nobody can see.
UNSEEN: Final = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
LINE_END: Final = re.compile("[\r\n\u2028\u2029]")
# The last part of the names of multi-line fields; every other text is one line.
LONG: Final = frozenset(
    {"note", "plan", "reason", "about", "goals", "description", "words", "attributes", "rule", "toml", "choices"}
)
LONGEST: Final = 10_000
LARGEST: Final = 2**63 - 1
# A number as people and programs write it: without ``1_0`` and digits of other scripts, which Python would accept.
NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
# The same in groups of three, with one sign between all groups.
GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:([,'’ \u00a0\u2009\u202f])\d{3})(?:\1\d{3})*(\.\d+)?", re.ASCII)
GROUPS: Final = str.maketrans("", "", ",'’ \u00a0\u2009\u202f")
# As an input method for Japanese writes them.
FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９．，－−＋％", "0123456789.,--+%")
# An id that we gave where nobody did: it tells people nothing.
OWN_ID: Final = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# The characters of our sentences that not every encoding has, by others that say the same.
PLAINER: Final = str.maketrans({"“": '"', "”": '"', "’": "'", "–": "-", "…": "...", "\xa0": " "})
Row = TypeVar("Row", bound=Model)


def is_own_id(text: object) -> bool:
    return isinstance(text, str) and OWN_ID.fullmatch(text) is not None


def storable(text: str) -> bool:
    """Whether it may be stored: see ``UNSTORABLE``."""
    return not UNSTORABLE.search(text)


def is_unseen(text: str) -> bool:
    """Whether there is something in it and nothing to be seen of it; blanks alone are as good as nothing."""
    return bool(text.strip()) and UNSEEN.fullmatch(text) is not None


def unstorable(name: str) -> str:
    """The message about the parameter or field ``name``, which may itself be unstorable."""
    return _("“%(name)s” holds a character that cannot be stored.") % {"name": shown(name)}


def is_long(name: str) -> bool:
    """Whether the field called ``name``, such as ``s-0-note`` or ``rows.0.note``, may have more than one line."""
    return re.split("[-.]", name)[-1] in LONG


def has_line_end(text: str) -> bool:
    return LINE_END.search(text) is not None


def wrong(name: str, text: str) -> str | None:
    """The problem of the text of a field or parameter, naming it; None without one."""
    if not storable(text):
        return unstorable(name)
    if is_unseen(text):
        return _("“%(name)s” holds nothing that can be seen.") % {"name": shown(name)}
    if not is_long(name):
        return _("“%(name)s” has more than one line.") % {"name": shown(name)} if has_line_end(text) else None
    if len(text) > LONGEST:
        return _("“%(name)s” is longer than %(most)s characters.") % {"name": shown(name), "most": LONGEST}
    return None


def shown(text: str) -> str:
    """The text with unstorable characters replaced, for an answer that quotes it."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def narrow(text: str) -> str:
    """The text, stripped, with full-width digits and number signs converted to ASCII."""
    return text.translate(FULL_WIDTH).strip()


def plain_number(text: str) -> str | None:
    """A typed number in Python's notation; None for any other text."""
    plain = narrow(text)
    return plain if NUMBER.fullmatch(plain) else None


def ungrouped(text: str) -> str:
    """The text without the signs between groups of three digits; any other text as it is."""
    plain = narrow(text)
    return plain.translate(GROUPS) if GROUPED.fullmatch(plain) else plain


def row_number(text: str) -> int | None:
    """The row id in a text; None where it is no valid id."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        return None
    number = int(text)
    return number if number <= LARGEST else None


def row_named(rows: QuerySet[Row], text: str) -> Row | None:
    """The one of ``rows`` whose id is in the text; None without one."""
    number = row_number(text)
    return None if number is None else rows.filter(pk=number).first()
