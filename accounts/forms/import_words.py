"""The words of a column that fills a field of choices, with the choice that each means.

Fields of the form: ``w-PLACE-FIELD-WORD`` by the place of the column, the field it fills and the digest of the word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.imports import choosing
from accounts.imports.cells import Field, Formats
from accounts.imports.maps import FieldMap

PREFIX: Final = "w-"
# A column of more words than these holds no choices: the most frequent are shown.
MOST: Final = 40
LONGEST: Final = 60
EMPTY: Final = "-"


def name_of(place: int, field: str, word: str) -> str:
    return f"{PREFIX}{place}-{field}-{blake2b(word.encode(), digest_size=6).hexdigest()}"


def words_in(cells: Iterable[str], spec: Field, formats: Formats, given: FieldMap | None) -> list[str]:
    """The words to choose for: of a mapping first, then those of the cells, most frequent first; words for nothing apart."""
    texts = (cell.strip() for cell in cells)
    if spec.kind == "list":
        texts = (part.strip() for text in texts for part in text.split(formats.list_separator))
    found = Counter(text for text in texts if text and text.casefold() not in formats.null_words)
    common = [word for word, _count in found.most_common(MOST)]
    return list(dict.fromkeys([*(given.values if given else ()), *common]))[:MOST]


def choice_for(spec: Field, word: str, said: str | None) -> str:
    """The choice that a word means as a mapping has ``said`` it, else by itself; "" for none."""
    if said is None:
        return choosing.meant(spec, word)
    return choosing.meant(spec, said) if said else EMPTY


def word_field(spec: Field, word: str, said: str | None) -> forms.ChoiceField:
    """What the word means; nothing where it may stay unknown."""
    unknown: str | Promise = _("is not taken") if spec.loose else _("refuses its row")
    choices = spec.named_choices
    if not spec.required:
        choices.append((EMPTY, _("counts as empty")))
    if not choosing.meant(spec, word):
        choices.insert(0, ("", unknown))
    return forms.ChoiceField(
        label=word[:LONGEST], choices=choices, required=False, initial=choice_for(spec, word, said)
    )


def values_said(spec: Field, picked: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """``values`` of the mapping by what was picked for the words shown; words that were not shown stay as they were given."""
    said = {word: value for word, value in given.items() if word not in picked}
    for word, choice in picked.items():
        before = given.get(word)
        if before is not None and choice == choice_for(spec, word, before):
            said[word] = before
        elif choice and choice != choosing.meant(spec, word):
            said[word] = "" if choice == EMPTY else choice
    return said
