"""Edges and numbers inside SQL, which stands in texts.

``<`` and ``<=`` change places, ``>`` and ``>=`` too, a whole number from 2 on grows by one. Placeholders, names, casts, places of
columns (``GROUP BY 1, 2``) and the inside of quotes are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

SQL: Final = re.compile(r"\b(SELECT|WHERE|CASE|WHEN|AND|JOIN|FILTER|INTERVAL)\b|\b(coalesce|greatest|least)\(")
EDGE: Final = re.compile(
    r"(?<![<>=!~@#|&?-])(?:<=|>=|<|>)(?![<>=@#|&-])|(?<![\w.'\"%{$:(\[])\b(?![01]\b)\d+\b(?![\w.'\"%}\])])"
)
TURNED: Final = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
PLACES: Final = re.compile(r"(GROUP|ORDER) BY [\d, ]+")


def edges(text: str) -> Iterator[re.Match[str]]:
    """Where the text, if it is SQL, has an edge or a number."""
    if SQL.search(text):
        yield from EDGE.finditer(PLACES.sub(lambda places: " " * len(places.group()), text))


def turned(text: str, place: int) -> str:
    """The text with its edge number ``place`` changed."""
    edge = list(edges(text))[place]
    word = edge.group()
    return text[: edge.start()] + (TURNED.get(word) or str(int(word) + 1)) + text[edge.end() :]
