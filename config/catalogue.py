"""The catalogue of what the product says, in all languages, as it is found again in a text: messages and their forms."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import to_locale

from config.text import PLAINER

# Where a value stands in a sentence.
HOLE: Final = re.compile(r"%\((\w+)\)[a-z]|\{(\w+)\}")
# What the letters beside the values weigh at least by which a sentence is told from others; punctuation tells nothing, and
# "%(first)s to %(last)s" fits half of all texts.
LEAST_WEIGHT: Final = 4
DENSE: Final = 3  # a letter of a script that needs fewer of them
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
        """Each value ends where what follows it in the form stands first, for good: the time grows with the text alone."""
        parts, seen = [loosely(self.literals[0])], set[str]()
        names = names_in(self.text)
        for place, (name, literal) in enumerate(zip(names, self.literals[1:], strict=True), 1):
            part = (f"(?P={name})" if name in seen else f"(?P<{name}>.*?)") + loosely(literal)
            parts.append(part if place == len(names) else f"(?>{part})")
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
def forms_of(language: str, among: frozenset[str] | None) -> tuple[dict[str, Message], list[tuple[str, Form]]]:
    """The messages without values by their text, and the forms of the others with their anchors, the weightiest first.

    Only those of ``among``; of all that can be told by their words where it is None.
    """
    plain: dict[str, Message] = {}
    forms: list[Form] = []
    for message in messages():
        if among is not None and message.key not in among:
            continue
        texts = message.says[language]
        for place, text in enumerate(texts):
            if names_in(text) or len(texts) > 1:
                forms.append(Form(message, text, len(texts) > 1 and place == 0))
            else:
                plain.setdefault(text, message)
                plain.setdefault(text.translate(PLAINER), message)
    if among is None:
        forms = [form for form in forms if form.weight >= LEAST_WEIGHT]
    forms.sort(key=lambda form: -form.weight)
    return plain, [(form.anchor, form) for form in forms]


@cache
def said_in(*folders: str) -> frozenset[str]:
    """The keys of the sentences, no single words, that the code of these folders of the product says."""
    paths = [path for folder in folders for path in (settings.BASE_DIR / folder).rglob("*.py")]
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(message.key for message in messages() if is_sentence(message) and sources(message)[0] in texts)


def sources(message: Message) -> tuple[str, ...]:
    return message.says[languages()[0]]


def is_sentence(message: Message) -> bool:
    """Whether a text is told by the words of the message from somebody's own."""
    forms = [Form(message, text) for texts in message.says.values() for text in texts]
    has_words = any(names_in(text) or " " in text for text in sources(message))
    return has_words and min(form.weight for form in forms) >= LEAST_WEIGHT
