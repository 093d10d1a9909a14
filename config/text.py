"""What a text from outside may hold, and the number of a row that it names."""

from __future__ import annotations

import re
from typing import Final, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
LARGEST: Final = 2**63 - 1
Row = TypeVar("Row", bound=Model)


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep it: neither NUL nor half of a pair of surrogates."""
    return not UNSTORABLE.search(text)


def unstorable(name: str) -> str:
    """The sentence about the parameter or field ``name``, which may itself be what cannot be kept."""
    return _("“%(name)s” holds a character that cannot be stored.") % {"name": shown(name)}


def shown(text: str) -> str:
    """The text with what cannot be kept replaced, for an answer that quotes it."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


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
