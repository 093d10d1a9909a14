"""Folding texts for search: without case, accents, character width, or a difference between the two kana.

The database folds stored texts (functions of accounts 0037), ``fold`` typed ones; a test compares their results.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, Q, QuerySet, TextField

KATAKANA: Final = "".join(map(chr, range(0x30A1, 0x30F7)))
HIRAGANA: Final = "".join(map(chr, range(0x3041, 0x3097)))
# Unicode does not decompose letters with a stroke; the final sigma folds to the other one.
LETTERS: Final = ("øłđħŧıς", "oldhtiσ")
ALIKE: Final = str.maketrans(KATAKANA + LETTERS[0], HIRAGANA + LETTERS[1])
ACCENTS: Final = re.compile("[\u0300-\u036f]")
# The separators of words, after full-width signs have become ASCII.
BETWEEN: Final = re.compile(
    r"[\t-\r -/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2010-\u205e\u3000-\u3003\u3008-\u301f\u30fb]+"
)
MOST: Final = 8  # further words of a search text are ignored


def fold(text: str) -> str:
    """``Ａｏｂａ・ﾌﾞﾂﾘｭｳ`` as ``aoba ぶつりゅう``: words in lower case with one space between."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    lower = "".join(letter.lower()[:1] for letter in unicodedata.normalize("NFC", plain))
    return BETWEEN.sub(" ", lower.translate(ALIKE)).strip(" ")


@dataclass(frozen=True)
class Wanted:
    """The words of a search; a text matches with all of them, a single character only at the beginning of a word."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Wanted:
        return cls(tuple(dict.fromkeys(fold(text).split(" ")))[:MOST] if fold(text) else ())

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that a searched text, which begins with a space, must contain."""
        return tuple(word if len(word) > 1 else f" {word}" for word in self.words)

    @property
    def grams(self) -> list[str]:
        return sorted({part[n : n + 2] for part in self.parts for n in range(len(part) - 1)})

    def fits(self, *texts: str) -> bool:
        """Whether these texts together have all the words."""
        searched = "".join(f" {fold(text)} {fold(text).replace(' ', '')}" for text in texts)
        return bool(self.words) and all(part in searched for part in self.parts)


class SearchText(Func):
    """The search text of a row: its columns folded, each also without its spaces."""

    function = "search_text"
    output_field = TextField()


class SearchGrams(Func):
    """Every two neighbouring characters of the search text, for an index."""

    function = "search_grams"
    output_field = ArrayField(TextField())

    def __init__(self, *columns: Any, **extra: Any) -> None:
        super().__init__(SearchText(*columns), **extra)


def having(wanted: Wanted, text: str, grams: str) -> Q:
    """The condition that rows match; ``text`` and ``grams`` are columns, or annotations of ``searched``."""
    parts = Q(**{f"{grams}__contains": wanted.grams})
    for part in wanted.parts:
        parts &= Q(**{f"{text}__contains": part})
    return parts


def searched(rows: QuerySet[Any], *columns: str) -> QuerySet[Any]:
    """``rows`` with ``searched_text`` and ``searched_grams`` of ``columns``, as an index on ``SearchGrams(*columns)`` has them."""
    return rows.alias(searched_text=SearchText(*columns), searched_grams=SearchGrams(*columns))
