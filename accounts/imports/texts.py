"""Cells as texts: composed, storable, and safe in a file of rejected rows that a spreadsheet opens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

from django.utils.translation import gettext as _

from config.text import storable

# What a spreadsheet would run, and the same with apostrophes in front, so that one more can be told from the text's own.
FORMULA: Final = re.compile("'* *[=+\\-@\t\r＝＋－＠]")
SURROGATE: Final = re.compile("[\ud800-\udfff]")
NO_WIDTH: Final = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))


def tidy(cells: Iterable[str]) -> list[str]:
    """The cells in composed characters (NFC), without those that have no width: the same text is the same bytes."""
    return [cell if cell.isascii() else normalize("NFC", cell).translate(NO_WIDTH) for cell in cells]


def trouble_of(cells: list[str]) -> str:
    """Why these cells are no text: a NUL or bytes that are not of the file's encoding; or ""."""
    joined = "".join(cells)
    if "\0" in joined:
        return _("holds a NUL character")
    try:
        joined.encode()
    except UnicodeEncodeError:
        return _("holds bytes that are not text in the file's encoding")
    if not storable(joined):
        return _("holds a control character or one that turns the direction of text")
    return ""


def escaped(cell: str) -> str:
    """The cell in a form that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    clean = cell.replace("\0", "\ufffd")
    clean = clean if storable(clean) else SURROGATE.sub("\ufffd", clean)
    return f"'{clean}" if FORMULA.match(clean) else clean


def unescaped(cell: str) -> str:
    """Reverses ``escaped``, for a file of rejected rows that comes in again, corrected."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
