"""The form of a file's columns: which field each fills and how it is read, and values for all rows.

Fields of the form: ``c-PLACE-field`` and ``c-PLACE-read`` a column of the file, ``d-FIELD`` a value for all rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from accounts.attributes import definitions
from accounts.forms.import_reading import FITTING, READ, Choices, read_as, read_choices, reading_of
from accounts.imports.attributes import FIELD, field_of, of_field, words_of
from accounts.imports.cells import Field, Formats, Treatment, Unfit
from accounts.imports.guessing import Fit, Guess, Sampled, shapes
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.rows import OURS
from accounts.imports.targets import Target
from accounts.imports.values import reader
from accounts.imports.words import field_words

SAMPLES: Final = 3
BY_CONTRACT: Final = "customer@contract"
OWN_CUSTOMERS: Final = frozenset({"customers", "contracts"})
# Kinds of which several columns make one value.
JOINED: Final = frozenset({"text", "list", "attributes"})
ATTRIBUTES: Final = "attributes"


@dataclass(frozen=True)
class Column:
    """One column of the file as its row shows it; ``read`` is None where there is but one way to read it."""

    number: int
    name: str
    samples: list[str]
    fit: Fit | None
    field: BoundField
    read: BoundField | None

    @property
    def percent(self) -> int:
        return round(self.fit.certainty * 100) if self.fit else 0


class ColumnsForm(forms.Form):
    """The columns of one file into the fields of one target; ``plain`` is the file itself.

    Fields that ``plain`` has are those of a mapping: they are chosen before, and stay as they are where nobody chooses otherwise.
    """

    def __init__(
        self, recognised: Sampled, target: Target, guess: Guess, data: Any, plain: FileMap, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.recognised, self.target, self.guess, self.plain = recognised, target, guess, plain
        self.places = [place for place, name in enumerate(recognised.columns) if name.strip() and name not in OURS]
        for place in self.places:
            self.add_column(place)
        for field in target.fields:
            if field.kind != "attributes":
                self.fields[f"d-{field.name}"] = constant_field(field, plain.formats)
                given = plain.field(field.name)
                self.fields[f"d-{field.name}"].initial = (given and given.constant) or ""

    def add_column(self, place: int) -> None:
        name, fit = self.recognised.columns[place], self.guess.of_column(place)
        given = self.given(place)
        self.fields[f"c-{place}-field"] = forms.ChoiceField(
            label=_("Field for %(column)s") % {"column": name},
            choices=field_choices(self.target),
            required=False,
            initial=choice_of(given, name) if given else fit.field if fit else "",
        )
        read = reading_of(given) if given else read_as(fit)
        if choices := read_choices(self.values(place), read, name):
            self.fields[f"c-{place}-read"] = forms.ChoiceField(
                label=_("How %(column)s is read") % {"column": name},
                choices=choices,
                required=False,
                initial=read,
            )

    def given(self, place: int) -> FieldMap | None:
        """The field of the mapping that the column fills; of several the first."""
        name = self.recognised.columns[place]
        return next(
            (field for field in self.plain.fields if name in (*field.columns, *field.attributes.values())), None
        )

    def values(self, place: int) -> list[str]:
        return shapes.plain([row[place] for row in self.recognised.samples if place < len(row)])

    @property
    def columns(self) -> Iterator[Column]:
        """The rows of the page, in the order of the file."""
        for place in self.places:
            read = f"c-{place}-read"
            yield Column(
                place + 1,
                self.recognised.columns[place],
                list(dict.fromkeys(self.values(place)))[:SAMPLES],
                self.guess.of_column(place),
                self[f"c-{place}-field"],
                self[read] if read in self.fields else None,
            )

    @property
    def constants(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith("d-")]

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
                text = _("%(columns)s both fill this field; only one can.") % {"columns": columns}
                self.add_error(f"c-{places[-1]}-field", text)
            for place in places:
                self.check_read(place, data.get(f"c-{place}-read", ""), name, spec)
        for field in self.target.fields:
            constant = data.get(f"d-{field.name}", "")
            if constant and field.name in chosen:
                self.add_error(f"d-{field.name}", _("A column fills this field already."))
            elif not constant and field.is_lacking(chosen):
                text = _("No column fills %(field)s, which every row needs.") % {"field": field_words(field.name)}
                self.add_error(None, text)
        return data

    def check_read(self, place: int, read: str, name: str, spec: Field | None) -> None:
        if read and (spec is None or spec.kind != FITTING[read]):
            words = field_words(name) if spec else words_of(name)
            text = _("%(field)s cannot be read like that.") % {"field": words}
            self.add_error(f"c-{place}-read", text)

    def chosen(self, data: Mapping[str, Any]) -> dict[str, list[int]]:
        """The columns by the field that they fill, both in the order of the file."""
        chosen: dict[str, list[int]] = {}
        for place in self.places:
            if name := data.get(f"c-{place}-field"):
                chosen.setdefault(name.partition("@")[0], []).append(place)
        return chosen


def columns_form(
    recognised: Sampled,
    target: Target,
    guess: Guess,
    data: Any = None,
    plain: FileMap | None = None,
    initial: Any = None,
) -> ColumnsForm:
    """The form of a file's columns, with the guess chosen before; ``data`` as a page posts it.

    ``plain`` is the file itself as it was recognised (encoding, dialect, formats, source): what the mapping adds fields to.
    """
    plain = plain or FileMap(recognised.name, target.name, "", (), Formats())
    return ColumnsForm(recognised, target, guess, data, plain, initial)


def mapping_of(form: ColumnsForm) -> FileMap:
    """What a valid form says: the file with its fields; columns left out are ones that the mapping knows."""
    data, names = form.cleaned_data, form.recognised.columns
    chosen = form.chosen(data)
    fields = [field_map(form, name, places) for name, places in chosen.items() if not is_attribute(name)]
    if own := {name: places for name, places in chosen.items() if is_attribute(name)}:
        fields.append(attributes_map(form, own))
    fields += [
        constant_of(form, field.name, data[f"d-{field.name}"])
        for field in form.target.fields
        if data.get(f"d-{field.name}")
    ]
    fields += unseen(form, {field.name for field in fields})
    used = {place for places in chosen.values() for place in places}
    theirs = tuple(join.prefix for join in form.plain.joins)
    left_out = frozenset(
        names[place] for place in form.places if place not in used and not names[place].startswith(theirs)
    )
    return replace(form.plain, into=form.target.name, fields=tuple(fields), ignore=left_out)


def constant_of(form: ColumnsForm, name: str, text: str) -> FieldMap:
    given = form.plain.field(name)
    return given if given and given.constant == text else FieldMap(name, constant=text)


def unseen(form: ColumnsForm, filled: set[str]) -> list[FieldMap]:
    """Fields of the mapping that no row of the form stands for: their column fills another field, too."""
    shown = {field.name for place in form.places if (field := form.given(place))}
    return [
        field
        for field in form.plain.fields
        if field.constant is None
        and field.name not in shown | filled
        and set(field.needs()) <= {*form.recognised.columns}
    ]


def choice_of(given: FieldMap, column: str) -> str:
    """What the form calls the field that a mapping gives the column."""
    key = next((key for key, name in given.attributes.items() if name == column), None)
    if key is not None and (attribute := definitions.by_key().get(key)) and attribute.is_active:
        return field_of(attribute)
    return BY_CONTRACT if given.name == "customer" and given.through == "contract" else given.name


def is_attribute(name: str) -> bool:
    return name == ATTRIBUTES or name.startswith(FIELD)


def attributes_map(form: ColumnsForm, chosen: Mapping[str, list[int]]) -> FieldMap:
    """All attributes as one field: a defined one under its key, another under the one of the mapping or its column's name."""
    given = form.plain.field(ATTRIBUTES)
    names = [form.recognised.columns[place] for place in chosen.get(ATTRIBUTES, [])]
    if given and given.columns and tuple(names) == given.columns and len(chosen) == 1:
        return given  # a column of objects
    keys = {column: key for key, column in given.attributes.items()} if given else {}
    own = {keys.get(column, column): column for column in names}
    for name, places in chosen.items():
        if attribute := of_field(name):
            own[attribute.key] = form.recognised.columns[places[0]]
    return replace(given or FieldMap(ATTRIBUTES), columns=(), attributes=own)


def field_map(form: ColumnsForm, name: str, places: list[int]) -> FieldMap:
    columns = tuple(form.recognised.columns[place] for place in places)
    given, read = form.plain.field(name), form.cleaned_data.get(f"c-{places[0]}-read", "")
    if (
        given
        and {*columns} == {*given.columns}
        and choice_of(given, columns[0]) == form.cleaned_data[f"c-{places[0]}-field"]
        and read == reading_of(given)
    ):
        return given
    data = form.cleaned_data
    through = "contract" if data[f"c-{places[0]}-field"] == BY_CONTRACT else ""
    return FieldMap(name, columns, through=through, **READ[data.get(f"c-{places[0]}-read", "")])


def field_choices(target: Target) -> Choices:
    """Nothing, then every field of the target; a needed one is marked."""
    fields = [
        (field.name, f"{field_words(field.name)} *" if field.required else field_words(field.name))
        for field in target.fields
    ]
    own = [(field_of(each), each.label) for each in definitions.by_key().values() if each.is_active]
    fields += own if target.field(ATTRIBUTES) else []
    if target.field("customer") and target.name not in OWN_CUSTOMERS:
        fields.append((BY_CONTRACT, _("Customer, by its contract")))
    return [("", _("Left out")), *fields]


class ConstantField(forms.CharField):
    """A value for all rows, written as the file writes such values."""

    def __init__(self, spec: Field, formats: Formats, **options: Any) -> None:
        super().__init__(max_length=max(spec.longest, 200), **options)
        self.read = reader(replace(spec, required=False), formats, Treatment())

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            self.read(value or "")
        except Unfit as problem:
            raise ValidationError(str(problem)) from problem


def constant_field(spec: Field, formats: Formats) -> forms.Field:
    label = field_words(spec.name)
    if spec.choices and spec.kind == "choice":
        choices = [("", "–"), *((word, word) for word in spec.choices)]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    return ConstantField(spec, formats, label=label, required=False)
