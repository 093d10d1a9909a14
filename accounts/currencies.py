"""Currencies by their codes of three letters (ISO 4217), as Unicode's CLDR dates them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from babel.core import get_global

from config import days


def _used(since: int | None) -> Iterator[str]:
    """Those in force now, or with ``since`` also those that were in that year or later; metals, tests and "none" are left out."""
    for periods in get_global("territory_currencies").values():
        for code, _first, last, is_tender in periods:
            if (is_tender or not code.startswith("X")) and (last is None or (since and last[0] >= since)):
                yield code


IN_FORCE: Final = frozenset(_used(None))
# Contracts of the past, and their rates, may name what has gone since.
KNOWN: Final = frozenset(_used(days.EARLIEST.year))


def code_of(text: str, among: frozenset[str] = KNOWN) -> str:
    """The code of ``among`` that ``text`` is, in whatever case; "" where it is none."""
    code = text.strip().upper() if text.isascii() else ""
    return code if code in among else ""
