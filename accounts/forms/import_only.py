"""The form of which rows of a file go in: those whose column says one of some words.

Fields of the form, by the number of the column: ``o-N-column``, ``o-N-words`` the ticked ones, ``o-N-more`` another one that was
typed, ``o-N-of`` the column whose words were shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from accounts.forms.import_ticks import TicksField, lines, text_of
from accounts.imports.recognising import Recognised
from accounts.imports.row_words import Words
from accounts.imports.rows import OURS

PREFIX: Final = "o-"
# So many columns at most; mappings that people write may have more.
MOST: Final = 4
MOST_WORDS: Final = 40
LONGEST: Final = 60
# Stands before each word, so that an empty cell has one, too.
MARK: Final = "="


def is_said(said: Mapping[str, str]) -> bool:
    return f"{PREFIX}0-column" in said


def only_said(said: Mapping[str, str], found: Recognised) -> Words:
    """The words by column as the form says them, of a column none where nobody chose yet."""
    only: dict[str, tuple[str, ...]] = {}
    for number in range(max(MOST, len(found.columns))):
        column = said.get(f"{PREFIX}{number}-column", "")
        if column and column in found.columns:
            shown = column == said.get(f"{PREFIX}{number}-of", column)
            ticked = lines(said.get(f"{PREFIX}{number}-words", "")) if shown else []
            typed = [MARK + text] if (text := said.get(f"{PREFIX}{number}-more", "").strip()) and shown else []
            only[column] = one_each(word.removeprefix(MARK) for word in (*ticked, *typed))
    return only


class OnlyForm(forms.Form):
    """Which rows go in, and an empty line for one more column; what was sent of it is read by ``only_said``."""

    def __init__(self, only: Words, found: Recognised) -> None:
        super().__init__()
        columns = [("", _("all rows")), *((name, name) for name in found.columns if name.strip() and name not in OURS)]
        self.lines = [*only.items(), ("", ())][: max(MOST, len(only))]
        for number, (column, words) in enumerate(self.lines):
            self.fields[f"{PREFIX}{number}-column"] = forms.ChoiceField(
                label=_("Only rows where") if not number else _("and where"),
                choices=columns,
                required=False,
                initial=column,
            )
            if not column:
                continue
            shown = one_each([*words, *words_of(found, column)])
            self.fields[f"{PREFIX}{number}-words"] = TicksField(
                label=_("“%(column)s” is one of") % {"column": column}, required=False,
                choices=[(MARK + word, word[:LONGEST] or _("(empty)")) for word in shown],
                initial=text_of(MARK + word for word in one_each(words)),
            )  # fmt: skip
            self.fields[f"{PREFIX}{number}-more"] = forms.CharField(
                label=_("or another word"), max_length=200, required=False
            )
            self.fields[f"{PREFIX}{number}-of"] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=column
            )

    @property
    def rows(self) -> Iterator[list[BoundField]]:
        """The fields of each column, then that of one more."""
        for number in range(len(self.lines)):
            parts = [f"{PREFIX}{number}-{part}" for part in ("column", "words", "more", "of")]
            if fields := [self[name] for name in parts if name in self.fields]:
                yield fields


def words_of(found: Recognised, column: str) -> Sequence[str]:
    """The words of a column among the rows looked at, the most frequent first."""
    place = found.columns.index(column) if column in found.columns else len(found.columns)
    texts = [row[place].strip() for row in found.samples if place < len(row)]
    first = {word.casefold(): word for word in reversed(texts)}
    counted = Counter(map(str.casefold, texts))
    return [first[word] for word, _count in counted.most_common(MOST_WORDS) if "\n" not in first[word]]


def one_each(words: Iterable[str]) -> tuple[str, ...]:
    """Of words that mean the same rows (``row_words.Condition``) the first writing."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.casefold(), word)
    return tuple(found.values())
