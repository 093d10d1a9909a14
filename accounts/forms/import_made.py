"""The part of a form of columns that says of which columns the id of a row is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from accounts.forms.import_described import Column, Described
from accounts.forms.import_ticks import TicksField, text_of
from accounts.imports.guessing import Guess, together
from accounts.imports.guessing.together import MADE
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.targets import Target
from accounts.imports.words import field_words

MADE_OF: Final = f"i-{MADE}"


class MadeForm(forms.Form):
    """``places`` are the columns of the form; ``made`` is the id as a mapping makes it of several columns, None where it does not."""

    recognised: Described
    target: Target
    guess: Guess
    plain: FileMap
    places: list[int]
    made: FieldMap | None

    @property
    def columns(self) -> Iterator[Column]:
        """The rows of the page."""
        raise NotImplementedError

    def add_made(self) -> None:
        """The columns of which the id is made: those of the mapping, else those that tell the rows apart."""
        names = self.recognised.columns
        if self.made:
            places = tuple(place for place in self.places if names[place] in self.made.columns)
        elif self.plain.field(MADE) or any(fit.field == MADE for fit in self.guess.columns):
            places = ()
        else:
            places = together.naming(self.recognised, self.target, self.guess.columns)
        self.fields[MADE_OF] = TicksField(
            label=_("%(field)s made of") % {"field": field_words(MADE, self.target.name)}, required=False,
            choices=[(str(place), names[place]) for place in self.places], initial=text_of(places),
            help_text=_("The cells joined are the id: tick what says which row it is, and stays the same."),
        )  # fmt: skip

    @property
    def made_of(self) -> BoundField | None:
        """The columns that make the id, where a target needs one."""
        return self[MADE_OF] if MADE_OF in self.fields else None

    @property
    def needs_made(self) -> bool:
        """Whether no column fills the id, so that it has to be made of several."""
        return self.made_of is not None and all(column.field.value() != MADE for column in self.columns)

    @property
    def is_made_by_guess(self) -> bool:
        """Whether the id is made of columns of which nobody said so."""
        return self.needs_made and not self.made and bool(self.fields[MADE_OF].initial)

    def made_places(self, data: Mapping[str, Any]) -> list[int]:
        """The columns of which the id is made; none where a column fills it."""
        return [] if MADE in self.chosen(data) else [int(place) for place in data.get(MADE_OF) or ()]

    def chosen(self, data: Mapping[str, Any]) -> dict[str, list[int]]:
        """The columns by the field that they fill, both in the order of the file."""
        chosen: dict[str, list[int]] = {}
        for place in self.places:
            if name := data.get(f"c-{place}-field"):
                chosen.setdefault(name.partition("@")[0], []).append(place)
        return chosen
