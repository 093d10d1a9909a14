"""The attributes that an admin defined, as fields that columns of a file may fill: known by their label and their key."""

from __future__ import annotations

from typing import Final

from accounts.attributes import definitions
from accounts.imports.attributes import field_of
from accounts.imports.cells import Field
from accounts.imports.guessing.headers import Name, spelt
from accounts.models import Attribute

Kind = Attribute.Kind
# The kinds of fields whose values look alike.
LIKE: Final = {Kind.NUMBER: "rate", Kind.TEXT: "text", Kind.DAY: "date", Kind.CHOICE: "choice", Kind.FLAG: "flag"}


def fields() -> list[tuple[Field, tuple[Name, ...]]]:
    """The attributes in use as fields, each with its names."""
    return [
        (as_field(each), tuple(Name((spelt(name),)) for name in dict.fromkeys([each.label, each.key])))
        for each in definitions.by_key().values()
        if each.is_active
    ]


def as_field(attribute: Attribute) -> Field:
    choices = tuple(choice.casefold() for choice in attribute.choices)
    return Field(field_of(attribute), LIKE[Kind(attribute.kind)], choices=choices)
