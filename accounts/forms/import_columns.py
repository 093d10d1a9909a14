"""The form of a file's columns: which field each fills and how it is read, and values for all rows.

Fields of the form: ``c-PLACE-field`` and ``c-PLACE-read`` a column of the file, ``w-PLACE-FIELD-WORD`` what a word of it means,
``i-external_id`` the columns of which an id is made, ``d-FIELD`` a value for all rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, cast

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from accounts.forms.import_constants import constant_field
from accounts.forms.import_described import Column, Described
from accounts.forms.import_fields import ATTRIBUTES, field_choices
from accounts.forms.import_given import choice_of, made_of_several
from accounts.forms.import_made import MadeForm
from accounts.forms.import_proposed import OF_CURRENCY, PREFIX, WAS_CURRENCY, Standing, hidden, was
from accounts.forms.import_reading import (
    FITTING,
    WHOLE_TERM,
    beside,
    is_asked,
    read_as,
    read_choices,
    reading_of,
)
from accounts.forms.import_words import PREFIX as WORDS
from accounts.forms.import_words import name_of, word_field, words_in
from accounts.imports.attributes import of_field, words_of
from accounts.imports.cells import Field, Formats
from accounts.imports.consequences import following
from accounts.imports.guessing import Guess, shapes
from accounts.imports.guessing.together import MADE
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.multiplying import TERM, TERM_DAYS
from accounts.imports.rows import OURS
from accounts.imports.targets import Target
from accounts.imports.words import field_words

SAMPLES: Final = 3
MOST_WORDS: Final = 200
# Kinds of which several columns make one value.
JOINED: Final = frozenset({"text", "list", "attributes"})
Asked = Mapping[str, Collection[str]]
NOTHING: Final[Asked] = {}


class ColumnsForm(MadeForm):
    """The columns of one file into the fields of one target; ``plain`` is the file itself.

    Fields that ``plain`` has are those of a mapping: they are chosen before, and stay as they are where nobody chooses otherwise.
    ``initial`` is what somebody said so far, where ``data`` is nothing yet or holds more than that.
    ``asked`` is what is asked of a column besides, by its name: the answer says it, and no choice of how it is read does.
    ``standing`` is how columns are read by what they fill now; else as they are guessed.
    """

    def __init__(
        self, recognised: Described, target: Target, guess: Guess, data: Any, plain: FileMap, initial: Any = None,
        asked: Asked = NOTHING, standing: Standing | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, initial=initial)
        self.asked, self.standing = asked, standing or Standing(guess)
        self.is_of_guess = standing is None
        if self.is_bound:
            self.data = {**self.data}
        self.recognised, self.target, self.guess, self.plain = recognised, target, guess, plain
        self.places = [place for place, name in enumerate(recognised.columns) if name.strip() and name not in OURS]
        self.made = made_of_several(plain)
        self.words: dict[int, dict[str, str]] = {}
        self.unasked: set[int] = set()
        self.crowded_out: set[int] = set()
        for place in self.places:
            self.add_column(place)
        said = {name.split("-")[1] for name in self.initial or self.data if name.startswith(WORDS)}
        # What somebody said of words stays on the page, whatever columns are added to it.
        for place in sorted(self.places, key=lambda place: str(place) not in said):
            self.add_words(place)
        if (spec := target.field(MADE)) and spec.required:
            self.add_made()
        for field in target.fields:
            if field.kind != "attributes":
                self.fields[f"d-{field.name}"] = constant_field(field, self.target.name, plain.formats)
                given = plain.field(field.name)
                self.fields[f"d-{field.name}"].initial = (given and given.constant) or ""
        if OF_CURRENCY in self.fields:
            proposed = "" if self.initial.get(OF_CURRENCY) else self.fields[OF_CURRENCY].initial
            self.add_was(WAS_CURRENCY, proposed)

    def add_was(self, name: str, text: str) -> None:
        """What the form shows as it is drawn now, whatever the one that was sent had shown."""
        self.fields[name] = hidden(text)
        if self.is_bound:
            cast("dict[str, Any]", self.data)[name] = text

    def add_column(self, place: int) -> None:
        name, fit = self.recognised.columns[place], self.guess.of_column(place)
        given = self.given(place)
        self.fields[f"c-{place}-field"] = forms.ChoiceField(
            label=_("Field for %(column)s") % {"column": name},
            choices=field_choices(self.target),
            required=False,
            initial=choice_of(given, name) if given else fit.field if fit else "",
        )
        asked, said_of_all = self.asked.get(name, ()), self.data or self.initial
        filled = self[f"c-{place}-field"].value() or ""
        fits = [fit for fit in self.standing.guess.columns if fit.place == place]
        if given and (self.is_of_guess or any(fit.field == given.name for fit in fits)):
            read = reading_of(given, self.plain.field(TERM))
        else:
            read = beside(read_as(fits[0] if fits else None), asked)
        # What was said although it is asked stays in sight until it is taken back.
        said = said_of_all.get(f"c-{place}-read", read)
        offered = read_choices(self.values(place), read, name)
        choices = [choice for choice in offered if choice[0] in {read, said} or not is_asked(choice[0], asked)]
        if len(choices) > 1:
            self.fields[f"c-{place}-read"] = forms.ChoiceField(
                label=_("How %(column)s is read") % {"column": name},
                choices=choices,
                required=False,
                initial=read,
            )
        if len(offered) > 1:
            is_said = f"c-{place}-read" in self.initial
            self.add_was(f"{PREFIX}{place}", was(filled, said, is_said=is_said))

    def add_words(self, place: int) -> None:
        """What each word of the column means, where it fills a field of choices."""
        spec = self.filled_by(place)
        if spec is None or not spec.choices:
            return
        given = self.plain.field(spec.name)
        said = given.values if given else {}
        rows = self.recognised.samples
        cells = (row[place] for row in rows if place < len(row))
        words = words_in(cells, spec, self.plain.formats, given)
        # A page of thousands of choices is none: the words of further columns mean what the mapping says, or they themselves.
        if sum(map(len, self.words.values())) + len(words) > MOST_WORDS:
            self.crowded_out.add(place)
            return
        self.words[place] = {}
        for word in words:
            name = name_of(place, spec.name, word)
            self.words[place][name] = word
            self.fields[name] = field = word_field(spec, word, said.get(word))
            if self.is_bound and name not in self.data:
                self.data = {**self.data, name: field.initial}
                self.unasked |= {place} if not field.initial else set()

    @property
    def refuses_words(self) -> bool:
        """Whether a word of a column means nothing as the form stands, so that its rows are refused."""
        specs = ((self.filled_by(place), names) for place, names in self.words.items())
        return any(spec and not spec.loose and not self[name].value() for spec, names in specs for name in names)

    def filled_by(self, place: int) -> Field | None:
        """The field that the column fills as the form stands; None for none, and for attributes."""
        name = self[f"c-{place}-field"].value() or ""
        return self.target.field(str(name).partition("@")[0])

    def given(self, place: int) -> FieldMap | None:
        """The field of the mapping that the column fills; of several the first."""
        name = self.recognised.columns[place]
        fields = (field for field in self.plain.fields if field != self.made)
        return next((field for field in fields if name in (*field.columns, *field.attributes.values())), None)

    def unseen(self, data: Mapping[str, Any]) -> list[FieldMap]:
        """Fields of the mapping that no row of the form stands for, as their columns fill another field, too; none of a column left out."""
        names = self.recognised.columns
        shown = {MADE, *(field.name for place in self.places if (field := self.given(place)))}
        filled = {name if self.target.field(name) else ATTRIBUTES for name in self.chosen(data)}
        left_out = {names[place] for place in self.places if not data.get(f"c-{place}-field")}
        return [
            field
            for field in self.plain.fields
            if field.constant is None
            and field.name not in shown | filled
            and not data.get(f"d-{field.name}")
            and {*field.needs()} <= {*names}
            and not left_out.intersection(field.columns)
        ]

    def values(self, place: int) -> list[str]:
        return shapes.plain([row[place] for row in self.recognised.samples if place < len(row)])

    @property
    def columns(self) -> Iterator[Column]:
        """The rows of the page, in the order of the file."""
        filled = {detail.place: detail.filled for detail in self.recognised.details}
        for place in self.places:
            read, filled_by, fit = f"c-{place}-read", self[f"c-{place}-field"], self.guess.of_column(place)
            yield Column(
                place + 1,
                self.recognised.columns[place],
                list(dict.fromkeys(self.values(place)))[:SAMPLES],
                filled.get(place, 0.0),
                fit if fit and fit.field == filled_by.value() else None,
                filled_by,
                self[read] if read in self.fields else None,
                [self[name] for name in self.words.get(place, ())],
                place in self.crowded_out,
                self[f"{PREFIX}{place}"] if f"{PREFIX}{place}" in self.fields else None,
                following(self.target, str(filled_by.value() or "")),
            )

    @property
    def constants(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith("d-")]

    @property
    def was_currency(self) -> BoundField | None:
        return self[WAS_CURRENCY] if WAS_CURRENCY in self.fields else None

    @property
    def has_constants(self) -> bool:
        return any(field.value() or field.errors for field in self.constants)

    @property
    def mapped(self) -> int:
        """How many columns fill a field as the form stands."""
        return sum(bool(column.field.value()) for column in self.columns)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = self.chosen(data)
        for name, places in chosen.items():
            spec = self.target.field(name)
            is_one = spec.kind not in JOINED if spec else of_field(name) is not None
            if len(places) > 1 and is_one:
                columns = ", ".join(self.recognised.columns[place] for place in places)
                text = _("%(columns)s both fill this field; only one can.")
                self.add_error(f"c-{places[-1]}-field", text % {"columns": columns})
            for place in places:
                self.check_read(place, data.get(f"c-{place}-read", ""), name, spec)
                self.check_words(place)
        self.check_stood(OF_CURRENCY)
        filled = {*chosen, MADE} if self.made_places(data) else {*chosen}
        unseen = {field.name for field in self.unseen(data)}
        for field in self.target.fields:
            constant = data.get(f"d-{field.name}", "")
            if constant and field.name in filled:
                self.add_error(f"d-{field.name}", _("A column fills this field already."))
            elif not constant and field.is_lacking(filled | unseen):
                text = _("No column fills %(field)s, which every row needs: choose one, or make it of several below.")
                text = text if field.name == MADE else _("No column fills %(field)s, which every row needs.")
                self.add_error(None, text % {"field": field_words(field.name, self.target.name)})
        return data

    def check_read(self, place: int, read: str, name: str, spec: Field | None) -> None:
        if read and (spec is None or spec.kind != FITTING[read]):
            words = {"field": (field_words if spec else words_of)(name, self.target.name)}
            self.add_error(f"c-{place}-read", _("%(field)s cannot be read like that.") % words)
        elif is_asked(read, self.asked.get(self.recognised.columns[place], ())):
            self.add_error(
                f"c-{place}-read", _("That is asked above: answer it there, and choose something else here.")
            )
        elif read == WHOLE_TERM and not self.has_term():
            self.add_error(
                f"c-{place}-read", _("Say first which columns are start and end of the term, or its months.")
            )
        elif spec and spec.kind in FITTING.values():
            self.check_stood(f"c-{place}-read")

    def has_term(self) -> bool:
        """Whether columns say the months of a row's term."""
        chosen = self.chosen(self.cleaned_data)
        return TERM in chosen or set(TERM_DAYS) <= chosen.keys()

    def check_stood(self, name: str) -> None:
        """What follows from a change that was sent with it is shown before it counts."""
        if name in self.fields and self.standing.stood.get(name, self[name].value()) != self[name].value():
            self.add_error(name, _("This follows from what you changed: look whether it is right, then go on."))

    def check_words(self, place: int) -> None:
        """Words that were not shown yet, of a field that was only just chosen, are shown first."""
        if place in self.unasked:
            self.add_error(f"c-{place}-field", _("Say what the words of this column mean."))


def columns_form(
    recognised: Described,
    target: Target,
    guess: Guess,
    data: Any = None,
    plain: FileMap | None = None,
    initial: Any = None,
    asked: Asked = NOTHING,
    standing: Standing | None = None,
) -> ColumnsForm:
    """The form of a file's columns, with the guess chosen before; ``data`` as a page posts it.

    ``plain`` is the file itself as it was recognised (encoding, dialect, formats, source): what the mapping adds fields to.
    """
    plain = plain or FileMap(recognised.name, target.name, "", (), Formats())
    return ColumnsForm(recognised, target, guess, data, plain, initial, asked, standing)
