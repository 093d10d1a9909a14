"""Texts that we ship and that stand in the database in English: names, plans and notes that an installation starts with.

They are shown in the reader's language. What a person typed is shown as typed, be it a word that pages use too.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext

TEXTS: Final[set[str]] = set()


def ship(text: str) -> str:
    """Mark a text for translation and as ours; it stays English."""
    TEXTS.add(text)
    return text


def translated(text: str | None) -> str:
    """In the reader's language where it is one we ship; "" for none."""
    return gettext(text) if text in TEXTS else text or ""
