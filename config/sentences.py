"""Sentences that were stored in the language of who made them, said in the language of who reads them.

A stored sentence is one of the catalogue with its values filled in. ``again`` looks up which, reads the values out of it and
fills them in anew; what is no sentence of the catalogue, such as a name or the words of the database, stays as it is. ``among``
narrows to the sentences that it may be: then all of a text is sentences of these, read in one way only, or it stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, lru_cache
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language

from config.catalogue import forms_of, languages, weight_of

# Where one stored text may go over from one sentence to the next.
JOINT: Final = re.compile(r"(; |(?<=[.。)）”]) | (?=[(（]))")
MOST_JOINTS: Final = 12
# What is longer is no sentence of ours, and what nests in it would go too deep.
LONGEST: Final = 2_000
# Values that are sentences or words of ours themselves; all others are data.
WORDS: Final = frozenset({"field", "kind", "rows", "labels"})
LABELS: Final = "labels"
OUR_OWN: Final = frozenset({"advice", "error", "problem", "reason"}) | WORDS
# A name of ours and how many there are of it.
NAMED: Final = re.compile(r"(.+?)((?: \(\d+\))?)", re.DOTALL)
# How many pieces one reason has at most that were cut apart in a cell.
MOST_CUT: Final = 4
# Each says what may be chosen, field by field, in the language of the thread and in the same order in all.
LISTS: Final[list[Callable[[], Iterable[str]]]] = []


def again(text: str, among: Collection[str] | None = None, columns: Sequence[str] = ()) -> str:
    """The stored text in the language of the reader, who is the one of this thread.

    ``among`` are the keys of the only messages that it may be, of a text that is or holds somebody's own words (``said_in``).
    ``columns`` are names that may stand before a sentence, as in the reasons of a refused row.
    """
    return _again(
        text, get_language() or settings.LANGUAGE_CODE, None if among is None else frozenset(among), tuple(columns)
    )


@lru_cache(maxsize=4096)
def _again(text: str, language: str, among: frozenset[str] | None, columns: tuple[str, ...]) -> str:
    language = language if language in languages() else language.partition("-")[0]
    others = [other for other in languages() if other != language]
    if not text or len(others) == len(languages()) or (among is None and len(text) > LONGEST):
        return text
    if among is not None:
        found = (by_columns(text, other, language, among, columns) for other in others)
        return next((words for words in found if words is not None), text)
    return max((joined(text, other, language) for other in others), key=lambda said: said[0])[1]


def by_columns(text: str, stored: str, language: str, among: frozenset[str], columns: tuple[str, ...]) -> str | None:
    """Sentences that each stand behind one of the columns, said again; None where not all of the text is such."""
    longest = sorted(filter(None, columns), key=len, reverse=True)
    parts = re.split(f"; (?=(?:{'|'.join(map(re.escape, longest))}) )", text) if longest else [text]
    alone = [behind(part, stored, language, among, longest) for part in parts]
    # told[n]: the first n parts, None where they are no sentences of ours. Parts that are none alone may be one together,
    # of a cell that has what looks like a next column.
    told: list[str | None] = [""]
    for end in range(1, len(parts) + 1):
        told.append(None)
        for start in range(end - 1, max(end - 1 - MOST_CUT, -1), -1):
            if start < end - 1 and any(alone[start:end]):
                break
            before, words = told[start], alone[start]
            if before is not None and start < end - 1:
                words = behind("; ".join(parts[start:end]), stored, language, among, longest)
            if before is not None and words is not None:
                told[end] = f"{before}; {words}" if start else words
                break
    return told[-1]


def behind(text: str, stored: str, language: str, among: frozenset[str], columns: Sequence[str]) -> str | None:
    """The sentences behind a column, the longest of those that the text begins with, or behind none."""
    for column in columns:
        if text.startswith(f"{column} "):
            words = certain(text.removeprefix(f"{column} "), stored, language, among)
            if words is not None:
                return f"{column} {words}"
    return certain(text, stored, language, among)


def certain(text: str, stored: str, language: str, among: frozenset[str]) -> str | None:
    """The text as one sentence or as several of ours; None where it is neither, or could be both."""
    if len(text) > LONGEST:
        return None
    one, words = sentence(text, stored, language, among)
    parts = JOINT.split(text)
    several = None
    if 1 < len(parts) <= 2 * MOST_JOINTS:
        # best[i]: (weight, text) of the first i parts, of which every second is what stands between.
        best: list[tuple[int, str] | None] = [(0, "")]
        for end in range(1, len(parts) + 1, 2):
            options = []
            for start in range(0, end, 2):
                before = best[start // 2]
                if before is None or end - start == len(parts):
                    continue
                weight, said = sentence("".join(parts[start:end]), stored, language, among)
                if weight:
                    options.append((before[0] + weight, f"{before[1]}{parts[start - 1] if start else ''}{said}"))
            best.append(max(options, key=lambda option: option[0], default=None))
        several = best[-1]
    if one:
        return words if several is None else None
    return several[1] if several else None


def joined(text: str, stored: str, language: str) -> tuple[int, str]:
    """The text cut into sentences so that most of it is sentences of ours, said again; and what those weigh."""
    parts = JOINT.split(text)
    if len(parts) > 2 * MOST_JOINTS:
        parts = [text]
    # best[i]: (weight, text) of the first i parts, of which every second is what stands between.
    best: list[tuple[int, str]] = [(0, "")]
    for end in range(1, len(parts) + 1, 2):
        options = []
        for start in range(0, end, 2):
            weight, said = best[start // 2]
            own, words = sentence("".join(parts[start:end]), stored, language, None)
            options.append((weight + own, f"{said}{parts[start - 1] if start else ''}{words}"))
        best.append(max(options, key=lambda option: option[0]))
    return best[-1]


def sentence(text: str, stored: str, language: str, among: frozenset[str] | None) -> tuple[int, str]:
    """One sentence said again, and what it weighs: 0 for none of ours."""
    plain, forms = forms_of(stored, among)
    if message := plain.get(text):
        return weight_of(text), message.says[language][0]
    for form in (form for anchor, form in forms if anchor in text):
        values = form.values(text)
        if values is None:
            continue
        own = {name: value_again(name, value, stored, language, among) for name, value in values.items()}
        if (words := form.message.said(own, language)) is not None:
            return form.weight, words
    return 0, text


def value_again(name: str, value: str, stored: str, language: str, among: frozenset[str] | None) -> str:
    if name not in OUR_OWN:
        return value
    if among is None:
        return _again(value, language, None, ())
    if name not in WORDS:
        return certain(value, stored, language, among) or value
    if name == LABELS:
        return choices_again(value, stored, language)
    plain, _forms = forms_of(stored, None)
    named = [found for found in map(NAMED.fullmatch, value.split("; ")) if found]
    return "; ".join(f"{plain[one[1]].says[language][0] if one[1] in plain else one[1]}{one[2]}" for one in named)


def choices_again(value: str, stored: str, language: str) -> str:
    """What may be chosen, as the same field says it in the other language; as it is where that is no list of ours or of two fields."""
    meant = _listed(stored).get(value, frozenset())
    said = {_listed_in(language)[place] for place in meant}
    return said.pop() if len(said) == 1 else value


@cache
def _listed(language: str) -> dict[str, frozenset[int]]:
    """The places of the lists that read so in the language."""
    found: dict[str, set[int]] = {}
    for place, text in enumerate(_listed_in(language)):
        found.setdefault(text, set()).add(place)
    return {text: frozenset(places) for text, places in found.items()}


@cache
def _listed_in(language: str) -> tuple[str, ...]:
    with translation.override(language):
        return tuple(text for lists in LISTS for text in lists())
