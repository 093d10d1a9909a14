"""Sentences that were stored in the language of who made them, said in the language of who reads them.

A stored sentence is one of the catalogue with its values filled in. ``again`` looks up which, reads the values out of it and
fills them in anew; what is no sentence of the catalogue, such as a name or the words of the database, stays as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import get_language, to_locale

from config.text import PLAINER

# Where a value stands in a sentence.
HOLE: Final = re.compile(r"%\((\w+)\)[a-z]|\{(\w+)\}")
# Where one stored text may go over from one sentence to the next.
JOINT: Final = re.compile(r"(; |(?<=[.。)）”]) | (?=[(（]))")
MOST_JOINTS: Final = 12
# What the letters beside the values weigh at least by which a sentence is told from others; punctuation tells nothing, and
# "%(first)s to %(last)s" fits half of all texts.
LEAST_WEIGHT: Final = 4
DENSE: Final = 3  # a letter of a script that needs fewer of them
# Values that are sentences or words of ours themselves; all others are data.
OUR_OWN: Final = frozenset({"advice", "error", "field", "kind", "problem", "reason", "rows"})
NUMBERS: Final = ("n", "count", "number")
MAGIC: Final = 0x950412DE
Values = dict[str, str]


@dataclass(frozen=True)
class Message:
    """A message of the catalogue: by language its forms, the singular first."""

    key: str
    says: dict[str, tuple[str, ...]]

    def said(self, values: Values, language: str) -> str | None:
        """The message with these values; None where it needs others."""
        forms = self.says[language]
        form = forms[0] if is_one(values) else forms[-1]
        if not values:
            return form
        if any(name not in values for name in names_in(form)):
            return None
        return HOLE.sub(lambda hole: values[hole[1] or hole[2]], form.replace("%%", "%"))


@dataclass(frozen=True)
class Form:
    """One form of a message in one language, as it is found again in a text."""

    message: Message
    text: str
    is_singular: bool = False
    literals: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "literals", tuple(HOLE.sub("\0", self.text.replace("%%", "%")).split("\0")))

    @cached_property
    def weight(self) -> int:
        return sum(map(weight_of, self.literals))

    @cached_property
    def anchor(self) -> str:
        """The longest piece that a text of this form has in any encoding."""
        pieces = [piece for literal in self.literals for piece in re.split(f"[{ANY_PLAINER}]", literal)]
        return max(pieces, key=len)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts, seen = [loosely(self.literals[0])], set[str]()
        for name, literal in zip(names_in(self.text), self.literals[1:], strict=True):
            parts += [f"(?P={name})" if name in seen else f"(?P<{name}>.*?)", loosely(literal)]
            seen.add(name)
        return re.compile("".join(parts), re.DOTALL)

    def values(self, text: str) -> Values | None:
        """The values of a text of this form; None where it is of another."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        values = found.groupdict()
        if self.is_singular and not any(name in values for name in NUMBERS):
            values |= dict.fromkeys(NUMBERS, "1")
        return values


ANY_PLAINER: Final = "".join(map(chr, PLAINER))


def loosely(literal: str) -> str:
    """A pattern of the literal, also where its encoding had no such quotation marks."""
    return "".join(
        f"(?:{re.escape(letter)}|{re.escape(PLAINER[ord(letter)])})" if ord(letter) in PLAINER else re.escape(letter)
        for letter in literal
    )


def weight_of(text: str) -> int:
    return sum(1 if letter.isascii() else DENSE for letter in text if letter.isalpha())


def names_in(form: str) -> list[str]:
    return [hole[1] or hole[2] for hole in HOLE.finditer(form)]


def is_one(values: Values) -> bool:
    """Whether the number of the sentence is 1; one without any is in the singular."""
    figures = [values[name] for name in NUMBERS if name in values]
    figures += [value for value in values.values() if value.replace(",", "").isdigit()]
    return not figures or figures[0] == "1"


@cache
def messages() -> tuple[Message, ...]:
    """Every message that has all languages."""
    source, *others = languages()
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for language in others:
        for key, forms, translated in entries(language):
            found.setdefault(key, {source: forms})[language] = translated
    return tuple(Message(key, says) for key, says in found.items() if len(says) == len(others) + 1)


def languages() -> list[str]:
    """The language of the sources, then the others."""
    return sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != settings.LANGUAGE_CODE)


def entries(language: str) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(key, forms in the sources, forms in ``language``) of its compiled catalogues; those without a context first."""
    found = []
    for folder in settings.LOCALE_PATHS:
        path = Path(folder) / to_locale(language) / "LC_MESSAGES" / "django.mo"
        content = path.read_bytes() if path.exists() else b""
        order = "<" if content[:4] == struct.pack("<I", MAGIC) else ">"
        count, ours, theirs = struct.unpack_from(f"{order}3I", content, 8) if content else (0, 0, 0)
        for place in range(count):
            key, translated = (at(content, order, table + 8 * place) for table in (ours, theirs))
            found.append((key, tuple(key.rpartition("\4")[2].split("\0")), tuple(translated.split("\0"))))
    yield from sorted((entry for entry in found if entry[0]), key=lambda entry: "\4" in entry[0])


def at(content: bytes, order: str, place: int) -> str:
    length, start = struct.unpack_from(f"{order}2I", content, place)
    return content[start : start + length].decode()


@cache
def forms_of(language: str) -> tuple[dict[str, Message], list[tuple[str, Form]]]:
    """The messages without values by their text, and the forms of the others with their anchors, the weightiest first."""
    plain: dict[str, Message] = {}
    forms: list[Form] = []
    for message in messages():
        texts = message.says[language]
        for place, text in enumerate(texts):
            if names_in(text) or len(texts) > 1:
                forms.append(Form(message, text, len(texts) > 1 and place == 0))
            else:
                plain.setdefault(text, message)
                plain.setdefault(text.translate(PLAINER), message)
    forms.sort(key=lambda form: -form.weight)
    return plain, [(form.anchor, form) for form in forms]


def again(text: str, among: Collection[str] | None = None, columns: Sequence[str] = ()) -> str:
    """The stored text in the language of the reader, who is the one of this thread.

    ``among`` are the only messages that it may be, of a text that is else somebody's own words. ``columns`` are names that may
    stand before a sentence, as in the reasons of a refused row.
    """
    return _again(
        text, get_language() or settings.LANGUAGE_CODE, None if among is None else frozenset(among), tuple(columns)
    )


@lru_cache(maxsize=4096)
def _again(text: str, language: str, among: frozenset[str] | None, columns: tuple[str, ...]) -> str:
    language = language if language in languages() else language.partition("-")[0]
    others = [other for other in languages() if other != language]
    if not text or len(others) == len(languages()):
        return text
    return max((joined(text, other, language, among, columns) for other in others), key=lambda said: said[0])[1]


def joined(
    text: str, stored: str, language: str, among: frozenset[str] | None, columns: tuple[str, ...]
) -> tuple[int, str]:
    """The text cut into sentences so that most of it is sentences of ours, said again; and what those weigh."""
    parts = JOINT.split(text) if among is None else [text]
    if len(parts) > 2 * MOST_JOINTS:
        parts = [text]
    # best[i]: (weight, text) of the first i parts, of which every second is what stands between.
    best: list[tuple[int, str]] = [(0, "")]
    for end in range(1, len(parts) + 1, 2):
        options = []
        for start in range(0, end, 2):
            weight, said = best[start // 2]
            own, words = sentence("".join(parts[start:end]), stored, language, among, columns)
            options.append((weight + own, f"{said}{parts[start - 1] if start else ''}{words}"))
        best.append(max(options, key=lambda option: option[0]))
    return best[-1]


def sentence(
    text: str, stored: str, language: str, among: frozenset[str] | None, columns: tuple[str, ...]
) -> tuple[int, str]:
    """One sentence said again, and what it weighs: 0 for none of ours."""
    for column in columns:
        if text.startswith(f"{column} "):
            weight, said = sentence(text.removeprefix(f"{column} "), stored, language, among, ())
            return weight, f"{column} {said}"
    plain, forms = forms_of(stored)
    message = plain.get(text)
    if message and (among is None or message.key in among):
        return weight_of(text), message.says[language][0]
    for form in (form for anchor, form in forms if anchor in text):
        if form.weight < LEAST_WEIGHT if among is None else form.message.key not in among:
            continue
        values = form.values(text)
        if values is None:
            continue
        own = {name: _again(value, language, None, ()) if name in OUR_OWN else value for name, value in values.items()}
        if (words := form.message.said(own, language)) is not None:
            return form.weight, words
    return 0, text
