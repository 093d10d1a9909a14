"""Headings as files write them in one, with their words apart."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def plain(heading: str) -> str:
    """The heading in one width and case, its words apart."""
    return apart(heading).casefold()


def apart(heading: str) -> str:
    """``amount_inclTax`` as ``amount incl Tax``, in one width."""
    return HUMP.sub(" ", unicodedata.normalize("NFKC", heading)).replace("_", " ")
