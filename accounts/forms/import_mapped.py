"""What a valid form of a file's columns says, as the mapping of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from accounts.forms.import_columns import ColumnsForm
from accounts.forms.import_fields import ATTRIBUTES
from accounts.forms.import_given import BY_CONTRACT, choice_of
from accounts.forms.import_reading import READ, WHOLE_TERM, reading_of
from accounts.forms.import_words import values_said
from accounts.imports.attributes import FIELD, of_field
from accounts.imports.guessing.together import MADE
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.multiplying import TERM


def mapping_of(form: ColumnsForm) -> FileMap:
    """What a valid form says: the file with its fields; columns left out are ones that the mapping knows."""
    data, names = form.cleaned_data, form.recognised.columns
    chosen = form.chosen(data)
    fields = [field_map(form, name, places) for name, places in chosen.items() if not is_attribute(name)]
    if own := {name: places for name, places in chosen.items() if is_attribute(name)}:
        fields.append(attributes_map(form, own))
    if made := form.made_places(data):
        fields.append(made_map(form, made))
    fields += [
        constant_of(form, field.name, data[f"d-{field.name}"])
        for field in form.target.fields
        if data.get(f"d-{field.name}")
    ]
    fields += form.unseen(data)
    used = {place for places in (*chosen.values(), made) for place in places}
    theirs = tuple(join.prefix for join in form.plain.joins)
    left_out = frozenset(
        names[place] for place in form.places if place not in used and not names[place].startswith(theirs)
    )
    return replace(form.plain, into=form.target.name, fields=tuple(fields), ignore=left_out)


def made_map(form: ColumnsForm, places: list[int]) -> FieldMap:
    """The id made of these columns; as the mapping has it where they are the same."""
    columns = tuple(form.recognised.columns[place] for place in places)
    return form.made if form.made and {*form.made.columns} == {*columns} else FieldMap(MADE, columns)


def constant_of(form: ColumnsForm, name: str, text: str) -> FieldMap:
    given = form.plain.field(name)
    return given if given and given.constant == text else FieldMap(name, constant=text)


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
    data = form.cleaned_data
    given, read = form.plain.field(name), data.get(f"c-{places[0]}-read", "")
    values = words_said(form, name, places, given.values if given else {})
    term = tuple(form.recognised.columns[place] for place in form.chosen(data).get(TERM, ()))
    if (
        given
        and {*columns} == {*given.columns}
        and choice_of(given, columns[0]) == data[f"c-{places[0]}-field"]
        and read == reading_of(given, form.plain.field(TERM))
        and (read != WHOLE_TERM or given.per == term)
    ):
        return given if values is None else replace(given, values=values)
    through = "contract" if data[f"c-{places[0]}-field"] == BY_CONTRACT else ""
    per = term if read == WHOLE_TERM else ()
    how = READ[read] | ({"whole_term": True} if read == WHOLE_TERM and not term else {})
    return FieldMap(name, columns, through=through, values=values or {}, per=per, **how)


def words_said(form: ColumnsForm, name: str, places: list[int], given: Mapping[str, str]) -> Mapping[str, str] | None:
    """What the words of the columns mean that fill a field of choices; None for other fields."""
    spec = form.target.field(name)
    if spec is None or not spec.choices:
        return None
    picked = {word: form.cleaned_data[field] for place in places for field, word in form.words.get(place, {}).items()}
    return values_said(spec, picked, given)
