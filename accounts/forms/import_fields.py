"""The fields that a column of a file can fill, to choose from."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from accounts.attributes import definitions
from accounts.forms.import_given import BY_CONTRACT
from accounts.forms.import_reading import Choices
from accounts.imports.attributes import field_of
from accounts.imports.targets import Target
from accounts.imports.words import field_words

ATTRIBUTES: Final = "attributes"
OWN_CUSTOMERS: Final = frozenset({"customers", "contracts"})


def field_choices(target: Target) -> Choices:
    """Nothing, then every field of the target; a needed one is marked."""
    fields = [
        (field.name, f"{field_words(field.name, target.name)}{' *' if field.required else ''}")
        for field in target.fields
    ]
    own = [(field_of(each), each.label) for each in definitions.by_key().values() if each.is_active]
    fields += own if target.field(ATTRIBUTES) else []
    if target.field("customer") and target.name not in OWN_CUSTOMERS:
        fields.append((BY_CONTRACT, _("Customer, by its contract")))
    return [("", _("Left out")), *fields]
