"""What a form of columns proposes by headings and values, and which of it somebody left as it was.

Fields of the form: ``was-PLACE`` the field of a column and how it was read as its row was drawn, ``was-currency`` the currency
that was proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django import forms

from accounts.forms.import_questions import Said
from accounts.imports.guessing import Guess
from accounts.imports.guessing.money import CURRENCY

PREFIX: Final = "was-"
SAID: Final = "said"
OF_CURRENCY: Final = f"d-{CURRENCY}"
WAS_CURRENCY: Final = f"{PREFIX}{CURRENCY}"


@dataclass(frozen=True)
class Standing:
    """How the columns are read by what they fill now, and what of it was proposed otherwise as the form was drawn, by its names."""

    guess: Guess
    stood: Mapping[str, str] = field(default_factory=dict)


def hidden(text: str) -> forms.CharField:
    return forms.CharField(widget=forms.HiddenInput, required=False, initial=text)


def was(filled: str, read: str, *, is_said: bool) -> str:
    """A column's row as it is drawn; ``is_said``: somebody chose how it is read."""
    return "|".join((filled, read, SAID if is_said else ""))


def without_proposed(said: Said) -> tuple[dict[str, str], dict[str, str]]:
    """What was said, and what was merely proposed and left as it was: how a column is read, and the currency of the rows.

    How somebody chose to read a column holds for the field that it filled then.
    """
    kept = {name: text for name, text in said.items() if not name.startswith(PREFIX)}
    stood: dict[str, str] = {}
    for name in said.keys() - kept.keys():
        place = name.removeprefix(PREFIX)
        if name == WAS_CURRENCY:
            proposed, text = OF_CURRENCY, said[name]
        else:
            proposed = f"c-{place}-read"
            filled, text, mark = f"{said[name]}||".split("|")[:3]
            if mark == SAID and filled == said.get(f"c-{place}-field", ""):
                continue
        if kept.get(proposed, "") == text and (text or name != WAS_CURRENCY):
            stood[proposed] = text
            kept.pop(proposed, None)
    return kept, stood
