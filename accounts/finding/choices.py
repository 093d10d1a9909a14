"""What an act's dialog asks first, chosen in the question already: which playbook, what kind of touch."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from config.folding import fold

# Shorter words begin too many names.
SHORTEST: Final = 3


@dataclass(frozen=True)
class Choice:
    """One choice: what an address says of it (``kind=call``), what it is called, and every name it goes by."""

    query: str
    label: str
    names: tuple[str, ...]

    def found_in(self, text: str, verbs: Collection[str]) -> list[str]:
        """The parts of a folded question that name it: one of its names, else words with which those of a name begin."""
        names = sorted({fold(name) for name in self.names}, key=len, reverse=True)
        for name in names:
            if without(text, name) != text:
                return [name]
        parts = {part for name in names for part in name.split(" ")}
        return [
            word
            for word in text.split(" ")
            if len(word) >= SHORTEST and word not in verbs and any(part.startswith(word) for part in parts)
        ]


def chosen(choices: Iterable[Choice], text: str, verbs: Collection[str]) -> tuple[list[Choice], list[str]]:
    """The choices of which a folded question names most, and the parts that do."""
    found = [(choice, parts) for choice in choices if (parts := choice.found_in(text, verbs))]
    most = max((_letters(parts) for _choice, parts in found), default=0)
    best = [(choice, parts) for choice, parts in found if _letters(parts) == most]
    return [choice for choice, _parts in best], best[0][1] if best else []


def without(text: str, *parts: str) -> str:
    """The text without parts of it that stand for themselves; in Latin letters those are whole words."""
    for part in parts:
        pattern = rf"(?<![a-z0-9]){re.escape(part)}(?![a-z0-9])" if part.isascii() else re.escape(part)
        text = re.sub(pattern, " ", text)
    return text


def _letters(parts: list[str]) -> int:
    return sum(map(len, parts))
