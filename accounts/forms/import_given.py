"""What a mapping gives the columns of a file, in the words of their form."""

from __future__ import annotations

from typing import Final

from accounts.attributes import definitions
from accounts.imports.attributes import field_of
from accounts.imports.guessing.together import MADE
from accounts.imports.maps import FieldMap, FileMap

BY_CONTRACT: Final = "customer@contract"


def made_of_several(plain: FileMap) -> FieldMap | None:
    """The id of a mapping that is made of several columns joined, or of one that fills another field as well."""
    given = plain.field(MADE)
    if given is None or given.first or given.after or not given.columns:
        return None
    others = {name for field in plain.fields if field != given for name in field.needs()}
    return given if len(given.columns) > 1 or given.columns[0] in others else None


def choice_of(given: FieldMap, column: str) -> str:
    """What the form calls the field that a mapping gives the column."""
    key = next((key for key, name in given.attributes.items() if name == column), None)
    if key is not None and (attribute := definitions.by_key().get(key)) and attribute.is_active:
        return field_of(attribute)
    return BY_CONTRACT if given.name == "customer" and given.through == "contract" else given.name
